"""What happened to a turn, in the order it happened, and why."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core import errors
from bot.core.ports.records import CallRecord, TurnRecord

# What is done about an error, by the branch of the tree it stands on.
_DONE = {
    errors.TransientError: "it is tried again, and the person is told once if that takes long",
    errors.Refusal: "the person is told, once",
    errors.SessionLost: "a new session was opened",
    errors.Undeliverable: "the next way was tried; closed all, it is told with their next word",
    errors.ConfigError: "the bot ended, for the operator to mend it",
    errors.ProgrammingError: "whoever took the turn over went on with it",
}


@dataclass(frozen=True, slots=True)
class Moment:
    at: float  # seconds since the epoch
    what: str
    detail: str = ""


def timeline(turn: TurnRecord) -> Sequence[Moment]:
    return sorted(_moments(turn), key=lambda moment: moment.at)


def _moments(turn: TurnRecord) -> Iterator[Moment]:
    yield Moment(turn.message.accepted_at, "accepted", turn.message.message_key)
    for change in turn.changes:
        yield Moment(change.at, change.status)
    if turn.run_at is not None:
        yield Moment(turn.run_at, "a run was started", turn.run or "")
    for call in turn.calls:
        yield from _calls(call)
    if turn.answer.answered_at is not None:
        yield Moment(turn.answer.answered_at, _answered(turn), _tokens(turn))
    if turn.done_at is not None:
        yield Moment(turn.done_at, turn.step or "done", _posted(turn))
    elif turn.due_at > turn.message.accepted_at:
        yield Moment(turn.due_at, "is tried again then", f"{turn.failures} times in vain so far")


def _calls(call: CallRecord) -> Iterator[Moment]:
    if call.is_hosted:
        yield Moment(call.made_at, f"the model's server did {call.tool}", call.arguments)
        return
    yield Moment(call.made_at, f"wants to use {call.tool}", call.arguments)
    if call.begun_at is not None:
        yield Moment(call.begun_at, f"uses {call.tool}", call.decision or "")
    if call.ended_at is not None:
        what = f"{call.tool} failed" if call.is_error else f"{call.tool} has answered"
        yield Moment(call.ended_at, what, call.output or "")


def _answered(turn: TurnRecord) -> str:
    kinds = {"notice": "failed, which the person is told", "stopped": "was stopped"}
    return kinds.get(turn.answer.kind or "", "was answered")


def _tokens(turn: TurnRecord) -> str:
    used = turn.usage
    if used is None:
        return ""
    return (
        f"{used.input_tokens:,} tokens in ({used.cached_tokens:,} cached), "
        f"{used.output_tokens:,} out"
    )


def _posted(turn: TurnRecord) -> str:
    refs = [post.ref for post in turn.posts if post.ref]
    return f"as {', '.join(refs)}" if refs else ""


def explained(error: str | None) -> tuple[str, str] | None:
    """What a person was told of an error, and what is done about one of its kind."""
    kind = getattr(errors, (error or "").partition(":")[0], None)
    if not (isinstance(kind, type) and issubclass(kind, errors.BotError)):
        return None
    done = next((words for branch, words in _DONE.items() if issubclass(kind, branch)), "")
    return inspect.getdoc(kind) or "", done
