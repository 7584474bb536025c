"""What stands on the platform in the end, whatever the platform did on the way."""

import asyncio
from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from bot.core.errors import OutcomeUnknown, PlatformUnavailable, StaleTurn, Undeliverable
from bot.core.ports.adapter import Limits
from bot.work.replies import Reply
from tests.fakes.openai_server import Fault
from tests.fakes.platform import LIVE, FakeAdapter, FakePlatform, Shown
from tests.unit.world import Bot, World, message, until

SMALL = Limits(max_chars=10, edit_interval=0.001)
THREE = "aaaa aaaa bbbb bbbb cccc cccc"
PARTS = ["aaaa aaaa ", "bbbb bbbb ", "cccc cccc"]


@dataclass
class Desk:
    """A turn that is claimed, as often as one likes, and the platform it is answered on."""

    bot: Bot
    adapter: FakeAdapter
    conversation_id: int
    holds: bool = True

    async def claim(self) -> Reply:
        turn = await self.bot.storage.turns.claim(self.conversation_id, 0.0)
        assert turn
        return Reply(self.adapter, replace(self.bot.ports, holds=lambda: self.holds), turn)

    @property
    def posts(self) -> list[Shown]:
        return self.adapter.service.posts

    @property
    def texts(self) -> list[str]:
        return [post.text for post in self.posts]


@pytest.fixture
async def desk(bot: Bot) -> Desk:
    receipt = await bot.storage.turns.add(message("hi"), 0.0)
    return Desk(bot, FakeAdapter(FakePlatform(), SMALL), receipt.conversation_id)


async def test_a_reply_is_posted_once_and_edited_ever_after(desk: Desk) -> None:
    reply = await desk.claim()
    await reply.tell("wait")
    await reply.show("done")
    await reply.show("done")
    [post] = desk.posts
    assert (post.texts, post.is_final) == (["wait", "done"], True)


async def test_nothing_is_shown_once_others_may_have_taken_over(desk: Desk) -> None:
    reply = await desk.claim()
    await reply.tell("wait")
    desk.holds = False
    with pytest.raises(StaleTurn):
        await reply.show("done")
    with pytest.raises(StaleTurn):
        await (await desk.claim()).show(THREE)
    assert desk.texts == ["wait"]


async def test_a_long_reply_is_posted_in_parts_the_last_of_which_is_final(desk: Desk) -> None:
    await (await desk.claim()).show(THREE)
    assert desk.texts == PARTS
    assert [post.is_final for post in desk.posts] == [False, False, True]


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("after", [True, False], ids=["posted", "not posted"])
async def test_a_reply_that_broke_off_is_completed_without_doubles(
    desk: Desk, part: int, *, after: bool
) -> None:
    desk.adapter.shown = Limits(max_chars=10)
    await _break(desk, part, OutcomeUnknown("connection broke"), after=after)
    await (await desk.claim()).show(THREE)
    assert desk.texts == PARTS
    assert len({post.nonce for post in desk.posts}) == len(PARTS)


async def test_a_part_that_was_refused_is_not_looked_for(desk: Desk) -> None:
    await _break(desk, 1, PlatformUnavailable(), after=False)
    await (await desk.claim()).show(THREE)
    assert desk.texts == PARTS
    assert "find" not in desk.adapter.calls


async def test_a_part_that_may_stand_there_is_looked_for_until_it_is_found(desk: Desk) -> None:
    desk.adapter.shown = Limits(max_chars=10)
    await _break(desk, 1, OutcomeUnknown("connection broke"), after=False)
    desk.adapter.fail("post", PlatformUnavailable())
    with pytest.raises(PlatformUnavailable):
        await (await desk.claim()).show(THREE)
    await (await desk.claim()).show(THREE)
    assert desk.texts == PARTS
    assert desk.adapter.calls.count("find") == 2


async def test_where_others_are_shown_instead_no_more_is_previewed(desk: Desk) -> None:
    reply = await desk.claim()
    reply.preview("one")
    await until(lambda: desk.texts == ["one"])
    desk.adapter.shown = Limits(max_chars=10)
    reply.preview("one two")
    assert reply._previewer
    await asyncio.wait([reply._previewer])
    assert desk.texts == ["one"]
    await reply.show("one two 3")
    assert desk.texts == ["one two 3"]


async def test_of_the_previews_the_latest_text_wins(desk: Desk) -> None:
    desk.adapter.hold("post")
    reply = await desk.claim()
    reply.preview("a")
    await until(lambda: "post" in desk.adapter.calls)
    for text in ("ab", "abc", "abcd"):
        reply.preview(text)
    desk.adapter.release("post")
    await until(lambda: desk.texts == ["abcd"])
    assert desk.posts[0].texts == ["a", "abcd"]


