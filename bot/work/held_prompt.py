"""The prompt of a held turn: with its tools and their steps, and as a course has it."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from bot.classroom.endorsing import near, offered
from bot.core.assignments import Assignment
from bot.core.confirming import confirmed_in
from bot.core.errors import GaveUp
from bot.core.ports.adapter import Adapter
from bot.core.ports.backend import Backend
from bot.core.prompts import Prompt, spoken
from bot.core.tool_settings import is_meant
from bot.core.tools import MadeCall
from bot.rules.calling import MOST_STEPS
from bot.work.holding import HeldTurn, Ports
from bot.work.prompting import Prompting
from bot.work.remembering import Remembering, is_summing, summing_prompt
from bot.work.using import Using


class TooManySteps(GaveUp):
    """I used tools over and over and came to no answer, so I stopped. Please ask in another way."""


class HeldPrompt:
    """What a backend is told, anew before each of its runs."""

    def __init__(  # noqa: PLR0913, PLR0917 - a prompt is made of as much
        self,
        held: HeldTurn,
        ports: Ports,
        adapter: Adapter,
        backend: Backend,
        remembering: Remembering,
        using: Using,
    ) -> None:
        self.is_quiet = False  # nothing is shown, nor kept, of what is half written
        self._held = held
        self._ports = ports
        self._backend = backend
        self._prompting = Prompting(held, ports, adapter, backend, remembering)
        self._using = using

    async def first(self, hold: AsyncExitStack) -> Prompt:
        """`hold`: as long as its files are in hand."""
        if is_summing(self._held.turn.message):
            return await summing_prompt(self._held, self._ports, self._backend)
        chosen, turn = await self._held.scene.chosen(), self._held.turn
        about = await self._held.lesson.assignment()
        tools = await self._using.offered(chosen.assistant, turn.message, about)
        number = confirmed_in(turn.message.id)
        if number is not None and turn.prompt is None:
            output = await self._using.make_confirmed(number)
            said = (await self._held.veil.masked(self._held.turn)).message(turn.message)
            self._held.note(replace(turn, prompt=f"{spoken(said)}\n\n{output}"))
        prompt = await self._prompting.prompt(self._held.turn, chosen, hold)
        return replace(await self._taught(_with_allowed(prompt, about)), tools=tools)

    async def after(self, made: Sequence[MadeCall], prompt: Prompt) -> Prompt:
        """The same once more, with all that was done for this turn until now."""
        turn = self._held.turn
        if turn.tool_steps > MOST_STEPS:
            raise TooManySteps
        sessions = self._ports.storage.sessions
        return replace(
            prompt,
            tools=prompt.tools if turn.tool_steps < MOST_STEPS else (),
            steps=await self._using.steps(made),
            session=await sessions.current(turn.conversation_id, self._backend.name),
            run=turn.run,
            is_submitted=turn.is_submitted,
        )

    async def _taught(self, prompt: Prompt) -> Prompt:
        """As the course has it; what may have to be taken back is not shown while it is written."""
        lesson = self._held.lesson
        lesson.exam, lesson.files = self._prompting.exam, prompt.files
        teaching = await lesson.teaching(self._held.turn)
        if teaching is None:
            return prompt
        self.is_quiet = teaching.is_quiet
        is_live = prompt.is_live and not self.is_quiet
        lesson.offered = near(prompt.message, lesson.endorsed)
        words = filter(None, (teaching.words, offered(lesson.offered)))
        return replace(prompt, teaching="\n\n".join(words), is_live=is_live)


def _with_allowed(prompt: Prompt, about: Assignment | None) -> Prompt:
    """What a server does by itself is a tool as well."""
    if about is None or not about.tools:
        return prompt
    hosted = tuple(one for one in prompt.assistant.hosted if is_meant(one, about.tools))
    return replace(prompt, assistant=prompt.assistant.model_copy(update={"hosted": hosted}))
