"""One conversation with tools, the same on every backend: what is done, what is said, how often."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.confirming import decided_id
from bot.core.messages import Message
from bot.core.tools import Decision
from tests.fakes.openai_talk import BACKENDS
from tests.fakes.toolbox import BOOK, DICE, FakeToolbox
from tests.unit.world import World, message

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")

SCRIPT = {
    "one": [("dice", '{"n": 1}')],
    "two at once": [("dice", '{"n": 2}'), ("dice", '{"n": 3}')],
    "book the hall": [("book", '{"room": "hall"}')],
    "book the attic": [("book", '{"room": "attic"}')],
}
DONE = {'dice {"n": 1}': 1, 'dice {"n": 2}': 1, 'dice {"n": 3}': 1, 'book {"room": "attic"}': 1}


def wants(text: str, outputs: int) -> Sequence[tuple[str, str]]:
    return SCRIPT.get(text, []) if not outputs else []


@pytest.mark.parametrize("name", BACKENDS)
async def test_a_scripted_conversation_is_the_same_on_every_backend(
    world: World, name: str
) -> None:
    world.server.wants, world.server.polls = wants, 0
    tools = FakeToolbox(tools=[DICE, replace(BOOK, must_confirm=True)])
    questions = [message(text) for text in SCRIPT]
    async with world.bot(BACKENDS[name](world.client()), toolbox=tools) as bot:
        for question in questions:
            await bot.intake.accept(question)
            await bot.idle()
        await bot.say("/decline 4")
        await bot.idle()
    async with world.bot(BACKENDS[name](world.client()), toolbox=tools) as bot:
        for _ in range(2):
            await bot.say("/confirm 5")
            await bot.idle()
    assert tools.effects == DONE
    first, second, hall, attic = ("".join(world.platform.reply(one)) for one in questions)
    assert first == "You said: one\n\n*(used: dice)*"
    assert second == "You said: two at once\n\n*(used: dice)*"
    assert hall.endswith("**Declined by Ada.**")
    assert '"room": "attic"' in attic
    assert attic.endswith("**Confirmed by Ada.**")
    assert "No, do not do it" in later(world, questions[2], 4, Decision.DECLINED)
    assert later(world, questions[3], 5, Decision.CONFIRMED).endswith("*(used: book)*")


def later(world: World, question: Message, number: int, decision: Decision) -> str:
    [reply] = world.platform.reply(replace(question, id=decided_id(question.id, number, decision)))
    return reply
