"""The one door through which the errors of discord.py and aiohttp come, as ours.

What decides is whether the request may have been carried out. Refused connections and the answers
400 to 429 say that it was not; a broken connection and the answers 5xx leave it open. discord.py
repeats 500, 502, 504 and 524 by itself, with the same nonce, and gives up on 503 at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.core.errors import BotError, OutcomeUnknown, PlatformUnavailable, Undeliverable, brief

ALREADY_ACKNOWLEDGED = 40060
INVALID_WEBHOOK_TOKEN = 50027
THREAD_EXISTS = 160004
UNKNOWN_WEBHOOK = 10015

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
        raise OutcomeUnknown(f"connection broke: {brief(error)}") from error
    except (discord.DiscordException, RuntimeError, AssertionError) as error:
        # What aiohttp says of a session that was closed, as at a shut-down.
        raise PlatformUnavailable(brief(error)) from error


def is_dead_token(error: discord.HTTPException) -> bool:
    """Whether an interaction cannot be answered any more: tokens may die before their time."""
    return error.status in (401, 404) or error.code in (INVALID_WEBHOOK_TOKEN, UNKNOWN_WEBHOOK)


def _from_status(error: discord.HTTPException) -> BotError:
    detail = f"{error.status} {error.code} {error.text}"
    if error.status >= _SERVER_ERROR or error.code == ALREADY_ACKNOWLEDGED:
        return OutcomeUnknown(detail)  # the latter: perhaps by the one the library repeats
    if error.status == _UNAUTHORIZED:  # our token; that of an interaction is seen to before
        return PlatformUnavailable(detail)
    if error.status == _TOO_MANY:
        return PlatformUnavailable(detail, retry_after=_retry_after(error))
    return Undeliverable(detail)


def _retry_after(error: discord.HTTPException) -> float | None:
    try:
        return float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        return None
