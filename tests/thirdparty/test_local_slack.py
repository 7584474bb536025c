"""The program in a Slack that others wrote, over Socket Mode.

It knows no streaming and no agent sessions: so this is also what people get where these are
missing.
"""

import json
from collections.abc import Iterator

import pytest
from yarl import URL

from tests.fakes.openai_server import FakeOpenAI
from tests.thirdparty.homeroom import Homeroom
from tests.thirdparty.local_slack import (
    ALICE,
    BOB,
    JSON,
    MENTION,
    ROOM,
    LocalSlack,
    pressed,
    until,
    words,
)
from tests.thirdparty.servers import LOCAL_SLACK, listening, needs

pytestmark = [needs(LOCAL_SLACK), pytest.mark.asyncio(loop_scope="module")]
PARAGRAPH = "The quick brown fox jumps over the lazy dog, again and again. " * 4


@pytest.fixture(autouse=True)
def nothing_held(model: FakeOpenAI) -> Iterator[None]:
    """A test that fails leaves the model at work for the others."""
    yield
    model.release()


def answering(text: str, homeroom: Homeroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homeroom.model, "answer", lambda _: text)


async def test_that_slack_listens_on_this_machine_only(slack: LocalSlack) -> None:
    assert listening(URL(slack.origin).port) == {"127.0.0.1"}


async def test_a_mention_is_answered_in_its_thread(homeroom: Homeroom) -> None:
    ts = await homeroom.ask(f"{MENTION} hello", ALICE)
    [reply] = await homeroom.slack.replies(ts)
    assert "hello" in words(reply)
    assert reply["thread_ts"] == ts


async def test_what_follows_in_its_thread_needs_no_mention(homeroom: Homeroom) -> None:
    ts = await homeroom.ask(f"{MENTION} hello", ALICE)
    await homeroom.ask("and now?", BOB, thread=ts)
    assert "and now?" in words((await homeroom.slack.replies(ts))[-1])


async def test_what_is_said_among_people_is_not_answered(homeroom: Homeroom) -> None:
    among = await homeroom.slack.say(ALICE, "lunch?")
    await homeroom.slack.say(BOB, "yes", thread=among)
    await homeroom.ask(f"{MENTION} hello", ALICE)
    assert await homeroom.slack.replies(among) == []


async def test_who_calls_it_into_a_thread_need_not_say_again_what_was_said(
    homeroom: Homeroom,
) -> None:
    thread = await homeroom.slack.say(ALICE, "The train leaves at noon.")
    await homeroom.ask(f"{MENTION} when?", BOB, thread=thread)
    asked = homeroom.model.runs[-1].input_text
    assert "alice: The train leaves at noon." in asked
    assert "bob: when?" in asked


async def test_a_direct_message_is_answered(homeroom: Homeroom) -> None:
    ts = await homeroom.ask("hello", ALICE, channel=ALICE)
    [call] = await homeroom.slack.calls("chat.postMessage", thread_ts=ts)
    assert words(call) == "You said: hello"
    assert call["channel"].startswith("D")


