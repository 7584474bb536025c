"""What people say in Slack reaches the bot, once, and Slack is told so only when it is on disk."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.adapter import SlackAdapter
from adapters.slack.commands import SHORTCUT
from adapters.slack.opening import OneWorkspace
from bot.core.forms import read_filled
from bot.core.messages import ConversationKey
from bot.core.ports.adapter import Health
from bot.core.posts import Part, Saying
from tests.fakes import JSON
from tests.fakes.door import FakeDoor
from tests.fakes.slack_http import signed
from tests.fakes.slack_server import SIGNING_SECRET, FakeSlack, Fault
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, SlackBot, slack_bot


async def test_a_mention_comes_as_two_events_and_is_one_message(
    slack: FakeSlack, bot: SlackBot
) -> None:
    ts = await slack.say(CHANNEL, ALICE, "<@U0BOT> what is a monad?")
    await bot.acked(2)
    (message,) = bot.door.offered  # the second tells nothing that is not known
    assert message.text == "what is a monad?"
    assert message.author.name == "alice"
    assert message.key == ConversationKey("slack", "T01TEST", CHANNEL, ts)


async def test_what_cannot_be_written_down_is_sent_again_and_taken_once(
    slack: FakeSlack, bot: SlackBot
) -> None:
    bot.door.failures = 2
    await slack.say(CHANNEL, ALICE, "<@U0BOT> hello")
    await bot.door.until(lambda: not bot.door.failures)
    assert not any(envelope.acked for envelope in slack.envelopes)
    slack.redeliver_unacked()
    await bot.acked(2)
    assert len(bot.door.accepted) == 1


async def test_a_repetition_is_not_dropped_because_it_is_one(
    slack: FakeSlack, bot: SlackBot
) -> None:
    bot.door.failures = 1
    await slack.say(slack.dm(ALICE), ALICE, "hello")
    await bot.door.until(lambda: not bot.door.failures)
    slack.redeliver_unacked()
    await bot.door.messages()
    assert slack.envelopes[-1].retry_attempt == 1


async def test_what_is_delivered_twice_is_taken_once(slack: FakeSlack, bot: SlackBot) -> None:
    await bot.asked()
    await bot.acked()
    for envelope in [*slack.envelopes]:
        slack.deliver_again(envelope)
    await bot.acked(4)
    assert len(bot.door.accepted) == 1


@pytest.mark.parametrize("fault", [Fault.rate_limited(30), Fault.server_error(), Fault.html()])
async def test_no_message_is_lost_while_slack_cannot_say_who_the_bot_is(
    slack: FakeSlack, fault: Fault
) -> None:
    slack.fail("auth.test", fault, times=100)
    async with slack_bot(slack) as bot:
        assert (await bot.asked("anyone there?")).text == "anyone there?"
        await bot.acked()


async def test_in_a_thread_it_was_asked_in_no_mention_is_needed(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await slack.say(CHANNEL, BOB, "and why?", thread_ts=question.key.thread)
    follow_up = (await bot.door.messages(2))[1]
    assert (follow_up.key, follow_up.text) == (question.key, "and why?")


async def test_where_it_was_not_addressed_it_takes_nothing(slack: FakeSlack, bot: SlackBot) -> None:
    ts = await slack.say(CHANNEL, ALICE, "hello everybody")
    await slack.say(CHANNEL, BOB, "hello", thread_ts=ts)
    await slack.say(slack.dm(ALICE), ALICE, "the last word")
    assert [message.text for message in await bot.door.messages()] == ["the last word"]
    await bot.acked()
    assert not slack.called("conversations.history")
    assert not slack.called("conversations.replies")


async def test_the_setting_of_a_channel_decides_what_is_followed(
    slack: FakeSlack, bot: SlackBot
) -> None:
    await bot.door.set(f"slack:T01TEST:{CHANNEL}", "follow", "channel")
    await slack.say(CHANNEL, ALICE, "to nobody in particular")
    question = (await bot.door.messages())[0]
    await bot.door.set(f"slack:T01TEST:{CHANNEL}", "follow", "mention")
    await slack.say(CHANNEL, ALICE, "not for it", thread_ts=question.key.thread)
    assert (await bot.asked("for it")).text == "for it"
    assert [m.text for m in bot.door.accepted] == ["to nobody in particular", "for it"]


async def test_its_own_messages_and_those_of_other_bots_ask_nothing(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.write(question, "an answer")  # Slack tells the bot of it
    slack.add_user("U03BOT", "other", is_bot=True)
    for subtype in ("bot_message", ""):
        thread = question.key.thread
        await slack.say(CHANNEL, "U03BOT", "hi", thread, bot_id="B03", subtype=subtype)
    slack.add_user("USLACKBOT", "slackbot")
    await slack.say(CHANNEL, "USLACKBOT", "a reminder", question.key.thread)
    await bot.asked("the next")
    await bot.acked()
    assert [message.text for message in bot.door.accepted] == ["hello", "the next"]


@pytest.mark.parametrize("listed", ["B03", "A03", "U03BOT"])
async def test_a_listed_bot_may_ask_until_only_bots_talk(
    slack: FakeSlack, bot: SlackBot, listed: str
) -> None:
    slack.add_user("U03BOT", "other", is_bot=True)
    await bot.door.set(f"slack:T01TEST:{CHANNEL}", "bots", f"B99, {listed}")
    thread = (await bot.asked()).key.thread

    async def bot_says(text: str) -> None:
        await slack.say(CHANNEL, "U03BOT", text, thread, bot_id="B03", app_id="A03")

    for number in range(8):
        await bot_says(f"{number}")
    await slack.say(CHANNEL, BOB, "a person speaks", thread)
    await bot.door.until(lambda: bot.door.accepted[-1].text == "a person speaks")
    texts = [message.text for message in bot.door.accepted]
    assert texts == ["hello", "0", "1", "2", "3", "4", "a person speaks"]
    await bot_says("again")
    await bot.door.admit((await bot.door.messages(8))[-1])


async def test_a_listed_bot_without_a_user_is_admitted_too(slack: FakeSlack, bot: SlackBot) -> None:
    await bot.door.set("slack", "bots", "B03")
    event = {"type": "message", "subtype": "bot_message", "bot_id": "B03", "text": "<@U0BOT> hi"}
    slack.event(event | {"channel": CHANNEL, "ts": "5.0", "username": "feed"})
    (message,) = await bot.door.messages()
    assert message.author.name == "feed"
    await bot.door.admit(message)


async def test_an_edited_question_is_replaced_and_a_deleted_one_withdrawn(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked("teh question")
    ts = question.origin["ts"]
    await slack.edit(CHANNEL, ts, "<@U0BOT> the question")
    await bot.door.until(lambda: bot.door.replaced)
    assert bot.door.replaced == [(question.unique_key, "the question")]
    await slack.delete(CHANNEL, ts)
    await bot.door.until(lambda: bot.door.withdrawn)
    assert bot.door.withdrawn == [question.unique_key]
    session = slack.session(CHANNEL, question.key.thread)
    await bot.door.until(lambda: session.history and session.status == "active")
    await bot.acked()


async def test_while_it_is_asked_who_somebody_is_nothing_in_the_thread_overtakes_the_message(
    slack: FakeSlack, bot: SlackBot
) -> None:
    thread = (await bot.asked()).key.thread
    slack.fail("users.info", Fault.slow(0.3))
    ts = await slack.say(CHANNEL, BOB, "first", thread)
    await slack.say(CHANNEL, ALICE, "second", thread)
    await slack.edit(CHANNEL, ts, "the first")
    await bot.door.until(lambda: bot.door.replaced)
    assert [message.text for message in bot.door.accepted] == ["hello", "first", "second"]


async def test_a_mention_that_an_edit_adds_is_a_message(slack: FakeSlack, bot: SlackBot) -> None:
    ts = await slack.say(CHANNEL, ALICE, "hello")
    await slack.edit(CHANNEL, ts, "<@U0BOT> hello")
    assert (await bot.door.messages())[0].key.thread == ts


async def test_the_stop_button_is_a_stop_command_in_its_thread(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await slack.stop_session(CHANNEL, question.key.thread, ALICE)
    stop = (await bot.door.messages(2))[1]
    assert (stop.key, stop.command, stop.author.id) == (question.key, "stop", ALICE)


async def test_a_stop_by_command_ends_what_the_person_last_asked_there(bot: SlackBot) -> None:
    question = await bot.asked()
    stop = await bot.commanded("/stop", "")
    assert (stop.key, stop.command) == (question.key, "stop")
    assert stop.origin["private"]


async def test_a_command_is_acknowledged_and_if_it_cannot_be_taken_the_person_is_told(
    slack: FakeSlack, bot: SlackBot
) -> None:
    await bot.commanded("/ask", "why?")
    await bot.acked()
    bot.door.failures = 1
    await slack.command("/ask", "why?", ALICE, CHANNEL)
    await bot.acked(2)
    (note,) = slack.messages(CHANNEL)
    assert note.ephemeral == ALICE
    assert "could not write that down" in note.text
    assert len(bot.door.accepted) == 1


async def test_a_public_command_is_shown_to_all_by_its_acknowledgement(
    slack: FakeSlack, bot: SlackBot
) -> None:
    await bot.commanded("/ask", "--public why?")
    await bot.acked()
    assert slack.envelopes[-1].acks[0].payload == {"response_type": "in_channel"}


async def test_one_can_ask_about_a_message(slack: FakeSlack, bot: SlackBot) -> None:
    ts = await slack.say(CHANNEL, BOB, "entropy rises")
    await slack.shortcut(SHORTCUT, ALICE, ts)
    asked = (await bot.door.messages())[0]
    assert "> bob: entropy rises" in asked.text
    assert asked.key.thread == f"private:{ALICE}"
    await bot.acked()


async def test_a_press_below_an_answer_is_said_as_a_command(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.write(question, "an answer")
    ts = bot.reply(question).ts
    await slack.click(ts, "homeroom_feedback", f"up|{question.unique_key}", BOB)
    await slack.click(ts, "homeroom_button:again", user=BOB)
    _, praise, wish = await bot.door.messages(3)
    assert [(one.command, one.author.id) for one in (praise, wish)] == [("up", BOB), ("again", BOB)]
    assert praise.text == wish.text == question.unique_key
    await bot.adapter.post(wish, Saying(text="once more", is_final=True), Part("n"))
    assert [note.ephemeral for note in slack.messages(CHANNEL) if note.ephemeral] == [BOB]
    await bot.acked()


async def test_blame_opens_a_form_whose_words_are_said_as_a_command(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.write(question, "an answer")
    ts = bot.reply(question).ts
    await slack.click(ts, "homeroom_feedback", f"down|{question.unique_key}", BOB)
    await bot.door.until(lambda: slack.state.views)
    [view] = slack.state.views
    await slack.submit(view, BOB, {"reason": {"reason": {"value": "it is wrong"}}})
    _, blame, reason = await bot.door.messages(3)
    assert (blame.command, blame.text) == ("down", question.unique_key)
    assert reason.command == "reason"
    assert read_filled(reason.text) == (question.unique_key, {"reason": "it is wrong"})
    await bot.acked()


async def test_a_press_that_is_delivered_twice_is_one_command(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.write(question, "an answer")
    await slack.click(bot.reply(question).ts, "homeroom_button:again", user=BOB)
    await bot.door.messages(2)
    offered = len(bot.door.offered)
    slack.deliver_again(slack.envelopes[-1])
    await bot.door.until(lambda: len(bot.door.offered) > offered)
    assert len(bot.door.accepted) == 2


async def test_what_nobody_listens_to_is_acknowledged_too(slack: FakeSlack, bot: SlackBot) -> None:
    await slack.react(CHANNEL, await slack.say(CHANNEL, BOB, "hi"), "wave", ALICE)
    await slack.join(CHANNEL, "U01ALICE")
    await slack.open_home(ALICE, "home")
    slack.event({"type": "something_new", "channel": CHANNEL})
    await slack.command("/unknown", "", ALICE, CHANNEL)
    await slack.shortcut("unknown", ALICE)
    await bot.acked(6)


async def test_the_messages_tab_opens_with_prompts(slack: FakeSlack, bot: SlackBot) -> None:
    await slack.open_home(ALICE, "messages")
    await bot.door.until(lambda: slack.state.prompts)
    (offered,) = slack.state.prompts.values()
    assert 1 <= len(offered["prompts"]) <= 4
    assert offered["title"]


async def test_a_refreshed_socket_loses_and_doubles_nothing(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.hold_delivery()
    stamps = [await slack.say(slack.dm(ALICE), ALICE, f"{number}") for number in range(5)]
    await slack.disconnect("refresh_requested")
    slack.release_delivery()
    await bot.door.messages(5)
    await bot.acked()
    assert sorted(message.key.thread for message in bot.door.accepted) == sorted(stamps)


async def test_two_sockets_share_the_messages_and_each_is_taken_once(slack: FakeSlack) -> None:
    door = FakeDoor()
    async with slack_bot(slack, door) as bot, slack_bot(slack, door):
        for number in range(6):
            await slack.say(CHANNEL, ALICE, f"<@U0BOT> {number}")
        await door.messages(6)
        await bot.acked()
        assert {envelope.socket for envelope in slack.envelopes} == {1, 2}
        assert len(door.accepted) == 6


async def test_a_socket_that_is_cut_is_replaced_and_nothing_is_lost(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.drop_sockets()
    assert (await bot.asked("still there?")).text == "still there?"
    assert slack.sockets.opened >= 2


async def test_a_socket_that_stands_half_open_is_noticed_and_replaced(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.freeze_sockets()
    await bot.door.until(lambda: slack.sockets.opened >= 2)
    await slack.say(slack.dm(ALICE), ALICE, "hello")
    slack.redeliver_unacked()
    assert (await bot.door.messages())[0].text == "hello"


async def test_health_tells_how_long_slack_has_been_silent(bot: SlackBot) -> None:
    health = await bot.adapter.health()
    assert health.is_connected
    assert health.silent_for is not None
    assert health.silent_for < 5


async def test_a_bot_that_does_not_listen_is_not_healthy(slack: FakeSlack) -> None:
    async with slack_bot(slack) as bot:
        pass
    assert not (await bot.adapter.health()).is_connected


class SignedBodies:
    """Takes the place of the socket: bodies are handed to the app itself."""

    app: AsyncApp

    async def run(self, app: AsyncApp) -> None:
        self.app = app
        await asyncio.Event().wait()

    async def health(self) -> Health:
        return Health(is_connected=True, silent_for=None)

    async def hand_in(self, body: JSON, secret: str = SIGNING_SECRET) -> BoltResponse:
        raw = json.dumps(body)
        headers: Any = signed(secret, raw) | {"content-type": "application/json"}
        return await self.app.async_dispatch(AsyncBoltRequest(body=raw, headers=headers))


class WithSecret(OneWorkspace):
    def app_options(self) -> JSON:
        return super().app_options() | {"signing_secret": SIGNING_SECRET}


@pytest.fixture
async def signed_bodies(slack: FakeSlack) -> AsyncIterator[tuple[SignedBodies, FakeDoor]]:
    line, door = SignedBodies(), FakeDoor()
    adapter = SlackAdapter(WithSecret(slack.bot.token, slack.api_url), line, clock=time.time)
    adapter.open(door)
    listening = asyncio.create_task(adapter.listen())
    await door.until(lambda: hasattr(line, "app"))
    yield line, door
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await adapter.close()


def told(text: str) -> JSON:
    event = {"type": "message", "channel": "D01", "channel_type": "im", "user": ALICE}
    ours = {"team_id": "T01TEST", "user_id": "U0BOT", "is_bot": True}
    body = {"type": "event_callback", "event": event | {"ts": "5.0", "text": text}}
    return body | {"team_id": "T01TEST", "authorizations": [ours]}


async def test_a_signed_body_is_taken_and_one_signed_by_another_is_not(
    signed_bodies: tuple[SignedBodies, FakeDoor],
) -> None:
    line, door = signed_bodies
    assert (await line.hand_in(told("hello"), "another secret")).status == 401
    assert (await line.hand_in(told("hello"))).status == 200
    assert [message.text for message in door.offered] == ["hello"]


async def test_a_body_that_cannot_be_written_down_is_answered_with_no(
    signed_bodies: tuple[SignedBodies, FakeDoor],
) -> None:
    line, door = signed_bodies
    door.failures = 1
    assert (await line.hand_in(told("hello"))).status == 503
    assert (await line.hand_in(told("hello"))).status == 200
    assert len(door.accepted) == 1


async def test_slack_is_answered_when_it_checks_the_address(
    signed_bodies: tuple[SignedBodies, FakeDoor],
) -> None:
    line, _ = signed_bodies
    response = await line.hand_in({"type": "url_verification", "challenge": "c"})
    assert json.loads(response.body) == {"challenge": "c"}
