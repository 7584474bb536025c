"""One suite per port, run for every implementation of it."""
