"""What is within a paragraph, a heading or a cell.

How a letter was escaped is kept; so what is written of a beginning is a beginning of what is
written of the whole, but for what is not decided yet: there a mark is set, and a text that is
still being written ends at the first.
"""

import re
from collections.abc import Callable, Sequence
from itertools import zip_longest

from markdown_it.tree import SyntaxTreeNode

from bot.core.text import clean
from bot.rules.rendering import links
from bot.rules.rendering.formulas import readable
from bot.rules.rendering.guards import BACKTICK, JOINER, harmless, only_words

UNDECIDED = "\x00"  # in no text that was cleaned
# Later words could still make more of it: code, a link, a formula, an address in brackets.
_COULD_BEGIN = re.compile(r"`|!?\[(?![^\[\]]*\](?![(\[:]|\Z))|\$|<(?=[^\s<>]*\s*/?\Z)")
_COULD_END_LATER = {"code_inline", "math_inline", "math_inline_double"}
_FORMULAS = {"math_inline", "math_inline_double", "math_single"}
# A formula may begin with two of these; and what is in brackets is never an address.
_ESCAPED = {"(": f"{UNDECIDED}\\(", "[": f"{UNDECIDED}\\[", "]": f"\\]{JOINER}"}
_ESCAPED |= {"<": "\u2039", "`": BACKTICK}
# Far to the right, it began no list, quote or heading; written at the left, it would.
_BEGINS_BLOCK = re.compile(r"(?<=\n)(?=#|>|[-+=*~]|\|)|(?<=\n)(\d{1,9})(?=[.)])")

Parts = Sequence[SyntaxTreeNode]


def write(parts: Parts) -> str:
    """Markdown of these, with a mark where something is not decided."""
    return harmless(_BEGINS_BLOCK.sub(r"\1\\", _all(parts)))


def words(parts: Parts) -> str:
    """What of it is to be read."""
    return "".join(_word(part) for part in parts)


def _all(parts: Parts) -> str:
    return "".join(_one(part, after) for part, after in zip_longest(parts, parts[1:]))


def _one(part: SyntaxTreeNode, after: SyntaxTreeNode | None) -> str:
    """Only words, if it is of a kind that nobody has thought of."""
    if part.type not in _WRITERS:
        return _words(part.content, _first_sign(after))
    is_open = after is None and part.type in _COULD_END_LATER
    return (UNDECIDED if is_open else "") + _WRITERS[part.type](part)


def _words(text: str, next_sign: str) -> str:
    marked = _COULD_BEGIN.sub(lambda sign: UNDECIDED + sign[0], text + next_sign)
    return only_words(marked[: len(marked) - len(next_sign)])


def _first_sign(part: SyntaxTreeNode | None) -> str:
    """A bracket that begins an address ends whatever began before it."""
    return "" if part is None else "<" if part.info == "auto" else "x"


def _special(part: SyntaxTreeNode) -> str:
    """A letter that was escaped, or written by its name."""
    letter, is_escaped = part.content, part.info == "escape"
    if is_escaped and letter in _ESCAPED:
        return _ESCAPED[letter]
    is_sign = letter.isascii() and letter.isprintable()
    return part.markup if is_escaped or is_sign else clean(letter)


def _code(part: SyntaxTreeNode) -> str:
    text = part.content.replace("```", BACKTICK * 3)
    marks = part.markup if "`" in text else "`"
    needs_room = text.startswith("`") or text.endswith("`")
    pad = " " if needs_room or (text[:1] == text[-1:] == " " and text.strip()) else ""
    return f"{marks}{pad}{text}{pad}{marks}"


def _formula(part: SyntaxTreeNode) -> str:
    text = " ".join(readable(part.content).split()).replace("`", BACKTICK)
    return f"`{text}`"


def _marked(part: SyntaxTreeNode) -> str:
    return f"{part.markup}{_all(part.children)}{part.markup}"


def _link(part: SyntaxTreeNode) -> str:
    href = str(part.attrGet("href") or "")
    if part.info == "auto":
        return _address(href)
    return _linked(_label(part.children), words(part.children), href)


def _image(part: SyntaxTreeNode) -> str:
    said = words(part.children)
    return _linked(only_words(said) or "image", said, str(part.attrGet("src") or ""))


def _linked(label: str, said: str, href: str) -> str:
    to = links.target(href)
    if not to:
        return f"{label} ({only_words(href)})" if href else label
    label = f"{label} ({links.host(href)})" if links.hides(said, href) else label
    whole = f"[{label}]({to})"
    return UNDECIDED + whole if UNDECIDED in label else whole


def _label(parts: Parts) -> str:
    """Of a link, in which no other can be: of an image there are its words."""
    return "".join(
        only_words(words([part])) if part.type == "image" else _all([part]) for part in parts
    )


def _address(href: str) -> str:
    """What was written in pointed brackets; or as Slack writes it, with a label."""
    to, _, label = href.partition("%7C")
    if label:
        return _linked(only_words(label), label, to)
    shown = links.plain(href)
    shown = shown.removeprefix("mailto:") if "@" in shown else shown
    return f"<{shown}>" if links.host(href) else only_words(shown)


def _word(part: SyntaxTreeNode) -> str:
    if part.type in {"softbreak", "hardbreak"}:
        return " "
    if part.type in _FORMULAS:
        return readable(part.content)
    if part.type == "link":
        said, href = words(part.children), str(part.attrGet("href") or "")
        return f"{said} ({href})" if links.hides(said, href) else said
    return words(part.children) if part.children else part.content


_WRITERS: dict[str, Callable[[SyntaxTreeNode], str]] = {
    "text_special": _special,
    "code_inline": _code,
    "softbreak": lambda _: "\n",
    "hardbreak": lambda _: "  \n",
    "em": _marked,
    "strong": _marked,
    "s": _marked,
    "link": _link,
    "image": _image,
    **dict.fromkeys(_FORMULAS, _formula),
}
