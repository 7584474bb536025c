"""The one door through which the errors of discord.py and aiohttp come, as ours.

What decides is whether the request may have been carried out. Refused connections and the answers
400 to 429 say that it was not; a broken connection and the answers 5xx leave it open. discord.py
repeats 500, 502, 504 and 524 by itself, with the same nonce, and gives up on 503 at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.core.errors import (
    BotError,
    NotEditable,
    PlatformSilent,
    PlatformUnavailable,
    ShapeRefused,
    Undeliverable,
    WayClosed,
    brief,
)
from bot.core.headers import retry_after

ALREADY_ACKNOWLEDGED = 40060
INVALID_WEBHOOK_TOKEN = 50027
THREAD_EXISTS = 160004
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015

# Of a place, whatever is to be posted there (Discord's table of JSON error codes): unknown channel,
# server or guild; no access, no rights, no direct messages, nobody to send them to, no text there;
# a thread that is archived or locked; no server in common.
_CLOSED = frozenset(
    (UNKNOWN_CHANNEL, 10004, 50001, 50013, 50007, 50008, 50024, 50033, 50083, 160005, 50278)
)
_NO_RIGHTS = 50013
_NOT_NOW = frozenset((20016, 20028, 40062, 130000))  # limits and loads, whatever their status

_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_SERVER_ERROR = 500
_TOO_MANY = 429
_UNAUTHORIZED = 401


@contextmanager
def discord_errors() -> Iterator[None]:
    """Map the library's errors."""
    try:
        yield
    except discord.HTTPException as error:
        raise _from_status(error) from error
    except discord.RateLimited as error:
        raise PlatformUnavailable(str(error), retry_after=error.retry_after) from error
    except _NEVER_SENT as error:
        raise PlatformUnavailable(f"cannot connect: {brief(error)}") from error
    except (aiohttp.ClientError, OSError) as error:  # TimeoutError is one
        raise PlatformSilent(f"connection broke: {brief(error)}") from error
    except (discord.DiscordException, RuntimeError, AssertionError) as error:
        # What aiohttp says of a session that was closed, as at a shut-down.
        raise PlatformUnavailable(brief(error)) from error


@contextmanager
def posting(*, is_file: bool = False) -> Iterator[None]:
    """Sort what refuses a message by its code; one that is not known is about the message's shape.

    Rights may be missing for a file alone: words are tried before the place is given up.
    """
    try:
        with discord_errors():
            yield
    except Undeliverable as error:
        code = _code(error)
        if code == UNKNOWN_MESSAGE:  # it was posted under this nonce, and somebody removed it
            raise NotEditable(str(error)) from error
        if code in _CLOSED and not (is_file and code == _NO_RIGHTS):
            raise WayClosed(str(error)) from error
        raise ShapeRefused(str(error)) from error


@contextmanager
def editing() -> Iterator[None]:
    """Whatever refuses an edit for good: another message is looked at for itself."""
    try:
        with discord_errors():
            yield
    except Undeliverable as error:
        raise NotEditable(str(error)) from error


def _code(error: Undeliverable) -> int:
    cause = error.__cause__
    return cause.code if isinstance(cause, discord.HTTPException) else 0


@contextmanager
def closed_by_dead_token() -> Iterator[None]:
    try:
        yield
    except discord.HTTPException as error:
        if is_dead_token(error):
            raise WayClosed(str(error)) from error
        raise


def is_dead_token(error: discord.HTTPException) -> bool:
    """Whether an interaction cannot be answered any more: tokens may die before their time."""
    return error.status in (401, 404) or error.code in (INVALID_WEBHOOK_TOKEN, UNKNOWN_WEBHOOK)


def _from_status(error: discord.HTTPException) -> BotError:
    detail = f"{error.status} {error.code} {error.text}"
    if error.status >= _SERVER_ERROR or error.code == ALREADY_ACKNOWLEDGED:
        return PlatformSilent(detail)  # the latter: perhaps by the one the library repeats
    if error.status == _UNAUTHORIZED:  # our token; that of an interaction is seen to before
        return PlatformUnavailable(detail)
    if error.status == _TOO_MANY or error.code in _NOT_NOW:
        return PlatformUnavailable(detail, retry_after=retry_after(error.response.headers))
    return Undeliverable(detail)
