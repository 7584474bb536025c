"""Whoever keeps the process running learns how it is, and finds everything where it was set up."""

import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program, until
from tests.fakes.slack_server import FakeSlack


@pytest.fixture
async def slack(hosted: Program) -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        hosted.settings |= {
            "SLACK_BOT_TOKEN": slack.bot.token,
            "SLACK_APP_TOKEN": "xapp-test-token",
            "SLACK_API_URL": slack.api_url,
        }
        yield slack


class Keeper:
    """What systemd hears."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.heard: list[str] = []

    def listen(self) -> list[str]:
        while True:
            try:
                self.heard += self._line.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self.heard


@pytest.fixture
def keeper(hosted: Program) -> Iterator[Keeper]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.settimeout(0)
        line.bind(str(hosted.folder / "notify"))
        hosted.settings["NOTIFY_SOCKET"] = str(hosted.folder / "notify")
        hosted.settings["WATCHDOG_USEC"] = "300000"
        yield Keeper(line)


async def test_it_says_when_it_is_up_that_it_works_and_that_it_ends(
    hosted: Program, slack: FakeSlack, keeper: Keeper
) -> None:
    running = await hosted.start("run")
    await until(lambda: keeper.listen().count("WATCHDOG=1") > 2)
    await until(lambda: "STATUS=answering" in keeper.listen())
    assert keeper.heard[0] == "READY=1"
    running.send(signal.SIGTERM)
    assert await running.ended() == 0
    assert "STOPPING=1" in keeper.listen()


async def test_one_whose_loop_stands_still_is_not_vouched_for(
    hosted: Program, slack: FakeSlack, keeper: Keeper
) -> None:
    running = await hosted.start("run")
    await until(lambda: "WATCHDOG=1" in keeper.listen())
    running.send(signal.SIGSTOP)
    keeper.listen()
    before = len(keeper.heard)
    await hosted.run("--version")  # as long as that takes, nothing is heard
    assert len(keeper.listen()) <= before + 2
    running.send(signal.SIGCONT)
    await until(lambda: len(keeper.listen()) > before + 2)


async def test_a_probe_says_whether_it_works(hosted: Program, slack: FakeSlack) -> None:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        hosted.settings["WEB_PORT"] = str(line.getsockname()[1])
    assert (await hosted.run("healthy")).code == 1
    running = await hosted.start("run")
    await until(lambda: "page_served" in running.out + running.err)
    assert (await hosted.run("healthy")).code == 0
    await until(lambda: slack.sockets.opened)
    running.send(signal.SIGTERM)
    await running.ended()
    assert (await hosted.run("healthy", "--ready")).code == 1


@pytest.mark.parametrize("way", ["option", "variable"])
async def test_everything_lies_in_its_home_wherever_it_was_started(
    way: str, hosted: Program, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    Path(home, ".env").write_text("LOG_LEVEL=nonsense\n")
    if way == "variable":
        hosted.settings["HOMEROOM_HOME"] = str(home)
        ended = await hosted.run("run")
    else:
        ended = await hosted.run("run", "--home", home)
    assert ended.code == 2
    assert "LOG_LEVEL" in ended.err


async def test_a_home_that_is_not_there_is_named(hosted: Program) -> None:
    ended = await hosted.run("run", "--home", "/nowhere")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "/nowhere" in ended.err


async def test_the_version_says_what_a_report_needs(hosted: Program) -> None:
    ended = await hosted.run("--version")
    assert ended.code == 0
    assert all(word in ended.out for word in ("homeroom ", "schema ", "Python 3."))
