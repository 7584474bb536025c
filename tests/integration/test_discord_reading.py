"""What people see of a message on Discord, the model is told, wherever it stands in the payload."""

import dataclasses
from io import BytesIO
from typing import Any

import docx
import pytest

from adapters.discord.reading import Me, contents_of
from bot.core.quoting import MOST_LINES
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_things import (
    ANNOUNCEMENT,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    STAGE,
    VOICE,
    Channel,
    User,
)
from tests.integration import discord_core, discord_stage
from tests.integration.discord_core import DiscordCore
from tests.integration.discord_stage import Stage

empty_stage, core = discord_stage.empty_stage, discord_core.core

POINT = "The exam is on Friday at nine."
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
INSIDE: dict[str, Any] = {
    "type": 0, "content": POINT, "embeds": [], "attachments": [], "flags": 0, "mentions": [],
    "mention_roles": [], "timestamp": "2026-11-27T10:00:00+00:00", "edited_timestamp": None,
}  # fmt: skip
FORWARD: dict[str, Any] = {
    "flags": 1 << 14,  # HAS_SNAPSHOT
    "message_reference": {"type": 1, "channel_id": "5", "message_id": "6", "guild_id": "7"},
    "message_snapshots": [{"message": INSIDE}],
}
POLL: dict[str, Any] = {
    "poll": {
        "question": {"text": "Which day?"},
        "answers": [{"answer_id": 1, "poll_media": {"text": POINT}}],
    }
}
STICKER: dict[str, Any] = {"sticker_items": [{"id": "9", "name": POINT, "format_type": 1}]}
CARD: dict[str, Any] = {"embeds": [{"type": "rich", "title": "News", "description": POINT}]}
FIELDS: dict[str, Any] = {
    "embeds": [{"type": "rich", "fields": [{"name": "When", "value": POINT, "inline": True}]}]
}
FOOTER: dict[str, Any] = {
    "embeds": [{"type": "rich", "author": {"name": "CI"}, "footer": {"text": POINT}}]
}
PARTS: dict[str, Any] = {"flags": 1 << 15, "components": [{"type": 10, "id": 1, "content": POINT}]}
NESTED: dict[str, Any] = {
    "components": [{"type": 17, "components": [{"type": 9, "components": PARTS["components"]}]}]
}
KINDS = {
    "forward": FORWARD,
    "poll": POLL,
    "sticker": STICKER,
    "card": CARD,
    "fields": FIELDS,
    "footer": FOOTER,
    "components": PARTS,
    "nested": NESTED,
}
each_kind = pytest.mark.parametrize("more", KINDS.values(), ids=KINDS)


@pytest.fixture
async def stage(empty_stage: Stage) -> Stage:
    """Where Discord hides nothing of what others say."""
    await empty_stage.start(reads_messages=True)
    return empty_stage


async def about(
    world: Stage | DiscordCore, channel: Channel, more: dict[str, Any], author: User | None = None
) -> int:
    """Somebody else's message of that kind."""
    bob = author or world.server.add_user("bob")
    return await world.server.say(channel, bob, more=more)


@each_kind
async def test_a_question_about_a_message_has_all_that_is_seen_of_it(
    stage: Stage, more: dict[str, Any]
) -> None:
    other = await about(stage, stage.channel, more)
    words = f"{stage.server.bot.mention} what does this mean?"
    asked = await stage.server.say(stage.channel, stage.ann, words, reply_to=other)
    message = await stage.accepted(asked)
    assert POINT in message.quoted
    assert message.own_words == "what does this mean?"


@each_kind
async def test_the_menu_on_a_message_has_all_that_is_seen_of_it(
    stage: Stage, more: dict[str, Any]
) -> None:
    other = await about(stage, stage.channel, more)
    used = await stage.server.context_menu(
        stage.channel, stage.ann, "Ask about this message", other
    )
    assert POINT in (await stage.accepted(used.id)).quoted


