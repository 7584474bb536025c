"""Students: each on one of the platforms, in a place of her own, and what she does there."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.work.removing import KEPT_BACK
from tests.chaos.ledger import Page
from tests.chaos.people import IN_COURSE, DiscordPlace, SlackThread
from tests.chaos.stage import Stage
from tests.chaos.words import question, tags_in
from tests.fakes.discord_things import Channel, Guild
from tests.term.timetable import Deed

_PHRASINGS = Path(__file__).parents[1] / "unit" / "phrasings.json"
PHRASINGS = [one["turns"][0] for one in json.loads(_PHRASINGS.read_text("utf-8"))["phrasings"]]
INSTEAD = (
    *IN_COURSE,
    "May I send your questions to the model",
    "You have no hearts left",
    "keep it back",
)
"""What may stand in place of an answer, in a course."""
assert INSTEAD[-1] in KEPT_BACK
_ALONE_ONE_IN, _A_ROOM = 3, 10


class Student(ABC):
    """`agrees`: that her words go to a model."""

    def __init__(self, place: SlackThread | DiscordPlace, *, agrees: bool) -> None:
        place.instead = INSTEAD
        self._place = place
        self.agrees = agrees
        self.regenerated: set[int] = set()

    async def ask(self, number: int, deed: Deed) -> None:
        phrase = PHRASINGS[number % len(PHRASINGS)]
        before = {Deed.HUMAN: "/human own ", Deed.PUSH: f"{phrase} "}
        await self._place.say(number, before.get(deed, ""))

    async def regenerate(self) -> bool:
        """Another answer to whatever was answered last; False where nothing is to be pressed."""
        for words, press in reversed([*self._presses()]):
            numbers = [number for number, _ in tags_in(words)]
            if numbers:
                self.regenerated.add(numbers[0])
                await self._press(press)
                return True
        return False

    def page(self) -> Page:
        page = self._place.page()
        page.is_in_order = False  # what staff give comes when they give it
        return page

    @property
    @abstractmethod
    def marks(self) -> Sequence[str]:
        """What gives her away: her id and her name."""

    @abstractmethod
    async def decide(self) -> None:
        """Say whether she agrees."""

    @abstractmethod
    async def ask_elsewhere(self, number: int) -> None:
        """By another door than usual."""

    @abstractmethod
    def _presses(self) -> Iterator[tuple[str, tuple[object, str]]]: ...

    @abstractmethod
    async def _press(self, press: tuple[object, str]) -> None: ...


class SlackStudent(Student):
    def __init__(self, stage: Stage, number: int, *, agrees: bool) -> None:
        self._slack, self._user = stage.slack, f"U{number:05}"
        self._name = f"zyxqanna{number}x"
        self._slack.add_user(self._user, self._name)
        room = f"C{number // _A_ROOM:05}"
        if room not in self._slack.state.channels:
            self._slack.add_channel(room)
        self._slack.state.channels[room].members.append(self._user)
        is_alone = number % _ALONE_ONE_IN == 0
        self._channel = self._slack.dm(self._user) if is_alone else room
        super().__init__(SlackThread(stage, self._channel, self._user), agrees=agrees)

    @property
    def marks(self) -> Sequence[str]:
        return self._user, self._name

    async def decide(self) -> None:
        words = "/agree" if self.agrees else "/disagree"
        await self._slack.say(self._channel, self._user, f"{self._slack.bot.mention} {words}")

    async def ask_elsewhere(self, number: int) -> None:
        """In a thread of the general channel."""
        words = f"{self._slack.bot.mention} {question(number)}"
        await self._slack.say("C01GEN", self._user, words)

    def _presses(self) -> Iterator[tuple[str, tuple[object, str]]]:
        for message in self._slack.messages(self._channel):
            for block in message.blocks if not message.ephemeral else ():
                for element in block.get("elements") or ():
                    if ":again:" in str(element.get("action_id")):
                        yield message.shown, (message.ts, str(element["action_id"]))

    async def _press(self, press: tuple[object, str]) -> None:
        ts, action = press
        await self._slack.click(str(ts), action, user=self._user)


class DiscordStudent(Student):
    def __init__(
        self, stage: Stage, number: int, guild: Guild, rooms: Sequence[Channel], *, agrees: bool
    ) -> None:
        self._discord = stage.discord
        self.user = self._discord.add_user(f"qwobalti{number}x")
        guild.add_member(self.user)
        is_alone = number % _ALONE_ONE_IN == 0
        self._channel = self._discord.open_dm(self.user) if is_alone else rooms[number % len(rooms)]
        self._dm = self._discord.open_dm(self.user)
        super().__init__(DiscordPlace(stage, self._channel, self.user), agrees=agrees)

    @property
    def marks(self) -> Sequence[str]:
        return str(self.user.id), self.user.name

    async def decide(self) -> None:
        words = "/agree" if self.agrees else "/disagree"
        await self._say(self._channel, words)

    async def ask_elsewhere(self, number: int) -> None:
        """By direct message."""
        await self._say(self._dm, question(number))

    async def _say(self, channel: Channel, words: str) -> None:
        mentions = [self._discord.bot] if channel.guild else []
        await self._discord.say(channel, self.user, words, mentions=mentions)

    def _presses(self) -> Iterator[tuple[str, tuple[object, str]]]:
        for message in self._discord.from_bot(self._channel):
            mine = message.reference and self._is_hers(message.reference)
            for custom_id in message.custom_ids if mine else ():
                if ":again:" in custom_id:
                    yield message.content, (message, custom_id)

    def _is_hers(self, reference: int) -> bool:
        asked = self._channel.messages.get(reference)
        return asked is not None and asked.author is self.user

    async def _press(self, press: tuple[object, str]) -> None:
        message, custom_id = press
        await self._discord.click(message, custom_id, self.user)  # type: ignore[arg-type]
