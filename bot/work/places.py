"""What those are shown who wait for others in a conversation."""

import structlog

from bot.core.answers import Status
from bot.core.messages import Message
from bot.core.turns import State, Turn
from bot.words import say, speaking
from bot.work.holding import Ports, courtesy
from bot.work.languages import language_at

log = structlog.get_logger()

_BEHIND = "behind a question that is tried again"
_MOST_TOLD = 20  # who wait behind one another


async def show_place(ports: Ports, message: Message, ahead: int) -> None:
    """How many are answered before, or that the first of them waits for the server."""
    with courtesy(log, "place_not_shown"):
        first = await ports.storage.looks.open_turns(message.key, 1)
        if any(turn.state is State.PENDING and turn.failures for turn in first):
            await _show(ports, message)
        else:
            await _show(ports, message, ahead)


async def show_those_behind(ports: Ports, turn: Turn) -> None:
    """Whoever asked after this turn waits with it, and is shown why."""
    with courtesy(log, "place_not_shown"):
        for one in await ports.storage.looks.open_turns(turn.message.key, _MOST_TOLD):
            if one.id > turn.id and one.message.command is None:
                await _show(ports, one.message)


async def _show(ports: Ports, message: Message, ahead: int = 0) -> None:
    adapter = ports.adapters[message.key.platform]
    with speaking(await language_at(message, adapter, ports.storage, ports.assistants)):
        words = say("{ahead} before you", ahead=ahead) if ahead else say(_BEHIND)
        await adapter.show_status(message, Status.QUEUED, words)
