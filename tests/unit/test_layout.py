"""How the code is laid out, where no tool looks."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_name_of_a_class_means_one_thing() -> None:
    names = Counter(
        node.name
        for folder in ("bot", "adapters", "storage")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []
