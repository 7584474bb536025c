"""How Slack's events reach us: over sockets, or over signed HTTP."""
