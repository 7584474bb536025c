"""What tools made for the person: files, which come below the answer, each once."""

from collections.abc import Sequence

from bot.core.answers import Kind
from bot.core.confirming import confirmed_in
from bot.core.files import File
from bot.core.ports.storage import Storage
from bot.core.tools import MadeCall
from bot.core.turns import Turn

_MOST = 8  # files of an answer


async def files_made(turn: Turn, storage: Storage) -> Sequence[File]:
    """In the order of the calls that made them; a turn without calls asks for none.

    Whoever is told something else than the answer gets none of its files.
    """
    made = await _made(turn, storage)
    files = [file for one in made if one.output for file in one.output.files]
    return files[:_MOST]


async def drop_files(turn: Turn, storage: Storage) -> None:
    """They are given: they stand on the platform, and nowhere else."""
    for turn_id in {one.turn_id for one in await _made(turn, storage)}:
        await storage.calls.drop_files(turn_id)


async def _made(turn: Turn, storage: Storage) -> Sequence[MadeCall]:
    """The turn's own calls, and the one that it let be made."""
    if turn.answer is None or turn.answer.kind is not Kind.ANSWER:
        return ()
    number = confirmed_in(turn.message.id)
    confirmed = await storage.calls.find(number) if number is not None else None
    own = await storage.calls.of(turn.id) if turn.tool_steps else ()
    return [*own, *([confirmed[0]] if confirmed else [])]
