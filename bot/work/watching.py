"""What of a question is looked at for danger: its words, and the names and texts of its files."""

from collections.abc import Sequence
from pathlib import PurePath

from bot.classroom.consents import has_agreed
from bot.core.errors import Refusal
from bot.core.ports.adapter import Reads
from bot.rules.masking import Mask
from bot.work.attachments import fetch_all
from bot.work.holding import HeldTurn, Ports, courtesy


async def danger_seen(held: HeldTurn, ports: Ports) -> Refusal | None:
    """Whoever has not agreed that a server reads her words is not looked at, whatever she says."""
    enrolment = None if held.turn.backend else await held.scene.asker()
    if enrolment is None or enrolment.is_staff or not has_agreed(enrolment):
        return None

    async def told() -> str:
        return await _told(held, ports)

    return await ports.classroom.safety.refusal(held.turn.message, enrolment, told)


async def _told(held: HeldTurn, ports: Ports) -> str:
    message, mask = held.turn.message, await held.veil.masked(held.turn)
    names = [mask.text(_in_words(one.name)) for one in message.attachments]
    parts = [mask.message(message).own_words, *names, *await _texts(held, ports, mask)]
    return "\n\n".join(filter(None, parts))


def _in_words(name: str) -> str:
    """A mask has one alias for a whole name of a file; but people's names are masked in it."""
    return PurePath(name).stem.replace("_", " ")


async def _texts(held: HeldTurn, ports: Ports, mask: Mask) -> Sequence[str]:
    """Of what can be had and read; the question is answered without them, or told to wait."""
    message = held.turn.message
    adapter = ports.authority.adapter_of(message)
    if message.attachments and isinstance(adapter, Reads):
        with courtesy(held.log, "files_not_looked_at"):
            async with ports.freight.loaded(message.attachments):
                fetched = await fetch_all(adapter, message, is_last_try=True)
                told = await (await fetched.texts()).told(mask)
                return [file.data.decode("utf-8", "replace") for file in told.files]
    return ()
