"""Looking into what Slack sends: never raises, whatever the JSON is."""

from typing import Any

from bot.core.messages import ConversationKey

PLATFORM = "slack"
OURS = "homeroom_"  # how the ids of our controls begin
JSON = dict[str, Any]
_CHARS_OF_TS = 40


def part(body: object, name: str) -> JSON:
    """An object inside an object; empty when it is none."""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}


def parts(body: object, name: str) -> list[JSON]:
    """The objects in a list inside an object."""
    value = body.get(name) if isinstance(body, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(body: object, name: str) -> str:
    """A text inside an object; empty when it is none."""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""


def stamp(written: str) -> float | None:
    """Slack's own time, as it stands in a `ts`; None for anything else."""
    whole, _, rest = written.partition(".")
    is_time = whole.isascii() and whole.isdecimal() and (rest or "0").isdecimal()
    return float(f"{whole}.{rest or 0}") if is_time and len(written) < _CHARS_OF_TS else None


def number(body: object, name: str) -> int:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, int) else 0


def identity(body: object, name: str) -> str:
    """The id of a thing that is told as an object or as the bare id."""
    return text(body, name) or text(part(body, name), "id")


def authorization(body: object) -> JSON:
    """For whom this was sent: in a shared channel the top-level ids may be the other side's."""
    given = parts(body, "authorizations")
    # Where the app also acts for a person, she has an entry of her own.
    bots = [entry for entry in given if entry.get("is_bot")]
    return next(iter([*bots, *given]), {})


def space_of(body: object) -> str:
    """The organisation, or the workspace where there is none: ids are unique within it."""
    ours = authorization(body)
    if ours:
        own = text(ours, "enterprise_id") or text(ours, "team_id")
        return own or text(body, "enterprise_id") or text(body, "team_id")
    enterprise = text(body, "enterprise_id") or identity(body, "enterprise")
    return enterprise or team_of(body)


def team_of(body: object) -> str:
    """The workspace whose token answers here."""
    ours = text(authorization(body), "team_id") or text(body, "team_id") or identity(body, "team")
    return ours or text(part(body, "user"), "team_id")  # a click, where a whole organisation has it


def message_id(space: str, channel: str, ts: str) -> str:
    """One message comes as two events; this is the same in both."""
    return f"{space}:{channel}:{ts}"


def private_key(space: str, channel: str, person: str) -> ConversationKey:
    """What a person asks privately in a channel is a conversation of its own."""
    return ConversationKey(PLATFORM, space, channel, f"private:{person}")
