"""The words that everything here speaks: messages, turns, answers, and the ports."""
