"""Questions that people wrote, with their answers: the documentation that a distribution packs.

The headings of the FAQs of Debian, Perl and Python are questions, and what stands below each is its
answer; tutorials and manuals lie around them, as other chapters do in a course. The packages come
by `apt-get download` and are unpacked into a folder, where they are found again.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.core.materials import BELOW
from bot.reading.kinds import lines_of
from bot.reading.lines import passages_of
from bot.rules.retrieval import asked_words
from tests.bench.questions import Section

FOLDER = Path(".bench-docs")
_FAQ = "debian-faq{}", "usr/share/doc/debian/FAQ"
_REFERENCE = "debian-reference-{}", "usr/share/debian-reference"
_PERL = "perl-doc", "usr/share/perl"
_PYTHON = "python3.11-doc", "usr/share/doc/python3.11/html/_sources"
_CHARS = 80  # that an answer has at least
_NUMBERED = re.compile(r"^(?:第?\s*[\dA-Z]+\s*[章.節\-]\s*)?(?:\d+\.)*\d*\.?\s*")
_POD_HEADING = re.compile(r"^=head([1-4]) +(.*)$", re.MULTILINE)
_POD_MARK = re.compile(r"\b[A-Z]<+\s?([^<>]*?)\s?>+")
_POD_COMMAND = re.compile(r"^=\w+.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Files of a package. `is_asked`: its headings are the questions."""

    package: str
    pattern: str  # below its folder in the package
    is_asked: bool


def _debian(language: str, ending: str) -> Sequence[Shelf]:
    faq, reference = _FAQ[0].format("" if language == "en" else f"-{language}"), _REFERENCE[0]
    return (
        Shelf(faq, f"{_FAQ[1]}/**/*.{ending}.html", is_asked=True),
        Shelf(reference.format(language), f"{_REFERENCE[1]}/*.{ending}.html", is_asked=False),
    )


LANGUAGES: Mapping[str, Sequence[Shelf]] = {
    "English": (
        *_debian("en", "en"),
        Shelf(_PERL[0], f"{_PERL[1]}/*/pod/perlfaq[1-9].pod", is_asked=True),
        Shelf(_PERL[0], f"{_PERL[1]}/*/pod/perl*[!0-9]tut.pod", is_asked=False),
        Shelf(_PYTHON[0], f"{_PYTHON[1]}/faq/*.rst.txt", is_asked=True),
        Shelf(_PYTHON[0], f"{_PYTHON[1]}/tutorial/*.rst.txt", is_asked=False),
        Shelf(_PYTHON[0], f"{_PYTHON[1]}/howto/*.rst.txt", is_asked=False),
    ),
    "German": _debian("de", "de"),
    "Chinese": _debian("zh-cn", "zh-cn"),
    "Japanese": _debian("ja", "ja"),
}


def sections_of(language: str, folder: Path = FOLDER) -> list[Section]:
    """Each heading once, by what stands below it; none where a package cannot be had."""
    found: dict[str, Section] = {}
    for shelf in LANGUAGES[language]:
        root = _unpacked(shelf.package, folder)
        if root is None:
            return []
        for path in sorted(one for one in root.glob(shelf.pattern) if not one.is_symlink()):
            if not path.name.startswith("index."):
                sections = _sections(path, is_asked=shelf.is_asked)
                found |= {f"{path} {one.heading}": one for one in sections}
    return list(found.values())


def _unpacked(package: str, folder: Path) -> Path | None:
    """Where its files are; None where there is no such package, or no such program."""
    root = folder / package
    if root.exists():
        return root
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    folder.mkdir(exist_ok=True)
    run = partial(subprocess.run, cwd=folder, capture_output=True, check=False)
    run(["apt-get", "download", package])
    archive = next(folder.glob(f"{package}_*.deb"), None)
    if archive is None or run(["dpkg-deb", "-x", archive.name, package]).returncode:
        return None
    archive.unlink()
    return root


def _sections(path: Path, *, is_asked: bool) -> Iterator[Section]:
    found: dict[str, list[str]] = {}
    for passage in passages_of(lines_of(*_readable(path))):
        found.setdefault(passage.heading, []).append(passage.text)
    for heading, texts in found.items():
        chapter, _, last = heading.rpartition(BELOW)
        name, text = _NUMBERED.sub("", last), "\n".join(texts)
        is_list = is_asked and not chapter  # of the questions in a chapter
        if len(text) >= _CHARS and not is_list:
            yield Section(path.name, name, text, is_asked=is_asked and bool(asked_words(name)))


def _readable(path: Path) -> tuple[str, bytes]:
    """The ending that says how it is meant, and its bytes; POD becomes Markdown."""
    if path.suffix == ".html":
        return ".html", path.read_bytes()
    text = path.read_text("utf-8", "replace")
    if path.suffix != ".pod":
        return ".rst", text.encode()
    text = _POD_HEADING.sub(lambda found: "#" * int(found[1]) + f" {found[2]}", text)
    return ".md", _POD_COMMAND.sub("", _POD_MARK.sub(r"\1", text)).encode()
