"""One turn, from wherever it was left to its end."""

import asyncio
from functools import partial

from bot.core.answers import Answer, Status
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
    brief,
)
from bot.core.turns import State, Turn
from bot.words import Language, say, speaking
from bot.work.attempt import Attempt
from bot.work.delivering import Delivering
from bot.work.gates import AnsweredBefore, first_refusal, shown_for
from bot.work.holding import HeldTurn, Ports, courtesy
from bot.work.interrupting import Stopped, TookTooLong
from bot.work.languages import language_at
from bot.work.places import show_those_behind
from bot.work.remembering import is_summing
from bot.work.replies import Reply
from bot.work.unseen import UnseenAdapter


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
        self._reply = Reply(self._adapter, ports, turn, gate, self._held.along)
        self._delivering = Delivering(self._held, ports, self._adapter, self._reply)
        is_asking = turn.message.command is None or is_summing(turn.message)
        backend = ports.backend if is_asking else ports.commands
        self._attempt = Attempt(self._held, ports, backend, self._adapter, self._reply)
        if turn.is_stopped:
            self.stop()

    @property
    def turn(self) -> Turn:
        return self._held.turn

    async def run(self) -> None:
        with speaking(await self._language()):
            await self._run()

    async def _language(self) -> Language:
        message, ports = self.turn.message, self._ports
        try:
            return await language_at(message, self._adapter, ports.storage, ports.assistants)
        except asyncio.CancelledError:
            await self._held.release()
            raise

    async def _run(self) -> None:
        try:
            async with self._held.begun():
                if self.turn.state is State.PENDING:
                    await self._answer()
                if self.turn.state is State.ANSWERED:
                    await self._delivering.deliver()
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
        text = f"{self._attempt.written}\n\n*{say('Stopped.')}*".strip()
        await self._held.save(self.turn.stopped(text, self._held.now()))
        self._log.info("answer_stopped", run=self.turn.run)

    async def _try_again(self, error: TransientError) -> None:
        wait = self._held.wait_after(error)
        if wait is None:
            await self._held.until_saved(lambda: self._ports.storage.turns.hand_on(self.turn))
            await self._fail(GaveUp(str(error)))
            return
        if isinstance(error, RunLost):
            self._held.note(self.turn.lost_run())
        elif self._attempt.certainly_started_nothing(error):
            self._held.note(self.turn.without_run())
        is_seen = not self._is_unseen
        if is_seen and self.turn.failures == 1 and not isinstance(error, StorageUnavailable):
            with courtesy(self._log, "notice_not_shown"):
                if not await self._held.scene.is_plain():
                    await self._reply.tell(error.notice)
            await show_those_behind(self._ports, self.turn)
        await self._attempt.show_status(Status.RETRYING, say("in {wait:.0f} s", wait=wait))
        await self._held.let_go(wait, error)

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
        contact = (await self._held.scene.chosen()).value("contact")
        return say("If that goes on, ask {contact}.", contact=contact) if contact else ""

    def _report(self, error: BotError) -> None:
        """Tell the operator, but of a person's own mistakes only in passing.

        `str(error)` is kept with the turn and not logged: servers quote messages in their errors.
        """
        name = type(error).__name__
        if _is_operators(error):
            self._log.warning("turn_failed", error=name, run=self.turn.run)
        else:
            self._log.info("message_refused", error=name)


def _is_operators(error: BotError) -> bool:
    """Whether it is nothing that the person did."""
    return isinstance(error, BackendRefused | GaveUp) or not isinstance(error, Refusal)
