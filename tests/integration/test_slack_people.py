"""Who may ask, what is read of a thread, what is shown while an answer is on its way."""

import pytest

from adapters.slack.opening import open_slack
from bot.core.answers import Status
from bot.core.errors import NotAllowed, PlatformUnavailable
from bot.core.posts import Part, Saying
from tests.fakes.reading import before
from tests.fakes.slack_server import APP_TOKEN, FakeSlack, Fault
from tests.fakes.slack_server import Message as Shown
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, SlackBot, slack_bot, words_of


def notes(slack: FakeSlack) -> list[str]:
    """What Alice alone was told."""
    return [words_of(m) for m in slack.messages(CHANNEL) if m.ephemeral == ALICE]


async def test_people_of_the_workspace_may_ask(slack: FakeSlack, bot: SlackBot) -> None:
    await bot.door.admit(await bot.asked())
    assert not notes(slack)


@pytest.mark.parametrize("kind", ["is_restricted", "is_ultra_restricted"])
async def test_a_guest_is_refused_and_told_once_and_alone(
    slack: FakeSlack, bot: SlackBot, kind: str
) -> None:
    slack.state.users[ALICE][kind] = True
    for text in ("one", "two"):
        with pytest.raises(NotAllowed):
            await bot.door.admit(await bot.asked(text))
    assert notes(slack) == ["Guests of this workspace cannot ask me."]
    assert not slack.called("chat.postMessage")


@pytest.mark.parametrize("how", ["is_ext_shared", "is_pending_ext_shared"])
async def test_a_channel_shared_with_others_is_refused_unless_it_is_set_otherwise(
    slack: FakeSlack, bot: SlackBot, how: str
) -> None:
    slack.state.channel(CHANNEL).fields[how] = True
    question = await bot.asked()
    with pytest.raises(NotAllowed, match="other organisations"):
        await bot.door.admit(question)
    assert len(notes(slack)) == 1
    await bot.door.set(f"slack:T01TEST:{CHANNEL}", "shared_channels", "on")
    await bot.door.admit(question)