async def test_an_answer_that_cannot_be_streamed_is_whole(
    homeroom: Homeroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "\n\n".join(f"{number}. {PARAGRAPH}" for number in range(100))
    answering(long, homeroom, monkeypatch)
    ts = await homeroom.ask(f"{MENTION} tell me all", ALICE)
    said = await homeroom.slack.said(ts)
    assert len(said) == 3
    assert " ".join(said).split() == long.split()


async def test_a_very_long_answer_comes_as_a_file(
    homeroom: Homeroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(PARAGRAPH * 200, homeroom, monkeypatch)
    ts = await homeroom.ask(f"{MENTION} tell me more", ALICE)
    file = (await homeroom.slack.replies(ts))[-1]["files"][0]
    assert await homeroom.slack.download(file) == (PARAGRAPH * 200).strip().encode()


async def test_no_answer_calls_everybody(
    homeroom: Homeroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(f"<!channel> <!here> <@{BOB}> look", homeroom, monkeypatch)
    ts = await homeroom.ask(f"{MENTION} call them", ALICE)
    [reply] = await homeroom.slack.replies(ts)
    assert not {"<!channel>", "<!here>", f"<@{BOB}>"} & set(
        f"{words(reply)} {reply['text']}".split()
    )


async def test_a_file_reaches_the_model(homeroom: Homeroom) -> None:
    ts = await homeroom.slack.upload(ALICE, f"{MENTION} read", "notes.txt", b"It is 42.")
    assert await homeroom.done(ts) == "delivered"
    assert "It is 42." in homeroom.model.runs[-1].input_text


async def test_the_same_question_told_as_two_events_is_asked_once(homeroom: Homeroom) -> None:
    before = len(homeroom.model.runs)
    ts = await homeroom.ask(f"{MENTION} hello", ALICE)
    told = [entry["detail"]["event"] for entry in await homeroom.slack.log("to_bot", "events_api")]
    assert [event["type"] for event in told if event.get("ts") == ts] == ["message", "app_mention"]
    assert len(homeroom.model.runs) == before + 1


async def test_an_edited_question_is_asked_as_it_is_now(homeroom: Homeroom) -> None:
    slack, model = homeroom.slack, homeroom.model
    thread = await homeroom.ask(f"{MENTION} hello", ALICE)
    model.hold()
    first = await slack.say(ALICE, "first", thread=thread)
    second = await slack.say(ALICE, "secnod", thread=thread)
    await slack.act("edit-message", channel=ROOM, ts=second, user=ALICE, text="second")
    model.release()
    assert (await homeroom.done(first), await homeroom.done(second)) == ("delivered",) * 2
    assert "second" in words((await slack.replies(thread))[-1])


async def test_a_deleted_question_is_not_answered(homeroom: Homeroom) -> None:
    slack, model = homeroom.slack, homeroom.model
    thread = await homeroom.ask(f"{MENTION} hello", ALICE)
    model.hold()
    first = await slack.say(ALICE, "first", thread=thread)
    second = await slack.say(ALICE, "second", thread=thread)
    await slack.act("delete-message", channel=ROOM, ts=second, user=ALICE)
    model.release()
    assert (await homeroom.done(first), await homeroom.done(second)) == ("delivered", "cancelled")
    assert len(await slack.replies(thread)) == 2


@pytest.mark.parametrize("command", ["ask", "new", "stop", "assistant", "usage", "privacy", "help"])
async def test_a_command_is_answered_to_the_one_who_used_it(
    homeroom: Homeroom, command: str
) -> None:
    before = len(await homeroom.slack.messages())
    await homeroom.act("command", command=f"/{command}", text="why?", user=BOB, channel=ROOM)
    [shown] = (await homeroom.slack.messages())[before:]
    assert (shown["subtype"], shown["ephemeral_to"]) == ("ephemeral", BOB)
    assert words(shown)


async def test_a_public_question_is_answered_to_all(homeroom: Homeroom) -> None:
    before = len(await homeroom.slack.messages())
    asked = {"command": "/ask", "text": "--public why?", "user": ALICE, "channel": ROOM}
    await homeroom.act("command", **asked)
    [shown] = (await homeroom.slack.messages())[before:]
    assert (words(shown), shown.get("subtype")) == ("You said: alice: why?", None)


async def test_a_command_stops_the_answer_that_is_being_written(homeroom: Homeroom) -> None:
    model = homeroom.model
    model.hold()
    ts = await homeroom.slack.say(ALICE, f"{MENTION} hello")
    await homeroom.until_asked(ts)
    await homeroom.act("command", command="/stop", user=ALICE, channel=ROOM)
    await homeroom.done(ts)
    assert homeroom.kind(ts) == "stopped"
    assert model.runs[-1].status in {"cancelling", "cancelled"}


async def test_regenerate_answers_once_more(homeroom: Homeroom) -> None:
    ts = await homeroom.ask(f"{MENTION} hello", ALICE)
    [reply] = await homeroom.slack.replies(ts)
    value = f"homeroom:again:slack:T01TEST:{ROOM}:{ts}"
    press = pressed(reply, "homeroom_button:again", value, "button")
    await homeroom.act("interact", **press)
    assert [words(one) for one in await homeroom.slack.replies(ts)] == [words(reply)] * 2


async def test_a_vote_is_kept_and_thanked_for(homeroom: Homeroom) -> None:
    slack = homeroom.slack
    ts = await homeroom.ask(f"{MENTION} hello", ALICE)
    [reply] = await slack.replies(ts)
    value = f"up|slack:T01TEST:{ROOM}:{ts}"
    await slack.act("interact", **pressed(reply, "homeroom_feedback", value, "feedback_buttons"))
    vote = "SELECT vote FROM votes JOIN turns ON id = turn_id WHERE message_id LIKE '%:' || ?"

    async def is_kept() -> bool:
        return homeroom.select(vote, ts) == ["up"]

    await until(is_kept)

    async def is_thanked() -> bool:
        last = (await slack.messages())[-1]
        return last.get("ephemeral_to") == ALICE and "Thank you" in words(last)

    await until(is_thanked)
    assert homeroom.select(vote, ts) == ["up"]


async def test_the_home_tab_shows_who_answers(homeroom: Homeroom) -> None:
    await homeroom.slack.act("open-home", user=BOB)

    async def published() -> list[JSON]:
        return await homeroom.slack.calls("views.publish", user_id=BOB)

    view = (await until(published))[-1]["view"]
    assert view["type"] == "home"
    assert "Homeroom" in json.dumps(view["blocks"])


async def test_a_question_outlives_a_kill_and_is_answered_once(homeroom: Homeroom) -> None:
    model, before = homeroom.model, len(homeroom.model.runs)
    model.hold()
    ts = await homeroom.slack.say(ALICE, f"{MENTION} hello")
    await homeroom.until_asked(ts)
    await homeroom.running.kill()
    model.release()
    await homeroom.start()
    assert await homeroom.done(ts) == "delivered"
    assert len(await homeroom.slack.replies(ts)) == 1
    assert len(model.runs) == before + 1


async def test_all_that_it_is_told_is_acknowledged(homeroom: Homeroom) -> None:
    """Also what it has no use for: Slack would tell it three times more."""
    slack = homeroom.slack
    before = len(await slack.log("to_bot"))
    acks = len(await slack.log("from_bot", "ack"))
    ts = await slack.say(BOB, "what nobody asked")
    await slack.act("reaction", channel=ROOM, ts=ts, user=ALICE, name="eyes")
    await slack.act("edit-message", channel=ROOM, ts=ts, user=BOB, text="what was meant")
    await slack.act("command", command="/unknown", channel=ROOM, user=ALICE)
    await slack.act("delete-message", channel=ROOM, ts=ts, user=BOB)
    assert len(await slack.log("to_bot")) - before == 5
    assert len(await slack.log("from_bot", "ack")) - acks == 5


async def test_where_there_is_no_streaming_it_does_not_try_again(homeroom: Homeroom) -> None:
    for _ in range(3):
        await homeroom.ask(f"{MENTION} hello", ALICE)
    assert len(await homeroom.slack.calls("chat.startStream")) <= 1
