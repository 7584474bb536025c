"""What files of strangers cost the program, as the kernel counts its memory."""

from functools import partial
from pathlib import Path

from tests.e2e.program import HOMEROOM, Program, Running, until
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import FakeSlack

MB = 1024 * 1024
ROOM = "C01GEN"
PNG = b"\x89PNG\r\n\x1a\n"


def peak(running: Running) -> float:
    """The most memory that a process has had resident so far, in MB."""
    status = Path(f"/proc/{running.process.pid}/status").read_text("utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


async def test_eight_messages_of_eight_files_of_9_mb_fit_into_250_mb(
    program: Program, server: FakeOpenAI
) -> None:
    async with FakeSlack() as slack:
        program.settings |= {
            "SLACK_BOT_TOKEN": slack.bot.token,
            "SLACK_APP_TOKEN": "xapp-test-token",
            "SLACK_API_URL": slack.api_url,
        }
        running = await program.start_other(HOMEROOM, "run")  # its own memory alone
        await until(lambda: slack.sockets.opened)
        files = [slack.add_file(f"{n}.png", PNG + bytes(9 * MB), "image/png") for n in range(8)]
        asked = [f"{slack.bot.mention} look {n}" for n in range(8)]
        threads = [await slack.say(ROOM, "U01ALICE", text, files=files) for text in asked]
        shown = partial(slack.messages, ROOM)
        await until(lambda: all(any(one.blocks for one in shown(thread)) for thread in threads))
        assert len(server.runs) == 8
        assert peak(running) < 250
