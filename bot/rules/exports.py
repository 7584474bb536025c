"""What was said in a place, as a file for those who run it."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.core.messages import Message
from bot.core.ports.notes import Note
from bot.core.sightings import Sighting
from bot.core.tools import MadeCall
from bot.core.turns import Turn
from bot.words import say

MOST_TURNS = 10_000
_ENVELOPE = 200  # bytes around the turns


def as_json(turns: Sequence[Turn], most: int) -> bytes:
    """What others could hear as well, the newest of it that fits into `most` bytes."""
    shared = [turn for turn in turns if turn.message.is_shared]
    written = list(_newest(shared, most - _ENVELOPE))
    left_out = len(shared) - len(written)
    is_all = not left_out and len(turns) < MOST_TURNS
    head = {"turns": len(written), "left_out": left_out, "is_all": is_all}
    body = ",\n".join(reversed(written))
    return f'{{"about": {json.dumps(head)}, "said": [\n{body}\n]}}\n'.encode()


def own_words(turns: Sequence[Turn]) -> str:
    """What one person said, a paragraph a message: when, where, and in her words."""
    return "\n\n".join(
        f"{_as_time(turn.accepted_at)} {turn.message.key}\n{_said(turn.message)}"
        for turn in turns
        if not turn.message.key.is_sums  # nobody said that
    )


def notes_about(notes: Sequence[Note]) -> str:
    lines = [f"- {_as_time(note.noted_at)} {note.text}" for note in notes]
    return "\n".join([say("Noted about you:"), *lines]) if lines else ""


def done_for(calls: Sequence[MadeCall]) -> str:
    """What tools were used for what one person asked, and what came of it."""
    lines = [
        f"- {_as_time(made.made_at)} {made.call.tool} {made.call.arguments}: {_came(made)}"
        for made in calls
    ]
    return "\n".join([say("Done with tools for you:"), *lines]) if lines else ""


def seen_by(sightings: Sequence[Sighting], person: str) -> Sequence[str]:
    """Who has looked at words of a person, besides herself: a line each."""
    return [
        say(
            "{name} looked at words of yours on my page on {at}.",
            name=one.name,
            at=_as_minute(one.at),
        )
        for one in sightings
        if one.viewer != person
    ]


def _came(made: MadeCall) -> str:
    came = made.output.text if made.output else made.decision or say("may have happened")
    if not made.container:
        return came
    return say("{came} (at the AI service, in {container})", came=came, container=made.container)


def _said(message: Message) -> str:
    command = f"/{message.command}" if message.command else ""
    files = [f"[file: {file.name}]" for file in message.attachments]
    return " ".join(filter(None, [command, message.text, *files]))


def _newest(turns: Sequence[Turn], room: int) -> Iterator[str]:
    for turn in reversed(turns):
        line = json.dumps(_record(turn))
        room -= len(line) + 2
        if room < 0:
            return
        yield line


def _record(turn: Turn) -> dict[str, Any]:
    message, answer = turn.message, turn.answer
    return {
        "conversation": str(message.key),
        "asked_at": _as_time(turn.accepted_at),
        "author": {"id": message.author.id, "name": message.author.name},
        "command": message.command,
        "text": message.text,
        "files": [file.name for file in message.attachments],
        "answer": answer and answer.text,
        "answered_at": _as_time(turn.answered_at),
    }


def _as_minute(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _as_time(at: float | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else None
