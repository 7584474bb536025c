"""Questions and answers that can be told apart wherever they turn up.

Question 7 says "q00007". Its answer is a number of lines, each with a tag of its own: "a00007.1",
"a00007.2", ... So a lost, doubled or half answer is seen by counting tags.
"""

import re

_QUESTION = re.compile(r"q(\d{5})")
_TAG = re.compile(r"a(\d{5})\.(\d+) ")
LONG_ONE_IN = 25
_LONG = 45  # lines: about 3,000 characters, which Discord shows in two messages
_FILLING = "these words fill a line so that it is about as long as one"

Tag = tuple[int, int]
"""Which question, and which line of its answer."""


def question(number: int) -> str:
    return f"q{number:05} is what I would like to know"


def number_in(text: str) -> int | None:
    """The question in a text that may quote earlier ones: the last."""
    found = _QUESTION.findall(text)
    return int(found[-1]) if found else None


def asked_in(text: str) -> int | None:
    """The question that a run answers; None where it sums up older ones."""
    return None if text.startswith("Sum up this record:") else number_in(text)


def answer_to(text: str) -> str:
    """What the model says: the same whenever it is asked the same."""
    number = number_in(text)
    if number is None:
        return "You said nothing that I know."
    return "\n".join(f"a{number:05}.{line} {_FILLING}" for _, line in tags_of(number))


def tags_of(number: int) -> list[Tag]:
    """All that the answer to a question consists of, in order."""
    lines = _LONG if number % LONG_ONE_IN == 0 else 1 + number % 4
    return [(number, line) for line in range(1, lines + 1)]


def tags_in(text: str) -> list[Tag]:
    return [(int(number), int(line)) for number, line in _TAG.findall(text)]
