"""How a workspace lets the app in, and which token speaks for it."""
