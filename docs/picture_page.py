"""Takes docs/page-talk.png and docs/page-now.png of what the page really shows.

Usage: python -m docs.picture_page (needs Chromium; people and their questions are made up).
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import SAME, TOKEN, House
from tests.fakes.openai_server import FakeOpenAI

FOLDER = Path(__file__).parent
QUESTION = "What is **entropy**, in one sentence?"
SIZE = {"width": 900, "height": 640}


@contextmanager
def running() -> Iterator[House]:
    loop, server = asyncio.new_event_loop(), FakeOpenAI()
    Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), loop, server)
        house.start()
        try:
            yield house
        finally:
            house.stop()


def ask(page: Page, words: str) -> None:
    page.get_by_label("Your question").fill(words)
    page.get_by_role("button", name="Ask").click()


def main() -> None:
    with running() as house, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for scheme, picture in (("light", "talk"), ("dark", "now")):
            context = browser.new_context(viewport=SIZE, color_scheme=scheme)
            form: dict[str, str | float | bool] = {"name": "Ada", "code": TOKEN}
            context.request.post(f"{house.address}/enter", form=form, headers=SAME)
            page = context.new_page()
            page.goto(f"{house.address}/talk/{picture}")
            ask(page, QUESTION)
            page.get_by_role("button", name="Regenerate").wait_for()
            house.do(house.server.hold)
            ask(page, "And why does it only grow?")
            page.locator(".answer.draft").wait_for()
            if picture == "now":
                page.goto(f"{house.address}/")
            page.screenshot(path=FOLDER / f"page-{picture}.png")
            house.do(house.server.release)
        browser.close()


if __name__ == "__main__":
    main()
