"""Texts with headings: Markdown and its like, HTML, notebooks."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from bot.reading.lines import Paragraph, UnreadableDocument, heading_level

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_UNDERLINE = re.compile(r"([=\-~^\"'*+#`])\1{2,}\s*")
_FENCE = re.compile(r"\s*(```|~~~)")
NO_FENCE = re.compile("$.")  # where a row of marks is always an underline
_LEVELS = "=-"  # of an underline in Markdown; others follow, in the order they come
_BLOCK_TAGS = """
    address article aside blockquote body br dd div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th title tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "nav", "head"})
_MOST_OUTPUT = 2000  # characters of what a cell of a notebook has written


def marked_lines(
    text: str, place: str = "", fence: re.Pattern[str] = _FENCE
) -> Iterator[Paragraph]:
    """Markdown, reStructuredText: headings with `#` before them, or underlined."""
    before, is_code, levels = "", False, _LEVELS
    for line in text.splitlines():
        if fence.match(line):
            is_code = not is_code
        underline = None if is_code else _UNDERLINE.fullmatch(line)
        if underline and 0 < len(before.strip()) <= len(line.rstrip()) + 1:
            levels += "" if underline[1] in levels else underline[1]
            yield Paragraph(before, place, levels.index(underline[1]) + 1)
            before = ""
        elif not is_code and (heading := _HEADING.fullmatch(line)):
            yield Paragraph(before, place)
            yield Paragraph(heading[2], place, len(heading[1]))
            before = ""
        else:
            yield Paragraph(before, place)
            before = line
    yield Paragraph(before, place)


def html_lines(text: str) -> Iterator[Paragraph]:
    """What is to be seen of a page, as far as that can be told."""
    page = _Page()
    page.feed(text)
    page.close()
    page.end_block()
    yield from page.lines


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Paragraph] = []
        self._words: list[str] = []
        self._level = 0
        self._unseen = ""  # the element that hides what is in it
        self._depth = 0  # of elements of that name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            self._depth += tag == self._unseen
        elif tag in _UNSEEN:
            self._unseen, self._depth = tag, 1
        elif tag in _BLOCKS:
            self.end_block()
            self._level = heading_level(tag) if re.fullmatch("h[1-6]", tag) else 0

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            self._depth -= tag == self._unseen
            self._unseen = self._unseen if self._depth else ""
        elif tag in _BLOCKS:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words.append(data)

    def end_block(self) -> None:
        text = " ".join("".join(self._words).replace("¶", "").split())
        if text:
            self.lines.append(Paragraph(text, level=self._level))
        self._words, self._level = [], 0


def notebook_lines(text: str) -> Iterator[Paragraph]:
    """Cell by cell; of what was written by code its beginning."""
    try:
        cells = json.loads(text)["cells"]
        for number, cell in enumerate(cells, 1):
            place, source = f"cell {number}", _joined(cell["source"])
            if cell["cell_type"] == "markdown":
                yield from marked_lines(source, place)
            else:
                yield Paragraph(source, place)
                yield from (Paragraph(said[:_MOST_OUTPUT], place) for said in _outputs(cell))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableDocument("it is damaged: no notebook as Jupyter writes them") from error


def _outputs(cell: dict[str, object]) -> Iterator[str]:
    outputs = cell.get("outputs") or []
    for output in outputs if isinstance(outputs, list) else []:
        data = output.get("data") or {}
        yield _joined(output.get("text") or data.get("text/plain") or "")


def _joined(source: object) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
