"""Documents of strangers as passages: each is read in a process of its own (`reader.py`)."""
