"""How long a test waits for what must happen: long, for a machine may have a lot of other work.

What is waited for is an event; nothing is asserted about seconds of the clock.
"""

PATIENCE = 120.0  # seconds, below pytest's own limit for a test
