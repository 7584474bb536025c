"""How the code is laid out, where no tool looks."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_FILE = 280


def _files() -> Iterator[Path]:
    for folder in ("bot", "adapters", "storage"):
        yield from (ROOT / folder).rglob("*.py")


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text("utf-8")))


def test_a_name_of_a_class_means_one_thing() -> None:
    classes = [n for path in _files() for n in _nodes(path) if isinstance(n, ast.ClassDef)]
    names = Counter(node.name for node in classes)
    assert [name for name, count in names.items() if count > 1] == []


def test_a_function_is_seen_at_one_glance() -> None:
    long = [
        (str(path.relative_to(ROOT)), node.name, lines)
        for path in _files()
        for node in _nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_a_file_is_about_one_thing() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in _files()}
    long = {path.relative_to(ROOT): n for path, n in sizes.items() if n > MOST_LINES_OF_A_FILE}
    assert long == {}
