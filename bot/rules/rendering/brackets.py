r"""Formulas between `\(` and `\)`, and those on lines of their own, between `\[` and `\]` or `$$`.

Plugins let one on its own lines go on through empty ones; so what follows could change all that
stands before. Here it ends with its paragraph.
"""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_ENDS = {"$$": "$$", "\\[": "\\]"}


def brackets_plugin(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("escape", "formula", _within)
    parser.block.ruler.before(
        "fence", "formulas", _alone, {"alt": ["paragraph", "blockquote", "list"]}
    )


def _within(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    if not state.src.startswith("\\(", state.pos):
        return False
    end = state.src.find("\\)", state.pos + 2, state.posMax)
    if end < 0:
        return False
    if not silent:
        state.push("math_inline", "math", 0).content = state.src[state.pos + 2 : end]
    state.pos = end + 2
    return True


def _alone(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    first = _line(state, start)
    if state.is_code_block(start) or first[:2] not in _ENDS:
        return False
    last = _last_line(state, start, end, _ENDS[first[:2]])
    if last is None:
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        text = state.getLines(start, last + 1, state.sCount[start], keepLastLF=False)
        token.content, token.map = text.strip()[2:-2], [start, last + 1]
    state.line = last + 1
    return True


def _last_line(state: StateBlock, start: int, end: int, mark: str) -> int | None:
    """The line that ends with this mark, before an empty one or the end of what it lies in."""
    for line in range(start, end):
        text = _line(state, line)
        if not text or state.sCount[line] < state.blkIndent:
            return None
        if text.endswith(mark) and (line > start or len(text) >= len(mark) * 2):
            return line
    return None


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
