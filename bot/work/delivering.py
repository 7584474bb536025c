"""Delivering what a turn was answered with; what goes wrong is tried again, or given up."""

from collections.abc import Sequence

from bot.classroom.classroom import holds_answers
from bot.classroom.consents import NotAgreed, below_question
from bot.core.answers import Kind, with_thoughts
from bot.core.confirming import buttons
from bot.core.controls import Button, below_answer
from bot.core.errors import BotError, StaleTurn, TransientError, Undeliverable, Withheld
from bot.core.ports.adapter import Adapter
from bot.core.tools import MadeCall
from bot.core.turns import Turn
from bot.rules.calling import is_waiting
from bot.rules.citing import SOURCES
from bot.words import in_any
from bot.work.deciding import show_decided_since
from bot.work.giving import drop_files, files_made
from bot.work.holding import HeldTurn, Ports, courtesy
from bot.work.replies import Reply
from bot.work.undelivered import may_be_told, told_with, undelivered


class Delivering:
    """The way of a held turn's answer to the person."""

    def __init__(self, held: HeldTurn, ports: Ports, adapter: Adapter, reply: Reply) -> None:
        self._held = held
        self._ports = ports
        self._adapter = adapter
        self._reply = reply
        self._owed: Sequence[Turn] = ()
        self._asked: Sequence[MadeCall] = ()  # with buttons below the answer

    @property
    def _turn(self) -> Turn:
        return self._held.turn

    async def deliver(self) -> None:
        try:
            await self._post()
        except Withheld as error:
            await self._withhold(error)
        except Undeliverable as error:
            await self._abandon(error)
        except TransientError as error:
            await self._post_again(error)
        except StaleTurn:
            raise
        except Exception as error:
            self._held.log.exception("delivery_crashed")
            await self._post_again(TransientError(type(error).__name__))
        else:
            await self._note_delivered()

    async def _post(self) -> None:
        if self._turn.attempts > self._ports.retries.max_attempts:
            raise Undeliverable(f"posting began {self._turn.attempts - 1} times and never ended")
        if self._turn.answer and self._turn.answer.text and not self._turn.message.key.is_sums:
            self._owed = await self._undelivered()
            text = with_thoughts(self._turn.answer, self._adapter.limits(self._turn.message).fold)
            text, is_answer = told_with(text, self._turn, self._owed), self._says_answer()
            text = await self._held.veil.revealed(self._held.turn, text)
            await self._show(text, is_answer=is_answer)
            files = await files_made(self._turn, self._ports.storage)
            await self._reply.give(files, is_answer=is_answer)

    async def _show(self, text: str, *, is_answer: bool) -> None:
        """Where it stands already it is reworded there, or left as it is: never told again."""
        controls, is_old = await self._controls(), self._turn.is_reworded
        try:
            await self._reply.show(text, controls, is_answer=is_answer, anew=not is_old)
        except Undeliverable as error:
            if not is_old:
                raise
            self._held.log.info("not_reworded", error=str(error))

    async def _undelivered(self) -> Sequence[Turn]:
        is_silent = self._turn.is_owed and await self._ports.classroom.is_silent(self._turn.message)
        return () if is_silent else await undelivered(self._turn, self._ports.storage)

    def _says_answer(self) -> bool:
        """Whether what is shown has words of a model's."""
        answer, message = self._turn.answer, self._turn.message
        is_ours = answer is None or answer.kind is Kind.NOTICE
        return not is_ours and (message.command is None or holds_answers(message))

    async def _withhold(self, error: Withheld) -> None:
        """The answer is kept before the notice takes its place; a crash between does it again."""
        if await self._ports.classroom.exams.withhold(self._turn):
            await self._held.save(self._turn.withheld(error.notice))
            self._held.log.info("answer_withheld")
        await self.deliver()

    async def _controls(self) -> Sequence[Button]:
        """Below an answer; a notice of ours is nothing to vote on, nor to be said once more."""
        turn = self._turn
        if await self._held.scene.is_plain():
            return ()
        if (turn.error or "").startswith(NotAgreed.__name__):
            return below_question(turn.message.unique_key)
        is_ours = turn.message.command or turn.backend is None
        is_notice = turn.answer is None or turn.answer.kind is Kind.NOTICE
        remark = turn.answer.remark if turn.answer else ""
        has_sources = any(words in remark for words in in_any(SOURCES))
        is_votable = not (is_ours or is_notice)
        own = below_answer(turn.message.unique_key, has_sources=has_sources) if is_votable else ()
        calls = await self._ports.storage.calls.of(turn.id) if turn.tool_steps else ()
        self._asked = [made for made in calls if is_waiting(made)]
        return (
            *buttons(self._asked),
            *own,
            *await self._ports.classroom.controls(turn, self._held.scene.enrolment),
        )

    async def _note_delivered(self) -> None:
        await self._held.save(self._turn.delivered(self._held.now()))
        self._held.log.info("reply_delivered")
        with courtesy(self._held.log, "card_not_reworded"):
            calls, question = self._ports.storage.calls, self._turn.message
            await show_decided_since(self._asked, question, calls, self._ports.reword)
        with courtesy(self._held.log, "files_kept"):
            await drop_files(self._turn, self._ports.storage)
        for owed in self._owed:
            if may_be_told(owed, self._turn):
                with courtesy(self._held.log, "told_twice_perhaps"):
                    await self._ports.storage.turns.note_told(owed.id)

    async def _post_again(self, error: TransientError) -> None:
        wait = self._held.wait_after(error)
        if wait is None:
            await self._abandon(error)
        else:
            await self._held.let_go(wait, error)

    async def _abandon(self, error: BotError) -> None:
        self._held.log.error("reply_abandoned", error=str(error))
        await self._held.save(self._turn.undeliverable(str(error), self._held.now()))
