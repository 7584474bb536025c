"""What Discord checks in a message before it lets it stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fakes import JSON
from tests.fakes.discord_faults import DiscordError, invalid
from tests.fakes.discord_things import COMPONENTS_V2, EPHEMERAL, walk

CONTENT_CHARS, V2_CHARS, V2_PARTS = 2000, 4000, 40
EMBED_CHARS, EMBEDS_CHARS, EMBEDS = 4096, 6000, 10
CUSTOM_ID_CHARS, LABEL_CHARS, NONCE_CHARS, ROWS, BUTTONS = 100, 80, 25, 5, 5
FILE_BYTES = 10 * 1024 * 1024
MENTION = re.compile(r"<@(?P<role>&)?!?(?P<id>\d+)>|(?P<all>@everyone|@here)")
ACTION_ROW, TEXT_DISPLAY = 1, 10


@dataclass(frozen=True)
class Upload:
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Mentioned:
    """Who a text names, before anybody asks whether they may be pinged."""

    users: list[int]
    roles: list[int]
    everyone: bool

    @classmethod
    def by(cls, text: str) -> "Mentioned":
        hits = list(MENTION.finditer(text))
        named = [(hit["role"], int(hit["id"])) for hit in hits if hit["id"]]
        users = dict.fromkeys(number for role, number in named if not role)
        roles = dict.fromkeys(number for role, number in named if role)
        return cls([*users], [*roles], any(hit["all"] for hit in hits))

    def allowed(self, rules: JSON | None) -> "Mentioned":
        """What is left of it under a request's allowed_mentions."""
        if rules is None:
            return self
        parse = rules.get("parse") or []
        users, roles = _ids(rules.get("users")), _ids(rules.get("roles"))
        return Mentioned(
            self.users if "users" in parse else [one for one in self.users if one in users],
            self.roles if "roles" in parse else [one for one in self.roles if one in roles],
            self.everyone and "everyone" in parse,
        )


def check(body: JSON, files: Sequence[Upload], *, flags: int) -> None:
    """Refuse what Discord refuses. `flags` are those the message will have."""
    content, embeds = body.get("content") or "", body.get("embeds") or []
    components = body.get("components") or []
    if len(content) > CONTENT_CHARS:
        raise _too_long("content", CONTENT_CHARS)
    _check_embeds(embeds)
    _check_ids(components)
    if flags & COMPONENTS_V2:
        _check_v2(content, embeds, components)
    else:
        _check_rows(components)
    if any(len(file.data) > FILE_BYTES for file in files):
        raise DiscordError(413, 40005, "Request entity too large")
    _check_mentions(body.get("allowed_mentions"))
    if len(str(body.get("nonce") or "")) > NONCE_CHARS:
        raise _too_long("nonce", NONCE_CHARS)


def check_not_empty(body: JSON, files: Sequence[Upload]) -> None:
    if not any(body.get(name) for name in ("embeds", "components", "sticker_ids", "poll")) and (
        not files and not (body.get("content") or "").strip()
    ):
        raise DiscordError(400, 50006, "Cannot send an empty message")


def numbered(components: list[JSON]) -> list[JSON]:
    """The components as they are given back: each with an id."""
    for number, part in enumerate(walk(components), 1):
        part.setdefault("id", number)
    return components


def is_ephemeral(body: JSON) -> bool:
    return bool((body.get("flags") or 0) & EPHEMERAL)


def _ids(listed: Sequence[str] | None) -> set[int]:
    return {int(one) for one in listed or ()}


def _too_long(place: str, limit: int) -> DiscordError:
    text = f"Must be {limit} or fewer in length."
    return invalid(place, "BASE_TYPE_MAX_LENGTH", text)


def _check_embeds(embeds: list[JSON]) -> None:
    if len(embeds) > EMBEDS:
        raise _too_long("embeds", EMBEDS)
    for number, embed in enumerate(embeds):
        if len(embed.get("description") or "") > EMBED_CHARS:
            raise _too_long(f"embeds.{number}.description", EMBED_CHARS)
    if sum(_embed_chars(embed) for embed in embeds) > EMBEDS_CHARS:
        text = f"Embed size exceeds maximum size of {EMBEDS_CHARS}"
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", text)


def _embed_chars(embed: JSON) -> int:
    fields = embed.get("fields") or []
    texts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    texts += [(embed.get("author") or {}).get("name")]
    texts += [field.get(part) for field in fields for part in ("name", "value")]
    return sum(len(text or "") for text in texts)


def _check_ids(components: list[JSON]) -> None:
    ids = [part["custom_id"] for part in walk(components) if part.get("custom_id")]
    if any(len(one) > CUSTOM_ID_CHARS for one in ids):
        raise _too_long("components.0.components.0.custom_id", CUSTOM_ID_CHARS)
    if len(set(ids)) < len(ids):
        text = "Component custom id cannot be duplicated"
        raise invalid("components", "COMPONENT_CUSTOM_ID_DUPLICATED", text)
    if any(len(part.get("label") or "") > LABEL_CHARS for part in walk(components)):
        raise _too_long("components.0.components.0.label", LABEL_CHARS)


def _check_v2(content: str, embeds: list[JSON], components: list[JSON]) -> None:
    if content or embeds:
        code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
        text = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        raise invalid("content", code, text)
    parts = list(walk(components))
    if len(parts) > V2_PARTS:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", f"Must be {V2_PARTS} or fewer.")
    shown = sum(len(part["content"]) for part in parts if part["type"] == TEXT_DISPLAY)
    if shown > V2_CHARS:
        text = "The total length of all text displays exceeds the maximum"
        raise invalid("components", "COMPONENT_MAX_TOTAL_TEXT_LENGTH_EXCEEDED", text)


def _check_rows(components: list[JSON]) -> None:
    if any(part["type"] != ACTION_ROW for part in components):
        raise invalid("components.0.type", "UNION_TYPE_CHOICES", "Value must be one of (1,).")
    crowded = any(len(row["components"]) > BUTTONS for row in components)
    if len(components) > ROWS or crowded:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")


def _check_mentions(rules: JSON | None) -> None:
    for kind in ("users", "roles"):
        if rules and kind in (rules.get("parse") or []) and rules.get(kind):
            text = f"parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive."
            raise invalid("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
