"""Numbered SQL files; each takes the schema one version forward and there is no way back."""
