"""What is remembered, and who works next: implementations of `Storage` and `Queue`."""
