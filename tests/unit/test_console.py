import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Sequence
from io import BytesIO, StringIO
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.console.adapter import INTERRUPT, ConsoleAdapter, console_key
from adapters.console.markdown import render
from adapters.console.pipe import PipeScreen
from bot.core.answers import Status
from bot.core.errors import Undeliverable
from bot.core.messages import Message
from bot.core.posts import Part, Saying
from bot.words import Language, speaking
from tests.fakes.door import FakeDoor

MARKDOWN = """\
# Title

A paragraph with `code`, **bold words** and [a link](https://example.org/page) in it.

1. one, which is a point that goes on for more than one line
2. two

```python
def greet(name: str) -> str:
    return f"hello {name}"
```

| year | event |
|---|---|
| 1776 | founded |

> quoted
"""


class Paper:
    """A screen that keeps what is written on it."""

    def __init__(self, *lines: str, is_live: bool = True) -> None:
        self.is_live = is_live
        self.typed = lines
        self.written: list[str] = []
        self.statuses: list[str] = []
        self.draft = ""
        self.hints: list[tuple[str, str, str]] = []

    async def lines(self) -> AsyncIterator[str]:
        for line in self.typed:
            yield line

    async def write(self, text: str, *, is_first: bool) -> None:
        self.written.append(f"{'Homeroom: ' if is_first else ''}{text}")

    def show_hints(self, *, asks: str, idle: str, busy: str) -> None:
        self.hints.append((asks, idle, busy))

    def show_status(self, words: str) -> None:
        self.statuses.append(words)

    def show_draft(self, text: str) -> None:
        self.draft = text


async def heard(*lines: str) -> Sequence[Message]:
    door = FakeDoor()
    adapter = ConsoleAdapter(Paper(*lines), console_key(), "ada")
    adapter.open(door)
    await adapter.listen()
    return door.accepted


async def a_question() -> Message:
    return (await heard("a question"))[0]


async def test_each_line_is_a_message_of_its_own() -> None:
    first, second, command = await heard("one", "one", "/assistant History Tutor")
    assert (first.text, first.command, first.author.name) == ("one", None, "ada")
    assert first.unique_key != second.unique_key
    assert (command.command, command.text) == ("assistant", "History Tutor")
    assert str(first.key) == "console:local:general:"


async def test_a_message_that_was_not_taken_is_said_at_once() -> None:
    paper = Paper("one", "two")
    adapter = ConsoleAdapter(paper, console_key())
    adapter.open(FakeDoor(failures=2))
    await adapter.listen()
    assert [words.partition(",")[0] for words in paper.written] == [
        "Homeroom: I could not write that down"
    ] * 2


async def test_an_answer_that_is_being_written_appears_block_by_block() -> None:
    paper, question = Paper(), await a_question()
    console = ConsoleAdapter(paper, console_key())
    await console.show_status(question, Status.WRITING)
    ref = await console.post(question, Saying(text="One.\n\nTw"), Part("n"))
    assert (paper.written, paper.draft) == (["Homeroom: One."], "Tw")
    await console.edit(question, ref, Saying(text="One.\n\nTwo.\n\n```\na\n\nb"))
    assert paper.written[1:] == ["Two."]
    await console.edit(
        question, ref, Saying(text="One.\n\nTwo.\n\n```\na\n\nb\n```\nEnd.", is_final=True)
    )
    assert paper.written[2:] == ["```\na\n\nb\n```\nEnd."]
    assert (paper.draft, paper.statuses[-1]) == ("", "")


async def test_an_answer_is_still_being_written_when_a_question_about_it_is_answered() -> None:
    paper = Paper()
    console = ConsoleAdapter(paper, console_key())
    question, status = await heard("a long story, please", "/status")
    await console.show_status(question, Status.WRITING)
    await console.post(question, Saying(text="Once upon"), Part("n"))
    await console.post(status, Saying(text="It is being written.", is_final=True), Part("m"))
    await console.end(status)
    assert (paper.statuses[-1], paper.draft) == ("writing", "Once upon")
    await console.end(question)
    assert paper.statuses[-1] == ""


