"""What is deleted of a person, and of everybody after a time; and where a person is kept at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Erasure:
    """Somebody asked that what they said within a scope, up to a turn, be deleted."""

    scope: str
    person: str
    names: tuple[str, ...]  # that they went by
    last: int  # the id of the turn in which they asked
    asked_at: float


class End(StrEnum):
    """What becomes of a column when a person, or time, asks for it."""

    BLANKED = "blanked"
    DELETED = "deleted"  # with its row
    RENAMED = "renamed"  # to a pseudonym that only this installation can make
    UNTIL_DONE = "until it is done"
    NOBODYS = "of nobody"  # says nothing about a person


_TURNS = {
    "author_id": End.RENAMED,
    **dict.fromkeys(("author_name", "text", "details", "prompt", "error"), End.BLANKED),
    **dict.fromkeys(("answer", "remark", "thoughts"), End.BLANKED),
    **dict.fromkeys(("message_key", "client_key", "message_id"), End.NOBODYS),
    **dict.fromkeys(("command", "state", "step", "kind", "model", "changes"), End.NOBODYS),
    **dict.fromkeys(("assistant", "backend", "session", "run", "under"), End.NOBODYS),
}

PLACES: Mapping[str, Mapping[str, End]] = {
    "conversations": {"key": End.RENAMED},  # of a person's own conversation it holds the id
    "turns": _TURNS,
    "sessions": dict.fromkeys(("backend", "session", "cursor"), End.DELETED),
    "posts": dict.fromkeys(("ref", "way", "dead"), End.DELETED),
    "page_parts": dict.fromkeys(("ref", "text", "controls", "name"), End.DELETED),
    "runs": dict.fromkeys(("run", "session", "backend", "model"), End.NOBODYS),
    "calls": dict.fromkeys(
        ("call_id", "tool", "arguments", "decision", "output", "files", "container"), End.DELETED
    ),
    "bindings": {"scope": End.DELETED, "name": End.DELETED, "value": End.DELETED},
    "votes": dict.fromkeys(("person", "vote", "reason"), End.DELETED),
    "memos": {"name": End.DELETED, "value": End.DELETED},
    "notes": {"person": End.DELETED, "text": End.DELETED},
    "shares": dict.fromkeys(("person", "kind"), End.DELETED),
    "ladders": dict.fromkeys(("person", "subject", "why", "digest"), End.DELETED),
    "aliases": dict.fromkeys(("subject", "person", "alias", "name"), End.DELETED),
    "sightings": {"author_id": End.DELETED, "viewer": End.RENAMED, "name": End.BLANKED},
    # With their row, where they repeat what she said; what staff worded anew is staff's.
    "endorsements": {"by": End.RENAMED, "name": End.BLANKED}
    | dict.fromkeys(("question", "answer"), End.NOBODYS),
    "cards": {
        **dict.fromkeys(("name", "holder_name", "words", "about", "place"), End.BLANKED),
        **dict.fromkeys(("person", "holder"), End.RENAMED),
        **dict.fromkeys(("matter", "nonce", "shown", "stand"), End.NOBODYS),
    },
    "documents": {
        **dict.fromkeys(("scope", "name", "digest", "address", "unread"), End.NOBODYS),
        "added_by": End.BLANKED,
    },
    "passages": dict.fromkeys(("place", "heading", "text", "heading_words", "words"), End.NOBODYS),
    "sources": {},
    "vectors": dict.fromkeys(("model", "signs", "vector"), End.NOBODYS),
    "stores": dict.fromkeys(("scope", "store"), End.NOBODYS),
    "loans": dict.fromkeys(("scope", "file", "state"), End.NOBODYS),
    "uploads": dict.fromkeys(("id", "key", "person", "content"), End.DELETED),
    "finished_days": {},
    "spendings": {
        **dict.fromkeys(("name", "author_name", "key"), End.DELETED),
        **dict.fromkeys(("dimension", "backend", "model"), End.NOBODYS),
    },
    "erasures": dict.fromkeys(("scope", "person", "names"), End.UNTIL_DONE),
    "courses": dict.fromkeys(("name", "zone", "stage", "plan", "pseudonyms"), End.NOBODYS),
    "course_scopes": {"scope": End.NOBODYS},
    "members": dict.fromkeys(("person", "role", "told", "assignment"), End.DELETED),
    "windows": {
        **dict.fromkeys(("label", "local_start", "local_end", "zone", "then"), End.NOBODYS),
        "announced_by": End.RENAMED,
    },
    "audit": {
        **dict.fromkeys(("who", "subject"), End.RENAMED),
        **dict.fromkeys(("verb", "was", "became"), End.NOBODYS),
    },
    "leftovers": dict.fromkeys(("backend", "session", "runs"), End.UNTIL_DONE),
}
"""Every column of text there is, by its table: a test walks the schema. What others said that
quotes a person is blanked with it; rules that staff made about a person (`deny`, the
lists of a course) stay; so does course material, until it is removed."""

SHORT_LIVED = ("token", "response_url")
"""What lets whoever has it answer in the bot's name for a while: in the origin of a message."""

FILES: Mapping[str, str] = {
    "homeroom.db": "the tables above; what is deleted is overwritten",
    "homeroom.db-wal": "the newest of them; emptied when something was deleted",
    "homeroom.db-shm": "an index of that, without words",
    "homeroom.db.lock": "the number of a process",
    "homeroom.db.before-*.bak": "all there was before an upgrade: the operator's to delete",
    "homeroom.db.replaced-*": "all there was before a restore: the operator's to delete",
}
"""Every file the program writes people's words or ids to."""
