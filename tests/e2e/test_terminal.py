"""With a person before it: a pseudo-terminal, and what is written to it."""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.e2e.program import HOMEROOM, Program, until
from tests.fakes.openai_server import FakeOpenAI
from tests.patience import PATIENCE

_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|[=>78])")


class Terminal:
    """A terminal of 60 columns and the program in it."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        self.sane = termios.tcgetattr(self.slave)
        self._read = b""
        self.process: asyncio.subprocess.Process

    @property
    def raw(self) -> str:
        return self._read.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """All that was ever written, without colours and moves of the cursor."""
        return _ESCAPES.sub("", self.raw)

    async def open(self, program: Program, channel: str = "general") -> None:
        self.process = await asyncio.create_subprocess_exec(
            HOMEROOM,
            "chat",
            "--channel",
            channel,
            cwd=program.folder,
            # Nobody here answers when a program asks where the cursor is.
            env={**program.environment(), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )
        asyncio.get_running_loop().add_reader(self.master, self._take)
        await self.shows("you › ")

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    async def shows(self, words: str) -> None:
        """Wait until words were written, after those that were waited for before."""
        await until(lambda: words in self.text)
        self._read = self.text.partition(words)[2].encode()

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def close(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.master)
        os.close(self.slave)

    def _take(self) -> None:
        self._read += os.read(self.master, 65536)


@pytest.fixture
async def terminal(program: Program) -> AsyncIterator[Terminal]:
    terminal = Terminal()
    await terminal.open(program)
    yield terminal
    await terminal.close()


async def test_an_answer_is_seen_while_it_is_written_and_then_rendered(
    terminal: Terminal, server: FakeOpenAI
) -> None:
    server.answer = lambda _: "**First** paragraph.\n\nSecond `one`. \x1b]0;title\x07"
    server.hold()
    terminal.type("hello\r")
    await terminal.shows("you › hello")
    await terminal.shows("**First**")
    await terminal.shows("writing")
    assert "paragraph" not in terminal.text
    server.release()
    await until(lambda: "\x1b[36mone\x1b[0m" in terminal.raw)
    assert "\x1b[1mFirst\x1b[0m paragraph." in terminal.raw
    assert "\x1b]0;" not in terminal.raw
    assert terminal.text.count("Homeroom") == 1
    terminal.type("\x04")
    assert await terminal.ended() == 0


async def test_no_answer_writes_the_clipboard_or_moves_the_cursor(
    terminal: Terminal, server: FakeOpenAI
) -> None:
    server.answer = lambda _: (
        "See <https://docs.example/%1b]52;c;Y3VybA%1b%5c> and <https://x/%c2%9b31m>"
        " <mailto:a%1b[2J@b.c>"
    )
    terminal.type("hello\r")
    await terminal.shows("docs.example")
    await until(lambda: "b.c" in terminal.text)
    assert "\x1b]52" not in terminal.raw
    assert "\x9b" not in terminal.raw
    assert "\x1b[2J@" not in terminal.raw
    terminal.type("\x04")
    assert await terminal.ended() == 0


async def test_what_a_person_can_say_to_the_program(
    terminal: Terminal, program: Program, server: FakeOpenAI
) -> None:
    server.hold()
    terminal.type("one\r")
    await terminal.shows("writing")
    terminal.type("/status\r")
    await terminal.shows("you › /status")
    await terminal.shows("Ctrl-C stops")
    terminal.type("\x03")  # Ctrl-C
    await terminal.shows("Stopped.")
    assert "you › /stop" not in terminal.text
    terminal.type("two\r")
    await terminal.shows("writing")
    terminal.type("/stop\r")
    await until(lambda: program.kinds().count("stopped") == 2)
    server.release()
    terminal.type("three\r")
    await terminal.shows("You said: three")
    terminal.type("/help\r")
    await terminal.shows("/assistant")
    terminal.type("/new\r")
    await terminal.shows("A new conversation.")
    terminal.type("four\r")
    await terminal.shows("You said: four")
    await terminal.shows("leaves")
    terminal.type("\x03")  # while nothing is done, it leaves
    assert await terminal.ended() == 0
    assert len(server.runs[-1].request["messages"]) == 2  # nothing is remembered
    assert termios.tcgetattr(terminal.slave) == terminal.sane
    assert program.kinds().count("stopped") == 2


async def test_a_terminal_is_left_as_it_was_when_the_program_is_told_to_stop(
    terminal: Terminal,
) -> None:
    assert termios.tcgetattr(terminal.slave) != terminal.sane
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert await terminal.ended() == 0
    assert termios.tcgetattr(terminal.slave) == terminal.sane
    assert "Traceback" not in terminal.text


async def test_an_answer_waits_for_the_window_it_was_asked_in(
    program: Program, server: FakeOpenAI
) -> None:
    server.hold()
    for channel, question in (("x", "one"), ("y", "two")):
        async with window(program, channel) as terminal:
            terminal.type(f"{question}\r")
            await terminal.shows("thinking")
            terminal.type("\x04")
            await terminal.shows("next time")
            assert await terminal.ended() == 0
    server.release()
    async with window(program, "y") as terminal:
        await terminal.shows("You said: two")
        terminal.type("three\r")
        await terminal.shows("You said: three")
        assert "You said: one" not in terminal.text
    async with window(program, "x") as terminal:
        await terminal.shows("You said: one")


async def test_the_demonstration_model_can_be_left_in_mid_answer(bare: Program) -> None:
    """Also while several answers are computed: what was left open in here goes on at the start."""
    for number in range(3):
        async with window(bare, "general") as terminal:
            terminal.type(f"Tell me story {number} about a cat, a long one.\r")
            await terminal.shows("writing")
            terminal.type("\x04") if number % 2 else terminal.process.terminate()
            assert await terminal.ended() == 0


@asynccontextmanager
async def window(program: Program, channel: str) -> AsyncIterator[Terminal]:
    terminal = Terminal()
    await terminal.open(program, channel)
    try:
        yield terminal
    finally:
        await terminal.close()
