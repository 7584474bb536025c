"""`homeroom run`, with Discord's limit of 50 requests a second lifted.

What is measured is the bot: neither the fake Discord nor the floor knows the limit. Typing, which
the floor does not show, still gives way to it.
"""

from adapters.discord.limiter import Gate
from bot.cli import main

_NO_LIMIT = 1e6

if __name__ == "__main__":
    assert Gate.__init__.__kwdefaults__
    Gate.__init__.__kwdefaults__["per_second"] = _NO_LIMIT
    main()
