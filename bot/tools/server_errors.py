"""What went wrong with a server, in one line."""

from bot.core.errors import BotError


class ServerUnavailable(BotError):
    """The server of these tools cannot be reached."""


class ServerGone(BotError):
    """The server of these tools ended in the middle."""


def last_of(error: BaseException) -> str:
    """The innermost of what may be groups of groups: the one that says something."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    words = str(error) or type(error).__name__
    return " ".join(words.split())[:300]
