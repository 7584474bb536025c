"""One turn, from wherever it was left to its end."""

import asyncio
from collections.abc import Sequence
from functools import partial

from bot.classroom.classroom import holds_answers
from bot.classroom.consents import NotAgreed, below_question
from bot.core.answers import Answer, Kind, Status, with_thoughts
from bot.core.confirming import buttons
from bot.core.controls import Button, below_answer
from bot.core.errors import (
    BackendRefused,
    BotError,
    GaveUp,
    NotAllowed,
    Refusal,
    RunLost,
    StaleTurn,
    StorageUnavailable,
    TransientError,
    Undeliverable,
    Withheld,
    brief,
)
from bot.core.turns import State, Turn
from bot.rules.calling import is_waiting
from bot.rules.citing import SOURCES
from bot.work.attempt import Attempt
from bot.work.gates import AnsweredBefore, first_refusal, shown_for
from bot.work.giving import drop_files, files_made
from bot.work.holding import HeldTurn, Ports, courtesy
from bot.work.interrupting import Stopped, TookTooLong
from bot.work.remembering import is_summing
from bot.work.replies import Reply
from bot.work.undelivered import may_be_told, told_with, undelivered
from bot.work.unseen import UnseenAdapter

_STOPPED = "*Stopped.*"
_BEHIND = "behind a question that is tried again"
_MOST_TOLD = 20  # who wait behind one another


