"""Paragraphs, lists, quotes, code, tables: one below the other, each as its place shows it."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import ClassVar

from markdown_it.tree import SyntaxTreeNode
from wcwidth import wcswidth

from bot.rules.rendering import inline
from bot.rules.rendering.formulas import readable
from bot.rules.rendering.guards import BACKTICK, without_images
from bot.rules.rendering.surfaces import Surface

_FENCE = "```"
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")
_ENDS_ALONE = {"paragraph", "heading", "fence", "bullet_list", "ordered_list"}
_BEGINS_ALONE = {"paragraph", "fence", "bullet_list", "ordered_list"}
_ALIGNED = {"left": ":--", "right": "--:", "center": ":-:"}


class Writer:
    """Of one text for one surface. `is_open`: later words may go on with what stands last."""

    def __init__(self, text: str, surface: Surface, *, is_open: bool = False) -> None:
        self._lines = text.split("\n")
        self._surface = surface
        self._is_open = is_open

    def write(self, tree: SyntaxTreeNode) -> str:
        return self._blocks(tree, is_last=self._is_open)

    def _blocks(self, parent: SyntaxTreeNode, *, is_last: bool) -> str:
        """`is_last`: its last block is still being written."""
        return "".join(self._written(parent, is_last=is_last))

    def _written(self, parent: SyntaxTreeNode, *, is_last: bool) -> Iterator[str]:
        for before, node in pairwise([None, *parent.children]):
            if before is not None and node is not None:
                yield self._between(before, node)
            if node is not None:
                is_end = is_last and node is parent.children[-1]
                yield self._writers.get(node.type, Writer._paragraph)(self, node, is_end)

    def _between(self, before: SyntaxTreeNode, node: SyntaxTreeNode) -> str:
        """What stood close together stays so, where nothing else could be read in it."""
        is_close = before.type in _ENDS_ALONE and node.type in _BEGINS_ALONE
        return "\n" if is_close and not self._has_blank_before(node) else "\n\n"

    def _has_blank_before(self, node: SyntaxTreeNode) -> bool:
        start = node.map[0] if node.map else 0
        return start > 0 and not self._lines[start - 1].strip(" \t>")

    def _paragraph(self, node: SyntaxTreeNode, is_end: bool) -> str:  # noqa: FBT001
        """What is not decided in it is so at the next empty line, if not before."""
        is_decided = not is_end and not (self._is_open and self._may_go_on(node))
        text = self._inline(node)
        return text.replace(inline.UNDECIDED, "") if is_decided else text

    def _may_go_on(self, node: SyntaxTreeNode) -> bool:
        start = node.map[0] if node.map else 0
        return all(line.strip(" \t>") for line in self._lines[start:])

    def _inline(self, node: SyntaxTreeNode) -> str:
        parts = [part for child in node.children for part in child.children]
        return inline.write(parts)

    def _heading(self, node: SyntaxTreeNode, _: bool) -> str:  # noqa: FBT001
        words = self._inline(node).replace(inline.UNDECIDED, "")
        depth = int(node.tag[1:])
        if depth > self._surface.deepest_heading:
            return f"**{words}**" if words else ""
        return f"{'#' * depth} {words}".rstrip()

    def _code(self, node: SyntaxTreeNode, is_end: bool) -> str:  # noqa: FBT001
        text = node.content.removesuffix("\n")
        language = _LANGUAGE.match(node.info.strip()) if node.info else None
        marks = self._fence(node)
        # Not everywhere are more than three of them a fence.
        text = text.replace(_FENCE, BACKTICK * 3) if marks == _FENCE else without_images(text)
        begin = f"{marks}{language[0] if language else ''}\n"
        return begin + (text.rstrip("\n`") if is_end else f"{text}\n{marks}")

    def _fence(self, node: SyntaxTreeNode) -> str:
        is_backticks = node.markup.startswith(_FENCE)
        return node.markup if is_backticks and self._surface.has_long_fences else _FENCE

    def _formula(self, node: SyntaxTreeNode, is_end: bool) -> str:  # noqa: FBT001
        if is_end:
            return ""
        text = readable(node.content).replace(_FENCE, BACKTICK * 3)
        return f"{_FENCE}\n{text}\n{_FENCE}"

    def _list(self, node: SyntaxTreeNode, is_end: bool) -> str:  # noqa: FBT001
        last = node.children[-1]
        items = (
            f"{self._gap(item) if number else ''}{self._item(item, is_end=is_end and item is last)}"
            for number, item in enumerate(node.children)
        )
        return "".join(items)

    def _gap(self, item: SyntaxTreeNode) -> str:
        return "\n\n" if self._has_blank_before(item) else "\n"

    def _item(self, item: SyntaxTreeNode, *, is_end: bool) -> str:
        marker = f"{item.info}{item.markup} "
        return _indented(self._blocks(item, is_last=is_end), marker, " " * len(marker))

    def _quote(self, node: SyntaxTreeNode, is_end: bool) -> str:  # noqa: FBT001
        return _indented(self._blocks(node, is_last=is_end), "> ", "> ")

    def _table(self, node: SyntaxTreeNode, is_end: bool) -> str:  # noqa: FBT001
        rows = [row.children for part in node.children for row in part.children]
        if not self._surface.shows_tables:
            return self._grid(rows)
        lines = [self._row(row) for row in rows]
        sides = (str(cell.attrGet("style") or "").rpartition(":")[2] for cell in rows[0])
        rule = "|".join(_ALIGNED.get(side, "---") for side in sides)
        return "\n".join([lines[0], f"|{rule}|", *lines[1:]])

    def _grid(self, rows: list[list[SyntaxTreeNode]]) -> str:
        cells = [[inline.words(cell.children[0].children).strip() for cell in row] for row in rows]
        text = _aligned(cells).replace(_FENCE, BACKTICK * 3)
        return f"{_FENCE}\n{text}\n{_FENCE}"

    def _row(self, row: list[SyntaxTreeNode]) -> str:
        cells = (self._inline(cell).replace(inline.UNDECIDED, "") for cell in row)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    # Of the class: a table of its own methods would keep each writer until the collector comes.
    _writers: ClassVar[Mapping[str, Callable[["Writer", SyntaxTreeNode, bool], str]]] = {
        "paragraph": _paragraph,
        "heading": _heading,
        "hr": lambda _, node, __: node.markup[:3],
        "fence": _code,
        "code_block": _code,
        "bullet_list": _list,
        "ordered_list": _list,
        "blockquote": _quote,
        "table": _table,
        "math_block": _formula,
    }


def _indented(text: str, first: str, others: str) -> str:
    prefixes = [first, *[others] * text.count("\n")]
    lines = zip(prefixes, text.split("\n"), strict=True)
    return "\n".join(f"{prefix}{line}" if line else prefix.rstrip() for prefix, line in lines)


def _aligned(rows: list[list[str]]) -> str:
    """Columns below one another, whatever the width of their letters; a line below the first."""
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [_padded(row, widths) for row in rows]
    rule = "-+-".join("-" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:]])


def _padded(row: list[str], widths: list[int]) -> str:
    cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
    return " | ".join(cells).rstrip()


def _width(text: str) -> int:
    return max(wcswidth(text), 0)
