"""The play: many lives of the program, and what is said and befalls in each."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.chaos.effects import audit_effects
from tests.chaos.faults import FAULTS, Fault, struck
from tests.chaos.houses import PostgresHouse, SqliteHouse, until
from tests.chaos.ledger import Book, Loss, audit
from tests.chaos.load import load
from tests.chaos.people import Place, gather, talk
from tests.chaos.school import School
from tests.chaos.signs import audit_signs, superseded
from tests.chaos.stage import Stage, open_stage
from tests.chaos.troubles import LONG_GAP, TROUBLES, Hand
from tests.postgres import Postgres

_SETTLED = 300.0  # seconds for everything to be answered when nothing goes wrong any more
_FAULTS_A_LIFE = 4
_STILLBORN = 0.1  # of the lives end before the program is up
_PEACEFUL = 0.08  # of the lives end by being told to stop
_QUIET = 2.0
_LONG = 40  # lives: in a play of so many, Discord is gone for a minute once

Said = Sequence[tuple[int, Place]]


@dataclass(frozen=True)
class Life:
    """What happens between one start and its end. All of it is chosen beforehand."""

    seconds: float
    says: Said
    faults: Sequence[Fault]
    troubles: Sequence[str]
    is_stillborn: bool
    is_told_to_stop: bool
    is_examined: bool = False  # an exam begins in it


@dataclass(frozen=True)
class Plan:
    """A run of the chaos."""

    seed: int
    messages: int
    lives: int
    backend: str = "responses"
    seconds: tuple[float, float] = (2.0, 7.0)  # of a life, once the program is connected
    busy: int = 2  # loops beside it
    exam: float = 20.0  # seconds


@dataclass
class Outcome:
    """What came of it."""

    plan: Plan
    hand: Hand
    struck: dict[str, int]
    book: Book
    losses: Sequence[Loss]
    is_settled: bool
    turns: Mapping[int, int]  # question -> its turn's id
    cards: Mapping[str, int]  # what staff had to do with


async def play(plan: Plan, folder: Path, postgres: Postgres | None = None) -> Outcome:
    async with open_stage() as stage:
        home = (folder, stage, plan.backend)
        house = PostgresHouse(*home, postgres) if postgres else SqliteHouse(*home)
        try:
            with load(plan.busy):
                return await _play(plan, stage, Hand(stage, house, random.Random(plan.seed)))  # noqa: S311
        finally:
            await house.clean_up()


async def _play(plan: Plan, stage: Stage, hand: Hand) -> Outcome:
    choice = random.Random(plan.seed)  # noqa: S311
    slack, discord = gather(stage, plan.messages)
    school = School(stage, slack)
    places: Sequence[Place] = [*school.seats, *discord]
    said = talk(places, plan.messages, choice)
    introductions = sum(place.needs_introduction for place in places)
    await school.found(hand.house)
    # What was said before the very first start is nobody's question.
    await hand.house.started()
    await _talk(said[:introductions], 0.0)
    await _settle(hand)
    for number, life in enumerate(_lives(plan, said[introductions:], choice)):
        if number == plan.lives // 2:
            await hand.lose()
        await _live(life, hand, school, plan)
    await _settle(hand)
    await school.finish(hand.house)
    is_settled = await _settle(hand)
    turns = hand.house.turns()
    stage.superseded = superseded(hand.house)
    misjudged = audit_signs(hand.house, stage)
    await hand.house.close()
    book = Book([place.page() for place in places], stage.paid(), plan.backend == "responses")
    answered = {number for page in book.pages for number, _ in page.standing} - school.escalated
    effects = audit_effects(hand.house.folder, stage.model, answered)
    in_class, cards = [*school.audit(hand.house, book)], school.tally(hand.house)
    losses = [*audit(book), *misjudged, *effects, *in_class]
    return Outcome(plan, hand, struck(stage), book, losses, is_settled, turns, cards)


def _lives(plan: Plan, said: Said, choice: random.Random) -> list[Life]:
    names = sorted(TROUBLES.keys() - {LONG_GAP})
    names *= plan.lives // len(names) + 1
    choice.shuffle(names)
    each = -(-len(said) // plan.lives)
    lives = [
        Life(
            seconds=choice.uniform(*plan.seconds),
            says=said[number * each : (number + 1) * each],
            faults=choice.choices(FAULTS, k=_FAULTS_A_LIFE),
            troubles=[names[number]],
            is_stillborn=choice.random() < _STILLBORN,
            is_told_to_stop=choice.random() < _PEACEFUL,
        )
        for number in range(plan.lives)
    ]
    bell = plan.lives // 4
    lives[bell] = replace(lives[bell], troubles=(), is_stillborn=False, is_examined=True)
    if plan.lives >= _LONG:
        lives[plan.lives // 3] = _gap_in(lives[plan.lives // 3])
    return lives


def _gap_in(life: Life) -> Life:
    """People go on talking; the program comes back by itself, or is killed before it could."""
    return replace(life, seconds=70.0, troubles=[LONG_GAP], is_stillborn=False)


async def _live(life: Life, hand: Hand, school: School, plan: Plan) -> None:
    """People talk through it all: also while nobody is there to hear them."""
    talking = asyncio.create_task(_talk(life.says, life.seconds))
    if life.is_stillborn:
        await hand.house.start()
        await asyncio.sleep(life.seconds / 2)
    else:
        await hand.house.started()
        await school.work(hand.house)
        if life.is_examined:
            await school.announce(hand.house, plan.exam)
        for fault in life.faults:
            fault.set(hand.stage)
        await asyncio.gather(asyncio.sleep(life.seconds), *map(hand.do, life.troubles))
    await talking
    await (hand.stop() if life.is_told_to_stop else hand.kill())


async def _talk(says: Said, seconds: float) -> None:
    for number, place in says:
        await asyncio.sleep(seconds / len(says))
        await place.say(number)


async def _settle(hand: Hand) -> bool:
    """Nothing goes wrong any more: whatever is open comes to its end."""
    hand.heal()
    await hand.house.started()

    def is_quiet() -> bool:
        return not hand.house.open_turns() and not hand.stage.slack.redeliver_unacked()

    if not await until(is_quiet, _SETTLED):
        return False
    await asyncio.sleep(_QUIET)  # what was heard last may not be written down yet
    return await until(is_quiet, _SETTLED)
