"""Whoever waits for a program keeps nobody else from the model."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.core.messages import Attachment, Author, Message
from bot.tools.box.port import Ran
from bot.tools.box.toolbox import RUN_PYTHON, CodeToolbox
from tests.unit.test_stopping_calls import chest_of
from tests.unit.world import World, message, until

BOXES = 10


class Occupied:
    """A box in which each program runs until it is let go."""

    name, can = "occupied", "nothing much"

    def __init__(self) -> None:
        self.at_work = 0
        self.go = asyncio.Event()

    async def run(self, code: str, files: Mapping[str, bytes]) -> Ran:
        self.at_work += 1
        await self.go.wait()
        return Ran("done", "", files)


async def no_file(_message: Message, _attachment: Attachment) -> bytes:
    return b""


def of_person(said: Message, number: int) -> Message:
    return replace(said, author=Author(f"U{number}", f"Person {number}"))


@pytest.mark.parametrize("at_once", [1, BOXES])
async def test_while_ten_programs_run_a_plain_question_of_somebody_else_is_answered(
    world: World, at_once: int
) -> None:
    box = Occupied()

    async def open_it() -> Occupied:
        return box

    chest = chest_of(world.path.parent, "", RUN_PYTHON, [CodeToolbox(open_it, no_file)])
    program = (RUN_PYTHON, '{"code": "1"}')
    world.server.wants = lambda text, outputs: [program] if text == "run" and not outputs else []
    async with world.bot(toolbox=chest, at_once=at_once) as bot:
        asked = [of_person(message("run", f"room-{number}"), number) for number in range(BOXES)]
        for one in asked:
            await bot.intake.accept(one)
        await until(lambda: box.at_work == BOXES)
        plain = await bot.say("Hello", channel="elsewhere")
        await until(lambda: world.platform.reply(plain) == ["You said: Hello"])
        assert [world.platform.reply(one) for one in asked] == [[]] * BOXES
        box.go.set()
        await bot.idle()
        replies = [world.platform.reply(one)[0] for one in asked]
    await chest.close()
    assert ["You said: run" in one for one in replies] == [True] * BOXES
