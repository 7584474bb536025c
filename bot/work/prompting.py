"""What a backend is told of a turn: the words, the files, what was said before, and as whom."""

from collections.abc import Sequence

from bot.core.catalogue import Chosen
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter, Reads
from bot.core.prompts import Exchange, File, Prompt, spoken
from bot.core.turns import Turn
from bot.work.holding import Ports

_EXCHANGES = 100  # of history looked at; the backend keeps what fits its budget


class Prompting:
    """Makes prompts; saves nothing, so what it settles is the attempt's to keep with the turn."""

    def __init__(self, ports: Ports, adapter: Adapter, backend: str) -> None:
        """`backend`: its name, for each keeps sessions of its own."""
        self._storage = ports.storage
        self._pseudonyms = ports.pseudonyms
        self._adapter = adapter
        self._backend = backend

    async def prompt(self, turn: Turn, chosen: Chosen) -> Prompt:
        return Prompt(
            turn_id=turn.id,
            conversation_id=turn.conversation_id,
            message=turn.message,
            person=await self._pseudonyms.of(turn.message),
            words=await self._words(turn),
            files=await self._files(turn),
            assistant=chosen.assistant,
            recall=lambda: self._recall(turn),
            session=await self._storage.sessions.current(turn.conversation_id, self._backend),
            is_submitted=turn.is_submitted,
            run=turn.run,
            run_at=turn.run_at,
            is_live=self._adapter.limits(turn.message).edit_interval is not None,
        )

    async def _words(self, turn: Turn) -> str:
        """As an earlier attempt settled them; who says what is told where several people talk."""
        message = turn.message
        if turn.prompt is not None or message.command or not message.is_shared:
            return turn.prompt or message.text
        before = await self._storage.turns.kind_before(turn.conversation_id, turn.id)
        return spoken(message, await self._earlier(message) if before is None else "")

    async def _earlier(self, message: Message) -> str:
        return await self._adapter.earlier(message) if isinstance(self._adapter, Reads) else ""

    async def _files(self, turn: Turn) -> tuple[File, ...]:
        message, files = turn.message, []
        if not isinstance(self._adapter, Reads):
            return ()
        for attachment in message.attachments:
            data = await self._adapter.fetch(message, attachment)
            files.append(File(attachment.name, attachment.mime, data))
        return tuple(files)

    async def _recall(self, turn: Turn) -> Sequence[Exchange]:
        return await self._storage.turns.history(turn, _EXCHANGES)
