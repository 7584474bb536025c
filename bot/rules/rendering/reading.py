"""Markdown as a tree: CommonMark with tables, strikethrough and formulas.

Left out is what would let later words change earlier ones, or what no place shows: references,
headings that are underlined, HTML. So of a text that is still being written, what has been read
stays as it is.
"""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin

from bot.rules.rendering.brackets import brackets_plugin

_MOST_CHARS = 20_000  # more is sent as a file, which nobody renders
_MOST_LINES = 2_000
_BUDGET = 20_000  # what all marks of a text may cost, in about a microsecond
_COSTS = {"[": 40, "\\": 40, "*": 5, "_": 5, "`": 5, "~": 5, "<": 5, "&": 5, "$": 5}
_COST_OF_ANY = 20  # a paragraph, a heading, a cell


def read(text: str) -> SyntaxTreeNode | None:
    """The tree of a text; None for one of a length that nobody shows as Markdown."""
    if len(text) > _MOST_CHARS or text.count("\n") > _MOST_LINES:
        return None
    tree = SyntaxTreeNode(_PARSER.parse(text, {"budget": _BUDGET}))
    for node in tree.walk():
        node.parent = None  # nobody asks, and it would keep the tree until the collector comes
    return tree


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Only of lines that begin with a bar: so a line of words stays one, whatever follows it."""
    rows = next((row for row in range(start, end) if not _has_bar(state, row)), end)
    return rows > start and table(state, start, rows, silent)


def _has_bar(state: StateBlock, line: int) -> bool:
    return state.src.startswith("|", state.bMarks[line] + state.tShift[line])


def _read_marks(state: StateCore) -> None:
    """What is within the lines; where there are more marks than anybody writes, only words."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = _children(state, token.content)


def _children(state: StateCore, content: str) -> list[Token]:
    cost = sum(content.count(mark) * each for mark, each in _COSTS.items())
    state.env["budget"] -= cost + _COST_OF_ANY
    if state.env["budget"] < 0:
        return [Token("text", "", 0, content=content)]
    children: list[Token] = []
    state.md.inline.parse(content, state.md, state.env, children)
    return children


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 30})
    parser.enable("strikethrough").disable(["reference", "lheading"])
    parser.block.ruler.before("paragraph", "table", _table, {"alt": ["paragraph"]})
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.use(brackets_plugin)
    parser.block.ruler.disable("math_block")
    parser.core.ruler.disable("text_join")  # how a letter was written is kept
    parser.core.ruler.at("inline", _read_marks)
    return parser


_PARSER = _parser()
