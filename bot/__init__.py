"""The mind: pure decisions, one straight line of work, and the one place that wires."""