@pytest.mark.parametrize("more", [FORWARD, POLL, STICKER], ids=["forward", "poll", "sticker"])
async def test_what_a_person_sends_without_words_is_read(
    core: DiscordCore, more: dict[str, Any]
) -> None:
    async with core.running():
        dm = core.server.open_dm(core.ann)
        await core.server.say(dm, core.ann, more=more)
        await core.until(lambda: core.server.from_bot(dm))
        assert POINT in core.server.from_bot(dm)[0].content


async def test_what_cannot_be_read_is_not_said_to_be_hidden(core: DiscordCore) -> None:
    async with core.running():
        dm = core.server.open_dm(core.ann)
        await core.server.say(dm, core.ann, more={"activity": {"type": 1, "party_id": "p"}})
        await core.until(lambda: core.server.from_bot(dm))
        assert "nothing in your message that I can read" in core.server.from_bot(dm)[0].content


async def test_what_is_forwarded_in_a_followed_thread_is_read(core: DiscordCore) -> None:
    async with core.running(reads_messages=True):
        thread = await core.server.start_thread(core.room, core.ann, "topic")
        await core.reply(await core.ask("hello", channel=thread), thread)
        await core.server.say(thread, core.ann, more=FORWARD)
        await core.until(lambda: len(core.server.from_bot(thread)) > 1)
        assert POINT in core.server.from_bot(thread)[1].content


async def test_nothing_that_is_forwarded_is_a_command_or_a_mention(stage: Stage) -> None:
    inside = INSIDE | {"content": f"{stage.server.bot.mention} /new"}
    forward = FORWARD | {"message_snapshots": [{"message": inside}]}
    await stage.server.say(stage.channel, stage.ann, more=forward)
    message = await stage.ask("and this?")
    assert (message.command, message.text) == (None, "and this?")
    assert len(stage.door.accepted) == 1
    dm = stage.server.open_dm(stage.ann)
    private = await stage.accepted(await stage.server.say(dm, stage.ann, more=forward))
    assert (private.command, private.text) == (None, "> a forwarded message: /new")


async def test_the_previews_of_ones_own_links_stay_out(stage: Stage) -> None:
    preview = {"embeds": [{"type": "rich", "url": "https://x.example", "title": POINT}]}
    words = f"{stage.server.bot.mention} is https://x.example right?"
    asked = await stage.server.say(stage.channel, stage.ann, words, more=preview)
    assert (await stage.accepted(asked)).text == "is https://x.example right?"


async def test_a_question_about_a_file_has_the_file(stage: Stage) -> None:
    bob = stage.server.add_user("bob")
    other = await stage.server.say(stage.channel, bob, attachments=[("board.png", PNG)])
    words = f"{stage.server.bot.mention} what is on this?"
    asked = await stage.server.say(stage.channel, stage.ann, words, reply_to=other)
    message = await stage.accepted(asked)
    assert message.quoted == "> Bob: (file: board.png)"
    [file] = message.attachments
    assert await stage.adapter.fetch(message, file) == PNG


async def test_channels_roles_emoji_commands_and_times_have_names(stage: Stage) -> None:
    role = stage.guild.add_role("tutors")
    words = f"<#{stage.channel.id}> <@&{role.id}> <:party:12> <a:wave:13> </ask:14> <t:0:R> <#1>"
    message = await stage.ask(words)
    named = f"#{stage.channel.name} @tutors :party: :wave: /ask 1970-01-01 00:00 UTC <#1>"
    assert message.text == named


async def test_in_a_thread_all_that_was_seen_before_is_told_and_the_first_file_comes_along(
    core: DiscordCore,
) -> None:
    bob = core.server.add_user("bob")
    forum = core.guild.add_forum("help")
    async with core.running():
        files = [("task.txt", b"the secret is 42")]
        post = await core.server.start_thread(forum, bob, "help", text="", attachments=files)
        await core.server.say(post, bob, more=CARD)
        await core.server.say(post, bob, attachments=[("second.txt", b"not this")])
        told = await core.reply(await core.ask("what is the secret?", channel=post), post)
        assert "the secret is 42" in told
        assert POINT in told
        assert "(file: second.txt)" in told
        assert "not this" not in told


