"""A course in which a third of the conversations are held, with an exam, drafts, and its staff.

All that is said in the workspace, and a few channels of a server, belong to it. One tutor does
what waits for staff, by lines as anybody would: in each life a round, and in the end until nothing
waits.
"""

import json
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.core.courses import Course, Plan, Stage, Window
from tests.chaos.houses import House, until
from tests.chaos.ledger import Book, Loss, Page, Wrong
from tests.chaos.people import IN_COURSE, DiscordPlace, SlackThread
from tests.chaos.stage import Stage as Scene
from tests.chaos.words import LONG_ONE_IN, answer_to, number_in, question, tags_in
from tests.fakes.discord_things import Channel
from tests.fakes.discord_world import EPOCH

_ROOMS = 3
_HUMAN_ONE_IN = 6
_BELL_AFTER = 1.0  # seconds from when it is announced: answers are under way then
_ROUNDS = 8
_WAITED = 60.0
_CARDS = """
SELECT c.id, c.matter, c.stand, t.text FROM cards c
LEFT JOIN turns t ON t.message_key = c.about ORDER BY c.id
"""
_SAID_BY = ("chat.postMessage", "chat.update", "chat.startStream", "chat.appendStream")


@dataclass
class Exam:
    """`off_by`: how far the clock of the wall is from the one of the fakes' calls."""

    number: int
    starts_at: float
    ends_at: float
    off_by: float

    def covers(self, at: float) -> bool:
        """By the wall's clock."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True)
class Waiting:
    """A card, and the question that it is about."""

    id: int
    matter: str
    stand: str
    number: int


class Seat:
    """A place of the course: some of what is said there goes to a person."""

    needs_introduction = False

    def __init__(self, place: SlackThread | DiscordPlace) -> None:
        place.instead = IN_COURSE
        self._place = place
        self.escalated: set[int] = set()

    async def say(self, number: int, before: str = "") -> None:
        if number % _HUMAN_ONE_IN == 1 and number % LONG_ONE_IN:  # too long for staff to write
            self.escalated.add(number)
            before = "/human own "
        await self._place.say(number, before)

    def page(self) -> Page:
        page = self._place.page()
        page.is_in_order = False  # what staff give comes when they give it
        return page


class School:
    def __init__(self, scene: Scene, slack: Sequence[SlackThread]) -> None:
        discord = scene.discord
        self._scene = scene
        self._tutor = discord.add_user("tutor")
        self._guild = discord.add_guild("The course's", owner=self._tutor)
        self._desk = self._guild.add_text_channel("staff")
        people = [discord.add_user(f"student{number}") for number in range(_ROOMS)]
        rooms = [self._guild.add_text_channel(f"course-{one.name}") for one in people]
        self._drafts = rooms[0]
        pairs = zip(rooms, people, strict=True)
        places: list[SlackThread | DiscordPlace] = [*slack]
        places += [DiscordPlace(scene, room, one) for room, one in pairs]
        self.seats = [Seat(place) for place in places]
        self._exam: Exam | None = None

    async def found(self, house: House) -> None:
        """Before the program is started for the first time."""
        trait = f"discord:user:{self._tutor.id}"
        plan = Plan(
            teachers=(trait,),
            alerts=(trait, f"discord:user:{self._scene.discord.owner.id}"),
            staff=self._scope(self._desk),
            drafts=(self._scope(self._drafts),),
            hearts=900,
            consent=False,
            keep=180,
        )
        async with house.store() as store:
            course = Course(name="CS 101", stage=Stage.OPEN, plan=plan, pseudonym_key="a" * 64)
            number = await store.storage.courses.add(course, time.time())
            await store.storage.courses.hold(number, f"slack:{self._scene.slack.bot.team}")
            await store.storage.courses.hold(number, f"discord:{self._guild.id}")

    async def announce(self, house: House, seconds: float) -> None:
        """The bell rings in a moment; it ends by its time, whoever lives then."""
        now = time.time()
        starts_at = now + _BELL_AFTER
        ends_at = starts_at + seconds
        window = Window(
            course=1,
            local_start="2026-12-04 09:00",
            local_end="2026-12-04 11:00",
            zone="UTC",
            starts_at=starts_at,
            ends_at=ends_at,
            on_at=now,
        )
        async with house.store() as store:
            number = await store.storage.courses.announce(window)
        self._exam = Exam(number, starts_at, ends_at, now - time.monotonic())

    async def work(self, house: House) -> Collection[str]:
        """A round of the tutor's: a line for each card that waits."""
        lines = [*self._lines(house)]
        bot = self._scene.discord.bot
        for line in lines:
            await self._scene.discord.say(self._desk, self._tutor, line, mentions=[bot])
        return lines

    async def finish(self, house: House) -> None:
        """After everything: the exam ends, and nothing is left on the board."""
        await until(self._is_exam_over, _WAITED)
        for _ in range(_ROUNDS):
            lines = await self.work(house)
            if not lines:
                return
            await until(partial(self._are_done, house, lines), _WAITED)

    def _are_done(self, house: House, lines: Collection[str]) -> bool:
        return not {*lines} & {*self._lines(house)}

    def audit(self, house: House, book: Book) -> Iterator[Loss]:
        for card in cards_of(house):
            if card.stand in {"open", "claimed"}:
                yield Loss(Wrong.LEFT_OPEN, card.number, f"card {card.id}, {card.matter}")
            for page in book.pages:
                page.told.pop(card.number, None)  # what staff gave has to stand there
        yield from self._shown_inside()
        yield from self._answered_inside()

    def tally(self, house: House) -> Mapping[str, int]:
        """How many cards there were of each matter."""
        return Counter(card.matter for card in cards_of(house))

    @property
    def escalated(self) -> set[int]:
        return {number for seat in self.seats for number in seat.escalated}

    def _lines(self, house: House) -> Iterator[str]:
        gives = self._exam and self._is_exam_over()
        for card in cards_of(house):
            match card.matter, card.stand:
                case "human", "open":
                    yield f"/staff claim {card.id}"
                case "human", "claimed":
                    yield f"/staff answer {card.id} {answer_to(question(card.number))}"
                case "draft", "open":
                    yield f"/staff approve {card.id}"
                case "exam", "open" if gives and self._exam:
                    yield f"/class give {self._exam.number}"
                    gives = False  # one line gives them all

    def _is_exam_over(self) -> bool:
        return self._exam is None or time.time() > self._exam.ends_at + _BELL_AFTER

    def _shown_inside(self) -> Iterator[Loss]:
        """Whatever was sent to be seen by a student while the exam was on."""
        exam = self._exam
        mine = {asked.number for seat in self.seats for asked in seat.page().asked}
        for at, words in sent(self._scene, self._desk) if exam else ():
            for number in {number for number, _ in tags_in(words)} & mine:
                if exam and exam.covers(at + exam.off_by):
                    after = at + exam.off_by - exam.starts_at
                    yield Loss(Wrong.SHOWN_IN_EXAM, number, f"{after:.2f} s after the bell")

    def _answered_inside(self) -> Iterator[Loss]:
        """What was asked inside is answered by no model, not even afterwards."""
        for page in (seat.page() for seat in self.seats if self._exam):
            standing = {number for number, _ in page.standing} - self.escalated
            for asked in page.asked:
                is_inside = self._exam and self._exam.covers(_wall(asked.said_at))
                if is_inside and asked.number in standing:
                    yield Loss(Wrong.SHOWN_IN_EXAM, asked.number, f"{page.name}: asked inside")

    def _scope(self, channel: Channel) -> str:
        return f"discord:{self._guild.id}:{channel.id}"


def cards_of(house: House) -> Iterator[Waiting]:
    for id_, matter, stand, text in house.rows(_CARDS):
        yield Waiting(id_, matter, stand, number_in(text or "") or 0)


def sent(scene: Scene, desk: Channel) -> Iterator[tuple[float, str]]:
    """All that the program had shown to anybody but the staff: when it was asked, and the words."""
    for slack in scene.slack.calls:
        if slack.method in _SAID_BY:
            yield slack.at, json.dumps(slack.args)
    for call in scene.discord.calls:
        if call.method in {"POST", "PATCH"} and not call.path.startswith(f"/channels/{desk.id}/"):
            yield call.at, json.dumps(call.body)


def _wall(said_at: float) -> float:
    """Slack's stamps are seconds, Discord's are ids."""
    is_id = said_at > EPOCH * 1000
    return ((int(said_at) >> 22) + EPOCH) / 1000 if is_id else said_at
