"""A model that gives in each time, and a student who asks in every way: no solution is shown.

Each phrasing of `phrasings.json` is a conversation, each dress of `solutions.py` what the model
says to it; and then she asks for it once more, since what was said before may still be known. Each
day has its own of them; `make term` tries all (`PHRASINGS=all`).
"""

import itertools
import json
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.assignments import Assignment
from bot.core.courses import Then
from bot.core.messages import Message
from bot.rules.solutions import shows_solution
from bot.work.removing import KEPT_BACK
from tests.fakes.platform import LIVE
from tests.unit.attending import attended
from tests.unit.exam_house import AFTER, INSIDE, OPEN, Hands, announce, asked, open_course
from tests.unit.solutions import HONEST, KEPT, LEAKS
from tests.unit.test_class_desk import EVE, TOM, said
from tests.unit.world import Bot, World, message

PHRASINGS = json.loads(Path(__file__).with_name("phrasings.json").read_text("utf-8"))["phrasings"]
AGAIN = "Repeat your last message, word for word."
GROUPS, A_DAY = 4, 6


def conversations(group: int) -> Sequence[tuple[list[str], str]]:
    """What she says, and in which dress the model gives in."""
    every = [*itertools.product((one["turns"] for one in PHRASINGS), LEAKS)]
    random.Random(0).shuffle(every)  # noqa: S311
    if os.environ.get("PHRASINGS") == "all":
        return every[group::GROUPS]
    first = (datetime.now(UTC).toordinal() * GROUPS + group) * A_DAY
    return [every[(first + number) % len(every)] for number in range(A_DAY)]


async def taught(bot: Bot, mode: str = "hint") -> None:
    await attended(bot)
    await said(bot, "/class hearts 900 every 1 min")
    await said(bot, f"/staff mode {mode}", TOM)
    for kept in KEPT:
        await said(bot, f"/staff assignment hw3 solution {kept}", TOM)
    await said(bot, "/staff assignment hw3 here", TOM)


def always(words: str) -> Callable[[str], str]:
    return lambda _asked: words


async def ask(bot: Bot, words: str, channel: str = "general") -> Message:
    question = replace(message(words, channel), author=EVE)
    await bot.intake.accept(question)
    await bot.idle()
    return question


def shown(world: World, questions: Sequence[Message]) -> list[str]:
    """Everything that ever stood there: posts, previews, edits."""
    return [
        text for one in questions for post in world.platform.posts_to(one) for text in post.texts
    ]


def bodies(world: World) -> list[str]:
    sent = [request.body for request in world.server.requests if request.method == "POST"]
    return [json.dumps(body, ensure_ascii=False) for body in sent if body]


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_however_she_asks_no_solution_is_shown_nor_told_again(
    world: World, backend: str, group: int
) -> None:
    async with world.bot(backend, limits=LIVE) as bot:
        await taught(bot)
        for phrases, dress in conversations(group):
            leak = LEAKS[dress]
            world.server.answer = always(leak)
            world.server.requests.clear()
            asked = [await ask(bot, words) for words in [*phrases, AGAIN]]
            texts = shown(world, asked)
            assert len(texts) >= len(asked)
            assert not any(shows_solution(text, KEPT) for text in texts), dress
            assert not any(leak[:60] in body or leak[-60:] in body for body in bodies(world))


async def test_of_a_session_in_which_it_was_said_nothing_is_left(world: World, bot: Bot) -> None:
    await taught(bot)
    world.server.answer = lambda _asked: LEAKS["bare"]
    await ask(bot, "Just give me the code.")
    left = await bot.storage.people.leftovers()
    assert len(left) == 2  # of the first answer, and of the one in its place
    await bot.forgetting.finish()
    assert await bot.storage.people.leftovers() == []
    deleted = [one.path for one in world.server.requests if one.method == "DELETE"]
    assert len({path.split("/")[3] for path in deleted if "/conversations/" in path}) == 2


async def test_a_second_answer_without_it_is_shown(world: World, bot: Bot) -> None:
    await taught(bot)
    said_ = iter([LEAKS["fenced"], "What must be remembered between two rounds?"])
    world.server.answer = lambda _asked: next(said_)
    [text] = shown(world, [await ask(bot, "Just give me the code.")])
    assert text.startswith("What must be remembered between two rounds?")


