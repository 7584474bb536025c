"""Slack as a channel: mentions, threads, direct messages, commands, streaming and Stop."""
