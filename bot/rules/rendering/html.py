"""The surface that is HTML: written from the same tree, tag by tag, of an allow-list.

Nothing of what was written becomes a tag, an attribute or an address by itself: words are escaped,
a link leads to http, https or mail and says where, and a picture is a link.
"""

from collections.abc import Callable, Mapping
from html import escape

from markdown_it.tree import SyntaxTreeNode

from bot.core.text import clean
from bot.rules.rendering import links
from bot.rules.rendering.formulas import readable
from bot.rules.rendering.inline import words
from bot.rules.rendering.reading import read

_BELOW = 2  # the page has headings of its own
_DEEPEST = 6
_SAFE = 'rel="noopener noreferrer nofollow"'


def as_html(text: str) -> str:
    text = clean(text)
    tree = read(text)
    return _pre(text) if tree is None else _all(tree)


def _all(parent: SyntaxTreeNode) -> str:
    return "".join(map(_one, parent.children))


def _one(node: SyntaxTreeNode) -> str:
    """Only words, if it is of a kind that nobody has thought of."""
    writer = _WRITERS.get(node.type)
    if writer is not None:
        return writer(node)
    return _all(node) if node.children else escape(clean(node.content))


def _within(tag: str) -> Callable[[SyntaxTreeNode], str]:
    return lambda node: f"<{tag}>{_all(node)}</{tag}>"


def _block(tag: str) -> Callable[[SyntaxTreeNode], str]:
    """Whichever way its letters run."""
    return lambda node: f'<{tag} dir="auto">{_all(node)}</{tag}>'


def _heading(node: SyntaxTreeNode) -> str:
    depth = min(int(node.tag[1:]) + _BELOW, _DEEPEST)
    return f'<h{depth} dir="auto">{_all(node)}</h{depth}>'


def _list(node: SyntaxTreeNode) -> str:
    start = str(node.attrGet("start") or "")
    begin = f' start="{start}"' if start.isdecimal() else ""
    return f"<ol{begin}>{_all(node)}</ol>"


def _code(node: SyntaxTreeNode) -> str:
    return _pre(clean(node.content))


def _pre(text: str) -> str:
    """It may be wider than the page: who has no mouse reaches it with the keyboard."""
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'


def _table(node: SyntaxTreeNode) -> str:
    return f'<div class="wide" tabindex="0"><table>{_all(node)}</table></div>'


def _formula(node: SyntaxTreeNode) -> str:
    return f"<code>{escape(clean(readable(node.content)))}</code>"


def _link(node: SyntaxTreeNode) -> str:
    href = str(node.attrGet("href") or "")
    if node.info == "auto":
        href, _, label = href.partition("%7C")
        shown = escape(clean(label or links.plain(href).removeprefix("mailto:")))
        return _linked(shown, label or href, href)
    return _linked(_all(node), words(node.children), href)


def _image(node: SyntaxTreeNode) -> str:
    said = words(node.children) or "image"
    return _linked(escape(clean(said)), said, str(node.attrGet("src") or ""))


def _linked(label: str, said: str, href: str) -> str:
    if not links.host(href):
        return f"{label} ({escape(clean(href))})" if href else label
    shown = f"{label} ({escape(links.host(href))})" if links.hides(said, href) else label
    return f'<a href="{escape(clean(links.plain(href)))}" {_SAFE}>{shown}</a>'


_WRITERS: Mapping[str, Callable[[SyntaxTreeNode], str]] = {
    "paragraph": _block("p"),
    "heading": _heading,
    "hr": lambda _: "<hr>",
    "fence": _code,
    "code_block": _code,
    "bullet_list": _within("ul"),
    "ordered_list": _list,
    "list_item": _block("li"),
    "blockquote": _block("blockquote"),
    "table": _table,
    "thead": _within("thead"),
    "tbody": _within("tbody"),
    "tr": _within("tr"),
    "th": _block("th"),
    "td": _block("td"),
    "math_block": _code,
    "code_inline": lambda node: f"<code>{escape(clean(node.content))}</code>",
    "softbreak": lambda _: "\n",
    "hardbreak": lambda _: "<br>",
    "em": _within("em"),
    "strong": _within("strong"),
    "s": _within("s"),
    "link": _link,
    "image": _image,
    **dict.fromkeys(("math_inline", "math_inline_double", "math_single"), _formula),
}
