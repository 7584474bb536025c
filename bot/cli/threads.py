"""`threads`: what is mapped to what, and everything that happened in it."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from textwrap import shorten

import click

from bot.cli.opening import (
    Since,
    as_time,
    echo,
    echo_json,
    echo_table,
    open_settings,
    with_store,
    with_times,
)
from bot.config import Settings
from bot.core.errors import BotError, ConfigError
from bot.core.messages import ConversationKey
from bot.core.ports.backend import Backend
from bot.core.ports.records import (
    CallRecord,
    Choice,
    ConversationLine,
    ConversationRecord,
    SessionRecord,
    TurnRecord,
)
from storage.store import Store

_CHARS_OF_OUTPUT = 200


@click.group(short_help="Look at conversations, or forget one.")
def threads() -> None:
    """Look at conversations: who said what, which run answered, what it cost."""


@threads.command("list")
@click.option("--since", type=Since(), default=None, help="Spoken in since: 24h, 7d.")
@click.option("--user", default=None, help="Who took part: an id, or a name.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--before", type=int, default=None, help="The next page: what the last one told.")
@click.option("--json", "as_json", is_flag=True, help="An array, for programs.")
def list_threads(
    since: float | None, user: str | None, limit: int, before: int | None, as_json: bool
) -> None:
    """List the conversations, the one last spoken in first."""
    choice = Choice(since or 0.0, user, before, limit)
    found = with_store(open_settings(), lambda store: store.records.conversations(choice))
    if as_json:
        echo_json(with_times([asdict(line) for line in found]))
        return
    echo_table(("key", "turns", "open", "last", "by", "session"), map(_row, found))
    if len(found) == limit:
        echo(f"more: --before {found[-1].newest}")


@threads.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
def show(key: str, as_json: bool) -> None:
    """Show every message of a conversation, its run, each status with its time, and tokens."""
    conversation = _key(key)
    record = with_store(open_settings(), lambda store: store.records.conversation(conversation))
    if record is None:
        raise ConfigError(f"there is no conversation {key}; `homeroom threads list` names them")
    if as_json:
        echo_json(with_times(asdict(record)))
        return
    echo(f"{record.key} · since {as_time(record.created_at)}")
    for session in record.sessions:
        ended = f" · ended {as_time(session.ended_at)}" if session.ended_at else ""
        echo(f"session {session.session} ({session.backend}){ended}")
    for turn in record.turns:
        _show_turn(turn)


@threads.command()
@click.argument("key")
@click.option("--local", is_flag=True, help="Here only; what the model's server keeps stays.")
def delete(key: str, local: bool) -> None:
    """Forget a conversation: at the model's server, then here."""
    conversation, settings = _key(key), open_settings()
    if not with_store(settings, lambda store: _delete(store, settings, conversation, local=local)):
        raise ConfigError(f"there is no conversation {key}; `homeroom threads list` names them")
    echo(f"{key} is forgotten")


async def _delete(store: Store, settings: Settings, key: ConversationKey, *, local: bool) -> bool:
    record = await store.records.conversation(key)
    if record is None:
        return False
    if record.sessions and not local:
        await _forget_remotely(store, settings, record)
    return await store.records.delete(key)


async def _forget_remotely(store: Store, settings: Settings, record: ConversationRecord) -> None:
    """Delete a conversation's sessions at their server; if that fails, nothing is deleted."""
    from bot.backends.opening import open_backend  # noqa: PLC0415 - takes most of a second

    backend = open_backend(settings, store.storage.memos)
    try:
        for session in record.sessions:
            _require_keeper(session, backend)
        for session in record.sessions:
            await _forget_session(backend, session, record.turns)
    except BotError as error:
        click.echo(f"homeroom: nothing is deleted: {error}. --local deletes here only.", err=True)
        sys.exit(1)
    finally:
        await backend.close()


def _require_keeper(session: SessionRecord, backend: Backend) -> None:
    """Before anything is deleted: this backend must be the one that can delete all of it."""
    if session.backend != backend.name:
        raise BotError(
            f"session {session.session} is kept by {session.backend} "
            f"(set BACKEND to it for this one call)"
        )


async def _forget_session(
    backend: Backend, session: SessionRecord, turns: Sequence[TurnRecord]
) -> None:
    runs = [run for turn in turns for run in turn.runs if run.session == session.session]
    begun = [turn.run for turn in turns if turn.run and turn.session == session.session]
    ids = [run.run for run in runs if run.run]
    await backend.forget(session.session, list(dict.fromkeys([*ids, *begun])))


def _row(line: ConversationLine) -> tuple[str, ...]:
    numbers = (str(line.turns), str(line.open))
    return (line.key, *numbers, as_time(line.last_at) or "", line.last_by, line.session or "")


def _show_turn(turn: TurnRecord) -> None:
    message, answer, used = turn.message, turn.answer, turn.usage
    command = f"/{message.command} " if message.command else ""
    said = f"{message.author_name}: {command}{message.text}".rstrip()
    echo(f"\n#{turn.id} {as_time(message.accepted_at)} {said}")
    for change in turn.changes:
        echo(f"    {as_time(change.at)} {change.status}")
    about = (turn.step or turn.state, turn.assistant, turn.backend, answer.model)
    echo(f"    {' · '.join(filter(None, about))} · run {turn.run or '-'}")
    if used:
        echo(
            f"    {used.input_tokens} tokens in (about {used.history_tokens} history, "
            f"{used.cached_tokens} cached), {used.output_tokens} out"
        )
    for run in turn.runs if turn.calls else ():
        tokens = f"{run.usage.input_tokens} in, {run.usage.output_tokens} out" if run.usage else "?"
        echo(f"    step {run.step}: run {run.run or '-'} · {tokens}")
    for call in turn.calls:
        _show_call(call)
    if turn.error:
        echo(f"    {turn.error}")
    if answer.answer:
        said = f"{turn.assistant or 'Homeroom'}: {answer.answer}"
        echo(f"  {as_time(answer.answered_at)} {said}")


def _show_call(call: CallRecord) -> None:
    """Of a long output the beginning; `--json` has all of it."""
    took = f"{call.ended_at - call.begun_at:.1f} s" if call.ended_at and call.begun_at else ""
    state = call.decision or ("" if call.ended_at else "may have happened" if call.begun_at else "")
    by = "by the model's server" if call.is_hosted else ""
    at = as_time(call.begun_at or call.made_at)
    about = " · ".join(filter(None, (at, "" if call.is_hosted else took, state, by)))
    echo(f"    no. {call.id} {call.tool} {call.arguments} · {about}")
    if call.output:
        echo(f"      {'error: ' if call.is_error else ''}{shorten(call.output, _CHARS_OF_OUTPUT)}")


def _key(written: str) -> ConversationKey:
    try:
        return ConversationKey.parse(written)
    except ValueError as error:
        raise ConfigError(str(error)) from error
