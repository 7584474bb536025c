"""A question with a table comes back with a picture and a table, wherever it is asked."""

import json
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.core.errors import BotError
from bot.tools.box.opening import open_box
from tests.e2e.program import Program, until
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import FakeSlack

ROOM = "C01GEN"
TABLE = b"name,points\nAda,3\nBob,1\n"
CODE = """
import csv, struct, time, zlib

with open("grades.csv") as file:
    rows = [(row["name"], int(row["points"])) for row in csv.DictReader(file)]
with open("sums.csv", "w") as file:
    print("points,people", file=file)
    print(sum(points for _, points in rows), len(rows), sep=",", file=file)

def chunk(kind, data):
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check

lines = b"".join(b"\\0" * (1 + 9 * points) + b"\\xff" * (30 - 9 * points) for _, points in rows)
head = struct.pack(">IIBBBBB", 30, len(rows), 8, 0, 0, 0, 0)
with open("plot.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head))
    file.write(chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))
print("drawn")
"""
SUMS = b"points,people\n4,2\n"
OURS, THEIRS = WISHED = {"run_python": "tools", "code_interpreter": "hosted"}


def once(code: str) -> object:
    def wants(text: str, outputs: Sequence[object]) -> Sequence[tuple[str, str]]:
        return () if outputs else [("run_python", json.dumps({"code": code}))]

    return wants


@pytest.fixture
async def coder(hosted: Program, server: FakeOpenAI, request: pytest.FixtureRequest) -> Program:
    """Who runs programs here, or (`code_interpreter`) has the model's server run them."""
    tool = getattr(request, "param", OURS)
    if tool == OURS:
        try:
            await open_box("bubblewrap", Path("/nonexistent"))
        except BotError as error:
            pytest.skip(str(error))
        server.wants = once(CODE)  # type: ignore[assignment]
    server.does = lambda _: ("run",)
    (hosted.folder / "homeroom.toml").write_text(
        f'[assistants.Coder]\n{WISHED[tool]} = ["{tool}"]\n'
        '[bindings]\nslack = "Coder"\ndiscord = "Coder"\nconsole = "Coder"\n'
    )
    return hosted


@pytest.fixture
async def slack(coder: Program) -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        coder.settings |= {
            "SLACK_BOT_TOKEN": slack.bot.token,
            "SLACK_APP_TOKEN": "xapp-test-token",
            "SLACK_API_URL": slack.api_url,
        }
        yield slack


def given(slack: FakeSlack, thread: str) -> dict[str, bytes]:
    said = [one for one in slack.messages(ROOM, thread) if one.user == slack.bot.user]
    files = [file for one in said for file in one.files]
    return {file["name"]: slack.state.contents[file["id"]] for file in files}


@pytest.mark.parametrize(
    ("coder", "is_killed"), [(OURS, False), (OURS, True), (THEIRS, True)], indirect=["coder"]
)
async def test_in_slack(
    coder: Program, slack: FakeSlack, server: FakeOpenAI, *, is_killed: bool
) -> None:
    running = await coder.start("run")
    await until(lambda: slack.sockets.opened)
    file = slack.add_file("grades.csv", TABLE, "text/csv")
    thread = await slack.say(ROOM, "U01ALICE", f"{slack.bot.mention} plot it", files=[file])
    if is_killed:
        await until(lambda: server.runs)
        await running.kill()
        running = await coder.start("run")
    await until(lambda: len(given(slack, thread)) == 2)
    running.send(signal.SIGTERM)
    assert await running.ended() == 0
    files = given(slack, thread)
    assert files["sums.csv"] == SUMS
    assert files["plot.png"].startswith(b"\x89PNG")
    assert len(files) == sum(len(one.files) for one in slack.messages(ROOM, thread)) - 1


@pytest.mark.parametrize("coder", [OURS, THEIRS], indirect=True)
async def test_on_discord(coder: Program, discord: FakeDiscord) -> None:
    ann = discord.add_user("ann")
    room = discord.add_guild("School").add_text_channel("general")
    running = await coder.start("run")
    await until(lambda: discord.syncs)
    await discord.say(
        room, ann, "plot it", mentions=[discord.bot], attachments=[("grades.csv", TABLE)]
    )

    def files() -> dict[str, bytes]:
        said = [file for one in discord.from_bot(room) for file in one.attachments]
        return {file.filename: file.data for file in said}

    await until(lambda: len(files()) == 2)
    running.send(signal.SIGTERM)
    assert await running.ended() == 0
    assert files()["sums.csv"] == SUMS
    assert files()["plot.png"].startswith(b"\x89PNG")


async def test_in_the_terminal(coder: Program, server: FakeOpenAI) -> None:
    """There nothing can be attached; what is made lies beside it, and is named."""
    server.wants = once("open('made.csv', 'w').write('a,b')")  # type: ignore[assignment]
    ended = await coder.run("chat", given="make it\n")
    [named] = [line for line in ended.out.split("\n") if "made.csv" in line and "file:" in line]
    path = Path(named.partition("file: ")[2].rstrip(")"))
    assert path.read_bytes() == b"a,b"
    shutil.rmtree(path.parent)
