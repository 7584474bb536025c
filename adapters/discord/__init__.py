"""Discord: slash commands, mentions, replies, threads and direct messages, over discord.py."""
