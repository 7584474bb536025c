"""Debian's Chromium, the whole program, and a model's server; skipped where there is no browser.

A page on which anything is said in the console, or that asks anybody else for anything, fails.
"""

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright import sync_api

from tests.e2e.program import HOMEROOM
from tests.fakes.openai_server import FakeOpenAI
from tests.patience import PATIENCE

TOKEN = "a token of twenty characters"
SAME = {"Sec-Fetch-Site": "same-origin"}
_WAIT = PATIENCE * 1000  # milliseconds


@dataclass
class House:
    """The program with its page, and what its model's server does."""

    folder: Path
    loop: asyncio.AbstractEventLoop
    server: FakeOpenAI
    process: "subprocess.Popen[bytes] | None" = None
    address: str = ""
    link: str = ""
    port: str = "0"
    also: dict[str, str] = field(default_factory=dict)  # settings

    def start(self) -> None:
        environment = {
            "PATH": os.defpath,
            "HOME": str(self.folder),
            "BACKEND": "chat",
            "OPENAI_BASE_URL": self.server.base_url,
            "OPENAI_MODEL": "fake-model",
            "WEB_PORT": self.port,
            "WEB_TOKEN": TOKEN,
            "LOG_FORMAT": "json",
            **self.also,
            **{name: v for name, v in os.environ.items() if name.startswith("COVERAGE_")},
        }
        log = self.folder / "log"
        with log.open("wb") as file:
            command = [str(HOMEROOM), "run", "--roles", "web,worker"]
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stderr=file
            )
        self.link = self._served(log)
        self.address = self.link.partition("/enter")[0]
        self.port = self.address.rpartition(":")[2]

    def _served(self, log: Path) -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for line in log.read_text("utf-8").splitlines():
                if '"page_served"' in line:
                    return str(json.loads(line)["sign_in"])
            time.sleep(0.05)
        raise AssertionError(log.read_text("utf-8"))

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0

    def do(self, action: Callable[[], object]) -> None:
        """Something that the model's server does."""
        done: Future[None] = Future()

        def act() -> None:
            action()
            done.set_result(None)

        self.loop.call_soon_threadsafe(act)
        done.result(PATIENCE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    loop, server = asyncio.new_event_loop(), FakeOpenAI()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(PATIENCE)
    house = House(tmp_path_factory.mktemp("house"), loop, server)
    house.start()
    yield house
    house.stop()
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)
    loop.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[sync_api.Browser]:
    """It runs a loop in this thread: where it outlived its file, no other test could run one."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI_BROWSER"):
            pytest.fail("CI_BROWSER is set, and there is no browser")
        pytest.skip("no Chromium: apt-get install chromium, or set CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@dataclass
class Visits:
    """Browsers of several people, each apart; what any of their pages complained about."""

    browser: sync_api.Browser
    house: House
    faults: list[str] = field(default_factory=list)
    contexts: list[sync_api.BrowserContext] = field(default_factory=list)

    def context(self, name: str = "", **settings: Any) -> sync_api.BrowserContext:
        """`name`: who is signed in; nobody without one."""
        context = self.browser.new_context(**settings)
        context.set_default_timeout(_WAIT)
        self.contexts.append(context)
        context.on("page", self._listen)
        if name:
            form: dict[str, str | float | bool] = {"name": name, "code": TOKEN}
            answer = context.request.post(f"{self.house.address}/enter", form=form, headers=SAME)
            assert answer.ok, answer.text()
        return context

    def page(self, name: str = "Ada", path: str = "/", **settings: Any) -> sync_api.Page:
        page = self.context(name, **settings).new_page()
        page.goto(f"{self.house.address}{path}", wait_until="domcontentloaded")
        return page

    def _listen(self, page: sync_api.Page) -> None:
        def note(message: sync_api.ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.faults.append(message.text)

        def ask(request: sync_api.Request) -> None:
            if not request.url.startswith(self.house.address):
                self.faults.append(f"outside: {request.url}")

        page.on("console", note)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", ask)


@pytest.fixture
def visits(chromium: sync_api.Browser, house: House) -> Iterator[Visits]:
    visits = Visits(chromium, house)
    yield visits
    for context in visits.contexts:
        context.close()
    house.do(house.server.release)
    assert visits.faults == []
