"""What helps an answer: tried for a moment, and left out where it fails."""

import asyncio
from typing import TypeVar

import structlog

from bot.core.errors import BotError
from bot.core.ports.adapter import Help

log = structlog.get_logger()

T = TypeVar("T")
_MOMENT = 2.0  # seconds


async def taken(help_: Help[T], event: str, moment: float = _MOMENT) -> list[T]:
    """As much of it as comes in a moment; never raises for what goes wrong in it."""
    found: list[T] = []
    try:
        async with asyncio.timeout(moment):
            async for one in help_:
                found.append(one)  # noqa: PERF401 - what came before an error is kept
    except (BotError, TimeoutError) as error:
        log.info(event, error=type(error).__name__, taken=len(found))
    except Exception:
        log.exception(event)
    return found
