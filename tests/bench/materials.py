"""Recall and speed of searching material, on a set of questions made from what Python ships.

People wrote the first sentence of a docstring to say what the rest explains: it is the question,
and the rest is the answer. Which half a question belongs to is told by a hash: nothing was ever
tuned on the half that is reported. Chinese, Japanese and German need documents that Python has
not: `HOMEROOM_BENCH_DOCS` names a folder with one of Markdown or HTML for each language.
"""

import ast
import asyncio
import os
import random
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.core.materials import BELOW, Draft, Passage
from bot.core.ports.storage import Storage
from bot.reading.kinds import lines_of
from bot.reading.lines import passages_of
from bot.rules.retrieval import asked_words
from storage.store import open_file

_SCOPE = "bench"
_FIRST = 5
_LEAST_WORDS = 4  # of a question
_LEAST_BODY = 250  # characters of an answer
_LEAST_WORTH = 60  # characters of what only lies around
_CHARS_OF_PAGE = 3000
_SKIPPED = {"test", "tests", "site-packages", "idlelib", "lib2to3", "__pycache__"}
_QUERIES = 200

Asked = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below one heading; the heading is how somebody would ask for it."""

    document: str
    heading: str
    text: str
    is_asked: bool = True  # else it only lies around

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


def sections_in(folder: Path) -> list[Section]:
    """Documents somebody put there, by their headings."""
    found: dict[str, Section] = {}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        for passage in passages_of(lines_of(path.suffix.lower(), path.read_bytes())):
            heading = passage.heading.rpartition(BELOW)[2]
            before = found.get(heading)
            text = f"{before.text}\n{passage.text}" if before else passage.text
            found[heading] = Section(str(path), heading, text)
    return [one for heading, one in found.items() if asked_words(heading) and len(one.text) > 80]


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


async def fill(storage: Storage, sections: Sequence[Section], *, with_headings: bool) -> int:
    """Returns how many passages there are."""
    documents: dict[str, list[Passage]] = {}
    for section in sections:
        heading = section.heading if with_headings else ""
        place = sha1(section.heading.encode()).hexdigest()  # noqa: S324 - names it
        pieces = passages_of(lines_of(".txt", section.text.encode()))
        passages = [Passage(text=one.text, heading=heading, place=place) for one in pieces]
        documents.setdefault(section.document, []).extend(passages)
    for name, passages in documents.items():
        draft = Draft(scope=_SCOPE, name=name, digest="-")
        await storage.materials.add(draft, passages, 0.0)
    return sum(map(len, documents.values()))


async def recall(storage: Storage, sections: Sequence[Section], asked: Asked) -> float:
    """The share of questions whose answer is among the first five passages."""
    hits = 0
    for section in sections:
        found = await storage.materials.search(asked(section.heading), [_SCOPE], _FIRST)
        place = sha1(section.heading.encode()).hexdigest()  # noqa: S324 - see above
        hits += any(one.passage.place == place for one in found)
    return hits / len(sections)


def half_of(question: str) -> Sequence[str]:
    """A half of its words by chance, the same each time."""
    words = asked_words(question)
    return random.Random(question).sample(words, (len(words) + 1) // 2)  # noqa: S311 - chance is all


async def recalls(sections: Sequence[Section]) -> Mapping[str, float]:
    held = [one for one in sections if one.is_held_out]
    measured = {}
    with TemporaryDirectory() as folder:
        async with open_file(Path(folder) / "with.db") as store:
            await fill(store.storage, sections, with_headings=True)
            measured["as written"] = await recall(store.storage, held, asked_words)
            measured["half of the words"] = await recall(store.storage, held, half_of)
        async with open_file(Path(folder) / "without.db") as store:
            await fill(store.storage, sections, with_headings=False)
            measured["headings removed"] = await recall(store.storage, held, asked_words)
    return measured


async def speeds(sections: Sequence[Section], count: int) -> Mapping[str, float]:
    """With so many passages: pages a second kept, and milliseconds a question takes."""
    many = list(_repeated(sections, count))
    with TemporaryDirectory() as folder:
        async with open_file(Path(folder) / "speed.db") as store:
            began = time.perf_counter()
            kept = await fill(store.storage, many, with_headings=True)
            filled = time.perf_counter() - began
            questions = [one.heading for one in many[: _QUERIES * 5 : 5]]
            began = time.perf_counter()
            for question in questions:
                await store.storage.materials.search(asked_words(question), [_SCOPE], _FIRST)
            asked = (time.perf_counter() - began) / len(questions)
    pages = sum(len(one.text) for one in many) / _CHARS_OF_PAGE
    return {"passages": kept, "pages a second": pages / filled, "ms a question": asked * 1000}


def _repeated(sections: Sequence[Section], count: int) -> Iterator[Section]:
    """As many passages, roughly: the same again, each time with words of its own."""
    made, turn = 0, 0
    while made < count:
        for one in sections:
            suffix = f" edition{turn}" if turn else ""
            yield Section(f"{one.document}{suffix}", f"{one.heading}{suffix}", one.text)
            made += 1 + len(one.text) // 1200
        turn += 1


def main() -> None:
    sets = {"en (Python)": sections_of_python()}
    if named := os.environ.get("HOMEROOM_BENCH_DOCS"):
        sets |= {one.name: sections_in(one) for one in sorted(Path(named).iterdir())}
    for language, sections in sets.items():
        pages = sum(len(one.text) for one in sections) // _CHARS_OF_PAGE
        held = sum(one.is_held_out for one in sections)
        print(f"material {language}: {len(sections)} sections, {held} held out, {pages} pages")
        for form, share in asyncio.run(recalls(sections)).items():
            print(f"  recall@{_FIRST} {form:20} {share:.3f}")
    for count in (20_000, 200_000):
        for name, value in asyncio.run(speeds(sets["en (Python)"], count)).items():
            print(f"  {count:>7,} passages: {name:16} {value:,.1f}")


if __name__ == "__main__":
    main()
