"""How fast the program is, measured against the floor: see docs/performance.md."""
