"""Draws messages as a picture: a window with who said what, and Markdown as people see it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

WIDTH = 840
_LEFT, _RIGHT, _TOP = 76, 40, 72
_INDENT = 52  # of a reply in a thread
_SIZE, _LINE = 15, 23  # of letters, and from line to line
_ITEM = 20  # from a bullet to its words
_SANS = "-apple-system, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"
_MONO = "'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# How wide letters are, in letters' heights; generous, for nobody knows the reader's fonts.
_NARROW, _WIDE = set("iIjlt.,:;'|!()[] f"), set("mwMW@")


@dataclass(frozen=True)
class Theme:
    paper: str
    ink: str
    faint: str
    line: str
    code: str
    code_paper: str
    link: str


LIGHT = Theme("#ffffff", "#1d1c1d", "#616061", "#dddddd", "#c01343", "#f8f8f8", "#1264a3")
DARK = Theme("#313338", "#dbdee1", "#949ba4", "#3f4147", "#dbdee1", "#2b2d31", "#c9cdfb")


@dataclass(frozen=True)
class Post:
    who: str
    text: str
    colour: str  # of the square with the first letter of the name
    badge: str = ""  # behind the name, as APP
    note: str = ""  # above it, as "Only visible to you"
    is_reply: bool = False
    buttons: Sequence[str] = ()


@dataclass
class Line:
    """A line of an answer: pieces of text, each with how it is set."""

    pieces: list[tuple[str, str]] = field(default_factory=list)
    indent: int = 0
    bullet: str = ""
    is_code: bool = False

    def add(self, text: str, style: str) -> None:
        self.pieces.append((text, style))


def draw(title: str, posts: Sequence[Post], theme: Theme) -> str:
    """The picture as SVG."""
    shapes: list[str] = []
    y = _TOP
    for post in posts:
        y = _draw_post(post, y, theme, shapes)
    height = y + 8
    return "\n".join([*_window(title, height, theme), *shapes, "</svg>\n"])


def _window(title: str, height: int, theme: Theme) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" font-family="{_SANS}" font-size="{_SIZE}" fill="{theme.ink}">'
    )
    yield f"<title>{escape(title)}</title>"
    yield (
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="10" '
        f'fill="{theme.paper}" stroke="{theme.line}"/>'
    )
    yield f'<text x="24" y="33" font-size="18" font-weight="bold">{escape(title)}</text>'
    yield f'<path d="M0 52H{WIDTH}" stroke="{theme.line}"/>'


def _draw_post(post: Post, y: int, theme: Theme, shapes: list[str]) -> int:
    left = _LEFT + (_INDENT if post.is_reply else 0)
    begins = y
    if post.note:
        shapes.append(_text(left, y + 12, post.note, f'font-size="13" fill="{theme.faint}"'))
        y += 22
    square = f'x="{left - 50}" y="{y}" width="38" height="38" rx="8"'
    shapes.append(f'<rect {square} fill="{post.colour}"/>')
    initial = 'text-anchor="middle" font-weight="bold" font-size="18" fill="#ffffff"'
    shapes.append(_text(left - 31, y + 25, post.who[0].upper(), initial))
    shapes.append(_text(left, y + 14, post.who, 'font-weight="bold"'))
    if post.badge:
        shapes += _badge(left + int(_width(post.who, "bold")) + 14, y, post.badge, theme)
    y += 20
    for line in _wrapped(_lines(post.text), WIDTH - _RIGHT - left):
        y = _draw_line(line, left, y, theme, shapes)
    if post.buttons:
        y = _draw_buttons(post.buttons, left, y + 6, theme, shapes)
    if post.is_reply:
        thread = f"M{_LEFT - 31} {begins - 10}V{y + 8}"
        shapes.append(f'<path d="{thread}" stroke="{theme.line}" stroke-width="2"/>')
    return y + 18


def _draw_line(line: Line, left: int, y: int, theme: Theme, shapes: list[str]) -> int:
    x = left + line.indent
    if line.is_code:
        box = f'x="{left}" y="{y}" width="{WIDTH - _RIGHT - left}" height="{_LINE}"'
        shapes.append(f'<rect {box} fill="{theme.code_paper}"/>')
        x += 10
    if line.bullet:
        shapes.append(_text(x - 16, y + 16, line.bullet))
    pieces = "".join(_piece(text, style, theme) for text, style in line.pieces)
    shapes.append(f'<text x="{x}" y="{y + 16}" xml:space="preserve">{pieces}</text>')
    return y + _LINE


def _piece(text: str, style: str, theme: Theme) -> str:
    set_as = {
        "bold": 'font-weight="bold"',
        "italic": 'font-style="italic"',
        "code": f'font-family="{_MONO}" font-size="13" fill="{theme.code}"',
        "mention": f'fill="{theme.link}"',
    }.get(style, "")
    return f"<tspan {set_as}>{escape(text)}</tspan>" if set_as else escape(text)


def _draw_buttons(labels: Sequence[str], left: int, y: int, theme: Theme, shapes: list[str]) -> int:
    x = left
    for label in labels:
        wide = int(_width(label)) + 26
        box = f'x="{x}" y="{y}" width="{wide}" height="28" rx="6"'
        shapes.append(f'<rect {box} fill="none" stroke="{theme.faint}" stroke-opacity="0.6"/>')
        middle = f'text-anchor="middle" font-size="13" fill="{theme.ink}"'
        shapes.append(_text(x + wide // 2, y + 19, label, middle))
        x += wide + 8
    return y + 30


def _badge(x: int, y: int, word: str, theme: Theme) -> Iterator[str]:
    wide = len(word) * 8 + 8
    yield f'<rect x="{x}" y="{y + 2}" width="{wide}" height="15" rx="3" fill="{theme.line}"/>'
    middle = f'text-anchor="middle" font-size="10" font-weight="bold" fill="{theme.faint}"'
    yield _text(x + wide // 2, y + 13, word, middle)


def _text(x: float, y: float, words: str, how: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {how}>{escape(words)}</text>'


def _lines(text: str) -> Iterator[Line]:
    """The Markdown's lines, as long as they are; paragraphs are a line apart."""
    depth, number, bullet = 0, 0, ""
    for token in MarkdownIt().parse(text):
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                depth, number = depth + 1, 0
            case "bullet_list_close" | "ordered_list_close":
                depth -= 1
            case "list_item_open":
                number += 1
                bullet = f"{number}." if token.markup == "." else "•"
            case "inline":
                for line in _inline(token):
                    line.indent, line.bullet, bullet = depth * _ITEM, bullet, ""
                    yield line
            case "fence":
                for code in token.content.rstrip("\n").split("\n"):
                    yield Line([(code, "code")], is_code=True)


