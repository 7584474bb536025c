"""Commands, given as people give them."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.core.answers import Status
from bot.core.commands import PURPOSES, parse_command
from bot.core.messages import Author
from bot.work.commands import COMMANDS
from bot.work.retries import RetryPolicy
from tests.fakes.openai_server import Fault
from tests.fakes.platform import PLATFORM
from tests.unit.world import Bot, World, message, until

TUTOR = """
[assistants."History Tutor"]
instructions = "Ask back."
model = "tutor-model"
"""


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("/stop", ("stop", "")),
        ("  /stop  ", ("stop", "")),
        ("/New", ("new", "")),
        ("/assistant History  Tutor ", ("assistant", "History  Tutor")),
        ("/assistant\nTutor", ("assistant", "Tutor")),
        ("stop", (None, "stop")),
        ("/usr/bin/python is broken", (None, "/usr/bin/python is broken")),
        ("/ stop", (None, "/ stop")),
        ("1/2", (None, "1/2")),
        ("", (None, "")),
    ],
)
def test_a_line_that_begins_with_a_slash_and_a_word_is_a_command(
    line: str, parsed: tuple[str | None, str]
) -> None:
    assert parse_command(line) == parsed


async def test_help_names_every_command(bot: Bot) -> None:
    reply = await bot.ask("/help")
    assert all(f"`/{name}`" in reply for name in COMMANDS)


async def test_a_command_that_is_not_there_is_answered_with_those_that_are(bot: Bot) -> None:
    reply = await bot.ask("/dance")
    assert "`/dance`" in reply
    assert "`/help`" in reply


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_new_forgets_what_was_said_before(world: World, backend: str) -> None:
    async with world.bot(backend) as bot:
        await bot.ask("one")
        await bot.ask("two")
        assert "new conversation" in await bot.ask("/new")
        await bot.ask("three")
    one, two, three = world.server.runs
    assert one.conversation == two.conversation
    if backend == "chat":
        said = [[m["content"] for m in run.request["messages"][1:]] for run in world.server.runs]
        assert said == [["one"], ["one", "You said: one", "two"], ["three"]]
    else:
        assert three.conversation != two.conversation


async def test_a_question_before_new_is_still_answered(world: World, bot: Bot) -> None:
    question = await bot.say("one")
    await bot.ask("/new")
    assert world.platform.reply(question) == ["You said: one"]


async def test_an_assistant_that_is_chosen_answers_in_this_conversation_only(
    world: World, bot: Bot
) -> None:
    await asyncio.to_thread(world.path.with_name("homeroom.toml").write_text, TUTOR)
    assert "History Tutor" in await bot.ask("/assistant")
    assert "**History Tutor** answers" in await bot.ask("/assistant history tutor")
    assert "**History Tutor** (in force here)" in await bot.ask("/assistant")
    await bot.ask("here")
    await bot.ask("there", channel="other")
    here, there = (run.request for run in world.server.runs)
    assert here["instructions"].startswith("Ask back.\n\n")
    assert here["model"] == "tutor-model"
    assert there["instructions"] != here["instructions"]


async def test_an_assistant_that_is_not_there_is_not_chosen(bot: Bot) -> None:
    reply = await bot.ask("/assistant Nobody")
    assert "no assistant called “Nobody”" in reply
    assert "**Homeroom** (in force here)" in await bot.ask("/assistant")


async def test_usage_counts_the_answers_of_the_model_alone(bot: Bot) -> None:
    assert (await bot.ask("/usage")).startswith(
        "- This conversation: 0 answers: 0 tokens in; 0 out"
    )
    await bot.ask("hi")
    assert (await bot.ask("/usage")).startswith("- This conversation: 1 answer: ")


async def test_a_stop_with_nothing_to_stop_says_so(bot: Bot) -> None:
    nothing = "There is nothing of yours to stop."
    assert await bot.ask("/stop") == nothing
    await bot.ask("hi")
    assert await bot.ask("/stop") == nothing
    assert await bot.ask("go on") == "You said: go on"


async def test_status_is_told_while_others_wait_and_names_the_askers_own(
    world: World, bot: Bot
) -> None:
    assert await bot.ask("/status") == "Nothing waits here: everything is answered."
    world.server.hold()
    first = await bot.say("first")
    await until(lambda: (first.id, Status.THINKING, "") in bot.adapter.statuses)
    await bot.intake.accept(replace(message("second"), author=Author("u2", "Bob")))
    await bot.say("/usage")
    await bot.say("elsewhere", channel="other")
    status = await bot.say("/status")
    await until(lambda: world.platform.reply(status) != [])
    [told] = world.platform.reply(status)
    assert told.splitlines()[2:] == [
        "1. your question: thinking",
        "2. a question: waiting for its turn",
        "3. your command: waiting for its turn",
    ]


async def test_status_says_when_a_question_is_tried_again(world: World) -> None:
    world.server.fail("POST", "/v1/responses", Fault.rate_limited(5000))
    async with world.bot(retries=RetryPolicy(patience=9000)) as bot:
        question = await bot.say("hi")
        await bot.row_when(question, lambda row: row["due_at"] > 0)
        status = await bot.say("/status")
        await until(lambda: world.platform.reply(status) != [])
    assert re.search(
        r"1\. your question: trying again in (4999|500\d) s", world.platform.reply(status)[0]
    )


async def test_status_names_no_more_than_twenty(world: World, bot: Bot) -> None:
    world.server.hold()
    for _ in range(25):
        await bot.say("hi")
    status = await bot.say("/status")
    await until(lambda: world.platform.reply(status) != [])
    assert world.platform.reply(status)[0].endswith("waiting for its turn\n…and more.")


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_privacy_delete_leaves_no_text_here_or_at_the_server(
    world: World, backend: str
) -> None:
    async with world.bot(backend) as bot:
        await bot.ask("my secret")
        await bot.ask("my secret too", channel="other")
        others = replace(message("hello"), author=Author("u2", "Bob"))
        await bot.intake.accept(others)
        assert (await bot.ask("/privacy delete everything")).startswith(
            "Deleted: 2 messages of yours"
        )
        rows = await bot.database.fetch("SELECT * FROM turns", {})
        assert "secret" not in str([dict(row) for row in rows])
        assert (await bot.row(others))["text"] == "hello"
        await bot.ask("again")
    deleted = [one.path for one in world.server.requests if one.method == "DELETE"]
    assert any("conversations" in path for path in deleted) == (backend == "responses")
    assert "secret" not in str(world.server.runs[-1].request)


async def test_what_cannot_be_deleted_at_the_server_yet_is_deleted_later(world: World) -> None:
    async with world.bot() as bot:
        question = await bot.say("my secret")
        await bot.idle()
        world.server.fail("DELETE", "/v1/", Fault(status=500))
        await bot.ask("/privacy delete everything")
        assert (await bot.row(question))["text"] == ""
        assert len(await bot.storage.people.leftovers()) == 1
        await bot.forgetting.finish()
        assert await bot.storage.people.leftovers() == []
        assert (await bot.row(question))["text"] == ""


async def test_what_another_backend_keeps_is_noted_until_that_one_is_back(world: World) -> None:
    async with world.bot() as bot:
        question = await bot.say("my secret")
        await bot.idle()
    async with world.bot("chat") as bot:
        assert (await bot.ask("/privacy delete everything")).startswith("Deleted: 1 message")
        assert (await bot.row(question))["text"] == ""
        await bot.forgetting.finish()
        assert len(await bot.storage.people.leftovers()) == 1
    async with world.bot() as bot:
        await bot.forgetting.finish()
        assert await bot.storage.people.leftovers() == []


async def test_privacy_delete_asks_first(world: World, bot: Bot) -> None:
    question = await bot.say("my secret")
    await bot.idle()
    assert "`/privacy delete everything`" in await bot.ask("/privacy delete")
    assert (await bot.row(question))["text"] == "my secret"


async def test_nothing_of_a_person_is_left_in_any_file_once_all_is_done(world: World) -> None:
    async with world.bot() as bot:
        await bot.ask("my zq1secret")
        await bot.ask("my zq2secret", channel="other")
        assert "zq1secret" in _bytes(world.path)
        await bot.ask("/privacy delete everything")
        assert "secret" not in _bytes(world.path)
        await bot.forgetting.finish()
        left = _bytes(world.path)
    assert [name for name in ("zq1secret", "zq2secret", "Ada", "everything") if name in left] == []


async def test_what_is_older_than_the_operator_keeps_it_is_deleted(world: World) -> None:
    world.path.with_name("homeroom.toml").write_text(
        f'[settings.{PLATFORM}]\nkeep = "30d"\n[settings."{PLATFORM}:school:other"]\nkeep = "90d"\n'
    )
    with capture_logs() as logs:
        async with world.bot() as bot:
            await bot.say("old")
            await bot.say("kept", channel="other")
            await bot.idle()
            await bot.database.fetch("UPDATE turns SET accepted_at = accepted_at - 40 * 86400", {})
            await bot.forgetting.purge()
            texts = await bot.database.fetch("SELECT text FROM turns", {})
    assert [row["text"] for row in texts] == ["kept"]
    assert [
        (log["count"], log["days"]) for log in logs if log["event"] == "old_messages_purged"
    ] == [(1, 30)]


def _bytes(path: Path) -> str:
    files = path.parent.glob(f"{path.name}*")
    return "".join(file.read_bytes().decode("latin-1") for file in files)


def test_each_command_has_its_purpose_and_is_answered() -> None:
    assert set(PURPOSES) == set(COMMANDS)


async def test_help_says_how_one_asks_and_whom_to_ask_when_something_is_wrong(bot: Bot) -> None:
    said = await bot.ask("/help")
    assert "An AI writes my answers, and they may be wrong." in said
    assert "- Write a message, and I answer." in said
    await bot.set(f"{PLATFORM}:school", "contact", "the tutors")
    assert "When something is wrong, ask the tutors." in await bot.ask("/help")
    assert "Whom to ask about it: the tutors." in await bot.ask("/privacy")


async def test_a_person_can_have_her_own_words_and_nobody_elses(bot: Bot) -> None:
    await bot.ask("my question ``` with a fence")
    bobs = replace(message("hers not"), author=Author("u2", "Bob"))
    await bot.intake.accept(bobs)
    await bot.idle()
    told = await bot.ask("/privacy export")
    assert "my question ` ` ` with a fence" in told
    assert "hers not" not in told
    assert "You said" not in told


async def test_her_words_are_not_repeated_where_others_read(world: World, bot: Bot) -> None:
    await bot.ask("my question")
    wish = replace(message("/privacy export"), is_shared=True)
    await bot.intake.accept(wish)
    await bot.idle()
    [told] = world.platform.reply(wish)
    assert "direct message" in told
    assert "my question" not in told
