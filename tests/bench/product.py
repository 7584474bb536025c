"""`homeroom run`, with Discord's limit of 50 requests a second lifted.

What is measured is the bot: neither the fake Discord nor the floor knows the limit. Typing, which
the floor does not show, still gives way to it.
"""

import os

from bot.cli import main

_NO_LIMIT = 1e6


def _lift_the_limit() -> None:
    from adapters.discord.limiter import Gate  # noqa: PLC0415

    assert Gate.__init__.__kwdefaults__
    Gate.__init__.__kwdefaults__["per_second"] = _NO_LIMIT


if __name__ == "__main__":
    if "DISCORD_TOKEN" in os.environ:  # in Slack its library would be measured as well
        _lift_the_limit()
    main()