def _inline(token: Token) -> Iterator[Line]:
    line, style = Line(), ""
    for child in token.children or []:
        match child.type:
            case "strong_open":
                style = "bold"
            case "em_open":
                style = "italic"
            case "strong_close" | "em_close":
                style = ""
            case "code_inline":
                line.add(child.content, "code")
            case "softbreak" | "hardbreak":
                yield line
                line = Line()
            case _:
                for number, word in enumerate(child.content.split(" ")):
                    is_mention = word.startswith("@") and len(word) > 1
                    line.add((" " if number else "") + word, "mention" if is_mention else style)
    yield line


def _wrapped(lines: Iterator[Line], room: int) -> Iterator[Line]:
    for line in lines:
        if line.is_code:
            yield line
            continue
        short = Line(indent=line.indent, bullet=line.bullet)
        used = 0.0
        for text, style in _words(line):
            wide = _width(text, style)
            if used + wide > room - line.indent and short.pieces:
                yield short
                short, used, text = Line(indent=line.indent), 0.0, text.lstrip()  # noqa: PLW2901
            short.add(text, style)
            used += wide
        yield short


def _words(line: Line) -> Iterator[tuple[str, str]]:
    for text, style in line.pieces:
        for number, word in enumerate(text.split(" ")):
            yield (" " if number else "") + word, style


def _width(text: str, style: str = "") -> float:
    if style == "code":
        return len(text) * 8.2
    letters = sum(0.32 if c in _NARROW else 0.88 if c in _WIDE else 0.58 for c in text)
    return letters * _SIZE * (1.06 if style == "bold" else 1.0)
