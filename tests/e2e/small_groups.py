"""Starts the program with a group for each shard of Discord's: `python -m tests.e2e.small_groups`.

So that two shards, and not seventeen of which each takes five seconds, are two groups.
"""

import sys

from adapters.discord import shards

if __name__ == "__main__":
    shards.SHARDS_OF_A_GROUP = 1
    sys.argv[0] = "homeroom"
    from bot.cli import main

    main()
