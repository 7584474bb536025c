"""The program as people start it: a process of its own, in a folder of its own."""
