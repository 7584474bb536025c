"""Names in place of ids, as far as they can be learnt in a moment."""

import asyncio
from collections.abc import Collection, Mapping

import structlog

from adapters.slack.people import Roster
from bot.core.errors import BotError

log = structlog.get_logger()

_MOMENT = 1.0  # seconds: Slack waits three for the acknowledgement
_MOST = 30  # of one message


async def names_of(people: Roster, team: str, ids: Collection[str]) -> Mapping[str, str]:
    """What each person, channel and group is called; who cannot be learnt of is missing."""
    found: dict[str, str] = {}

    async def learn(named: str) -> None:
        try:
            found[named] = await _name(people, team, named)
        except BotError as error:
            log.info("name_unknown", named=named, error=type(error).__name__)

    learning = [asyncio.create_task(learn(named)) for named in sorted(ids)[:_MOST]]
    if learning:
        _, late = await asyncio.wait(learning, timeout=_MOMENT)
        for task in late:
            task.cancel()
    return dict(found)


async def _name(people: Roster, team: str, named: str) -> str:
    match named[:1]:
        case "C" | "G" | "D":
            return (await people.channel(team, named)).name or named
        case "S":
            return await people.handle(team, named)
        case _:
            return (await people.person(team, named)).name
