"""The page of the whole program: asked there, killed in mid-answer, and answered once."""

import json

import aiohttp

from tests.e2e.program import Program, Running, until
from tests.fakes.openai_server import FakeOpenAI
from tests.integration.test_page import SAME, TOKEN

PLACE = "/talk/one"
KEY = "web:local:Ada:one"


def link(running: Running) -> str:
    lines = [json.loads(line) for line in running.err.splitlines() if '"page_served"' in line]
    return str(lines[0]["sign_in"]) if lines else ""


async def served(program: Program) -> tuple[Running, str]:
    running = await program.start("run", "--roles", "web,worker")
    await until(lambda: link(running) or running.code is not None)
    return running, link(running).partition("/enter")[0]


async def test_what_was_asked_on_the_page_outlives_a_kill(
    program: Program, server: FakeOpenAI
) -> None:
    program.settings |= {"WEB_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    server.hold()
    running, address = await served(program)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as ada:
        form = {"name": "Ada", "code": TOKEN}
        async with ada.post(f"{address}/enter", data=form, headers=SAME) as entered:
            assert entered.status == 200
        said = {"nonce": "n1", "text": "hello"}
        async with ada.post(f"{address}{PLACE}", data=said, headers=SAME) as taken:
            assert taken.status == 200
        await until(lambda: server.runs)
        await running.kill()
        program.settings["WEB_PORT"] = address.rpartition(":")[2]
        server.release()
        running, address = await served(program)
        await until(lambda: program.kinds() == ["answer"])
        async with ada.get(f"{address}{PLACE}") as page:  # signed in as before
            html = await page.text()
        assert html.count("You said: hello") == 1
        async with ada.post(f"{address}{PLACE}", data=said, headers=SAME) as again:
            assert again.status == 200
    assert len(await program.turns(KEY)) == 1


async def test_a_link_of_the_shell_signs_in_at_the_bot_that_runs(program: Program) -> None:
    program.settings |= {"LOG_FORMAT": "json"}
    _, address = await served(program)
    program.settings["WEB_PORT"] = address.rpartition(":")[2]
    printed = (await program.run("page")).out.strip()
    assert printed.startswith(f"{address}/enter#")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as ada:
        for status in (200, 403):
            form = {"name": "Ada", "code": printed.partition("#")[2]}
            async with ada.post(f"{address}/enter", data=form, headers=SAME) as entered:
                assert entered.status == status


async def test_a_page_that_strangers_could_open_is_refused(program: Program) -> None:
    program.settings["WEB_HOST"] = "0.0.0.0"  # noqa: S104
    ended = await program.run("run", "--roles", "web,worker")
    assert (ended.code, "WEB_TOKEN" in ended.err) == (2, True)
    program.settings["WEB_TOKEN"] = "short"
    ended = await program.run("run", "--roles", "web,worker")
    assert (ended.code, "WEB_TOKEN" in ended.err, "short" in ended.err) == (2, True, False)
