"""The straight line: a message is taken in, answered, and its answer delivered."""
