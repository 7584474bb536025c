"""The program itself, as a process, against OGX: what it keeps, over its own restarts and OGX's."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from tests.ogx.servers import OGX_MODEL, embedded_llama, ogx, why_no_ogx
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.skipif(why_no_ogx() is not None, reason=str(why_no_ogx())),
    pytest.mark.asyncio(loop_scope="module"),
]
ROOT = Path(__file__).resolve().parents[2]
KEY = "console:local:general"
SHORT = "[assistants.Homeroom]\ninstructions = 'Be brief.'\nmax_output_tokens = 16\n"


@dataclass(frozen=True, slots=True)
class Program:
    """`homeroom` with a database of its own."""

    folder: Path
    base_url: str

    async def run(self, *arguments: str, lines: tuple[str, ...] = ()) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=self.folder,
            env=self._environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            typed = "".join(f"{line}\n" for line in lines).encode()
            async with asyncio.timeout(PATIENCE):
                said, logged = await process.communicate(typed)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, logged.decode()
        return said.decode()

    async def chat(self, *lines: str) -> list[Any]:
        """Say these lines, each a message; returns every turn there is then."""
        await self.run("chat", lines=lines)
        return list((await self.shown())["turns"])

    async def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(await self.run("threads", "show", KEY, "--json"))
        return shown

    def _environment(self) -> dict[str, str]:
        ours = ("OPENAI_", "BACKEND", "DATABASE_", "SLACK_", "DISCORD_", "LOG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return kept | {
            "PYTHONPATH": str(ROOT),
            "BACKEND": "responses",
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": "x",
            "OPENAI_MODEL": OGX_MODEL,
            "DATABASE_URL": "sqlite:///homeroom.db",
        }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "homeroom.toml").write_text(SHORT)
    return tmp_path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def llama() -> AsyncIterator[tuple[str, str]]:
    async with embedded_llama() as (base_url, api_key, _):
        yield base_url, api_key


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base_url(
    llama: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    async with ogx(*llama, tmp_path_factory.mktemp("ogx")) as base_url:
        yield base_url


async def _roles(base_url: str, conversation: str, count: int) -> list[str]:
    """Who said what, as soon as there are `count`: a run's come a moment after it has ended."""
    async with AsyncOpenAI(base_url=base_url, api_key="x") as client, asyncio.timeout(PATIENCE):
        while True:
            listed = client.conversations.items.list(conversation, order="asc")
            roles = [str(getattr(item, "role", None)) async for item in listed]
            if len(roles) >= count:
                return roles
            await asyncio.sleep(0.05)


async def test_a_background_run_is_polled_and_everything_is_kept(
    base_url: str, folder: Path
) -> None:
    (turn,) = await Program(folder, base_url).chat("Hello")
    assert (turn["state"], turn["step"], turn["answer"]["kind"]) == ("done", "delivered", "answer")
    assert turn["usage"]["input_tokens"] > 0
    assert await _roles(base_url, turn["session"], 2) == ["user", "assistant"]
    async with AsyncOpenAI(base_url=base_url, api_key="x") as client:
        response = await client.responses.retrieve(turn["run"])
    assert response.background is True


async def test_the_conversation_goes_on_after_a_restart_of_the_program(
    base_url: str, folder: Path
) -> None:
    program = Program(folder, base_url)
    before = await program.chat("My name is Ada.", "What is my name?")
    after = await program.chat("Are you sure?")
    assert [turn["id"] for turn in after[:2]] == [turn["id"] for turn in before]
    assert len({turn["session"] for turn in after}) == 1
    assert len({turn["run"] for turn in after}) == 3
    assert await _roles(base_url, after[0]["session"], 6) == ["user", "assistant"] * 3
    assert after[2]["usage"]["history_tokens"] > 0


async def test_the_conversation_goes_on_after_a_restart_of_the_server(
    llama: tuple[str, str], folder: Path
) -> None:
    async with ogx(*llama, folder / "ogx") as base_url:
        await Program(folder, base_url).chat("Hello")
    async with ogx(*llama, folder / "ogx") as base_url:
        turns = await Program(folder, base_url).chat("Hello again")
        assert await _roles(base_url, turns[0]["session"], 4) == ["user", "assistant"] * 2
    assert len({turn["session"] for turn in turns}) == 1


async def test_a_conversation_deleted_at_the_server_is_begun_anew(
    base_url: str, folder: Path
) -> None:
    program = Program(folder, base_url)
    (first,) = await program.chat("Hello")
    async with AsyncOpenAI(base_url=base_url, api_key="x") as client:
        await client.conversations.delete(first["session"])
    _, second = await program.chat("Hello again")
    assert second["answer"]["kind"] == "answer"
    assert second["session"] != first["session"]
    assert await _roles(base_url, second["session"], 4) == ["user", "assistant"] * 2  # seeded


async def test_doctor_finds_the_server_working(base_url: str, folder: Path) -> None:
    checks = json.loads(await Program(folder, base_url).run("doctor", "--json"))
    assert {"name": "model", "level": "ok"}.items() <= next(
        check for check in checks if check["name"] == "model"
    ).items()
