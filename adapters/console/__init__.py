"""The terminal as a channel: with a person before it, or with input piped in."""
