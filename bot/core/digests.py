"""What staff are told of a day or a week of their course: numbers in steps, no question."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Asking:
    """A question that a student of a course paid for."""

    person: str
    text: str  # her own words
    is_unanswered: bool
    is_bad: bool  # somebody said so of its answer


@dataclass(frozen=True, slots=True)
class Theme:
    """What several people asked about. Numbers are of people, and in steps."""

    words: tuple[str, ...]
    people: str
    unanswered: str
    bad: str


@dataclass(frozen=True, slots=True)
class Digest:
    """From `since` to before `until`, in seconds of the epoch. Once told it is never made anew."""

    since: float
    until: float
    people: str
    questions: str
    unanswered: str
    bad: str
    themes: tuple[Theme, ...] = ()

    @classmethod
    def read(cls, written: str) -> Iterator[Self]:
        """All that were written; nothing of what nobody wrote."""
        for one in json.loads(written or "[]"):
            themes = (Theme(**{**each, "words": tuple(each["words"])}) for each in one["themes"])
            yield cls(**{**one, "themes": tuple(themes)})


def memo_of(course: int) -> str:
    """The memo in which those of a course are kept."""
    return f"digests:{course}"


def written(digests: list[Digest]) -> str:
    return json.dumps([asdict(one) for one in digests], ensure_ascii=False)