async def test_where_others_listen_is_told_by_the_event_itself(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.add_channel("G01", kind="mpim", is_ext_shared=True)
    slack.scopes = slack.scopes - {"mpim:read"}
    with pytest.raises(NotAllowed, match="other organisations"):
        await bot.door.admit(await bot.asked(channel="G01"))


async def test_somebody_of_another_organisation_is_refused(slack: FakeSlack, bot: SlackBot) -> None:
    slack.add_user("U9", "eve", team="T9")
    slack.state.channel(CHANNEL).members.append("U9")
    await slack.say(CHANNEL, "U9", "<@U0BOT> hello")
    with pytest.raises(NotAllowed, match="this organisation"):
        await bot.door.admit((await bot.door.messages())[0])


@pytest.mark.parametrize(("outsiders", "is_let_in"), [("off", False), ("on", True)])
async def test_somebody_from_outside_writes_directly_only_where_that_is_allowed(
    slack: FakeSlack, bot: SlackBot, outsiders: str, *, is_let_in: bool
) -> None:
    slack.add_user("U9", "eve", team="T9")
    await bot.door.set("slack:T01TEST", "shared_channels", "on")
    await bot.door.set("slack", "outsiders", outsiders)
    await slack.say(slack.dm("U9"), "U9", "free tokens?")
    question = (await bot.door.messages())[0]
    if is_let_in:
        await bot.door.admit(question)
    else:
        with pytest.raises(NotAllowed, match="only in channels that we share"):
            await bot.door.admit(question)


async def test_a_guest_may_ask_where_guests_are_on(slack: FakeSlack, bot: SlackBot) -> None:
    slack.state.users[ALICE]["is_restricted"] = True
    question = await bot.asked()
    with pytest.raises(NotAllowed):
        await bot.door.admit(question)
    await bot.door.set("slack:T01TEST", "guests", "on")
    await bot.door.admit(question)


@pytest.mark.parametrize(
    ("name", "rules", "is_admitted"),
    [
        ("allow", f"channel:{CHANNEL}", True),
        ("allow", "channel:C99", False),
        ("deny", f"user:{ALICE}", False),
        ("allow", "group:S1", True),
        ("allow", f"channel:C99, user:{BOB}, group:S1", True),
        ("deny", "group:S1", False),
        ("allow", "group:S2", False),
        ("deny", "space:T01TEST", False),
    ],
)
@pytest.mark.parametrize("scope", ["slack", f"slack:T01TEST:{CHANNEL}"])
async def test_the_lists_decide_by_channel_user_and_group(  # noqa: PLR0913
    slack: FakeSlack, bot: SlackBot, scope: str, name: str, rules: str, *, is_admitted: bool
) -> None:
    slack.add_usergroup("S1", "staff", [ALICE])
    slack.add_usergroup("S2", "others", [BOB])
    await bot.door.set(scope, name, rules)
    question = await bot.asked()
    if is_admitted:
        await bot.door.admit(question)
    else:
        with pytest.raises(NotAllowed):
            await bot.door.admit(question)


async def test_groups_are_looked_into_only_where_a_list_names_them(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.add_usergroup("S1", "staff", [ALICE])
    await bot.door.set("slack", "allow", f"user:{ALICE}")
    await bot.door.admit(await bot.asked())
    assert not slack.called("usergroups.users.list")
    await bot.door.set("slack", "allow", "group:S1")
    await bot.door.admit(await bot.asked("more"))
    await bot.door.admit(await bot.asked("and more"))
    assert len(slack.called("usergroups.users.list")) == 1


async def test_who_cannot_be_known_is_not_let_in(slack: FakeSlack, bot: SlackBot) -> None:
    question = await bot.asked()
    slack.scopes = slack.scopes - {"users:read", "channels:read"}
    with pytest.raises(NotAllowed):
        await bot.door.admit(question)
    assert len(notes(slack)) == 1


async def test_a_refused_command_is_told_each_time(slack: FakeSlack, bot: SlackBot) -> None:
    await bot.door.set("slack", "deny", f"user:{ALICE}")
    for _ in range(2):
        with pytest.raises(NotAllowed):
            await bot.door.admit(await bot.commanded("/ask", "why?"))
    assert len(notes(slack)) == 2


async def test_people_and_channels_are_asked_for_once(slack: FakeSlack, bot: SlackBot) -> None:
    for text in ("one", "two", "three"):
        await bot.door.admit(await bot.asked(text))
    assert len(slack.called("users.info")) == 1
    assert len(slack.called("conversations.info")) == 1


async def test_a_name_that_cannot_be_learnt_keeps_nobody_waiting(slack: FakeSlack) -> None:
    slack.fail("users.info", Fault.server_error(), times=9)
    async with slack_bot(slack) as bot:
        assert (await bot.asked()).author.name == ALICE


async def test_what_was_said_before_in_a_thread_is_read_with_names(
    slack: FakeSlack, bot: SlackBot
) -> None:
    root = await slack.say(CHANNEL, ALICE, "Is 5 &lt; 7?")
    await slack.say(CHANNEL, BOB, "Ask <@U01ALICE|alice>.", thread_ts=root)
    await slack.say(CHANNEL, BOB, "<@U0BOT> is it?", thread_ts=root)
    await slack.say(CHANNEL, ALICE, "and after that", thread_ts=root)
    question = (await bot.door.messages())[0]
    assert await before(bot.adapter, question) == "alice: Is 5 < 7?\nbob: Ask @alice."


@pytest.mark.parametrize("length", [5, 400])
async def test_only_the_newest_of_a_long_thread_is_read(
    slack: FakeSlack, bot: SlackBot, length: int
) -> None:
    root = await slack.say(CHANNEL, ALICE, "the beginning")
    for number in range(60):
        await slack.say(CHANNEL, BOB, f"{number} " + "x" * length, thread_ts=root)
    await slack.say(CHANNEL, BOB, "<@U0BOT> so?", thread_ts=root)
    lines = (await before(bot.adapter, (await bot.door.messages())[0])).splitlines()
    assert lines[-1].startswith("bob: 59 ")
    assert sum(map(len, lines)) <= 6000
    assert len(lines) <= 30


async def test_of_a_thread_of_more_than_a_thousand_the_newest_end_is_read(
    slack: FakeSlack, bot: SlackBot
) -> None:
    root = await slack.say(CHANNEL, ALICE, "the beginning")
    where = slack.state.channel(CHANNEL)
    for number in range(1200):
        said = Shown(channel=CHANNEL, ts=slack.state.ts(), user=BOB, team="T01TEST")
        said.text, said.thread_ts = f"reply {number}", root
        where.messages.append(said)
    await slack.say(CHANNEL, BOB, "<@U0BOT> so?", thread_ts=root)
    lines = (await before(bot.adapter, (await bot.door.messages())[0])).splitlines()
    newest = [f"bob: reply {number}" for number in range(1171, 1200)]
    assert lines == ["alice: the beginning", *newest]
    assert len(slack.called("conversations.replies")) == 2


async def test_a_question_that_begins_a_thread_has_nothing_before_it(
    slack: FakeSlack, bot: SlackBot
) -> None:
    assert await before(bot.adapter, await bot.asked()) == ""
    assert await before(bot.adapter, await bot.commanded("/ask", "why?")) == ""
    assert not slack.called("conversations.replies")


async def test_a_thread_that_cannot_be_read_is_no_error(slack: FakeSlack, bot: SlackBot) -> None:
    root = await slack.say(CHANNEL, ALICE, "hello")
    await slack.say(CHANNEL, BOB, "<@U0BOT> so?", thread_ts=root)
    question = (await bot.door.messages())[0]
    slack.scopes = slack.scopes - {"channels:history"}
    assert await before(bot.adapter, question) == ""


async def test_while_it_thinks_words_stand_there_and_the_session_can_be_stopped(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked("what is a monad?", slack.dm(ALICE))
    session = slack.session(slack.dm(ALICE), question.key.thread)
    await bot.adapter.show_status(question, Status.THINKING)
    await bot.door.until(lambda: session.history == ["is thinking…", "processing"])
    assert session.loading_messages
    assert session.title == "what is a monad?"
    assert slack.called("agents.sessions.setStatus")[0].args["initiator_user_id"] == ALICE
    await bot.adapter.show_status(question, Status.USING_TOOL, "the calculator")
    await bot.door.until(lambda: session.line == "is using a tool (the calculator)…")
    await bot.adapter.post(question, Saying(text="42", is_final=True), Part("n"))
    assert session.status == "active"
    assert session.line == ""


async def test_that_nothing_is_done_any_more_is_said_even_where_the_rate_is_limited(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.THINKING)
    slack.fail("agents.sessions.setStatus", Fault.rate_limited(2))
    await bot.adapter.post(question, Saying(text="an answer", is_final=True), Part("n"))
    assert slack.session(CHANNEL, question.key.thread).status == "active"


async def test_an_answer_does_not_wait_for_a_status_that_slack_never_takes(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    slack.fail("assistant.threads.setStatus", Fault.slow(3600.0))
    patient = open_slack(slack.bot.token, APP_TOKEN, slack.api_url, timeout=3600.0)
    patient.open(bot.door)
    await patient.show_status(question, Status.THINKING)
    await bot.door.until(lambda: slack.called("assistant.threads.setStatus"))
    await patient.post(question, Saying(text="an answer", is_final=True), Part("n"))
    await patient.close()
    assert words_of(bot.reply(question)) == "an answer"


async def test_who_is_turned_away_is_not_left_waiting_on_the_screen(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.state.users[ALICE]["is_restricted"] = True
    question = await bot.asked()
    session = slack.session(CHANNEL, question.key.thread)
    await bot.adapter.show_status(question, Status.QUEUED, "1 before you")
    await bot.door.until(lambda: session.status == "processing")
    with pytest.raises(NotAllowed):
        await bot.door.admit(question)
    assert session.status == "active"


async def test_a_status_that_is_shown_already_is_not_sent_again(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    for _ in range(3):
        await bot.adapter.show_status(question, Status.THINKING)
    await bot.door.until(lambda: not bot.adapter._statuses._telling)
    assert len(slack.called("assistant.threads.setStatus")) == 1


@pytest.mark.parametrize("method", ["assistant.threads.setStatus", "agents.sessions.setStatus"])
@pytest.mark.parametrize(
    "fault",
    [Fault.refused("unknown_method"), Fault.server_error(), Fault.rate_limited(30), Fault.html()],
    ids=["missing", "broken", "limited", "page"],
)
async def test_a_status_that_cannot_be_shown_is_no_error(
    slack: FakeSlack, bot: SlackBot, method: str, fault: Fault
) -> None:
    slack.fail(method, fault, times=9)
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.THINKING)
    await bot.write(question, "an answer")
    assert words_of(bot.reply(question)) == "an answer"


@pytest.mark.parametrize(
    "method",
    [
        *("chat.postMessage", "chat.stopStream", "response_url"),
        *("users.info", "conversations.info", "conversations.replies"),
        *("files.getUploadURLExternal", "files.completeUploadExternal"),
    ],
)
async def test_a_limited_rate_is_waited_out_whatever_the_method(
    slack: FakeSlack, bot: SlackBot, method: str
) -> None:
    slack.fail(method, Fault.rate_limited(0.01))
    root = await slack.say(CHANNEL, BOB, "before")
    await slack.say(CHANNEL, ALICE, "<@U0BOT> so?", thread_ts=root)
    question = (await bot.door.messages())[0]
    await bot.door.admit(question)
    assert await before(bot.adapter, question) == "bob: before"
    text = " ".join(["word"] * 200)
    await bot.write(question, text[:20], text[:600], text[:700], text, nonce="one")
    await bot.adapter.post(question, Saying(text=text * 20), Part("two"))
    await bot.adapter.post(question, Saying(text="the end", is_final=True), Part("three"))
    private = await bot.commanded("/ask", "why?")
    await bot.write(private, "because")
    streamed, file, end = bot.replies(question)[-3:]
    assert words_of(streamed) == text
    assert file.files[0]["name"] == "answer.md"
    assert words_of(end) == "the end"
    assert notes(slack) == ["because"]
    assert {call.answer for call in slack.called(method)} >= {"http_429", "ok"}


async def test_after_a_refusal_for_long_no_other_asks_in_vain(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.fail("chat.postMessage", Fault.rate_limited(600))
    for text in ("one", "two"):
        with pytest.raises(PlatformUnavailable) as refused:
            await bot.adapter.post(
                await bot.asked(text), Saying(text=text, is_final=True), Part(text)
            )
        assert refused.value.retry_after is not None
        assert refused.value.retry_after > 500
    assert len(slack.called("chat.postMessage")) == 1


async def test_a_status_that_slack_does_not_know_is_not_tried_again(
    slack: FakeSlack, bot: SlackBot
) -> None:
    for method in ("assistant.threads.setStatus", "agents.sessions.setStatus"):
        slack.fail(method, Fault.refused("unknown_method"), times=9)
    for text in ("one", "two"):
        await bot.adapter.show_status(await bot.asked(text), Status.THINKING)
        await bot.door.until(lambda: not bot.adapter._statuses._telling)
    assert len(slack.called("assistant.threads.setStatus")) == 1
    assert len(slack.called("agents.sessions.setStatus")) == 1


async def test_all_requests_share_one_session(slack: FakeSlack, bot: SlackBot) -> None:
    workspaces = bot.adapter._workspaces
    session = (await workspaces.client("")).session
    question = await bot.asked()
    await bot.door.admit(question)
    await bot.write(question, "an answer")
    await bot.write(await bot.commanded("/ask", "why?"), "because")
    assert session is not None
    assert (await workspaces.client("T01TEST")).session is session
    await bot.adapter.close()
    assert session.closed
