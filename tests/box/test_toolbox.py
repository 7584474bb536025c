"""What an assistant has of a box: which files lie there, what comes back, and for how long."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from bot.core.assistants import Assistant
from bot.core.errors import BackendUnavailable, PlatformUnavailable
from bot.core.messages import Attachment, Message
from bot.core.tools import Output
from bot.doctor import check_all
from bot.tools.box.opening import UnfitBox, open_box
from bot.tools.box.port import CodeBox, Ran
from bot.tools.box.returning import output_of
from bot.tools.box.scratch import Scratches
from bot.tools.box.toolbox import RUN_PYTHON, CodeToolbox
from tests.unit.tooling import call, question, use

CODER = Assistant(tools=(RUN_PYTHON,))
TABLE = b"name,points\nAda,9\n"


_opened: list[CodeToolbox] = []


@pytest.fixture(autouse=True)
async def _close() -> AsyncIterator[None]:
    yield
    while _opened:
        await _opened.pop().close()


class BoxOfWords:
    """Runs nothing: `make NAME TEXT` makes a file, `list` says which there are."""

    name, can = "words", "nothing much"

    def __init__(self) -> None:
        self.at_once = self.most = 0

    async def run(self, code: str, files: Mapping[str, bytes]) -> Ran:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        match code.split(" "):
            case ["make", name, text]:
                return Ran("", "", {**files, name: text.encode()})
            case ["break"]:
                raise BackendUnavailable("no box")
        return Ran(" ".join(files), "", files)


class Attachments:
    """What people attached, as a platform has it."""

    def __init__(self, **contents: bytes) -> None:
        self.contents = contents
        self.fetched: list[str] = []

    async def __call__(self, message: Message, attachment: Attachment) -> bytes:
        self.fetched.append(attachment.name)
        if attachment.id not in self.contents:
            raise PlatformUnavailable("gone")
        return self.contents[attachment.id]


def attached(*names: str) -> Message:
    asked = question()
    files = tuple(Attachment(name.split(".")[0], name, "", 10, "") for name in names)
    return Message(asked.key, asked.id, asked.author, asked.text, attachments=files)


def program(code: str) -> str:
    return json.dumps({"code": code})


def toolbox_of(
    box: CodeBox, fetch: Attachments | None = None, scratches: Scratches | None = None
) -> CodeToolbox:
    async def open_it() -> CodeBox:
        return box

    toolbox = CodeToolbox(open_it, fetch or Attachments(), scratches)
    _opened.append(toolbox)
    return toolbox


async def run(toolbox: CodeToolbox, code: str, message: Message | None = None) -> Output:
    return await toolbox.use(call(RUN_PYTHON, program(code)), use(message))


async def test_it_is_offered_to_whom_it_is_named_and_opened_for_nobody_else() -> None:
    opened = []

    async def open_it() -> CodeBox:
        opened.append(1)
        return BoxOfWords()

    toolbox = CodeToolbox(open_it, Attachments())
    assert await toolbox.offered(Assistant(), question()) == ()
    assert opened == []
    [tool] = await toolbox.offered(CODER, question())
    assert tool.name == RUN_PYTHON
    assert "nothing much" in tool.description
    await toolbox.offered(CODER, question())
    assert opened == [1]


async def test_without_a_box_that_holds_nothing_is_offered_or_run() -> None:
    async def open_it() -> CodeBox:
        raise UnfitBox("bubblewrap: it does not hold")

    toolbox = CodeToolbox(open_it, Attachments())
    assert await toolbox.offered(CODER, question()) == ()
    output = await run(toolbox, "list")
    assert output.is_error
    assert "hold" not in output.text
    with pytest.raises(UnfitBox, match="does not hold"):
        await toolbox.check()


@pytest.mark.parametrize("choice", ["off", "monty", "bubblewrap"])
async def test_no_choice_ends_without_walls(
    choice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tools.box.opening.PATH", str(tmp_path))
    if choice == "monty":
        monkeypatch.delitem(sys.modules, "bot.tools.box.monty", raising=False)
        monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    with pytest.raises(UnfitBox):
        await open_box(choice, tmp_path)


async def test_what_was_attached_lies_there_also_for_a_later_question() -> None:
    fetch = Attachments(grades=TABLE, other=b"x")
    toolbox = toolbox_of(BoxOfWords(), fetch)
    await toolbox.offered(CODER, attached("grades.csv"))
    assert fetch.fetched == []
    await toolbox.offered(CODER, attached("other.txt"))
    assert "grades.csv other.txt" in (await run(toolbox, "list")).text
    await run(toolbox, "list")
    assert fetch.fetched == ["grades.csv", "other.txt"]


async def test_what_cannot_be_fetched_is_named_and_tried_again_when_it_is_sent_again() -> None:
    fetch = Attachments()
    toolbox = toolbox_of(BoxOfWords(), fetch)
    await toolbox.offered(CODER, attached("grades.csv"))
    assert "missing" in (await run(toolbox, "list")).text
    fetch.contents["grades"] = TABLE
    await toolbox.offered(CODER, attached("grades.csv"))
    assert "grades.csv" in (await run(toolbox, "list")).text


@pytest.mark.parametrize(
    ("name", "called"),
    [("../../etc/passwd", "passwd"), ("..", "file"), ("a\\b.csv", "b.csv"), ("x\0.csv", "x.csv"),
     ("/", "file"), (".env", "env"), ("é" * 300, "é" * 50)],
)  # fmt: skip
async def test_a_name_leads_nowhere(name: str, called: str) -> None:
    fetch = Attachments(**{name.partition(".")[0]: TABLE})
    toolbox = toolbox_of(BoxOfWords(), fetch)
    await toolbox.offered(CODER, attached(name))
    assert (await run(toolbox, "list")).text.startswith(called + "\n")


async def test_files_last_in_a_conversation_and_in_no_other() -> None:
    toolbox = toolbox_of(BoxOfWords())
    await run(toolbox, "make mine.txt hello")
    assert (await run(toolbox, "list")).text.startswith("mine.txt\n")
    elsewhere = question()
    key = elsewhere.key.own("bob")
    other = Message(key, "2", elsewhere.author, "")
    assert "mine.txt" not in (await run(toolbox, "list", other)).text


async def test_files_are_gone_after_a_while_and_with_the_process() -> None:
    scratches = Scratches(lasts=0.01)
    toolbox = toolbox_of(BoxOfWords(), scratches=scratches)
    await run(toolbox, "make mine.txt hello")
    while scratches._all:  # noqa: ASYNC110 - a timer tells nobody
        await asyncio.sleep(0.01)
    assert "mine.txt" not in (await run(toolbox, "list")).text
    await toolbox.close()
    assert not scratches._all


async def test_of_many_conversations_the_longest_unused_is_forgotten() -> None:
    scratches = Scratches()
    for number in range(60):
        await asyncio.to_thread(scratches.of(str(number)).keep, {"a": b"1"})
    assert list(scratches._all) == [str(number) for number in range(10, 60)]
    scratches.close()


async def test_two_programs_of_a_conversation_run_one_after_the_other() -> None:
    box = BoxOfWords()
    toolbox = toolbox_of(box)
    await asyncio.gather(*(run(toolbox, f"make {number}.txt x") for number in range(5)))
    assert box.most == 1
    text = (await run(toolbox, "list")).text
    assert all(f"{number}.txt" in text for number in range(5))


@pytest.mark.parametrize("arguments", ["", "[]", "{", '{"code": 1}', '{"code": " "}',
                                       json.dumps({"code": "x" * 100_000})])  # fmt: skip
async def test_what_is_no_program_is_not_run(arguments: str) -> None:
    output = await toolbox_of(BoxOfWords()).use(call(RUN_PYTHON, arguments), use())
    assert output.is_error


async def test_a_box_that_cannot_be_begun_is_an_output() -> None:
    assert (await run(toolbox_of(BoxOfWords()), "break")).is_error


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    made = BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", (width, height)).save(made, kind)
    return made.getvalue()


def workbook() -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return made.getvalue()


def given(**files: bytes) -> Sequence[str]:
    named = {name.replace("_dot_", "."): data for name, data in files.items()}
    return [f"{file.name} {file.mime}" for file in output_of(Ran("", "", named), {}).files]


def test_files_are_what_their_content_says() -> None:
    assert given(
        plot_dot_png=picture(30, 20), photo_dot_txt=picture(30, 20, "JPEG"), table_dot_csv=TABLE
    ) == ["plot.png image/png", "photo.jpg image/jpeg", "table.csv text/plain"]
    assert given(book_dot_bin=workbook()) == ["book.xlsx application/octet-stream"]
    assert given(page_dot_html=b"<script>", run_dot_sh=b"#!/bin/sh", noend=b"x") == [
        "page.html.txt text/plain", "run.sh.txt text/plain", "noend.txt text/plain",
    ]  # fmt: skip


def test_what_could_do_harm_is_not_given_and_said() -> None:
    bomb = picture(30_000, 30_000)
    assert len(bomb) < 200_000
    files = {
        "bomb.png": bomb, "broken.png": b"\x89PNG\r\n\x1a\nxxxx", "empty.txt": b"",
        "program": b"\x7fELF\0\1\2", "archive.zip": b"PK\x03\x04xxxx",
        "huge.csv": b"1" * (11 << 20),
    }  # fmt: skip
    output = output_of(Ran("", "", files), {})
    assert output.files == ()
    assert output.text.count("was not given to the person") >= 5


def test_only_what_is_new_is_given_and_few_of_it() -> None:
    before = {"old.txt": b"1", "changed.txt": b"1"}
    after = {"old.txt": b"1", "changed.txt": b"2", **{f"{n}.txt": b"x" for n in range(10)}}
    output = output_of(Ran("said", "", after), before)
    assert [file.name for file in output.files] == ["changed.txt"] + [f"{n}.txt" for n in range(4)]
    assert "more than 5 files" in output.text


def test_a_table_comes_as_a_file_and_its_beginning_as_text() -> None:
    rows = b"a,b\n" + b"1,2\n" * 100
    output = output_of(Ran("", "", {"t.csv": rows}), {})
    assert [file.data for file in output.files] == [rows]
    assert "a,b\n1,2" in output.text
    assert "(86 more lines)" in output.text


def test_names_of_files_are_words() -> None:
    [file] = output_of(Ran("", "", {"a/<!channel>\u202e.csv": TABLE}), {}).files
    assert file.name == "_channel_.csv"


async def test_no_file_has_a_name_between_two_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    toolbox = toolbox_of(BoxOfWords())
    await run(toolbox, "make mine.txt secret")
    assert list(tmp_path.iterdir()) == []
    assert "mine.txt" in (await run(toolbox, "list")).text


@pytest.mark.parametrize("code", ["auto", "off"])
async def test_the_doctor_says_where_programs_run_if_any_are(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODE", code)
    monkeypatch.setattr("bot.tools.box.opening.PATH", str(tmp_path))
    assert "code" not in [check.name async for check in check_all()]
    Path("homeroom.toml").write_text('[assistants.coder]\ntools = ["run_python"]\n')
    [check] = [check async for check in check_all() if check.name == "code"]
    said = check.finding
    assert "CODE=off" in said if code == "off" else ("monty" in said and "holds" not in said)
