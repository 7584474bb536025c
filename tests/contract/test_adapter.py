"""What every `Adapter` promises, whatever platform is behind it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO, StringIO

import pytest

from adapters.console.adapter import ConsoleAdapter, console_key
from adapters.console.pipe import PipeScreen
from adapters.web.adapter import WebAdapter, web_key
from bot.core.answers import Status
from bot.core.errors import StorageUnavailable
from bot.core.files import File
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.adapter import Adapter, Gives
from bot.core.posts import Part, Saying
from tests.fakes.door import FakeDoor
from tests.fakes.page_parts import FakePageParts
from tests.fakes.platform import LIVE, PLATFORM, FakeAdapter, FakePlatform
from tests.fakes.uploads import FakeUploads

ADA = Author("u1", "Ada")


@dataclass
class Stage:
    """An adapter, and what a person sees of what it does."""

    adapter: Adapter
    shown: Callable[[], str]


class LiveScreen(PipeScreen):
    is_live = True


def _fake(lines: Sequence[str]) -> Stage:
    key = ConversationKey(PLATFORM, "school", "general")
    said = [Message(key, f"m{number}", ADA, line) for number, line in enumerate(lines)]
    service = FakePlatform(said, is_closed=True)
    return Stage(FakeAdapter(service, LIVE), lambda: "\n".join(post.text for post in service.posts))


def _console(screen: type[PipeScreen]) -> Callable[[Sequence[str]], Stage]:
    def open_stage(lines: Sequence[str]) -> Stage:
        target = StringIO()
        source = BytesIO("".join(f"{line}\n" for line in lines).encode())
        return Stage(ConsoleAdapter(screen(source, target), console_key()), target.getvalue)

    return open_stage


class PostedTo(WebAdapter):
    """The page, with somebody before it who sends off a line after the other, and is told no."""

    def __init__(self, lines: Sequence[str], parts: FakePageParts) -> None:
        super().__init__(FakeUploads(), parts)
        self._lines = lines

    async def listen(self) -> None:
        self._is_listening = True
        for number, line in enumerate(self._lines):
            message = Message(web_key(ADA.id, "one"), f"m{number}", ADA, line)
            with suppress(StorageUnavailable):
                await self.take(message)


def _web(lines: Sequence[str]) -> Stage:
    parts = FakePageParts()
    return Stage(PostedTo(lines, parts), parts.shown)


STAGES: Mapping[str, Callable[[Sequence[str]], Stage]] = {
    "fake": _fake,
    "console": _console(PipeScreen),
    "console, live": _console(LiveScreen),
    "web": _web,
}


@pytest.fixture(params=STAGES)
def open_stage(request: pytest.FixtureRequest) -> Callable[[Sequence[str]], Stage]:
    return STAGES[request.param]


@pytest.fixture
def stage(open_stage: Callable[[Sequence[str]], Stage]) -> Stage:
    return open_stage([])


@pytest.fixture
def question(stage: Stage) -> Message:
    return Message(ConversationKey(stage.adapter.platform, "s", "c"), "m1", ADA, "hi")


async def _heard(stage: Stage) -> list[Message]:
    door = FakeDoor()
    stage.adapter.open(door)
    await stage.adapter.listen()
    return door.accepted


async def test_everything_that_is_said_is_handed_over_in_order(
    open_stage: Callable[[Sequence[str]], Stage],
) -> None:
    lines = ["one", "two", "one", "grüß Gott 👋", "x" * 10_000]
    assert [message.text for message in await _heard(open_stage(lines))] == lines


async def test_each_message_is_told_from_every_other_and_from_those_of_other_platforms(
    open_stage: Callable[[Sequence[str]], Stage],
) -> None:
    stage = open_stage(["same", "same", "same"])
    heard = await _heard(stage)
    assert len({message.unique_key for message in heard}) == 3
    assert {message.key.platform for message in heard} == {stage.adapter.platform}


async def test_a_conversation_keeps_its_key(
    open_stage: Callable[[Sequence[str]], Stage],
) -> None:
    heard = [*await _heard(open_stage(["one"])), *await _heard(open_stage(["two"]))]
    assert len({str(message.key) for message in heard}) == 1
    assert ConversationKey.parse(str(heard[0].key)) == heard[0].key


async def test_a_message_that_was_not_taken_ends_nothing(
    open_stage: Callable[[Sequence[str]], Stage],
) -> None:
    door = FakeDoor(failures=1)
    adapter = open_stage(["one", "two", "three"]).adapter
    adapter.open(door)
    await adapter.listen()
    taken = [message.text for message in door.accepted]
    assert [text for text in taken if text != "one"] == ["two", "three"]


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "two\n\nparagraphs",
        "```python\nx = 1\n```",
        "שלום abc",
        "👋🏽",
        "x" * 50_000,
    ],
    ids=lambda text: text[:9].encode("ascii", "backslashreplace").decode(),
)
async def test_a_reply_is_shown_as_it_is(stage: Stage, question: Message, text: str) -> None:
    assert await stage.adapter.post(question, Saying(text=text, is_final=True), Part("n1"))
    assert text in stage.shown()


async def test_a_draft_becomes_the_answer(stage: Stage, question: Message) -> None:
    await stage.adapter.show_status(question, Status.WRITING)
    ref = await stage.adapter.post(question, Saying(text="one\n\ntw"), Part("n1"))
    await stage.adapter.edit(question, ref, Saying(text="one\n\ntwo\n\nthr"))
    await stage.adapter.edit(question, ref, Saying(text="one\n\ntwo\n\nthree", is_final=True))
    assert stage.shown().split() == ["one", "two", "three"]


async def test_a_notice_gives_way_to_the_answer(stage: Stage, question: Message) -> None:
    ref = await stage.adapter.post(question, Saying(text="one moment"), Part("n1"))
    await stage.adapter.edit(question, ref, Saying(text="the answer", is_final=True))
    assert stage.shown().rstrip().endswith("the answer")


async def test_the_same_text_is_shown_once(stage: Stage, question: Message) -> None:
    ref = await stage.adapter.post(question, Saying(text="the answer"), Part("n1"))
    await stage.adapter.edit(question, ref, Saying(text="the answer", is_final=True))
    assert stage.shown().count("the answer") == 1


async def test_parts_of_a_reply_stand_in_order(stage: Stage, question: Message) -> None:
    for part, text in enumerate(["one", "two", "three"]):
        await stage.adapter.post(question, Saying(text=text, is_final=part == 2), Part(f"n{part}"))
    assert stage.shown().split() == ["one", "two", "three"]


async def test_a_reply_that_goes_on_is_found_by_its_nonce(stage: Stage, question: Message) -> None:
    ref = await stage.adapter.post(question, Saying(text="one moment"), Part("n1"))
    assert await stage.adapter.find(question, Part("n1")) == ref


async def test_what_was_not_posted_is_not_found(stage: Stage, question: Message) -> None:
    assert await stage.adapter.find(question, Part("n1")) is None
    await stage.adapter.post(question, Saying(text="hello"), Part("n2"))
    assert await stage.adapter.find(question, Part("n1")) is None


@pytest.mark.parametrize("status", Status)
async def test_any_status_can_be_shown_at_any_time(
    stage: Stage, question: Message, status: Status
) -> None:
    await stage.adapter.show_status(question, status, "in 3 s")
    await stage.adapter.post(question, Saying(text="hello", is_final=True), Part("n1"))
    await stage.adapter.show_status(question, status)
    assert "hello" in stage.shown()


def test_the_limits_make_sense(stage: Stage, question: Message) -> None:
    limits = stage.adapter.limits(question)
    assert limits.max_chars is None or limits.max_chars >= 100
    assert limits.edit_interval is None or limits.edit_interval > 0


@pytest.mark.parametrize("name", ["plot.png", "../../etc/passwd", "", "a" * 300, "\x1b[31m\n.txt"])
async def test_a_file_is_named_in_its_place(stage: Stage, question: Message, name: str) -> None:
    if isinstance(stage.adapter, Gives):
        file = File(name, "image/png", b"\x89PNG")
        assert await stage.adapter.give(question, file, part=Part("n1"))
        assert name[-20:] in stage.shown() or "\x1b" not in stage.shown()
