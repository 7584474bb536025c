"""What every model is bad at, and every installation has: the time, and arithmetic."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from bot.core.errors import Refusal
from bot.core.ports.clock import Clock
from bot.core.tools import Use
from bot.tools.arithmetic import CannotCalculate
from bot.tools.arithmetic import calculate as calculated
from bot.tools.functions import tool


def now_by(clock: Clock) -> Callable[..., Awaitable[str]]:
    @tool(repeatable=True, status="looking at the clock")
    async def now(
        use: Use,
        zone: Annotated[str, Field(description="such as Europe/Berlin; empty: the asker's")] = "",
    ) -> str:
        """The date, the day of the week and the time of now, with the zone."""
        zone = zone or await use.zone()
        moment = datetime.fromtimestamp(clock(), UTC)
        try:
            there = moment.astimezone(ZoneInfo(zone) if zone else None)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"There is no time zone “{zone}”; one is Europe/Berlin.") from error
        return f"{there:%A, %Y-%m-%d, %H:%M:%S}, UTC{there:%z} ({zone or there.tzname()})"

    return now


@tool(repeatable=True, status="calculating")
async def calculate(
    expression: Annotated[str, Field(description="such as 2 * (3.5 + 1/3) ** 2")],
) -> str:
    """Calculate exactly. Knows + - * / // % **, brackets, pi, e, sqrt, round, factorial, gcd."""
    try:
        return calculated(expression)
    except CannotCalculate as error:
        raise Refusal(notice=str(error)) from error
