"""The `Adapter` port over a screen: whatever is typed is a message."""

from collections.abc import AsyncIterator, Collection, Sequence
from getpass import getuser
from typing import Protocol
from uuid import uuid4

from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.commands import parse_command
from bot.core.errors import BotError
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.adapter import Limits
from bot.core.ports.door import Door
from bot.core.posts import Part, Way
from bot.core.standing import EVERYTHING, Standing
from bot.core.text import clean, open_fence

PLATFORM = "console"


class Screen(Protocol):
    """What the console writes to and reads from."""

    is_live: bool  # somebody watches the answer being written

    def lines(self) -> AsyncIterator[str]:
        """What is typed, a line at a time, until the input ends."""

    async def write(self, text: str, *, is_first: bool) -> None:
        """Append Markdown to what is on the screen; `is_first`: somebody begins to speak."""

    def show_status(self, words: str) -> None:
        """Show what is being done; empty words: nothing is."""

    def show_draft(self, text: str) -> None:
        """Show the words of an answer that are not final yet."""


def console_key(channel: str = "general", thread: str = "") -> ConversationKey:
    return ConversationKey(PLATFORM, "local", channel, thread)


class ConsoleAdapter:
    """A screen cannot be read back or edited: an answer is appended block by block.

    So after a crash between printing and noting that it was printed, an answer is printed again.
    """

    platform = PLATFORM

    def __init__(self, screen: Screen, key: ConversationKey, user: str | None = None) -> None:
        self._screen = screen
        self._key = key
        self._author = Author(user or _user(), user or _user())
        self._door: Door
        self._written: dict[str, str] = {}  # ref -> the text that is on the screen
        self._statuses: dict[str, Status] = {}  # message id -> what is being done about it

    def limits(self, question: Message) -> Limits:
        return Limits(edit_interval=0.1 if self._screen.is_live else None)

    def open(self, door: Door) -> None:
        self._door = door

    async def listen(self) -> None:
        """Accept every line until the input ends."""
        async for line in self._screen.lines():
            try:
                await self._door.accept(self._message(line))
            except BotError as error:
                await self._screen.write(error.notice, is_first=True)

    def ways(self, question: Message) -> Sequence[Way]:
        return (Way("terminal"),)

    async def post(self, question: Message, text: str, *, part: Part, final: bool) -> str:
        await self.edit(question, part.nonce, text, final=final)
        return part.nonce

    async def edit(self, question: Message, ref: str, text: str, *, final: bool) -> None:
        text = clean(text)  # no escape code of a model reaches a terminal
        written = self._written.get(ref, "")
        rest = text.removeprefix(written)  # all of it, when a notice gives way to the answer
        is_draft = not final and self._statuses.get(question.id) is Status.WRITING
        ready = _whole_blocks(rest) if is_draft else rest
        if ready.strip():
            await self._screen.write(ready.strip("\n"), is_first=not written)
        self._written[ref] = text[: len(text) - len(rest)] + ready
        self._screen.show_draft(rest[len(ready) :])
        if final:
            self._end(question, ref)

    async def find(self, question: Message, part: Part) -> str | None:
        return part.nonce if part.nonce in self._written else None

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        self._statuses[question.id] = status
        self._screen.show_status(f"{status} {detail}".strip())

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        return [f"user:{question.author.id}"]

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        return EVERYTHING

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        await self._screen.write(words, is_first=True)

    async def end(self, question: Message) -> None:
        if self._statuses.pop(question.id, None) is not None:
            self._screen.show_status("")

    async def close(self) -> None:
        """Nothing is held open."""

    def _message(self, line: str) -> Message:
        command, text = parse_command(line)
        return Message(self._key, uuid4().hex, self._author, text, command)

    def _end(self, question: Message, ref: str) -> None:
        self._written.pop(ref, None)
        self._statuses.pop(question.id, None)
        self._screen.show_status("")


def _whole_blocks(text: str) -> str:
    """The part of a text that ends with its last finished paragraph or code block."""
    end = text.rfind("\n\n")
    while end > 0 and open_fence(text[:end]):
        end = text.rfind("\n\n", 0, end)
    return text[: end + 2] if end > 0 else ""


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "you"
