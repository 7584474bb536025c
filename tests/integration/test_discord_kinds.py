"""Of each kind of trouble that is known of others on Discord, members that stand in no report."""

from typing import Any

import pytest

from bot.core.controls import below_answer
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_permissions import Permission
from tests.integration import discord_core, discord_stage
from tests.integration.discord_core import DiscordCore
from tests.integration.discord_stage import Stage
from tests.integration.test_discord_arrives import (
    ANSWER,
    EDITS,
    ORIGINAL,
    SENDS,
    is_thinking,
    noticed,
    shown,
)
from tests.integration.test_discord_reading import CARD, FORWARD, INSIDE, POINT, POLL, STICKER

empty_stage, core = discord_stage.empty_stage, discord_core.core


@pytest.fixture
async def stage(empty_stage: Stage) -> Stage:
    """Where Discord hides nothing of what others say."""
    await empty_stage.start(reads_messages=True)
    return empty_stage


@pytest.mark.parametrize(
    ("status", "code"), [(403, 50005), (400, 200000), (404, 0), (413, 40005), (400, 999999)]
)
async def test_whatever_refuses_the_edit_the_answer_is_posted_anew(
    core: DiscordCore, status: int, code: int
) -> None:
    async with core.running() as process:
        await noticed(core, core.room)
        core.server.fail("PATCH", EDITS, Fault(status=status, code=code), times=9)
        core.model.release()
        await process.has_ended(1)
        assert shown(core).count(ANSWER) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(400, 200001), (403, 20009), (400, 50006), (403, 0), (404, 0)]
)
async def test_whatever_refuses_the_post_the_answer_arrives(
    core: DiscordCore, status: int, code: int
) -> None:
    async with core.running() as process:
        there = rf"/channels/{core.room.id}/messages$"
        core.server.fail("POST", there, Fault(status=status, code=code), times=99)
        await core.ask("why?")
        await process.has_ended(1)
        assert shown(core).count(ANSWER) == 1


@pytest.mark.parametrize(("status", "code"), [(404, 10062), (400, 200000), (401, 0), (413, 40005)])
@pytest.mark.parametrize("private", [False, True])
async def test_whatever_refuses_the_first_response_the_answer_arrives_and_nothing_goes_on(
    core: DiscordCore, status: int, code: int, *, private: bool
) -> None:
    async with core.running() as process:
        core.server.fail("PATCH", ORIGINAL, Fault(status=status, code=code), times=20)
        asked = await core.slash("ask", question="why?", private=private)
        await process.has_ended(1)
        assert "why?" in shown(core)
        await core.until(lambda: not is_thinking(asked))


@pytest.mark.parametrize(
    "fault",
    [Fault(status=400, code=50085), Fault(status=429, body="error code: 1015")],
    ids=["older than the thread", "banned"],
)
async def test_history_that_is_refused_for_another_reason_is_left_out(
    core: DiscordCore, fault: Fault
) -> None:
    async with core.running():
        thread = await core.server.start_thread(core.room, core.ann, "topic", text="hello")
        core.server.fail("GET", SENDS.removesuffix("$"), fault, times=99)
        assert "why?" in await core.reply(await core.ask("why?", channel=thread), thread)


def forwarded(**more: Any) -> dict[str, Any]:
    return {**FORWARD, "message_snapshots": [{"message": {**INSIDE, "content": "", **more}}]}


TEXT: dict[str, Any] = {"type": 10, "content": POINT}
PICTURE: dict[str, Any] = {"description": POINT, "media": {"url": "https://x.example"}}
BUTTON: dict[str, Any] = {"type": 2, "style": 1, "custom_id": "vote:1", "label": POINT}
SEEN: dict[str, dict[str, Any]] = {
    "forwarded poll": forwarded(**POLL),
    "forwarded sticker": forwarded(**STICKER),
    "forwarded card": forwarded(**CARD),
    "forwarded components": forwarded(components=[TEXT]),
    "gallery": {"components": [{"type": 12, "items": [PICTURE]}]},
    "thumbnail": {"components": [{"type": 9, "components": [], "accessory": PICTURE}]},
    "container of next year": {"components": [{"type": 99, "components": [TEXT]}]},
    "button": {"components": [{"type": 1, "components": [BUTTON]}]},
    "menu": {"components": [{"type": 1, "components": [{"type": 5, "placeholder": POINT}]}]},
    "menu's choice": {
        "components": [{"type": 1, "components": [{"type": 3, "options": [{"label": POINT}]}]}]
    },
    "button beside": {"components": [{"type": 9, "components": [], "accessory": BUTTON}]},
    "second card": {"embeds": [{"type": "rich", "title": "a"}, *CARD["embeds"]]},
    "name of a field": {"embeds": [{"fields": [{"name": POINT, "value": "x"}]}]},
}