async def test_ctrl_c_is_a_stop_that_the_stopped_answer_alone_tells_of() -> None:
    paper = Paper()
    console = ConsoleAdapter(paper, console_key())
    [stop] = await heard(INTERRUPT)
    assert (stop.command, stop.text) == ("stop", "")
    assert await console.post(stop, Saying(text="Stopped.", is_final=True), Part("n"))
    assert paper.written == []


async def test_who_leaves_in_mid_answer_is_told_when_it_comes() -> None:
    for typed, told in ((("a question",), 1), (("/help",), 0), ((), 0)):
        paper = Paper(*typed)
        console = ConsoleAdapter(paper, console_key())
        console.open(FakeDoor())
        await console.listen()
        assert len([words for words in paper.written if "next time" in words]) == told


async def test_a_window_shows_its_own_conversation_and_what_is_said_aside_of_it() -> None:
    console = ConsoleAdapter(Paper(), console_key("x"), "ada")
    own = console_key("x")
    assert all(console.shows(key) for key in (own, own.aside(), own.own("ada")))
    assert not any(console.shows(key) for key in (console_key("y"), console_key("x", "t")))


async def test_an_answer_follows_the_notice_that_stood_in_its_place() -> None:
    paper, question = Paper(), await a_question()
    console = ConsoleAdapter(paper, console_key())
    ref = await console.post(question, Saying(text="Please wait."), Part("n"))
    await console.edit(question, ref, Saying(text="Here it is.", is_final=True))
    assert paper.written == ["Homeroom: Please wait.", "Here it is."]


async def test_what_was_printed_is_found_and_after_a_restart_it_is_not() -> None:
    question = await a_question()
    console = ConsoleAdapter(Paper(), console_key())
    await console.post(question, Saying(text="Please wait."), Part("n"))
    assert await console.find(question, Part("n")) == "n"
    assert await ConsoleAdapter(Paper(), console_key()).find(question, Part("n")) is None


@given(st.text(), st.integers(0, 40))
def test_no_control_character_of_an_answer_reaches_the_screen(text: str, cut: int) -> None:
    async def show() -> str:
        paper, question = Paper(), await a_question()
        console = ConsoleAdapter(paper, console_key())
        await console.show_status(question, Status.WRITING)
        await console.post(question, Saying(text=text[:cut]), Part("n"))
        drafted = paper.draft
        await console.edit(question, "n", Saying(text=text, is_final=True))
        return drafted + "".join(paper.written)

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", asyncio.run(show()))


async def test_a_status_is_shown_in_words() -> None:
    paper = Paper()
    console = ConsoleAdapter(paper, console_key())
    await console.show_status(await a_question(), Status.RETRYING, "in 2 s")
    assert paper.statuses == ["trying again in 2 s"]


async def test_piped_lines_are_read_whatever_they_hold() -> None:
    screen = PipeScreen(BytesIO(b"one\r\n\n\xff\n" + b"x" * 3_000_000 + b"\nlast"), StringIO())
    lines = [line async for line in screen.lines()]
    assert [*lines[:3], lines[-1]] == ["one", "", "\ufffd", "last"]
    assert len(lines) == 5
    assert 100_000 < len(lines[3]) < 3_000_000


async def test_an_answer_is_printed_as_it_is_with_a_line_between() -> None:
    output = StringIO()
    screen = PipeScreen(BytesIO(), output)
    await screen.write("**one**\ntwo", is_first=True)
    await screen.write("three", is_first=False)
    assert output.getvalue() == "**one**\ntwo\n\nthree\n\n"


async def test_an_output_that_is_closed_cannot_be_delivered_to() -> None:
    class Closed(StringIO):
        def write(self, _: str, /) -> int:
            raise BrokenPipeError

    with pytest.raises(Undeliverable):
        await PipeScreen(BytesIO(), Closed()).write("one", is_first=True)


@pytest.mark.parametrize("columns", [20, 40, 80, 300])
def test_markdown_fits_the_screen(columns: int) -> None:
    lines = re.sub(r"\x1b\[[0-9;]*m", "", render(MARKDOWN, columns)).splitlines()
    assert max(map(len, lines)) <= min(columns, 100)
    assert not any(one == two == "" for one, two in pairwise(lines))
    assert lines[0] == "Title"
    assert lines[-1].startswith("▌ quoted")
    assert "https://example.org" in "".join(lines)