class TurnRunner:
    """Answers a turn and delivers the answer; each step is saved before the next begins."""

    def __init__(self, turn: Turn, ports: Ports) -> None:
        self._ports = ports
        self._held = HeldTurn(turn, ports)
        self._log = self._held.log
        self._is_unseen = turn.message.key.is_sums
        self._adapter = (
            UnseenAdapter() if self._is_unseen else ports.adapters[turn.message.key.platform]
        )
        gate = partial(shown_for, self._held, ports)
        self._reply = Reply(self._adapter, ports, turn, gate)
        is_asking = turn.message.command is None or is_summing(turn.message)
        backend = ports.backend if is_asking else ports.commands
        self._attempt = Attempt(self._held, ports, backend, self._adapter, self._reply)
        self._owed: Sequence[Turn] = ()
        if turn.is_stopped:
            self.stop()

    @property
    def turn(self) -> Turn:
        return self._held.turn

    async def run(self) -> None:
        try:
            async with self._held.begun():
                if self.turn.state is State.PENDING:
                    await self._answer()
                if self.turn.state is State.ANSWERED:
                    await self._deliver()
        except StaleTurn:
            self._log.info("turn_taken_over", epoch=self.turn.epoch)
            if await self._ports.storage.turns.is_abandoned(self.turn.id):
                await self._attempt.cancel_run()  # nobody else does
                await self._attempt.close_calls()
                await self._end()
        except asyncio.CancelledError:
            self._reply.drop_preview()
            await self._held.release()
            raise
        finally:
            await self._reply.settle()
        if self.turn.state is State.DONE:
            await self._end()

    async def _end(self) -> None:
        """Whatever came of it, nothing is being done any more."""
        with courtesy(self._log, "end_not_shown"):
            await self._adapter.end(self.turn.message)
            if self._is_unseen:  # what it was told is kept nowhere else
                await self._ports.storage.summaries.leave_sessions(self.turn.conversation_id)

    def stop(self) -> None:
        """The person does not want the answer any more. A command is carried out all the same."""
        if self.turn.message.command is None or self._is_unseen:
            self._attempt.wait.stop()

    async def _answer(self) -> None:
        try:
            await self._pass_gates()
            await self._attempt.ask()
        except NotAllowed as error:
            await self._turn_away(error)
        except AnsweredBefore as error:
            await self._held.save(self.turn.answered(Answer(error.notice), self._held.now()))
        except Stopped:
            await self._end_stopped()
        except TransientError as error:
            await (self._end_stopped() if self._attempt.wait.is_stopped else self._try_again(error))
        except TookTooLong as error:
            await self._attempt.cancel_run()
            await self._fail(error)
        except StaleTurn:
            raise
        except BotError as error:
            await self._fail(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours is answered for, too
            self._log.exception("turn_crashed")
            await self._fail(BotError(brief(error)))

    async def _pass_gates(self) -> None:
        refusal = await first_refusal(self._held, self._ports)
        if refusal is not None:
            raise refusal

    async def _turn_away(self, error: NotAllowed) -> None:
        """The person is told why where nobody else sees it, and nothing stands in the place."""
        self._log.info("message_refused", error=type(error).__name__)
        with courtesy(self._log, "refusal_not_told"):
            await self._ports.authority.turn_away(self.turn.message, error.notice)
        await self._held.save(self.turn.cancelled(self._held.now()))

    async def _end_stopped(self) -> None:
        await self._attempt.cancel_run()
        await self._attempt.close_calls()
        text = f"{self._attempt.written}\n\n{_STOPPED}".strip()
        await self._held.save(self.turn.stopped(text, self._held.now()))
        self._log.info("answer_stopped", run=self.turn.run)

    async def _try_again(self, error: TransientError) -> None:
        wait = self._held.wait_after(error)
        if wait is None:
            await self._fail(GaveUp(str(error)))
            return
        if isinstance(error, RunLost):
            self._held.note(self.turn.lost_run())
        elif self._attempt.certainly_started_nothing(error):
            self._held.note(self.turn.without_run())
        is_seen = not self._is_unseen
        if is_seen and self.turn.failures == 1 and not isinstance(error, StorageUnavailable):
            with courtesy(self._log, "notice_not_shown"):
                await self._reply.tell(error.notice)
            await self._tell_those_behind()
        await self._attempt.show_status(Status.RETRYING, f"in {wait:.0f} s")
        await self._held.let_go(wait, error)

    async def _tell_those_behind(self) -> None:
        """Whoever asked after this turn waits with it, and is shown why."""
        with courtesy(self._log, "place_not_shown"):
            looks, key = self._ports.storage.looks, self.turn.message.key
            for turn in await looks.open_turns(key, _MOST_TOLD):
                if turn.id > self.turn.id and turn.message.command is None:
                    await self._adapter.show_status(turn.message, Status.QUEUED, _BEHIND)

    async def _fail(self, error: BotError) -> None:
        detail = f"{type(error).__name__}: {error}"
        self._report(error)
        await self._attempt.close_calls()
        notice = f"{error.notice} {await self._whom_to_ask(error)}".rstrip()
        await self._held.save(self.turn.failed(notice, detail, self._held.now()))

    async def _whom_to_ask(self, error: BotError) -> str:
        """Where the person can do nothing about it, and somebody is named who can."""
        if not _is_operators(error):
            return ""
        contact = (await self._held.chosen()).value("contact")
        return f"If that goes on, ask {contact}." if contact else ""

    def _report(self, error: BotError) -> None:
        """Tell the operator, but of a person's own mistakes only in passing.

        `str(error)` is kept with the turn and not logged: servers quote messages in their errors.
        """
        name = type(error).__name__
        if _is_operators(error):
            self._log.warning("turn_failed", error=name, run=self.turn.run)
        else:
            self._log.info("message_refused", error=name)

    async def _deliver(self) -> None:
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
        except Exception as error:  # noqa: BLE001 - nor does one lose an answer
            self._log.exception("delivery_crashed")
            await self._post_again(TransientError(type(error).__name__))
        else:
            await self._note_delivered()

    async def _post(self) -> None:
        if self.turn.attempts > self._ports.retries.max_attempts:
            raise Undeliverable(f"posting began {self.turn.attempts - 1} times and never ended")
        if self.turn.answer and self.turn.answer.text and not self._is_unseen:
            self._owed = await self._undelivered()
            text = with_thoughts(self.turn.answer, self._adapter.limits(self.turn.message).fold)
            text, is_answer = told_with(text, self.turn, self._owed), self._says_answer()
            await self._reply.show(text, await self._controls(), is_answer=is_answer)
            files = await files_made(self.turn, self._ports.storage)
            await self._reply.give(files, is_answer=is_answer)

    async def _undelivered(self) -> Sequence[Turn]:
        is_silent = self.turn.is_owed and await self._ports.classroom.is_silent(self.turn.message)
        return () if is_silent else await undelivered(self.turn, self._ports.storage)

    def _says_answer(self) -> bool:
        """Whether what is shown has words of a model's."""
        answer, message = self.turn.answer, self.turn.message
        is_ours = answer is None or answer.kind is Kind.NOTICE
        return not is_ours and (message.command is None or holds_answers(message))

    async def _withhold(self, error: Withheld) -> None:
        """The answer is kept before the notice takes its place; a crash between does it again."""
        if await self._ports.classroom.exams.withhold(self.turn):
            await self._held.save(self.turn.withheld(error.notice))
            self._log.info("answer_withheld")
        await self._deliver()

    async def _controls(self) -> Sequence[Button]:
        """Below an answer; a notice of ours is nothing to vote on, nor to be said once more."""
        turn = self.turn
        if (turn.error or "").startswith(NotAgreed.__name__):
            return below_question(turn.message.unique_key)
        is_ours = turn.message.command or turn.backend is None
        is_notice = turn.answer is None or turn.answer.kind is Kind.NOTICE
        has_sources = turn.answer is not None and SOURCES in turn.answer.remark
        is_votable = not (is_ours or is_notice)
        own = below_answer(turn.message.unique_key, has_sources=has_sources) if is_votable else ()
        calls = await self._ports.storage.calls.of(turn.id) if turn.tool_steps else ()
        waiting = buttons([made for made in calls if is_waiting(made)])
        return (*waiting, *own, *await self._ports.classroom.controls(turn, self._held.enrolment))

    async def _note_delivered(self) -> None:
        await self._held.save(self.turn.delivered(self._held.now()))
        self._log.info("reply_delivered")
        with courtesy(self._log, "files_kept"):
            await drop_files(self.turn, self._ports.storage)
        for owed in self._owed:
            if may_be_told(owed, self.turn):
                with courtesy(self._log, "told_twice_perhaps"):
                    await self._ports.storage.turns.note_told(owed.id)

    async def _post_again(self, error: TransientError) -> None:
        wait = self._held.wait_after(error)
        if wait is None:
            await self._abandon(error)
        else:
            await self._held.let_go(wait, error)

    async def _abandon(self, error: BotError) -> None:
        self._log.error("reply_abandoned", error=str(error))
        await self._held.save(self.turn.undeliverable(str(error), self._held.now()))


def _is_operators(error: BotError) -> bool:
    """Whether it is nothing that the person did."""
    return isinstance(error, BackendRefused | GaveUp) or not isinstance(error, Refusal)
