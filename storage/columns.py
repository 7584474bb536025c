"""The columns of `turns`: each is named here, with how it is written and read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any

from bot.core.answers import Answer, Kind, Usage
from bot.core.messages import Attachment, Author, ConversationKey, Message
from bot.core.named import Named
from bot.core.turns import Change, State, Step, Turn
from storage.database import Row


@dataclass(frozen=True, slots=True)
class Column:
    """`write` gives what is kept of a turn or a message, `read` what a row's value means."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any] = lambda value: value


def _plain(names: str) -> dict[str, Column]:
    return {name: Column(attrgetter(name)) for name in names.split()}


def _through(path: str) -> Column:
    """Of what only some turns have: an answer, and its tokens."""

    def write(turn: Turn) -> Any:
        value: Any = turn
        for name in path.split("."):
            value = value and getattr(value, name)
        return value

    return Column(write)


def _details(message: Message) -> str:
    """As JSON, what only few messages have."""
    details = {
        "is_shared": message.is_shared,
        "attachments": [asdict(attachment) for attachment in message.attachments],
        "origin": dict(message.origin),
        "quoted": message.quoted,
        "quoted_of": message.quoted_of,
        "named": [asdict(one) for one in message.named],
        "sent_at": message.sent_at,
    }
    return json.dumps({name: value for name, value in details.items() if value})


# What an edit changes, or a second telling of the same message.
SAID: Mapping[str, Column] = {**_plain("text command"), "details": Column(_details)}

# Settled when a message is accepted.
MESSAGE: Mapping[str, Column] = {
    "message_key": Column(attrgetter("unique_key")),
    "client_key": Column(attrgetter("unique_client_key")),
    "message_id": Column(attrgetter("id")),
    "author_id": Column(attrgetter("author.id")),
    "author_name": Column(attrgetter("author.name")),
    **SAID,
}

# What a save writes, one to one the fields of a turn.
PROGRESS: Mapping[str, Column] = {
    "state": Column(attrgetter("state"), State),
    "step": Column(attrgetter("step"), lambda value: Step(value) if value else None),
    **_plain("attempts failures failing_since reruns due_at error assistant backend session"),
    **_plain("prompt run run_at tool_steps answered_at done_at under"),
    "is_submitted": Column(lambda turn: int(turn.is_submitted), bool),
    "changes": Column(
        lambda turn: json.dumps([[change.status, change.at] for change in turn.changes]),
        lambda value: tuple(Change(*change) for change in json.loads(value)),
    ),
}
ANSWER: Mapping[str, Column] = {
    "answer": _through("answer.text"),
    "kind": _through("answer.kind"),
    "remark": _through("answer.remark"),
    "thoughts": _through("answer.thoughts"),
    "model": _through("answer.model"),
}
USAGE: Mapping[str, Column] = {name: _through(f"answer.usage.{name}") for name in Usage.__slots__}
# Files may be found to belong to a question when it is asked.
SAVED: Mapping[str, Column] = {
    "details": Column(lambda turn: _details(turn.message)),
    **PROGRESS,
    **ANSWER,
    **USAGE,
}

# Settled by the database.
_NUMBERS = ("id", "conversation_id", "epoch", "accepted_at")


def written(columns: Mapping[str, Column], thing: Turn | Message) -> dict[str, Any]:
    return {name: column.write(thing) for name, column in columns.items()}


def turn_from(row: Row) -> Turn:
    """The turn a row of `turns` holds; needs `conversation_key` `is_stopped` and `is_owed`, too."""
    return Turn(
        **{name: row[name] for name in _NUMBERS},
        **{name: column.read(row[name]) for name, column in PROGRESS.items()},
        message=message_from(row),
        is_stopped=bool(row["is_stopped"]),
        is_owed=bool(row["is_owed"]),
        answer=_answer_from(row),
    )


def message_from(row: Row) -> Message:
    client_key, details = row["client_key"], json.loads(row["details"])
    return Message(
        key=ConversationKey.parse(row["conversation_key"]),
        id=row["message_id"],
        author=Author(row["author_id"], row["author_name"]),
        text=row["text"],
        command=row["command"],
        client_id=client_key and client_key.partition(":")[2],
        is_shared=details.get("is_shared", False),
        attachments=tuple(Attachment(**one) for one in details.get("attachments", ())),
        origin=details.get("origin", {}),
        quoted=details.get("quoted", ""),
        quoted_of=tuple(details.get("quoted_of", ())),
        named=tuple(Named(**one) for one in details.get("named", ())),
        sent_at=details.get("sent_at"),
    )


def _answer_from(row: Row) -> Answer | None:
    if row["answer"] is None:
        return None
    return Answer(
        row["answer"],
        Kind(row["kind"]),
        model=row["model"],
        usage=usage_from(row),
        remark=row["remark"] or "",
        thoughts=row["thoughts"] or "",
    )


def usage_from(row: Row) -> Usage | None:
    if row["input_tokens"] is None:
        return None
    counts = {name: row[name] or 0 for name in USAGE if name != "cost"}
    return Usage(**counts, cost=row["cost"])
