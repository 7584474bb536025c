"""A class that speaks at once in one workspace: who they are is learnt by the page, and kept."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from adapters.slack.opening import open_slack
from adapters.slack.people import Roster
from bot.core.answers import Status
from bot.core.errors import NotAllowed
from bot.core.messages import Message
from tests.fakes import JSON
from tests.fakes.memory import FakeMemory
from tests.fakes.slack_server import APP_TOKEN, FakeSlack, Fault
from tests.integration.slack_bot import ALICE, CHANNEL, SlackBot, slack_bot, words_of

CLASS = 200
# As Slack documents them: a minute, and per channel a second.
TIERS = {
    "users.info": (100, 60.0),
    "users.list": (20, 60.0),
    "users.conversations": (50, 60.0),
    "conversations.info": (50, 60.0),
    "usergroups.users.list": (20, 60.0),
}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as server:
        server.tiers = TIERS
        yield server


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncIterator[SlackBot]:
    async with slack_bot(slack) as started:
        yield started


def enrol(slack: FakeSlack, count: int = CLASS) -> list[str]:
    """So many more people, each with a channel of her own."""
    people = [f"U{number:04}" for number in range(count)]
    for person in people:
        slack.add_user(person)
        slack.add_channel(f"C{person}")
    return people


Meet = Callable[..., Roster]


@pytest.fixture
async def meet(slack: FakeSlack) -> AsyncIterator[Meet]:
    """A process that is to find out who people are; each call is another one."""
    adapters = []

    def start(memory: FakeMemory | None = None) -> Roster:
        adapters.append(open_slack(slack.bot.token, APP_TOKEN, slack.api_url, memory=memory))
        return adapters[-1]._people

    yield start
    for adapter in adapters:
        await adapter.close()


def told(kind: str, **more: object) -> JSON:
    return {"type": "event_callback", "team_id": "T01TEST", "event": {"type": kind, **more}}


async def test_a_class_that_is_unknown_is_let_in_within_the_limits(
    slack: FakeSlack, bot: SlackBot
) -> None:
    for person in enrol(slack):
        await slack.say(f"C{person}", person, "<@U0BOT> why?")
    questions = await bot.door.messages(CLASS)
    await asyncio.gather(*[bot.door.admit(question) for question in questions])
    assert not [call for call in slack.calls if call.answer == "ratelimited"]
    assert len(slack.called("users.info")) + len(slack.called("conversations.info")) <= 8


async def test_the_list_is_read_to_its_end(slack: FakeSlack, meet: Meet) -> None:
    enrol(slack, 2500)
    people = meet()
    wanted = ["U0000", "U0001", "U0002", "U2498", "U2499"]
    found = await asyncio.gather(*[people.person("T01TEST", user) for user in wanted])
    assert [person.id for person in found] == wanted
    assert len(slack.called("users.list")) == 3


@pytest.mark.parametrize(
    "fault", [Fault.refused("missing_scope"), Fault.server_error(), Fault.rate_limited(3600)]
)
async def test_without_a_list_each_is_looked_up(slack: FakeSlack, meet: Meet, fault: Fault) -> None:
    class_ = enrol(slack, 20)
    slack.fail("users.list", fault, times=9)
    people = meet()
    found = await asyncio.gather(*[people.person("T01TEST", user) for user in class_])
    assert len(found) == 20


async def test_who_is_in_no_list_is_looked_up(slack: FakeSlack, meet: Meet) -> None:
    class_ = enrol(slack, 10)
    slack.add_user("U9", "eve", team="T9")
    people = meet()
    found = await asyncio.gather(*[people.person("T01TEST", user) for user in [*class_, "U9"]])
    assert found[-1].team == "T9"


async def test_a_list_that_hangs_keeps_nobody_waiting(slack: FakeSlack, meet: Meet) -> None:
    class_ = enrol(slack, 10)
    slack.fail("users.list", Fault.slow(60.0))
    people = meet()
    async with asyncio.timeout(30):
        found = await asyncio.gather(*[people.person("T01TEST", user) for user in class_])
    assert len(found) == 10


async def test_who_has_asked_is_known_after_a_restart(slack: FakeSlack, meet: Meet) -> None:
    memory = FakeMemory()
    await meet(memory).person("T01TEST", ALICE)
    slack.fail("users.*", Fault.server_error(), times=99)
    assert (await meet(memory).person("T01TEST", ALICE)).name == "alice"


async def test_of_who_has_never_asked_nothing_is_kept(slack: FakeSlack, meet: Meet) -> None:
    memory, class_ = FakeMemory(), enrol(slack, 10)
    people = meet(memory)
    await asyncio.gather(*[people.person("T01TEST", user) for user in class_[:5]])
    assert len(memory.kept) == 5


@pytest.mark.parametrize(
    "kept", ["", "[]", "{", '{"id": 1, "at": 9e12}', '{"at": 0}', '{"at": ""}']
)
async def test_what_cannot_be_read_is_looked_up(meet: Meet, kept: str) -> None:
    memory = FakeMemory({f"slack:person:T01TEST:{ALICE}": kept})
    assert (await meet(memory).person("T01TEST", ALICE)).name == "alice"


async def test_a_memory_that_is_full_keeps_nobody_out(meet: Meet) -> None:
    memory = FakeMemory(failures=9)
    assert (await meet(memory).person("T01TEST", ALICE)).name == "alice"


@pytest.mark.parametrize("kind", ["user_change", "user_profile_changed", "team_join"])
async def test_what_slack_tells_of_a_person_holds_from_the_next_question_on(
    slack: FakeSlack, bot: SlackBot, kind: str
) -> None:
    question = await bot.asked()
    await bot.door.admit(question)
    slack.event({"type": kind, "user": slack.add_user(ALICE, "alice", is_restricted=True)})
    await bot.acked(3)
    with pytest.raises(NotAllowed):
        await bot.door.admit(question)
    assert len(slack.called("users.info")) == 1


async def test_a_profile_alone_says_nothing_of_who_may_ask(slack: FakeSlack, meet: Meet) -> None:
    slack.state.users[ALICE]["is_restricted"] = True
    people = meet()
    await people.person("T01TEST", ALICE)
    profile = {"display_name": "Al"}
    assert people.hear(told("user_profile_changed", user={"id": ALICE, "profile": profile}))
    renamed = await people.person("T01TEST", ALICE)
    assert (renamed.name, renamed.is_guest) == ("Al", True)


async def test_a_channel_that_is_shared_is_looked_at_anew(slack: FakeSlack, bot: SlackBot) -> None:
    question = await bot.asked()
    await bot.door.admit(question)
    slack.state.channel(CHANNEL).fields["is_ext_shared"] = True
    slack.event({"type": "channel_shared", "connected_team_id": "T9", "channel": CHANNEL})
    await bot.acked(3)
    with pytest.raises(NotAllowed, match="other organisations"):
        await bot.door.admit(question)


async def test_a_group_follows_its_events(slack: FakeSlack, meet: Meet) -> None:
    slack.add_usergroup("S1", "staff", [ALICE])
    people = meet()
    await people.group("T01TEST", "S1")
    assert people.hear(told("subteam_members_changed", subteam_id="S1", added_users=["U7"]))
    assert await people.group("T01TEST", "S1") == {ALICE, "U7"}
    assert people.hear(
        told("subteam_members_changed", subteam_id="S1", removed_users=[ALICE], added_users=None)
    )
    assert await people.group("T01TEST", "S1") == {"U7"}
    assert people.hear(told("subteam_updated", subteam={"id": "S1", "users": ["U8"]}))
    assert await people.group("T01TEST", "S1") == {"U8"}
    assert len(slack.called("usergroups.users.list")) == 1


async def test_a_direct_message_needs_no_look_at_the_channel(
    slack: FakeSlack, bot: SlackBot
) -> None:
    await bot.door.admit(await bot.asked(channel=slack.dm(ALICE)))
    assert not slack.called("conversations.info")


async def ask_all(slack: FakeSlack, bot: SlackBot, count: int) -> list[Message]:
    """So many people ask in one channel in the same instant, and are let in."""
    for person in enrol(slack, count):
        slack.state.channel(CHANNEL).members.append(person)
        await slack.say(CHANNEL, person, "<@U0BOT> why?")
    questions = await bot.door.messages(count)
    await asyncio.gather(*[bot.door.admit(question) for question in questions])
    return sorted(questions, key=lambda question: question.origin["ts"])


async def test_where_many_ask_each_answer_costs_one_call_and_comes_in_the_order_of_asking(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.tiers = {"chat.postMessage": (1, 0.2), **TIERS}
    questions = await ask_all(slack, bot, 12)
    for question in questions:
        await bot.adapter.show_status(question, Status.THINKING)
    calls = len(slack.calls)
    await asyncio.gather(
        *[bot.write(question, f"answer {question.id}") for question in reversed(questions)]
    )
    shown = [m for m in slack.messages(CHANNEL) if m.user == "U0BOT"]
    words = [words_of(m) for m in shown]
    in_order = [f"answer {question.id}" for question in questions]
    assert sorted(words) == sorted(in_order)
    # What was ready first may have gone before those came who asked earlier.
    assert words[3:] == [answer for answer in in_order if answer not in words[:3]]
    refused = [call for call in slack.calls[calls:] if call.answer == "ratelimited"]
    assert {call.method for call in slack.calls[calls:]} <= {"chat.postMessage", "auth.test"}
    assert len(refused) <= 6


async def test_who_waits_long_among_many_is_told_once_that_she_is_in_line(
    slack: FakeSlack, bot: SlackBot
) -> None:
    questions = await ask_all(slack, bot, 8)
    for status in (Status.THINKING, Status.WRITING, Status.RETRYING):
        for question in questions:
            await bot.adapter.show_status(question, status)
    await bot.door.until(lambda: len(slack.called("assistant.threads.setStatus")) == 8)
    lines = [slack.session(CHANNEL, question.key.thread).line for question in questions]
    assert lines == [f"is in line: {ahead} before you…" for ahead in range(8)]
    assert not slack.called("agents.sessions.setStatus")


async def test_who_is_in_line_and_gets_no_answer_is_in_line_no_more(
    slack: FakeSlack, bot: SlackBot
) -> None:
    questions = await ask_all(slack, bot, 8)
    for question in questions:
        await bot.adapter.show_status(question, Status.THINKING)
    await bot.door.until(lambda: len(slack.called("assistant.threads.setStatus")) == 8)
    await bot.adapter.end(questions[3])
    assert slack.session(CHANNEL, questions[3].key.thread).line == ""
