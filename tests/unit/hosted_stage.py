"""A bot whose model's server does things itself; it may be killed at each moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from bot.core.files import File
from bot.core.messages import Attachment, Message
from tests.fakes.openai_talk import BACKENDS
from tests.unit.killing import Killer, is_outlived, mortal_bot
from tests.unit.tooling import rewrite
from tests.unit.world import Bot, World, message


def toml(tool: str) -> str:
    return f'[assistants.Homeroom]\nhosted = ["{tool}"]\n'


def shown(world: World, question: Message) -> list[str | File]:
    return [post.file or post.text for post in world.platform.posts_to(question)]


def with_file(world: World, question: Message, name: str, data: bytes) -> Message:
    world.platform.files[name] = data
    return replace(question, attachments=(Attachment(name, name, "", len(data), ""),))


async def asked(
    world: World, *acts: str, settings: str, backend: str = "responses", file: bytes = b""
) -> Message:
    """One question to a bot of its own. `file`: a table that comes along."""
    rewrite(world.path.with_name("homeroom.toml"), settings)
    world.server.does = lambda _: acts
    question = message("do it")
    question = with_file(world, question, "grades.csv", file) if file else question
    async with world.bot(BACKENDS[backend](world.client())) as bot:
        return await said(bot, question)


async def said(bot: Bot, question: Message) -> Message:
    await bot.intake.accept(question)
    await bot.idle()
    return question


WINDOWS = {
    "uploaded, nothing begun": "after POST /v1/files",
    "files fetched, not kept": "before calls.keep",
    "kept, not answered": "after calls.keep",
    "answered, not given": "after turns.save answered",
    "one is given": "after give",
}
"""Moments between a file that goes in and the one that comes out."""


@dataclass
class HostedStage:
    """Of one question, whose answer has these files in the end, and is paid for once."""

    world: World
    files: Sequence[File]
    backend: str

    @classmethod
    async def made(
        cls, world: World, tool: str, act: str, files: Sequence[File], backend: str = "responses"
    ) -> Self:
        rewrite(world.path.with_name("homeroom.toml"), toml(tool))
        world.server.polls = 0
        world.server.does = lambda _: (act,)
        return cls(world, files, backend)

    async def play(self, kill: int | str, *, file: bytes = b"") -> bool:
        """Kill the first bot at this moment and let the next one live; whether it was killed."""
        world = self.world.anew()
        question = message("do it")
        question = with_file(world, question, "grades.csv", file) if file else question
        if not await is_outlived(lambda it: self._live(world, question, it), kill):
            return False
        words, *files = shown(world, question)
        assert (isinstance(words, str), files) == (True, [*self.files])
        assert len(world.server.runs) == 1
        return True

    async def _live(self, world: World, question: Message, killer: Killer) -> None:
        async with mortal_bot(world, killer, BACKENDS[self.backend]) as bot:
            await said(bot, question)
