"""The whole program under faults: `python -m tests.chaos`, or `make chaos`."""