async def test_no_preview_follows_the_last_word(desk: Desk) -> None:
    desk.adapter.hold("post")
    reply = await desk.claim()
    reply.preview("draft")
    await until(lambda: "post" in desk.adapter.calls)
    showing = asyncio.create_task(reply.show("the end"))
    await asyncio.sleep(0)
    reply.preview("too late")
    desk.adapter.release("post")
    await showing
    reply.preview("much too late")
    await reply.settle()
    assert desk.posts[0].texts == ["draft", "the end"]


async def test_a_notice_waits_for_the_preview_that_is_on_its_way(desk: Desk) -> None:
    desk.adapter.hold("post")
    reply = await desk.claim()
    reply.preview("draft")
    await until(lambda: "post" in desk.adapter.calls)
    telling = asyncio.create_task(reply.tell("wait"))
    await asyncio.sleep(0)
    desk.adapter.release("post")
    await telling
    assert desk.texts == ["wait"]


async def test_nothing_is_previewed_before_there_is_a_word(desk: Desk) -> None:
    reply = await desk.claim()
    before = asyncio.all_tasks()
    reply.preview(" " * 20)
    assert asyncio.all_tasks() == before
    await reply.show("hello")
    assert [post.texts for post in desk.posts] == [["hello"]]


async def test_a_platform_that_cannot_edit_sees_no_previews(desk: Desk) -> None:
    desk.adapter.shown = Limits()
    reply = await desk.claim()
    reply.preview("draft")
    await reply.show("hello")
    assert [post.texts for post in desk.posts] == [["hello"]]


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (PlatformUnavailable(), "info"),
        (OutcomeUnknown(), "info"),
        (Undeliverable(), "info"),
        (KeyError("oops"), "error"),
    ],
)
async def test_a_preview_that_fails_harms_nothing(desk: Desk, error: Exception, level: str) -> None:
    desk.adapter.fail("post", error)
    reply = await desk.claim()
    with capture_logs() as logs:
        reply.preview("draft")
        await until(lambda: logs != [])
        await reply.show("hello")
    assert [(log["event"], log["log_level"]) for log in logs] == [("preview_failed", level)]
    assert desk.texts == ["hello"]


@pytest.mark.parametrize(
    ("error", "is_posted"),
    [
        (PlatformUnavailable(), False),
        (OutcomeUnknown(), False),
        (OutcomeUnknown(), True),
        (KeyError("oops"), False),
        (KeyError("oops"), True),
    ],
)
async def test_a_platform_in_trouble_shows_the_answer_once_in_the_end(
    world: World, bot: Bot, error: Exception, *, is_posted: bool
) -> None:
    bot.adapter.fail("post", error, times=1 if is_posted else 4, after=is_posted)
    question = await bot.say("hi")
    await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]
    assert len(world.runs(question)) == 1


async def test_a_platform_that_cannot_be_searched_is_asked_again(world: World, bot: Bot) -> None:
    bot.adapter.fail("post", OutcomeUnknown(), after=True)
    bot.adapter.fail("find", PlatformUnavailable(), times=3)
    assert await bot.ask("hi") == "You said: hi"
    assert len(world.platform.posts) == 1


async def test_an_answer_nobody_is_there_to_read_is_abandoned(world: World, bot: Bot) -> None:
    bot.adapter.fail("post", Undeliverable("channel_not_found"))
    question = await bot.say("hi")
    with capture_logs() as logs:
        await bot.idle()
    [alert] = [log for log in logs if log["log_level"] == "error"]
    assert (alert["event"], alert["error"]) == ("reply_abandoned", "channel_not_found")
    assert (await bot.row(question))["step"] == "undeliverable"
    said = await bot.ask("still there?")
    assert said.startswith("You said: still there?")
    assert said.endswith("You said: hi")
    assert await bot.ask("and now?") == "You said: and now?"


async def test_a_stream_that_breaks_leaves_one_message_on_the_platform(world: World) -> None:
    world.server.fail("POST", "/v1/chat/completions", Fault(cut_after=4), times=3)
    async with world.bot("chat", limits=LIVE) as bot:
        question = await bot.say("one two three four five six")
        await bot.idle()
    [post] = world.platform.posts_to(question)
    assert post.text == "You said: one two three four five six"
    assert sum("I keep trying" in text for text in post.texts) == 1


async def _break(desk: Desk, part: int, error: Exception, *, after: bool) -> None:
    """Show the three parts, up to one that fails."""
    reply = await desk.claim()
    await reply.show("".join(PARTS[:part]))
    desk.adapter.fail("post", error, after=after)
    with pytest.raises(type(error)):
        await reply.show(THREE)
