"""All that people see of a message in Slack. Pure; never raises on any JSON."""

from collections.abc import Iterator
from itertools import chain

from adapters.slack.blocks import are_a_layout, block_words, button_words, mentions_in, words_below
from adapters.slack.bodies import JSON, number, part, parts, text
from adapters.slack.named import named_in
from adapters.slack.reading import Names, mentions, read
from bot.core.contents import Contents
from bot.core.messages import Attachment
from bot.core.named import Named
from bot.core.quoting import Quote

_NO_PREVIEW = "[no preview available]"
_CANVAS = {"quip", "canvas"}
_DEEPEST = 3  # messages forwarded within one another


def contents_of(message: JSON, bot: str = "", names: Names | None = None) -> Contents:
    """`bot`: its own user id, whose mention is left out."""
    return Contents(
        typed=_typed(message, bot, names),
        shown=[words for card in _own_cards(message) if (words := _signed(card, names))],
        quotes=[_quote(share, names) for share in _shares(message)],
        attachments=tuple({file.id: file for file in _files(message)}.values()),
        mentions=tuple(
            one for one in named_in(message, names) if one.person not in {bot, ""} or one.instead
        ),
        is_called=mentions_bot(message, bot),
    )


def mentions_bot(message: JSON, bot: str) -> bool:
    """In what its author wrote; nothing quoted mentions anybody."""
    return mentions(text(message, "text"), bot) or mentions_in(parts(message, "blocks"), bot)


def attachment_of(file: JSON) -> Attachment:
    return Attachment(
        id=text(file, "id"),
        name=_name_of(file),
        mime=text(file, "mimetype"),
        size=number(file, "size"),
        url=text(file, "url_private_download") or text(file, "url_private"),
    )


def _name_of(file: JSON) -> str:
    """A canvas' name is the same for all; people see its title."""
    names = (text(file, "name"), text(file, "title"))
    is_canvas = {text(file, "mode"), text(file, "filetype")} & _CANVAS
    return next(filter(None, reversed(names) if is_canvas else names), "file")


def _typed(message: JSON, bot: str, names: Names | None) -> str:
    """Apps say in `text` what a notification shows, and the rest in blocks."""
    written, blocks = read(text(message, "text"), bot, names), parts(message, "blocks")
    if written and not are_a_layout(blocks):
        return "\n".join(filter(None, (written, words_below(blocks, names))))
    return block_words(blocks, bot, names) or written


def _is_share(attachment: JSON) -> bool:
    return attachment.get("is_share") is True


def _shares(message: JSON) -> Iterator[JSON]:
    """Messages that were forwarded."""
    return (one for one in parts(message, "attachments") if _is_share(one))


def _own_cards(message: JSON) -> Iterator[JSON]:
    """What an app attached; a link's preview repeats what its author did not write."""
    for attachment in parts(message, "attachments"):
        is_preview = text(attachment, "from_url") or attachment.get("is_msg_unfurl") is True
        if not _is_share(attachment) and not is_preview:
            yield attachment


def _quote(share: JSON, names: Names | None, depth: int = 0) -> Quote:
    """What it forwards itself, or an app has attached to it, stands in it."""
    name = text(share, "author_name") or text(share, "author_subname") or "someone"
    files = [f"(file: {file.name})" for file in map(attachment_of, parts(share, "files"))]
    inner = parts(share, "attachments") if depth < _DEEPEST else []
    quotes = [one for one in (_quote(one, names, depth + 1) for one in inner) if one.words]
    within = [f"{one.name}: {one.words}" for one in quotes]
    words = "\n".join(filter(None, (_card(share, names), *within, *files)))
    named = [(Named(f"{one.name}: ", one.author, one.name), *one.named) for one in quotes]
    author = "" if within else text(share, "author_id")
    return Quote(name, words, author=author, named=tuple(chain.from_iterable(named)))


def _signed(attachment: JSON, names: Names | None) -> str:
    """An app's card, between the names that it puts above and below."""
    above, below = (read(text(attachment, name), names=names) for name in ("author_name", "footer"))
    return "\n".join(filter(None, (above, _card(attachment, names), below)))


def _card(attachment: JSON, names: Names | None) -> str:
    """Its fallback is for those who see nothing else."""
    texts = [read(text(attachment, name), names=names) for name in ("pretext", "title", "text")]
    fields = [
        ": ".join(filter(None, (text(field, "title"), _value(field, names))))
        for field in parts(attachment, "fields")
    ]
    blocks = block_words(_blocks_in(attachment), names=names)
    buttons = [button_words(one, names) for one in parts(attachment, "actions")]
    words = "\n".join(filter(None, (*texts, *fields, blocks, *buttons)))
    return words or _fallback(attachment, names)


def _value(field: JSON, names: Names | None) -> str:
    return read(text(field, "value"), names=names)


def _blocks_in(attachment: JSON) -> list[JSON]:
    """Of an app's card, or of a message that was forwarded: in that, what its text lacks."""
    shared = [part(one, "message") for one in parts(attachment, "message_blocks")]
    there = [block for message in shared for block in parts(message, "blocks")]
    more = (
        [block for block in there if are_a_layout([block])] if text(attachment, "text") else there
    )
    return parts(attachment, "blocks") or more


def _fallback(attachment: JSON, names: Names | None) -> str:
    words = read(text(attachment, "fallback"), names=names)
    return "" if words == _NO_PREVIEW else words


def _files(message: JSON) -> Iterator[Attachment]:
    """Wherever they hang. What is gone, or hidden, has an id and no address."""
    holders = [message]
    for _ in range(_DEEPEST + 1):
        for holder in holders:
            yield from (attachment_of(file) for file in parts(holder, "files") if text(file, "id"))
        holders = [inner for holder in holders for inner in parts(holder, "attachments")]
