"""Markdown as a terminal shows it: few colours, readable on a light and on a dark background."""

import re
from io import StringIO
from typing import Any, ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, TableElement
from rich.padding import Padding
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.table import Table
from rich.theme import Theme

from bot.core.text import clean
from bot.rules import rendering
from bot.rules.rendering.surfaces import Surface

_COLOUR = re.compile(r"(\x1b\[[\d;]*m)")
_WIDEST = 100  # columns; longer lines are hard to read

# Yellow, blue, white and black each vanish on somebody's background.
_CODE = ANSISyntaxTheme(
    {
        ("Comment",): Style(dim=True),
        ("Keyword",): Style(color="magenta"),
        ("Operator", "Word"): Style(color="magenta"),
        ("Name", "Builtin"): Style(color="cyan"),
        ("Name", "Function"): Style(bold=True),
        ("Name", "Class"): Style(bold=True),
        ("Name", "Tag"): Style(color="cyan"),
        ("Literal", "String"): Style(color="green"),
        ("Literal", "Number"): Style(color="cyan"),
        ("Generic", "Deleted"): Style(color="red"),
        ("Generic", "Inserted"): Style(color="green"),
    }
)
_TEXT = Theme(
    {
        "markdown.code": "cyan",
        "markdown.h1": "bold",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
        "markdown.h4": "bold",
        "markdown.block_quote": "italic",
        "markdown.list": "default",
        "markdown.item.bullet": "dim",
        "markdown.item.number": "dim",
        "markdown.link": "cyan",
        "markdown.link_url": "underline",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)


def render(text: str, columns: int) -> str:
    """Markdown with escape codes, for a screen that has so many columns."""
    target = StringIO()
    width = min(columns, _WIDEST)
    console = Console(
        file=target, force_terminal=True, width=width, highlight=False, theme=_TEXT, emoji=False
    )
    shown = rendering.render(text, Surface())
    console.print(_Markdown(shown, hyperlinks=False))  # the address itself is to be seen
    return only_colour("".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines()))


def only_colour(text: str) -> str:
    """Printable text and colours: all that ever reaches a terminal, whatever was decoded before."""
    pieces = _COLOUR.split(text)
    return "".join(piece if _COLOUR.fullmatch(piece) else clean(piece) for piece in pieces)


class _Code(CodeBlock):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = Syntax(str(self.text).rstrip(), self.lexer_name, theme=_CODE, word_wrap=True)
        yield Padding(code, (0, 0, 0, 2))


class _Heading(Heading):
    LEVEL_ALIGN: ClassVar[dict[str, Any]] = {}  # all to the left


class _Table(TableElement):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                table.show_edge = False  # it would be two empty lines
            yield table


class _Markdown(Markdown):
    def __init__(self, text: str, *, hyperlinks: bool) -> None:
        super().__init__(text, hyperlinks=hyperlinks)
        for token in (part for block in self.parsed for part in (block, *(block.children or ()))):
            token.content = clean(token.content)  # the text of an address has been decoded

    elements: ClassVar[dict[str, Any]] = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
        "heading_open": _Heading,
        "table_open": _Table,
    }
