"""In a course no server of a model is told who anybody is, whichever backend asks it."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from bot.backends.clients import Client
from bot.backends.moderation import OpenAIModerator
from bot.backends.transcription import OpenAITranscriber
from bot.core.materials import Source
from bot.core.messages import Attachment, Author, Message
from bot.core.named import Named
from bot.core.ports.backend import Backend
from bot.core.quoting import Quote, quoted
from tests.fakes.openai_talk import BACKENDS
from tests.fakes.tap import FILE_NAME, KWAME, LINK, PEOPLE, UMLAUT, VERA, leaks
from tests.unit.test_class_desk import opened, said, told
from tests.unit.test_confirming import book, toolbox
from tests.unit.test_material_turns import give
from tests.unit.world import Bot, World, message

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")
ASKER, OTHER = Author(VERA.id, VERA.name), Author(KWAME.id, KWAME.name)
MARKS = [*(mark for one in PEOPLE for mark in one.marks), FILE_NAME, LINK]
QUOTE = Quote(
    UMLAUT.name,
    f"as @{KWAME.name} said",
    author=UMLAUT.id,
    named=(Named(f"@{KWAME.name}", KWAME.id, KWAME.name),),
)


@pytest.fixture(params=list(BACKENDS.values()), ids=list(BACKENDS))
async def bot(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    opening: Callable[[Client], Backend] = request.param
    world.moderator = OpenAIModerator(world.client(), "eye")
    world.transcriber = OpenAITranscriber(world.client(), "ear")
    async with world.bot(opening(world.client())) as bot:
        yield bot
    await world.moderator.close()
    await world.transcriber.close()


async def attended(bot: Bot) -> None:
    await opened(bot)
    for one in (ASKER, OTHER, Author(UMLAUT.id, UMLAUT.name)):
        await said(bot, "/agree", one)


def signed_picture(name: str) -> bytes:
    exif, written = Image.Exif(), BytesIO()
    exif[0x013B] = name
    Image.new("RGB", (8, 8)).save(written, "JPEG", exif=exif)
    return written.getvalue()


def signed_pdf(name: str) -> bytes:
    written = BytesIO()
    pdf = Canvas(written, pageCompression=0)
    pdf.setAuthor(name)
    pdf.drawString(72, 720, "An essay on recursion.")
    pdf.save()
    return written.getvalue()


def rich(world: World) -> Message:
    """A question in which everybody is named in every way."""
    code = f"# by {VERA.name}, {VERA.mail}\nprint(1)\n"
    world.platform.files |= {"F1": code.encode(), "F2": b"OggS\x00why?"}
    world.platform.files |= {"F3": signed_picture(VERA.name), "F4": signed_pdf(VERA.name)}
    files = (
        Attachment("F1", FILE_NAME, "text/plain", len(code), ""),
        Attachment("F2", f"{KWAME.name}.ogg", "audio/ogg", 20, ""),
        Attachment("F3", "me.jpg", "image/jpeg", 2000, ""),
        Attachment("F4", "essay.pdf", "application/pdf", 2000, ""),
    )
    block = quoted([QUOTE])
    own = f"I am {VERA.name} ({VERA.mail}). @{KWAME.name} says {LINK} in {FILE_NAME}"
    named = (*QUOTE.names, *QUOTE.named, Named(LINK, instead="(a link)"))
    return replace(
        message(f"{block}\n\n{own}"),
        author=ASKER,
        is_shared=True,
        quoted=block,
        quoted_of=(UMLAUT.id, KWAME.id),
        named=named,
        attachments=files,
    )


async def test_nobodys_name_is_in_any_body(world: World, bot: Bot) -> None:
    await attended(bot)
    world.platform.earlier.append(QUOTE)
    for author in (ASKER, OTHER):
        asked = replace(rich(world), author=author)
        assert await told(bot, asked)
    assert await told(bot, replace(message("and then?"), author=ASKER, is_shared=True))
    assert len(world.server.runs) == 3
    assert leaks(world.server, MARKS) == []
    assert world.server.runs[0].input_text.count("Student") >= 3


async def test_outside_of_a_course_names_are_told(world: World, bot: Bot) -> None:
    """So the tap sees what it is to see."""
    await told(bot, rich(world))
    assert set(leaks(world.server, MARKS)) >= {VERA.name, KWAME.name, VERA.mail, FILE_NAME, LINK}


async def test_what_the_model_says_comes_back_with_names(world: World, bot: Bot) -> None:
    await attended(bot)
    world.server.answer = lambda asked: f"You are {asked.splitlines()[-1].partition(':')[0]}."
    hello = replace(message("hello"), author=ASKER, is_shared=True)
    [first] = await told(bot, hello)
    assert first.startswith(f"You are {VERA.name}.")
    again = replace(message("again"), author=ASKER, is_shared=True)
    assert await told(bot, again)
    assert leaks(world.server, MARKS) == []
    row = await bot.row(again)
    assert row["answer"].startswith("You are Student ")


async def test_what_was_said_with_names_before_the_course_is_left(world: World, bot: Bot) -> None:
    """Also where the course is not held: her rules go with her."""
    before = replace(message("first words", "elsewhere"), author=ASKER, is_shared=True)
    await told(bot, before)
    await attended(bot)
    world.server.requests.clear()
    for words in ("second words", "third words"):
        asked = replace(message(words, "elsewhere"), author=ASKER, is_shared=True)
        assert await told(bot, asked)
    assert leaks(world.server, ["first words", *MARKS]) == []


class Noting:
    """A finder that notes what is looked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def find(
        self, question: str, scopes: Sequence[str], only: Sequence[str] = ()
    ) -> Sequence[Source]:
        self.asked.append(question)
        return ()


async def test_what_is_looked_for_in_material_names_nobody(world: World) -> None:
    """The server that says what words mean is told it."""
    world.finder = finder = Noting()
    async with world.bot() as bot:
        await give(bot)
        await attended(bot)
        await told(bot, rich(world))
    [asked] = finder.asked
    assert not any(mark in asked for mark in MARKS)
    assert "I am Student " in asked


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_calls_that_wait_for_her_word_name_nobody(world: World, backend: str) -> None:
    """What is told of a call names who is asked, and of one that is made, who has confirmed it."""
    world.server.wants = lambda text, outputs: book("book" if "book" in text else text, outputs)
    async with world.bot(backend, toolbox=toolbox()) as bot:
        await attended(bot)
        [asked] = await told(bot, replace(message("book"), author=ASKER, is_shared=True))
        assert f"** {VERA.name} decides about no. 1" in asked
        await said(bot, "/confirm 1", ASKER)
        await told(bot, replace(message("and then?"), author=ASKER, is_shared=True))
    assert "book is done" in str([request.body for request in world.server.requests])
    assert leaks(world.server, MARKS) == []