@pytest.mark.parametrize("is_forum", [False, True], ids=["thread", "forum"])
async def test_in_a_long_thread_the_first_message_and_its_file_stay(
    core: DiscordCore, *, is_forum: bool
) -> None:
    bob = core.server.add_user("bob")
    files = [("task.txt", b"the secret is 42")]
    async with core.running():
        if is_forum:
            forum = core.guild.add_forum("help")
            post = await core.server.start_thread(
                forum, bob, "help", text="My task:", attachments=files
            )
        else:
            starter = await core.server.say(core.room, bob, "My task:", attachments=files)
            post = core.server.open_thread(
                core.room, "help", bob, starter=core.room.messages[starter], kind=PUBLIC_THREAD
            )
            core.server.announce("THREAD_CREATE", post)
        for number in range(MOST_LINES + 5):
            await core.server.say(post, bob, f"word {number}")
        told = await core.reply(await core.ask("what is the secret?", channel=post), post)
        assert "My task:" in told
        assert "the secret is 42" in told


def test_what_is_written_of_a_picture_is_read() -> None:
    picture = {"id": "1", "filename": "graph.png", "description": " A falling line "}
    said = contents_of({"id": "2", "content": "Why?", "attachments": [picture]}, Me("9"))
    assert "(graph.png shows: A falling line)" in said.words


async def test_a_bare_mention_below_a_question_means_that_question(core: DiscordCore) -> None:
    bob = core.server.add_user("bob")
    async with core.running():
        await core.server.say(core.room, bob, "How do I reset my password?")
        asked = await core.server.say(core.room, core.ann, mentions=[core.server.bot])
        assert "How do I reset my password?" in await core.reply(asked)


async def test_a_bare_mention_of_nothing_is_told_that_it_is_empty(core: DiscordCore) -> None:
    async with core.running():
        await core.server.say(core.room, core.ann, mentions=[core.server.bot])
        await core.until(lambda: core.server.from_bot(core.room))
        assert "Your message was empty" in core.server.from_bot(core.room)[0].content


async def test_installed_for_oneself_it_answers_in_a_thread_of_a_server_it_is_not_in(
    core: DiscordCore,
) -> None:
    async with core.running():
        away = core.server.add_guild("Away", joined=False)
        room = away.add_text_channel("talk")
        thread = await core.server.start_thread(room, core.ann, "topic", text="hello all")
        asked = await core.server.slash(
            thread, core.ann, "ask", {"question": "why?"}, install="user"
        )
        await core.until(lambda: asked.text)
        assert "why?" in asked.text


async def test_who_asked_and_left_has_no_roles_and_is_answered(core: DiscordCore) -> None:
    role = core.guild.add_role("pupils")
    async with core.running():
        await core.told("homeroom access", core.boss(), rule="deny", role=role)
    core.guild.add_member(core.ann, roles=[role])
    said = await core.ask("why?")
    del core.guild.members[core.ann.id]
    async with core.running():
        assert "why?" in await core.reply(said)


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("Main.kt", ""),
        ("message.txt", ""),
        ("app.ts", "video/mp2t"),
        ("work.ipynb", "application/x-ipynb+json"),
        ("essay.tex", "application/x-tex"),
        ("Makefile", ""),
        ("page.html", "text/html"),
    ],
)
async def test_a_file_that_is_text_is_read_whatever_its_type_is_called(
    core: DiscordCore, name: str, mime: str
) -> None:
    async with core.running():
        file = core.server.attach(name, b"fun main() = println(42)\n")
        shown = dataclasses.replace(file, content_type=mime)
        core.server.files[file.id] = shown
        asked = await core.ask("what does it do?", attachments=[shown])
        assert "println(42)" in await core.reply(asked)


async def test_a_letter_is_read_and_a_video_beside_it_is_named(core: DiscordCore) -> None:
    letter, data = docx.Document(), BytesIO()
    letter.add_paragraph("Helo wrold")
    letter.save(data)
    async with core.running():
        files = [("essay.docx", data.getvalue()), ("talk.mp4", b"\0\0\0\x18ftypmp42")]
        answer = await core.reply(await core.ask("please correct my essay", attachments=files))
        assert "Helo wrold" in answer
        assert answer.endswith("*(talk.mp4 was left out: I cannot watch videos.)*")


