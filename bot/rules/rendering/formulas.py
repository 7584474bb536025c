"""LaTeX for where nobody sets it: signs where there are some, the rest as it was written."""

import re
from functools import lru_cache
from typing import Any

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexWalkerError

_MOST_CHARS = 300  # of a formula that is made readable; a longer one stays as it is
_MOST_GROUPS = 32
_NAME_AND_BLANK = re.compile(r"(\\[A-Za-z]+)(?=\s)")  # TeX takes the blank away, readers need it


@lru_cache(maxsize=256)
def readable(formula: str) -> str:
    """The formula in Unicode, on as many lines as it has."""
    text = formula.strip()
    if "\\" not in text or len(text) > _MOST_CHARS or text.count("{") > _MOST_GROUPS:
        return text
    try:
        made = _CONVERTER.latex_to_text(_NAME_AND_BLANK.sub(r"\1{}", text)).replace("{}", "")
    except (LatexWalkerError, RecursionError, AttributeError, IndexError):  # it is no LaTeX
        return text
    return "\n".join(" ".join(line.split()) for line in made.strip().splitlines()) or text


def _as_written(node: Any) -> str:
    return str(node.latex_verbatim())


def _fraction(node: Any, l2tobj: Any) -> str:
    above, below = (l2tobj.nodelist_to_text([part]) for part in node.nodeargd.argnlist)
    return f"{_grouped(above)}/{_grouped(below)}"


def _grouped(text: str) -> str:
    text = text.strip().removeprefix("{").removesuffix("}")
    return text if text.isalnum() else f"({text})"


def _converter() -> LatexNodes2Text:
    signs = get_default_latex_context_db()
    own = [MacroTextSpec(name, simplify_repl=_fraction) for name in ("frac", "dfrac", "tfrac")]
    own += [MacroTextSpec(name, discard=True) for name in ("left", "right")]
    signs.add_context_category("ours", prepend=True, macros=own)
    signs.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=_as_written))
    return LatexNodes2Text(
        math_mode="text",
        latex_context=signs,
        keep_comments=True,
        keep_braced_groups=True,
        keep_braced_groups_minlen=1,
    )


_CONVERTER = _converter()
