"""Questions with their answers, made from what Python ships.

People wrote the first sentence of a docstring to say what the rest explains: it is the question,
and the rest is the answer.
"""

import ast
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from bot.rules.retrieval import asked_words

_LEAST_WORDS = 4  # of a question
_LEAST_BODY = 250  # characters of an answer
_LEAST_WORTH = 60  # characters of what only lies around
_SKIPPED = {"test", "tests", "site-packages", "idlelib", "lib2to3", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below one heading; the heading is how somebody would ask for it."""

    document: str
    heading: str
    text: str
    is_asked: bool = True  # else it only lies around

    @property
    def mark(self) -> str:
        """By which it is known again."""
        return sha1(f"{self.document} {self.heading}".encode()).hexdigest()  # noqa: S324 - a name

    @property
    def is_held_out(self) -> bool:
        number = sha1(self.heading.encode()).digest()[0]  # noqa: S324 - it only parts them
        return self.is_asked and number % 2 == 1


def sections_of_python() -> list[Section]:
    """Docstrings of the standard library, a document a module."""
    root = Path(sysconfig.get_paths()["stdlib"])
    found: dict[str, Section] = {}
    for path in sorted(root.rglob("*.py")):
        if not _SKIPPED & set(path.relative_to(root).parts):
            found |= {one.heading: one for one in _sections(path)}
    return list(found.values())


def _sections(path: Path) -> Iterator[Section]:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            text = ast.get_docstring(node) or ""
            summary, _, body = text.partition("\n\n")
            heading = " ".join(summary.split())
            if len(asked_words(heading)) >= _LEAST_WORDS and len(body) >= _LEAST_BODY:
                yield Section(path.stem, heading, body)
            elif len(text) >= _LEAST_WORTH:
                yield Section(
                    path.stem, f"{path.stem} {getattr(node, 'name', '')}", text, is_asked=False
                )
    if comments := "\n".join(_comments(path)):
        yield Section(path.stem, f"{path.stem}.py", comments, is_asked=False)


def _comments(path: Path) -> Iterator[str]:
    for line in path.read_text("utf-8").splitlines():
        if (comment := line.strip()).startswith("# "):
            yield comment.removeprefix("# ")
