"""The ports, a file each, in the words of those who call them."""
