"""The course, on both platforms, and its staff of six."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial

from bot.core.assignments import Assignment
from bot.core.courses import Course, Plan, Stage
from tests.chaos.houses import House, until
from tests.chaos.school import Waiting, cards_of
from tests.chaos.stage import Stage as Scene
from tests.chaos.words import answer_to, question
from tests.fakes.discord_things import Channel, User
from tests.unit.solutions import KEPT

HEARTS, EVERY = 6, 600.0
ZONE = "Europe/Berlin"
_STAFF, _FORGOTTEN_ONE_IN = 6, 8
_ROOMS = 10
_WAITED = 60.0
_ROUNDS = 12
_WINDOWS = "SELECT id, starts_at, ends_at FROM windows ORDER BY id"


@dataclass(frozen=True)
class Exam:
    """As staff write it, and as it has to hold: seconds of the epoch."""

    local: str
    starts_at: float
    ends_at: float
    is_clock_wrong: bool = False

    def covers(self, at: float) -> bool:
        return self.starts_at <= at < self.ends_at


class Faculty:
    def __init__(self, scene: Scene) -> None:
        discord = self._discord = scene.discord
        self._team = scene.slack.bot.team
        self._staff = [discord.add_user(f"tutor{number}") for number in range(_STAFF)]
        self.guild = discord.add_guild("The course's", owner=self._staff[0])
        for one in self._staff:
            self.guild.add_member(one)
        self.desk = self.guild.add_text_channel("staff")
        self.rooms = [self.guild.add_text_channel(f"room-{number}") for number in range(_ROOMS)]
        self.plain = self.guild.add_text_channel("plain")  # in another mode
        self._is_forgetful = True

    async def found(self, house: House) -> None:
        """Before the program is started for the first time."""
        first, second, *_ = traits = [f"discord:user:{one.id}" for one in self._staff]
        plan = Plan(
            teachers=(first,),
            assistants=tuple(traits[1:]),
            alerts=(first, second),
            staff=self._scope(self.desk),
            drafts=(self._scope(self.rooms[0]),),
            mode="hint",
            modes=(f"answer {self._scope(self.plain)}",),
            assignments=(Assignment(name="hw3", kept=KEPT),),
            hearts=HEARTS,
            heart_every=EVERY,
            keep=180,
        )
        course = Course(name="CS 101", zone=ZONE, stage=Stage.OPEN, plan=plan)
        async with house.store() as store:
            number = await store.storage.courses.add(course, time.time())
            await store.storage.courses.hold(number, f"slack:{self._team}")
            await store.storage.courses.hold(number, f"discord:{self.guild.id}")

    async def announce(self, house: House, exam: Exam) -> None:
        """As a teacher does, by two lines."""
        before = len(house.rows(_WINDOWS))
        await self._say(f"/class exam {exam.local} off")
        await until(lambda: len(house.rows(_WINDOWS)) > before, _WAITED)
        [*_, (number, starts_at, ends_at)] = house.rows(_WINDOWS)
        assert (starts_at, ends_at) == (exam.starts_at, exam.ends_at)
        await self._say(f"/class exam on {number}")
        await until(lambda: house.rows("SELECT 1 FROM windows WHERE on_at IS NOT NULL"), _WAITED)

    async def give(self, house: House) -> None:
        for number, *_ in house.rows(_WINDOWS):
            if any(card.matter == "exam" and card.stand == "open" for card in cards_of(house)):
                await self._say(f"/class give {number}")

    async def work(self, house: House) -> Collection[str]:
        """A round: a line for each card that waits, of whoever of the staff is at hand."""
        lines = [*self._lines(house)]
        for card, line in lines:
            await self._say(line, self._staff[card.id % _STAFF])
        return [line for _, line in lines]

    async def finish(self, house: House) -> None:
        """Until nothing waits; what was forgotten is done by the teacher."""
        self._is_forgetful = False
        for _ in range(_ROUNDS):
            await self.give(house)
            lines = await self.work(house)
            if not lines:
                return
            await until(partial(self._are_done, house, lines), _WAITED)

    def _are_done(self, house: House, lines: Collection[str]) -> bool:
        return not {*lines} & {line for _, line in self._lines(house)}

    def _lines(self, house: House) -> Iterator[tuple[Waiting, str]]:
        for card in cards_of(house):
            match card.matter, card.stand:
                case "human", "open":
                    yield card, f"/staff claim {card.id}"
                case "human", "claimed" if not self._is_forgotten(card):
                    words = answer_to(question(card.number))
                    yield card, f"/staff answer {card.id} {words}"
                case "draft", "open":
                    yield card, f"/staff approve {card.id}"

    def _is_forgotten(self, card: Waiting) -> bool:
        """Claimed, and not answered: it comes back to all after an hour."""
        return self._is_forgetful and card.id % _FORGOTTEN_ONE_IN == 0

    async def _say(self, words: str, by: User | None = None) -> None:
        who = by or self._staff[0]
        await self._discord.say(self.desk, who, words, mentions=[self._discord.bot])

    def _scope(self, channel: Channel) -> str:
        return f"discord:{self.guild.id}:{channel.id}"