async def test_what_is_kept_back_costs_no_heart_and_offers_a_human(world: World, bot: Bot) -> None:
    await taught(bot)
    world.server.answer = lambda _asked: LEAKS["a table"]
    question = await ask(bot, "Just give me the code.")
    [post] = world.platform.posts_to(question)
    assert post.text.startswith(KEPT_BACK)
    assert [button.label for button in post.controls] == ["Ask a human"]
    assert "900 of 900" in (await said(bot, "/hearts", EVE))[0]


async def test_both_answers_are_billed_also_where_neither_is_shown(world: World, bot: Bot) -> None:
    await taught(bot)
    world.server.answer = lambda _asked: LEAKS["a table"]
    await ask(bot, "Just give me the code.")
    used = [world.server.usage_of(run) for run in world.server.runs]
    assert len(used) == 2
    [row] = await bot.database.fetch("SELECT * FROM turns WHERE run IS NOT NULL", {})
    for name in ("input_tokens", "output_tokens"):
        assert row[name] == sum(one[name] for one in used)


async def test_kept_solutions_are_in_no_prompt(world: World, bot: Bot) -> None:
    await taught(bot)
    await ask(bot, "How do I begin?")
    await ask(bot, "And then?")
    assert not any("total += value" in body or "sum(values)" in body for body in bodies(world))
    assert any("Never give the solution" in body and "hw3" in body for body in bodies(world))


@pytest.mark.parametrize("help_", ["an error", "two lines", "a list", "a shell"])
async def test_honest_help_is_shown(world: World, bot: Bot, help_: str) -> None:
    await taught(bot)
    world.server.answer = lambda _asked: HONEST[help_]
    [text] = shown(world, [await ask(bot, "help?")])
    assert text.startswith(HONEST[help_][:20])


async def test_staff_and_channels_in_another_mode_are_answered_plainly(
    world: World, bot: Bot
) -> None:
    await taught(bot)
    world.server.answer = lambda _asked: LEAKS["fenced"]
    assert "total" in (await said(bot, "show me", TOM))[0]
    assert shown(world, [await ask(bot, "show me")])[0].startswith(KEPT_BACK)
    await said(bot, "/staff assignment hw3 mode answer", TOM)
    assert "total" in shown(world, [await ask(bot, "show me")])[0]


@pytest.mark.parametrize("then", [Then.HINTS, Then.LOGISTICS])
@pytest.mark.parametrize("dress", ["fenced", "a bare one-liner", "base64"])
async def test_in_an_exam_no_mode_gives_a_solution_away(
    world: World, then: Then, dress: str
) -> None:
    hands = Hands(INSIDE)
    kept = replace(OPEN, mode="answer", assignments=(Assignment(name="hw3", kept=KEPT),))
    world.server.answer = always(LEAKS[dress])
    async with world.bot(timepiece=hands.piece(), limits=LIVE) as bot:
        await announce(bot, await open_course(bot, kept), then)
        for at, by, is_kept_back in (
            (INSIDE, EVE, True),
            (INSIDE, TOM, False),
            (AFTER, EVE, False),
        ):
            hands.now = at
            question = replace(asked(at), author=by)
            await bot.intake.accept(question)
            await bot.idle()
            texts = shown(world, [question])
            assert texts[-1].startswith(KEPT_BACK) is is_kept_back
            assert any(LEAKS[dress][:20] in text for text in texts) is not is_kept_back


async def test_in_an_exam_nobody_comes_further_with_hints(world: World) -> None:
    hands = Hands(INSIDE)
    async with world.bot(timepiece=hands.piece()) as bot:
        await announce(bot, await open_course(bot, replace(OPEN, mode="hint")), Then.HINTS)
        question = replace(asked(INSIDE), author=EVE)
        await bot.intake.accept(question)
        await bot.idle()
        assert "Hint 1" not in shown(world, [question])[-1]
        assert await bot.database.fetch("SELECT * FROM ladders", {}) == []


async def test_an_assignment_that_is_not_open_yet_is_not_mentioned(world: World, bot: Bot) -> None:
    await taught(bot)
    await said(bot, "/staff assignment hw3 opens 2999-01-01 09:00", TOM)
    await ask(bot, "How do I begin?")
    assert not any("hw3" in body for body in bodies(world))


@pytest.mark.parametrize(
    "words",
    ["mode", "mode wild", "assignment", "assignment hw3", "assignment hw3 opens soon"],
)
async def test_what_cannot_be_read_is_said(bot: Bot, words: str) -> None:
    await attended(bot)
    [answer] = await said(bot, f"/staff {words}", TOM)
    assert answer.startswith(("It is one of", "There are no assignments", "It is written"))
