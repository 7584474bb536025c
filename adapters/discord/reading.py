"""All that people see of a message on Discord: pure, out of any payload whatsoever."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot.core.commands import AFTER_A_CALL
from bot.core.contents import Contents
from bot.core.controls import Press
from bot.core.messages import Attachment
from bot.core.named import Named
from bot.core.quoting import Quote

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_TAG = re.compile(
    r"<(?:@!?(?P<user>\d+)|@&(?P<role>\d+)|#(?P<channel>\d+)|a?(?P<emoji>:\w+:)\d+"
    r"|t:(?P<time>-?\d{1,12})(?::\w)?|(?P<command>/[^<>:]+):\d+)>"
)
_UNREAD = re.compile(r"<(?:@!?(?P<user>\d+)|(?P<role>@&)\d+|(?P<channel>#)\d+)>")
_LINK = re.compile(
    r"https?://(?:[\w-]+\.)?(?:discord(?:app)?\.(?:com|net)/(?:channels|users|attachments|"
    r"ephemeral-attachments|invite)|discord\.gg)/[^\s<>)]*"
)
# What a payload of another shape than Discord's comes to.
STRANGE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
_FORWARD = "a forwarded message"
_OF_A_POLL = {"poll_question_text": "Poll", "victor_answer_text": "Most votes"}  # once it ended
_BUTTON, _TEXT = 2, 10  # components
_MENUS = {3, 5, 6, 7, 8}


@dataclass(frozen=True, slots=True)
class Me:
    """The bot, as it is mentioned: by its name, or by the role that is its own in a server."""

    id: str
    roles: Collection[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # of the channels and roles in sight


def contents_of(payload: Any, me: Me) -> Contents:
    """The message, what it forwards, and what it replies to if that is not the bot's own."""
    whole, answered = _with_forwards(payload, me), payload.get("referenced_message")
    whole = replace(whole, is_called=is_called(payload, me))
    if not answered or _is_by(answered, me):
        return whole
    about = _with_forwards(answered, me)
    author = answered["author"]
    quote = about.quote(name_of(author, answered), str(author.get("id") or ""))
    quotes = [] if about.is_blank else [quote]
    files = (*whole.attachments, *about.attachments)
    return replace(whole, quotes=[*whole.quotes, *quotes], attachments=files)


def said_by(payload: Any, me: Me, *, is_topic: bool = False) -> Quote | None:
    """As something said before; None for what says nothing."""
    contents = contents_of(payload, me)
    name = name_of(payload["author"], payload)
    return (
        None
        if contents.is_blank
        else contents.quote(name, str(payload["author"].get("id") or ""), is_topic=is_topic)
    )


def is_called(payload: Any, me: Me) -> bool:
    """By name or by own role, outside of code; not by @everyone, nor by being replied to."""
    roles = {str(role) for role in payload.get("mention_roles") or ()}
    return me.id in mentioned(str(payload.get("content") or "")) or bool(roles & set(me.roles))


def outside_code(text: str) -> str:
    return "".join(_CODE.split(text)[::2])


def named_in(text: str) -> Iterator[Named]:
    """Who and what stands by its id in words that are as people read them."""
    for found in _UNREAD.finditer(text):
        instead = "@role" if found["role"] else "#channel" if found["channel"] else ""
        yield Named(found[0], found["user"] or "", instead=instead)
    yield from (Named(url, instead="(a link)") for url in _LINK.findall(text))


def mentioned(text: str) -> Iterator[str]:
    return (found["user"] for found in _TAG.finditer(outside_code(text)) if found["user"])


def name_of(user: Any, payload: Any = None) -> str:
    nick = ((payload or {}).get("member") or {}).get("nick")
    return str(nick or user.get("global_name") or user["username"])


def read(payload: Any, text: str, me: Me) -> str:
    """Words without the mention of the bot, with names for the others; code stays what it is."""
    people = {str(user["id"]): name_of(user) for user in payload.get("mentions") or ()}
    pieces = _CODE.split(_without_call(text, me))
    for number in range(0, len(pieces), 2):
        pieces[number] = _TAG.sub(lambda tag: _read_tag(tag, me, people), pieces[number])
    return "".join(pieces).strip()


def _without_call(text: str, me: Me) -> str:
    """Without the mention that it begins with, and the marks that people set behind that."""
    names = "|".join([f"@!?{re.escape(me.id)}", *(f"@&{re.escape(role)}" for role in me.roles)])
    return re.sub(rf"\A[\s*_~]*<(?:{names})>[*_~]*{AFTER_A_CALL}[*_~]*", "", text, count=1)


def attachment_of(payload: Any, source: str) -> Attachment:
    return Attachment(
        id=str(payload["id"]),
        name=str(payload.get("filename") or "file"),
        mime=str(payload.get("content_type") or "").partition(";")[0],
        size=int(payload.get("size") or 0),
        url=str(payload.get("url") or ""),
        source=source,
    )


def _with_forwards(payload: Any, me: Me) -> Contents:
    """What is forwarded has no author, and no address of its own."""
    own, snapshots = _alone(payload, me), payload.get("message_snapshots") or ()
    here = {name: payload.get(name) for name in ("id", "channel_id")}
    forwarded = [_alone(one["message"] | here, me) for one in snapshots]
    files = [file for one in forwarded for file in one.attachments]
    quotes = [one.quote(_FORWARD) for one in forwarded]
    return replace(own, quotes=quotes, attachments=(*own.attachments, *files))