async def test_a_voice_message_alone_is_refused_with_the_reason(core: DiscordCore) -> None:
    async with core.running():
        dm = core.server.open_dm(core.ann)
        voice = [("voice-message.ogg", b"OggS" + bytes(60))]
        await core.server.say(dm, core.ann, attachments=voice)
        await core.until(lambda: core.server.from_bot(dm))
        notice = "voice-message.ogg was left out: I cannot listen to sound."
        assert core.server.from_bot(dm)[0].content == notice


async def test_a_file_whose_address_has_grown_old_is_looked_up_again(stage: Stage) -> None:
    asked = await stage.server.say(
        stage.channel, stage.ann, mentions=[stage.server.bot], attachments=[("a.txt", b"hello")]
    )
    message = await stage.accepted(asked)
    stage.server.advance(25 * 3600)
    assert await stage.adapter.fetch(message, message.attachments[0]) == b"hello"


async def test_a_file_that_was_taken_out_by_an_edit_goes_to_nobody(core: DiscordCore) -> None:
    async with core.running():
        core.model.hold()
        await core.ask("first")
        await core.until(lambda: core.model.runs)
        asked = await core.ask("look", attachments=[("diary.txt", b"my private diary")])
        mention = core.server.bot
        await core.server.edit(core.room, asked, "only this", mentions=[mention], keep_files=False)
        await core.server.say(core.room, core.ann, "marker")
        core.model.release()
        answer = await core.reply(asked)
        assert "only this" in answer
        assert "diary" not in answer


async def test_a_mention_that_an_edit_adds_asks_once(stage: Stage) -> None:
    said = await stage.server.say(stage.channel, stage.ann, "what is pi?")
    for _ in range(2):
        await stage.server.edit(stage.channel, said, "what is pi?", mentions=[stage.server.bot])
    assert (await stage.accepted(said)).text == "what is pi?"
    await stage.ask("marker")
    assert [message.id for message in stage.door.accepted].count(str(said)) == 1


async def test_a_question_that_becomes_a_command_is_the_command(core: DiscordCore) -> None:
    async with core.running():
        core.model.hold()
        await core.ask("first")
        await core.until(lambda: core.model.runs)
        asked = await core.ask("hello")
        await core.server.edit(core.room, asked, "/new", mentions=[core.server.bot])
        core.model.release()
        await core.until(lambda: len(core.server.from_bot(core.room)) > 1)
        assert "A new conversation" in core.server.from_bot(core.room)[1].content


@pytest.mark.parametrize("kind", [VOICE, ANNOUNCEMENT, STAGE])
async def test_a_question_is_heard_in_every_kind_of_channel(core: DiscordCore, kind: int) -> None:
    channel = core.guild.add_channel(kind, "lounge")
    async with core.running():
        asked = await core.ask("what is 2 + 2?", channel=channel)
        assert "2 + 2" in await core.reply(asked, channel)


async def test_in_a_private_thread_it_is_not_in_a_command_is_answered_all_the_same(
    core: DiscordCore,
) -> None:
    thread = await core.server.start_thread(
        core.room, core.ann, "secret", text="hello all", kind=PRIVATE_THREAD
    )
    async with core.running():
        asked = await core.server.slash(thread, core.ann, "ask", {"question": "why?"})
        await core.until(lambda: asked.text)
        assert "why?" in asked.text
        assert core.server.bot.id not in thread.joined


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=403, code=50001),
        Fault(status=404, code=10003),
        Fault(status=503),
        Fault(status=429, headers={"Retry-After": "60", "Via": "1.1 google"}),
        Fault(drop="before"),
    ],
    ids=["no access", "gone", "503", "429", "cut"],
)
async def test_a_thread_that_cannot_be_read_keeps_nobody_from_an_answer(
    core: DiscordCore, fault: Fault
) -> None:
    thread = await core.server.start_thread(core.room, core.ann, "topic", text="hello all")
    path = rf"/channels/{thread.id}/messages$"
    core.server.fail("GET", path, fault, times=10_000)
    async with core.running():
        assert "why?" in await core.reply(await core.ask(channel=thread), thread)
