"""The whole matrix of an exam: when, by which door, on which clock.

No word of an answer is to be seen inside, in any cell; and where all is well it is open outside.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, cast

import pytest

from bot.core.errors import OutcomeUnknown
from bot.core.messages import ConversationKey, Message
from bot.core.ports.adapter import Adapter, Limits
from bot.core.posts import Part, Saying
from bot.work.replies import Reply
from tests.fakes.platform import PLATFORM
from tests.unit.exam_house import (
    AFTER,
    BEFORE,
    END,
    INSIDE,
    START,
    Hands,
    announce,
    asked,
    open_course,
)
from tests.unit.world import Bot, World, message, until

WORD = "mitochondria"
MOMENTS = {"before": BEFORE, "bell": START, "inside": INSIDE, "end": END, "after": AFTER}
CLOCKS = {"right": 0.0, "fast": 3600.0, "slow": -3600.0, "restarted": -3600.0}
SHORT = Limits(max_chars=len(WORD) + 1, edit_interval=0.001)
THREE = " ".join([WORD] * 3)


@dataclass
class Toll:
    ring: Callable[[], None] = lambda: None


class Tolling:
    """An adapter on which the bell rings as soon as something was posted."""

    def __init__(self, inner: Adapter, toll: Toll, *, is_doubtful: bool) -> None:
        self._inner, self._toll, self._is_doubtful = inner, toll, is_doubtful

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        ref = await self._inner.post(question, saying, part)
        self._toll.ring()
        self._toll.ring = lambda: None
        if self._is_doubtful:
            self._is_doubtful = False
            raise OutcomeUnknown("the line went dead")
        return ref


@dataclass
class Cell:
    world: World
    bot: Bot
    hands: Hands
    moment: float
    wrong_by: float
    watched: list[Message] = field(default_factory=list)

    def seen(self) -> list[str]:
        """What stands there now in answer to what is watched."""
        ids = [one.id for one in self.watched]
        posts = self.world.platform.posts
        return [post.text for post in posts if any(_is_of(post.question.id, one) for one in ids)]

    def ring(self) -> None:
        """It is the moment, and the clock is what it is then."""
        self.hands.now, self.hands.wrong_by = self.moment, self.wrong_by

    async def ask(self, question: Message) -> None:
        self.watched.append(question)
        await self.bot.intake.accept(question)
        await self.bot.idle()

    def key(self, space: str = "school", thread: str = "") -> ConversationKey:
        return ConversationKey(PLATFORM, space, "general", thread)


def _is_of(question: str, watched: str) -> bool:
    return question == watched or (watched.endswith("/") and question.startswith(watched))


Door = Callable[[Cell], Awaitable[None]]


async def mention(cell: Cell) -> None:
    cell.ring()
    await cell.ask(asked(cell.moment))


async def direct(cell: Cell) -> None:
    cell.ring()
    await cell.ask(asked(cell.moment, key=cell.key("dm")))


async def install(cell: Cell) -> None:
    cell.ring()
    await cell.ask(asked(cell.moment, key=cell.key("foreign")))


async def old_thread(cell: Cell) -> None:
    cell.ring()
    await cell.ask(asked(cell.moment, key=cell.key(thread="old"), is_shared=True))


async def slash_without_stamp(cell: Cell) -> None:
    cell.ring()
    await cell.ask(asked(None))


async def shortcut(cell: Cell) -> None:
    cell.ring()
    about = "> Eve: what is 7 times 8?"
    words = f"{about}\nExplain this"
    await cell.ask(asked(cell.moment, words, key=cell.key(thread="@u1"), quoted=about))


async def regenerate(cell: Cell) -> None:
    question = asked(BEFORE)
    await cell.bot.intake.accept(question)
    await cell.bot.idle()
    cell.ring()
    press = replace(message("/again"), text=question.unique_key, sent_at=cell.moment)
    cell.watched.append(replace(question, id=f"{question.id}/again/"))
    await cell.bot.intake.accept(press)
    await cell.bot.idle()


async def edit(cell: Cell) -> None:
    cell.world.server.hold()
    first, second = asked(BEFORE), asked(BEFORE, "what?")
    await cell.bot.intake.accept(first)
    await cell.bot.run_of(first)
    await cell.bot.intake.accept(second)
    cell.watched.append(second)
    cell.ring()
    await cell.bot.intake.replace(replace(second, text="what now?"))
    cell.world.server.release()
    await cell.bot.idle()


async def catch_up(cell: Cell) -> None:
    """Heard long after it was said."""
    cell.ring()
    cell.hands.now = max(cell.moment, AFTER) + 500
    await cell.ask(asked(cell.moment))


async def preview(cell: Cell) -> None:
    question = asked(BEFORE)
    cell.watched.append(question)
    receipt = await cell.bot.storage.turns.add(question, 0.0)
    turn = await cell.bot.storage.turns.claim(receipt.conversation_id, 0.0)
    assert turn
    ports = cell.bot.ports
    cell.bot.adapter.shown = SHORT
    reply = Reply(cell.bot.adapter, ports, turn, lambda: ports.classroom.shown_for(turn))
    reply.preview(WORD)
    await until(lambda: cell.seen() == [WORD])
    cell.ring()
    if cell.moment >= START:
        await until(lambda: WORD not in cell.seen()[0])
    await reply.settle()


async def part_two(cell: Cell) -> None:
    await cell.ask(asked(BEFORE))


async def doubtful(cell: Cell) -> None:
    await cell.ask(asked(BEFORE))


ASKED: Mapping[str, Door] = {
    "mention": mention,
    "direct message": direct,
    "user install": install,
    "old thread": old_thread,
    "slash without a stamp": slash_without_stamp,
    "shortcut": shortcut,
    "Regenerate": regenerate,
    "edit": edit,
    "catch-up": catch_up,
}
GIVEN: Mapping[str, Door] = {"preview": preview, "part 2 of 3": part_two, "doubtful post": doubtful}
# Whoever asked before and is answered after it: staff decide, and no clock.
OPEN_LATER = set(ASKED) - {"edit"}


def is_open(door: str, moment: str) -> bool:
    """With every clock right."""
    if moment == "before":
        return door != "catch-up"
    return moment in {"end", "after"} and door in OPEN_LATER


@pytest.mark.parametrize("door", [*ASKED, *GIVEN])
async def test_no_word_of_an_answer_is_seen_inside(door: str, world: World) -> None:
    world.server.answer = lambda _: THREE if door == "part 2 of 3" else WORD
    wrong = []
    for clock, moment in product(CLOCKS, MOMENTS):
        shown = await shown_in(world, door, clock, moment)
        inside = moment in {"bell", "inside"}
        if (shown and inside) or (clock == "right" and shown != is_open(door, moment)):
            wrong.append((clock, moment, shown))
    assert wrong == []


async def shown_in(world: World, door: str, clock: str, moment: str) -> bool:
    """Whether a word of the answer stands there in the end."""
    hands = Hands(BEFORE, CLOCKS[clock] if clock == "restarted" else 0.0)
    piece = hands.piece()
    if clock == "restarted":  # the answer to the first request of this process tells the time
        piece.hear(hands.now, 0.0)
    toll = Toll()

    def tolling(adapter: Adapter) -> Adapter:
        is_doubtful = door == "doubtful post"
        return cast("Adapter", Tolling(adapter, toll, is_doubtful=is_doubtful))

    rings = door in {"part 2 of 3", "doubtful post"}
    limits = SHORT if door == "part 2 of 3" else Limits()
    wrap: Callable[[Adapter], Adapter] = tolling if rings else lambda one: one
    async with world.bot(timepiece=piece, limits=limits, wrap_adapter=wrap) as bot:
        if not await bot.storage.courses.all():
            await announce(bot, await open_course(bot))
        world.platform.posts.clear()
        cell = Cell(world, bot, hands, MOMENTS[moment], CLOCKS[clock])
        toll.ring = cell.ring
        await {**ASKED, **GIVEN}[door](cell)
        await bot.database.fetch("DELETE FROM turns", {})
        return any(WORD in text for text in cell.seen())
