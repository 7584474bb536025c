"""From nothing to a `.env` that is complete, by questions, at a real terminal."""

import asyncio
import base64
import os
import pty
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from dotenv import dotenv_values

from tests.e2e.program import HOMEROOM, Program
from tests.fakes.openai_server import FakeOpenAI
from tests.patience import PATIENCE

TOKEN = base64.b64encode(b"1576169700780408832").decode().rstrip("=") + ".abc.def'\\g"


class Terminal:
    """A person at a terminal, who reads before she types."""

    def __init__(self, program: Program) -> None:
        self._line, other = pty.openpty()
        self._process = subprocess.Popen(
            [HOMEROOM, "init"], cwd=program.folder, env=dict(program.environment()),
            stdin=other, stdout=other, stderr=other, start_new_session=True,
        )  # fmt: skip
        os.close(other)
        self.shown = ""
        self._read = 0  # so far

    async def answer(self, question: str, words: str) -> None:
        """What is typed before the last space of a hidden question is thrown away."""
        await self._read_until(lambda: question in self.shown[self._read :])
        self._read = self.shown.index(question, self._read) + len(question)
        os.write(self._line, f"{words}\n".encode())

    async def _read_until(self, condition: object) -> None:
        assert callable(condition)
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.shown += (await asyncio.to_thread(os.read, self._line, 4096)).decode()

    async def end(self) -> int:
        try:
            await self._read_until(lambda: False)
        except TimeoutError:
            raise AssertionError(self.shown) from None
        except OSError:  # a terminal nobody has open any more
            pass
        return await asyncio.to_thread(self._process.wait)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._line)

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)


@pytest.fixture
def terminal(bare: Program) -> Iterator[Terminal]:
    bare.settings["DISCORD_API_URL"] = "http://127.0.0.1:9"  # where nobody is
    terminal = Terminal(bare)
    yield terminal
    terminal.close()


async def test_what_is_asked_is_written_checked_and_shown_to_nobody(
    bare: Program, terminal: Terminal, server: FakeOpenAI
) -> None:
    await terminal.answer("[demo]:", "nonsense")
    await terminal.answer("[demo]:", "server")
    await terminal.answer("Address", "127.0.0.1")
    await terminal.answer("Address", server.base_url)
    await terminal.answer("Name of the model", "fake-model")
    await terminal.answer("Slack?", "n")
    await terminal.answer("Discord?", "y")
    await terminal.answer("The bot's token: ", "not-a-token")
    await terminal.answer("The bot's token: ", f"  {TOKEN} ")
    assert await terminal.end() == 1  # nobody knows whether Discord takes it
    file = bare.folder / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert dict(dotenv_values(file)) == {
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_MODEL": "fake-model",
        "DISCORD_TOKEN": TOKEN,
    }
    assert TOKEN not in terminal.shown
    assert "client_id=1576169700780408832" in terminal.shown
    assert "✓ model" in click.unstyle(terminal.shown)


async def test_slack_s_manifest_is_offered_before_its_tokens_are_asked_for(
    bare: Program, terminal: Terminal
) -> None:
    await terminal.answer("[demo]:", "")
    await terminal.answer("Slack?", "y")
    await terminal.answer("token (xapp-…): ", "xoxb-the-wrong-one")
    await terminal.answer("token (xapp-…): ", "xapp-1")
    assert "https://api.slack.com/apps?new_app=1" in terminal.shown
    terminal.interrupt()
    assert await terminal.end() == 1
    assert not (bare.folder / ".env").exists()


async def test_what_is_there_stays(bare: Program) -> None:
    (bare.folder / ".env").write_text("LOG_LEVEL=info\n")
    terminal = Terminal(bare)
    assert await terminal.end() == 2
    terminal.close()
    assert "stays as it is" in terminal.shown
    assert Path(bare.folder, ".env").read_text() == "LOG_LEVEL=info\n"


async def test_where_nobody_can_answer_nothing_is_asked(bare: Program) -> None:
    ended = await bare.run("init")
    assert (ended.code, "copy .env.example" in ended.err) == (2, True)
