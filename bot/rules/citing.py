"""What an answer takes from material, and where it says so: by code, and by nobody's word.

A number in brackets is a mark if it names a passage that was given in this turn; all others are
removed. Code is left as it is.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from urllib.parse import quote

from bot.core.materials import Source
from bot.rules.rendering.guards import only_words
from bot.rules.retrieval import asked_words, covered
from bot.words import say

SOURCES = "Sources:"
NOT_IN_MATERIAL = "*(This is not from the course material.)*"
NOTHING_FOUND = "I found nothing about that in the course material."

_MARK = re.compile(
    r"[ \t]*(?:\[{1,2}(\d{1,3}(?:[ ,;]{1,3}\d{1,3}){0,9})\]{1,2}(?![(:\w])"
    r"|【(\d{1,3})[^【】]{0,80}】)"
)
_HALF_MARK = re.compile(r"(?:[ \t]*\[{1,2}[\d ,;]{0,40}|[ \t]*\[\[[\d ,;]{0,40}\]?|【[^】]{0,80})$")
_CODE = re.compile(r"(^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\2|\Z)|`[^`\n]+`)", re.DOTALL | re.MULTILINE)
_PARAGRAPH = re.compile(r"\n{2,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])[ ]+(?=\S)")
_LEAST_WORDS = 3  # of a sentence that can be said to come from somewhere
_SEEN = 60  # characters at the beginning of a passage, by which it is known
_TAKEN_FROM = 0.65  # the share of its words that a passage has


def with_known_marks(text: str, known: Collection[int]) -> str:
    """With marks as they are written, `[1]`, and of unknown passages none."""

    def written(mark: re.Match[str]) -> str:
        numbers = [int(one) for one in re.findall(r"\d+", mark[1] or mark[2])]
        marks = "".join(f"[{one}]" for one in dict.fromkeys(numbers) if one in known)
        return f" {marks}" if marks and mark[0][0] in " \t" else marks

    return _outside_code(text, lambda words: _MARK.sub(written, words))


def with_found_marks(text: str, sources: Sequence[Source]) -> str:
    """Where a model has named nothing: what is taken from a passage, sentence by sentence."""
    if not sources:
        return text
    return "\n\n".join(_with_marks(paragraph, sources) for paragraph in _paragraphs(text))


def _with_marks(paragraph: str, sources: Sequence[Source]) -> str:
    """A mark stands behind the last of the sentences that one passage has."""
    if _CODE.search(paragraph):
        return paragraph
    sentences = _SENTENCE_END.split(paragraph)
    taken = [_taken_from(one, sources) for one in sentences]
    marked = [
        f"{one} [{source}]" if source and source != after else one
        for one, source, after in zip(sentences, taken, [*taken[1:], 0], strict=True)
    ]
    return " ".join(marked) if any(taken) else paragraph


def _taken_from(sentence: str, sources: Sequence[Source]) -> int:
    """The number of the passage that has most of its words; 0: none has."""
    words = asked_words(sentence)
    if len(words) < _LEAST_WORDS:
        return 0
    shares = {one.number: covered(words, one.passage.text) for one in sources}
    best = max(shares, key=lambda number: shares[number])
    return best if shares[best] >= _TAKEN_FROM else 0


def best_passage(sentence: str, shown: str, sources: Sequence[Source]) -> Source:
    """Of a document that was cited the passage that has most of a sentence's words.

    `shown`: what the model was shown of it, and of others; what it was not shown is not meant.
    """
    flat = _flat(shown)
    seen = [one for one in sources if _flat(one.passage.text)[:_SEEN] in flat]
    words = asked_words(" ".join(_SENTENCE_END.split(sentence)[-2:]))
    return max(seen or sources, key=lambda one: covered(words, one.passage.text))


def _flat(text: str) -> str:
    return " ".join(text.split())


def named(text: str) -> tuple[int, ...]:
    """The numbers that a text names, in that order."""
    found: dict[int, None] = {}

    def note(words: str) -> str:
        for mark in _MARK.finditer(words):
            found.update(dict.fromkeys(int(one) for one in re.findall(r"\d+", mark[1] or mark[2])))
        return words

    _outside_code(text, note)
    return tuple(found)


def only_sourced(text: str) -> str:
    """Of a text the paragraphs that name a source, and the code that follows one."""
    kept: list[str] = []
    is_sourced = False
    for paragraph in _paragraphs(text):
        is_code = paragraph.lstrip().startswith(("```", "~~~"))
        is_sourced = is_sourced if is_code else bool(named(paragraph))
        kept += [paragraph] if is_sourced else []
    return "\n\n".join(kept)


def without_half_mark(text: str) -> str:
    """A text that is being written, without what could become a mark."""
    while (shown := _HALF_MARK.sub("", text)) != text:
        text = shown
    return text


def source_lines(sources: Mapping[int, Source], numbers: Sequence[int]) -> str:
    """What stands below an answer; a title leads to its document, if that has an address."""
    lines = [f"[{number}] {_line(sources[number])}" for number in numbers if number in sources]
    return "\n".join([say(SOURCES), *lines]) if lines else ""


def title_of(source: Source) -> str:
    """What people call it, and where in it, in their language."""
    is_one_of_several = source.version > 1 or source.is_replaced
    version = say("version {version}", version=source.version) if is_one_of_several else ""
    return ", ".join(filter(None, [source.name, version, _place(source.passage.place)]))


def _place(written: str) -> str:
    """A place as readers write it down, which is also what a model is told."""
    kind, _, which = written.partition(" ")
    match kind:
        case "page":
            return say("page {which}", which=which)
        case "slide":
            return say("slide {which}", which=which)
        case "sheet":
            return say("sheet {which}", which=which)
        case "cell":
            return say("cell {which}", which=which)
        case "line":
            return say("line {which}", which=which)
    return written


def _line(source: Source) -> str:
    title = only_words(title_of(source)).replace("[", "(").replace("]", ")").replace("*", "")
    heading = only_words(source.passage.heading).replace("*", "")
    whole = " · ".join(filter(None, [title, heading]))
    address = quote(source.address, safe="/:?&=#%+,;@~.-_")
    return f"[{whole}]({address})" if address.startswith(("https://", "http://")) else whole


def _paragraphs(text: str) -> Iterator[str]:
    """Blocks between empty lines; a block of code is one, whatever is in it."""
    at, begin = 0, 0
    fences = [(match.start(), match.end()) for match in _CODE.finditer(text)]
    for pause in _PARAGRAPH.finditer(text):
        if pause.start() < at or any(start < pause.start() < end for start, end in fences):
            continue
        yield text[begin : pause.start()]
        begin = at = pause.end()
    yield text[begin:]


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Changed where it is no code."""
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [change(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, change(text[at:])])
