"""The `Adapter` port over a screen: whatever is typed is a message."""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol
from uuid import uuid4

from adapters.console.choosing import TypedChoices
from adapters.login import login_name
from bot.core.answers import Status
from bot.core.catalogue import LANGUAGE, Chosen
from bot.core.commands import parse_command
from bot.core.errors import BotError, ShapeRefused
from bot.core.files import File
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.adapter import Limits
from bot.core.ports.door import Door
from bot.core.posts import Part, Saying, Way
from bot.core.recent import RecentMap
from bot.core.standing import EVERYTHING, Standing
from bot.core.text import clean, open_fence
from bot.words import Language, say, speaking

PLATFORM = "console"
INTERRUPT = "\x03"  # what a screen tells of Ctrl-C while an answer is being written

_STRANGE = re.compile(r"[^\w.() -]+")
_LEAVING = "*Leaving. Your answer will be here next time.*"
_SILENT = {"silent": "yes"}  # the origin of what is carried out and needs no answer


class Screen(Protocol):
    """What the console writes to and reads from."""

    is_live: bool  # somebody watches the answer being written

    def lines(self) -> AsyncIterator[str]:
        """What is typed, a line at a time, until the input ends."""

    def show_hints(self, *, asks: str, idle: str, busy: str) -> None:
        """What stands at the prompt, and behind it while nothing is typed."""

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

    def __init__(
        self, screen: Screen, key: ConversationKey, user: str | None = None, *, language: str = ""
    ) -> None:
        """`language`: the tag of that in which the machine speaks to whoever sits there."""
        self._screen = screen
        self._key = key
        self._language = language
        self._spoken = Language.ENGLISH  # as far as is known yet
        self._author = Author(user or login_name(), user or login_name())
        self._door: Door
        self._written: dict[str, str] = {}  # ref -> the text that is on the screen
        self._doing: dict[str, tuple[Status, str]] = {}  # message id -> what is done about it
        self._open: set[str] = set()  # ids of questions without an answer
        self._folder: Path | None = None  # of the files that were given
        self._ended: RecentMap[str, str] = RecentMap()  # ref -> the text of a whole answer
        self._choices = TypedChoices()
        self._drafted = ""  # the id of the question whose answer is being written

    def limits(self, question: Message) -> Limits:
        return Limits(edit_interval=0.1 if self._screen.is_live else None)

    def open(self, door: Door) -> None:
        self._door = door

    async def listen(self) -> None:
        """Accept every line until the input ends."""
        await self._learn_language()
        async for line in self._screen.lines():
            with speaking(self._spoken):
                await self._take(self._message(line))
        if self._screen.is_live and (self._open or self._doing):
            with speaking(self._spoken):
                await self._screen.write(say(_LEAVING), is_first=False)

    async def _take(self, message: Message) -> None:
        try:
            await self._door.accept(message)
        except BotError as error:
            await self._screen.write(error.notice, is_first=True)
        else:
            self._open |= {message.id} if message.command is None else set()

    async def language_of(self, question: Message) -> str:
        return self._language

    def shows(self, key: ConversationKey) -> bool:
        return key.subject() in {self._key, self._key.own(self._author.id)}

    def ways(self, question: Message) -> Sequence[Way]:
        return (Way("terminal"),)

    def unasked(self, place: ConversationKey, person: str) -> Mapping[str, str]:
        return {}

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        await self.edit(question, part.nonce, saying)
        return part.nonce

    async def give(self, question: Message, file: File, *, part: Part) -> str:
        """It lies beside the terminal, and its name says so."""
        name = _STRANGE.sub("_", file.name).lstrip(".")[-80:] or "file"
        try:
            self._folder = self._folder or Path(mkdtemp(prefix="homeroom-"))
            path = self._folder / f"{part.nonce[:6]}-{name}"
            path.write_bytes(file.data)
        except OSError as error:
            raise ShapeRefused(f"cannot be written: {error.strerror}") from error
        await self._screen.write(say("(file: {path})", path=path), is_first=False)
        return part.nonce

    async def edit(self, question: Message, ref: str, saying: Saying) -> None:
        if question.origin == _SILENT:
            return
        text = clean(saying.text)  # no escape code of a model reaches a terminal
        if ref in self._ended:
            await self._add(ref, text)
            await self._offer(ref, saying)
            return
        written = self._written.get(ref, "")
        rest = text.removeprefix(written)  # all of it, when a notice gives way to the answer
        is_draft = not saying.is_final and self._is_writing(question)
        ready = _whole_blocks(rest) if is_draft else rest
        if ready.strip():
            await self._screen.write(ready.strip("\n"), is_first=not written)
        self._written[ref] = text[: len(text) - len(rest)] + ready
        if is_draft or self._drafted == question.id:
            self._drafted = question.id if is_draft else ""
            self._screen.show_draft(rest[len(ready) :])
        if saying.is_final:
            self._written.pop(ref, None)
            self._ended.put(ref, text)
            await self._offer(ref, saying)
            await self.end(question)

    async def _add(self, ref: str, text: str) -> None:
        """What an answer that stands there says besides by now: its other lines."""
        known = set((self._ended.get(ref) or "").splitlines())
        new = [line for line in text.splitlines() if line not in known]
        self._ended.put(ref, text)
        if new:
            await self._screen.write("\n".join(new), is_first=True)

    async def _offer(self, ref: str, saying: Saying) -> None:
        """Who watches may choose by a number; what is piped in may be any number."""
        line = self._choices.offer(ref, saying.controls) if self._screen.is_live else ""
        if line:
            await self._screen.write(line, is_first=False)

    async def find(self, question: Message, part: Part) -> str | None:
        return part.nonce if part.nonce in self._written else None

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        self._doing.pop(question.id, None)
        self._doing[question.id] = (status, detail)
        self._show_newest()

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        return [f"user:{question.author.id}"]

    async def traits_in(
        self, question: Message, space: str, named: Collection[str]
    ) -> Collection[str] | None:
        return await self.traits(question, named)

    async def reaches(self, asked: Message, place: ConversationKey) -> bool:
        return True

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        return EVERYTHING

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        await self._screen.write(words, is_first=True)

    async def end(self, question: Message) -> None:
        self._open.discard(question.id)
        if self._doing.pop(question.id, None) is not None:
            self._show_newest()
        if question.command == LANGUAGE:
            await self._learn_language()

    async def close(self) -> None:
        """Nothing is held open."""

    async def _learn_language(self) -> None:
        self._spoken = await self._door.language(self._message(""))
        with speaking(self._spoken):
            self._screen.show_hints(
                asks=say("you › "), idle=say("/help · Ctrl-D leaves"), busy=say("Ctrl-C stops")
            )

    def _message(self, line: str) -> Message:
        """Ctrl-C is a stop whose answer nobody needs: the one that is stopped says it."""
        is_key = self._screen.is_live and line == INTERRUPT
        button = self._choices.take(line)
        command, text = parse_command("/stop" if is_key else line)
        if button is not None:
            command, text = button.command, button.words
        origin = _SILENT if is_key else {}
        return Message(self._key, uuid4().hex, self._author, text, command, origin=origin)

    def _is_writing(self, question: Message) -> bool:
        return self._doing.get(question.id, (None,))[0] is Status.WRITING

    def _show_newest(self) -> None:
        """One end is not the end of all: `/status` is answered while an answer is written."""
        status, detail = next(reversed(self._doing.values()), ("", ""))
        self._screen.show_status(f"{status and say(status)} {detail}".strip())


def _whole_blocks(text: str) -> str:
    """The part of a text that ends with its last finished paragraph or code block."""
    end = text.rfind("\n\n")
    while end > 0 and open_fence(text[:end]):
        end = text.rfind("\n\n", 0, end)
    return text[: end + 2] if end > 0 else ""