@pytest.mark.parametrize("more", SEEN.values(), ids=SEEN)
async def test_what_is_seen_of_a_message_is_read_whatever_holds_it(
    stage: Stage, more: dict[str, Any]
) -> None:
    app = stage.server.add_user("hook", bot=True)
    other = await stage.server.say(stage.channel, app, more=more)
    words = f"{stage.server.bot.mention} what does this mean?"
    asked = await stage.server.say(stage.channel, stage.ann, words, reply_to=other)
    assert POINT in (await stage.accepted(asked)).quoted


async def test_our_own_buttons_are_no_words_of_what_stands_above_them(stage: Stage) -> None:
    own = [{**BUTTON, "custom_id": one.id} for one in below_answer("discord:1")]
    more = forwarded(content="It is.", components=[{"type": 1, "components": own}])
    other = await stage.server.say(stage.channel, stage.ann, more=more)
    words = f"{stage.server.bot.mention} is that so?"
    asked = await stage.server.say(stage.channel, stage.ann, words, reply_to=other)
    quoted = (await stage.accepted(asked)).quoted
    assert "It is." in quoted
    assert POINT not in quoted


async def test_the_file_of_a_forwarded_message_comes_along(stage: Stage) -> None:
    file = {"id": "77", "filename": "a.txt", "size": 3}
    file |= {"url": "https://x.example/a.txt", "proxy_url": "https://x.example/a.txt"}
    more = forwarded(attachments=[file])
    other = await stage.server.say(stage.channel, stage.server.add_user("bob"), more=more)
    words = f"{stage.server.bot.mention} what?"
    asked = await stage.server.say(stage.channel, stage.ann, words, reply_to=other)
    menu = ("Ask about this message", other)
    used = await stage.server.context_menu(stage.channel, stage.ann, *menu)
    for message in (await stage.accepted(asked), await stage.accepted(used.id)):
        assert [one.name for one in message.attachments] == ["a.txt"]


@pytest.mark.parametrize(
    "words", ["{}: /help", "**{}** /help", "{} — /help", "{} Help!", "help {}", "{} `/help`"]
)
async def test_whoever_calls_for_help_gets_it(stage: Stage, words: str) -> None:
    words = words.format(stage.server.bot.mention)
    asked = await stage.server.say(stage.channel, stage.ann, words)
    assert (await stage.accepted(asked)).command == "help"


@pytest.mark.parametrize("words", ["/usr is full", "/home: what is it?", "stop words in NLP?"])
async def test_what_only_begins_like_a_command_is_a_question(stage: Stage, words: str) -> None:
    message = await stage.ask(words)
    assert (message.command, message.text) == (None, words)


async def test_a_word_that_answers_the_bot_is_no_command(stage: Stage) -> None:
    await stage.answer(await stage.ask("how do I begin?"), "With the old or the new one?")
    asked = await stage.server.say(stage.channel, stage.ann, "new", reply_to=stage.replies()[0])
    message = await stage.accepted(asked)
    assert (message.command, message.text) == (None, "new")


async def test_brought_to_a_server_it_says_once_who_it_is_where_all_may_write(
    stage: Stage,
) -> None:
    server = stage.server.add_guild("New", joined=False)
    muted = {server.everyone: (0, Permission.SEND_MESSAGES)}
    closed = server.add_text_channel("news", overwrites=muted)
    room = server.add_text_channel("talk")
    stage.server.join(server)
    await stage.server.until(lambda: stage.server.from_bot(room))
    [said] = stage.server.from_bot(room)
    assert "they may be wrong" in said.content
    assert "Three things to try:" in said.content
    assert not stage.server.from_bot(closed)


async def test_brought_to_a_server_once_more_it_does_not_introduce_itself_again(
    stage: Stage,
) -> None:
    server = stage.server.add_guild("New", joined=False)
    room = server.add_text_channel("talk")
    for _ in range(2):
        stage.server.join(server)
        await stage.server.until(lambda: stage.server.from_bot(room))
        stage.server.leave(server)
    other = stage.server.add_guild("Other", joined=False)
    elsewhere = other.add_text_channel("talk")
    stage.server.join(other)
    await stage.server.until(lambda: stage.server.from_bot(elsewhere))
    assert len(stage.server.from_bot(room)) == 1


async def test_what_changes_a_shared_conversation_is_seen_by_those_in_it(stage: Stage) -> None:
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic", text="hello")
    for channel, is_private in ((thread, False), (stage.channel, True)):
        for name, options in (("new", {}), ("assistant", {"name": "Tutor"})):
            asked = await stage.server.slash(channel, stage.ann, name, options)
            await stage.accepted(asked.id)
            assert bool(asked.ephemeral) is is_private