def _alone(payload: Any, me: Me) -> Contents:
    """What its author says in it."""
    source = f"{payload.get('channel_id') or ''}/{payload.get('id') or ''}"
    stickers = [f"(sticker: {one.get('name')})" for one in payload.get("sticker_items") or ()]
    shown = [*_embeds(payload, me), *_components(payload.get("components")), *stickers]
    shown = [*shown, *_poll(payload.get("poll")), *_alternatives(payload)]
    typed = read(payload, str(payload.get("content") or ""), me)
    people = [user for user in payload.get("mentions") or () if str(user["id"]) != me.id]
    names = [Named(f"@{name_of(one)}", str(one["id"]), name_of(one)) for one in people]
    return Contents(
        typed=typed,
        shown=shown,
        mentions=(*names, *named_in("\n".join([typed, *shown]))),
        attachments=tuple(attachment_of(one, source) for one in payload.get("attachments") or ()),
    )


def _alternatives(payload: Any) -> Iterator[str]:
    """What people wrote of their pictures, for whom cannot see them."""
    for one in payload.get("attachments") or ():
        if words := str(one.get("description") or "").strip():
            yield f"({one.get('filename') or 'file'} shows: {words})"


def _embeds(payload: Any, me: Me) -> Iterator[str]:
    """An app's cards; what Discord shows of a link is not what its author said."""
    content, is_app = str(payload.get("content") or ""), _is_by_app(payload)
    is_preview = bool(content) and (not is_app or "://" in content)
    for embed in () if is_preview else payload.get("embeds") or ():
        author, footer = embed.get("author") or {}, embed.get("footer") or {}
        fields = [
            f"{_OF_A_POLL.get(str(one.get('name')), one.get('name'))}: {one.get('value')}"
            for one in embed.get("fields") or ()
            if embed.get("type") != "poll_result" or one.get("name") in _OF_A_POLL
        ]
        texts = [author.get("name"), embed.get("title"), embed.get("description"), *fields]
        words = "\n".join(str(one) for one in (*texts, footer.get("text")) if one)
        yield from [read(payload, words, me)] if words else []


def _components(components: Any) -> Iterator[str]:
    """Their words and labels, and what is written of pictures, in whatever holds them."""
    for one in components or ():
        yield from _component(one)
        beside = [one["accessory"]] if one.get("accessory") else []
        for inner in (one.get("components"), one.get("items"), beside):
            yield from _components(inner)


def _component(one: Any) -> Iterator[str]:
    """Our own buttons and menus are no part of the answer above them."""
    kind, is_ours = one.get("type"), Press.parse(str(one.get("custom_id") or ""))
    if kind == _BUTTON:
        label = _pictured(one, "label")
        words = f"(button: {label})" if label and not is_ours else ""
    elif kind in _MENUS:
        choices = ", ".join(_pictured(each, "label") for each in one.get("options") or ())
        label = ": ".join(filter(None, (one.get("placeholder"), choices)))
        words = f"(menu: {label})" if label and not is_ours else ""
    else:
        words = one.get("content") if one.get("type") == _TEXT else one.get("description")
    yield from [str(words)] if words else []


def _poll(poll: Any) -> Iterator[str]:
    if poll:
        counts = (poll.get("results") or {}).get("answer_counts") or ()
        votes = {one.get("id"): f"({one['count']} votes)" for one in counts if one.get("count")}
        answers = [
            " ".join(["-", _pictured(one["poll_media"]), votes.get(one.get("answer_id"), "")])
            for one in poll.get("answers") or ()
        ]
        yield "\n".join([f"Poll: {_pictured(poll['question'])}", *map(str.rstrip, answers)])


def _pictured(said: Any, words: str = "text") -> str:
    """With the emoji before it."""
    return " ".join(
        str(one) for one in ((said.get("emoji") or {}).get("name"), said.get(words)) if one
    )


def _is_by_app(payload: Any) -> bool:
    return bool(payload.get("webhook_id") or (payload.get("author") or {}).get("bot"))


def _is_by(payload: Any, me: Me) -> bool:
    return str((payload.get("author") or {}).get("id")) == me.id


def _read_tag(tag: re.Match[str], me: Me, people: Mapping[str, str]) -> str:
    match tag.lastgroup:
        case "user":
            return "" if tag["user"] == me.id else _named("@", people.get(tag["user"]), tag[0])
        case "role":
            return "" if tag["role"] in me.roles else _named("@", me.names.get(tag["role"]), tag[0])
        case "channel":
            return _named("#", me.names.get(tag["channel"]), tag[0])
        case "time":
            return _moment(int(tag["time"])) or tag[0]
        case _:
            return str(tag["emoji"] or tag["command"])


def _named(mark: str, name: str | None, otherwise: str) -> str:
    return f"{mark}{name}" if name else otherwise


def _moment(seconds: int) -> str:
    """In UTC, which the model is told: each reader sees it in the time of their own place."""
    with suppress(ValueError, OverflowError, OSError):
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    return ""
