"""The `Adapter` port over the page: what is shown is drawn from the rows that the bot works on.

So an answer is posted by being saved, and one that was cut off is never shown twice.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from adapters.web.board import Board
from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.errors import StorageUnavailable
from bot.core.files import File, FileRefused, require_small
from bot.core.messages import Attachment, ConversationKey, Message
from bot.core.ports.adapter import Help, Limits
from bot.core.ports.door import Door
from bot.core.ports.page_parts import PageParts
from bot.core.ports.uploads import Uploads
from bot.core.posts import PagePart, Part, Saying, Way
from bot.core.quoting import Quote
from bot.core.standing import EVERYTHING, Standing
from bot.words import say

PLATFORM = "web"
_EDIT_INTERVAL = 0.3  # seconds


def web_key(person: str, thread: str) -> ConversationKey:
    return ConversationKey(PLATFORM, "local", person, thread)


class WebAdapter:
    platform = PLATFORM

    def __init__(self, uploads: Uploads, parts: PageParts) -> None:
        self.board = Board()
        self.uploads = uploads
        self._parts = parts
        self.door: Door
        self._is_listening = False

    def limits(self, question: Message) -> Limits:
        return Limits(edit_interval=_EDIT_INTERVAL)

    def open(self, door: Door) -> None:
        self.door = door

    async def listen(self) -> None:
        self._is_listening = True
        try:
            await asyncio.Event().wait()
        finally:
            self._is_listening = False

    async def take(self, message: Message) -> None:
        """What somebody said. Raises StorageUnavailable: then it was not taken."""
        if not self._is_listening:
            raise StorageUnavailable("nothing is taken here: the bot is starting or ending")
        await self.door.accept(message)

    def ways(self, question: Message) -> Sequence[Way]:
        return (Way("page"),)

    def unasked(self, place: ConversationKey, person: str) -> Mapping[str, str]:
        return {}

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        await self.edit(question, part.nonce, saying)
        return part.nonce

    async def edit(self, question: Message, ref: str, saying: Saying) -> None:
        await self._put(question, PagePart(ref, saying.text, saying.controls))

    async def give(self, question: Message, file: File, *, part: Part) -> str:
        await self.uploads.keep(part.nonce, question.key, question.author.id, file.data)
        await self._put(question, PagePart(part.nonce, name=file.name or say("a file")))
        return part.nonce

    async def _put(self, question: Message, part: PagePart) -> None:
        await self._parts.put(question, part)
        self.board.touch(question)

    async def find(self, question: Message, part: Part) -> str | None:
        return part.nonce if await self._parts.has(question, part.nonce) else None

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        self.board.note(question, f"{status} {detail}".strip())

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        return [f"user:{question.author.id}"]

    async def traits_in(
        self, question: Message, space: str, named: Collection[str]
    ) -> Collection[str] | None:
        return await self.traits(question, named)

    async def reaches(self, asked: Message, place: ConversationKey) -> bool:
        return True

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        """Who has the link or the token runs this place."""
        return EVERYTHING

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        await self._put(question, PagePart("refusal", words))

    async def end(self, question: Message) -> None:
        await self._parts.settle(question)
        self.board.end(question)

    async def close(self) -> None:
        """Nothing is held open."""

    async def earlier(self, question: Message) -> Help[Quote]:
        """Nothing is said here but to the bot."""
        nobody: tuple[Quote, ...] = ()
        for quote in nobody:
            yield quote

    async def fetch(self, question: Message, attachment: Attachment) -> bytes:
        data = await self.uploads.read(attachment.id)
        if data is None:
            raise FileRefused.because(attachment.name, "it is not there any more")
        require_small(attachment, len(data))
        return data
