"""A whole term of a class, in minutes."""