def test_colours_are_readable_on_a_light_and_on_a_dark_background() -> None:
    codes = set(re.findall(r"\x1b\[([0-9;]*)m", render(MARKDOWN, 80)))
    used = {int(number) for code in codes for number in code.split(";")}
    bold, dim, italic, underline = 1, 2, 3, 4
    red, green, magenta, cyan = 31, 32, 35, 36
    assert used - {0} <= {bold, dim, italic, underline, red, green, magenta, cyan}
    assert magenta in used  # there is some colour in the code


HOSTILE = [
    *(f"%{byte:02x}" for byte in range(0xA0)),
    "%c2%9b31m",
    "%1b]52;c;Y3VybA%1b%5c",
    "%e2%80%ae",
]
MARKS = [
    "<https://x.example/",
    ">",
    "[a](https://x.example/",
    ")",
    "`",
    "**",
    "\n",
    "| a |\n|---|\n",
]
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*HOSTILE, *MARKS]) | st.characters(), max_size=12).map("".join))
@example("See <https://docs.example/%1b]52;c;Y3VybCBldmlsLmV4YW1wbGUgfCBzaA%1b%5c> for more.")
@example("<https://x/%c2%9b31m> <mailto:a%1b[2J@b.c> ![x](https://e.example/%1b[8m)")
@example("<https://x.example/%1b[8mhidden>")
def test_a_terminal_is_given_nothing_but_text_and_colour(text: str) -> None:
    shown = _COLOUR.sub("", render(text, 80))
    assert not [char for char in shown if char != "\n" and unicodedata.category(char) == "Cc"]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert "\x1b[8m" not in render(text, 80)


def test_what_is_nested_as_deep_as_it_goes_is_drawn_all_the_same() -> None:
    nested = "".join(f"{'>' * depth} ```\n" for depth in range(1, 200))
    assert render(nested, 80)


async def test_of_an_answer_that_changes_later_only_what_is_new_is_written() -> None:
    paper = Paper("hello")
    console = ConsoleAdapter(paper, console_key())
    console.open(FakeDoor())
    [question] = [console._message("hello")]
    ref = await console.post(question, Saying(text="Here.\nMay I?", is_final=True), Part("n", 0))
    await console.edit(question, ref, Saying(text="Here.\nConfirmed.", is_final=True))
    await console.edit(question, ref, Saying(text="Here.\nConfirmed.", is_final=True))
    assert paper.written == ["Homeroom: Here.\nMay I?", "Homeroom: Confirmed."]


async def test_what_the_terminal_says_by_itself_it_says_in_the_persons_language() -> None:
    paper, door = Paper("hello"), FakeDoor(speaks=Language.GERMAN)
    console = ConsoleAdapter(paper, console_key(), "ada")
    console.open(door)
    await console.listen()
    assert paper.hints == [("du › ", "/help · Strg-D geht", "Strg-C hält an")]
    assert paper.written == ["*Ich gehe. Deine Antwort steht beim nächsten Mal hier.*"]
    with speaking(Language.GERMAN):
        await console.show_status(door.accepted[0], Status.THINKING)
    assert paper.statuses == ["denkt nach"]


async def test_what_was_not_taken_is_said_in_the_persons_language() -> None:
    paper = Paper("hello")
    console = ConsoleAdapter(paper, console_key())
    console.open(FakeDoor(failures=1, speaks=Language.FRENCH))
    await console.listen()
    assert paper.written[0].startswith("Homeroom: Je n'ai pas")


async def test_after_a_command_the_prompt_is_in_the_language_it_may_have_set() -> None:
    paper, door = Paper("/language español"), FakeDoor()
    console = ConsoleAdapter(paper, console_key(), "ada")
    console.open(door)
    await console.listen()
    door.speaks = Language.SPANISH
    await console.post(door.accepted[0], Saying(text="Vale.", is_final=True), Part("n"))
    assert [asks for asks, _, _ in paper.hints] == ["you › ", "tú › "]


async def test_the_language_of_the_machine_is_that_of_who_sits_there() -> None:
    question = await a_question()
    assert await ConsoleAdapter(Paper(), console_key(), language="de_DE").language_of(question) == (
        "de_DE"
    )
