"""What the home tab shows, and what can be set there."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import JSON
from tests.fakes.slack_server import FakeSlack, Fault
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, slack_bot
from tests.integration.slack_core import SlackCore, slack_core

TOML = """
[assistants.Tutor]
instructions = "You ask back."

[assistants.Critic]
instructions = "You find the mistake."

[bindings]
"slack:T01TEST" = "Tutor"
"""


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    (tmp_path / "homeroom.toml").write_text(TOML)
    async with slack_core(tmp_path) as core, core.running():
        yield core


async def home(core: SlackCore, user: str = ALICE) -> JSON:
    """The tab, as soon as it is there."""
    before = published(core)
    await core.slack.open_home(user)
    return await shown(core, before + 1, user)


def published(core: SlackCore) -> int:
    return len([call for call in core.slack.called("views.publish") if call.answer])


async def shown(core: SlackCore, count: int, user: str) -> JSON:
    await core.until(lambda: published(core) >= count)
    return core.slack.state.homes[user]


async def choose(core: SlackCore, tab: JSON, name: str, value: str, user: str = ALICE) -> JSON:
    """Choose a value in the tab; the tab as it is then."""
    before = published(core)
    action = "homeroom_place" if name == "place" else "homeroom_setting"
    block_id = next((b["block_id"] for b in tab["blocks"] if is_for(b, name)), None)
    await core.slack.select(tab["id"], action, value, user, block_id=block_id)
    return await shown(core, before + 1, user)


def is_for(block: JSON, name: str) -> bool:
    return str(block.get("block_id", "")).endswith(f"|{name}")


def words(tab: JSON) -> str:
    """All that can be read in it."""
    texts = [b["text"]["text"] for b in tab["blocks"] if "text" in b]
    return "\n".join([*texts, *(e["text"] for b in tab["blocks"] for e in b.get("elements", ()))])


def chosen(tab: JSON, channel: str, name: str) -> Any:
    """The value a select shows as the one in force."""
    (block,) = [b for b in tab["blocks"] if b.get("block_id") == f"{channel}|{name}"]
    if "element" in block:
        return block["element"].get("initial_value")
    return block["accessory"]["initial_option"]["value"]


async def test_the_tab_shows_the_assistant_in_force_the_usage_and_who_reads_along(
    core: SlackCore,
) -> None:
    thread = await core.ask("why?")
    await core.answers(thread)
    tab = await home(core)
    assert "Tutor answers your direct messages." in words(tab)
    assert chosen(tab, core.slack.dm(ALICE), "assistant") == "Tutor"
    assert "You have had 1 answer here so far: " in words(tab)
    assert " 0 tokens in" not in words(tab)
    assert "What you write to me and what I answer is kept" in words(tab)
    other = await home(core, BOB)
    assert "You have had 0 answers here so far: 0 tokens in, 0 tokens out." in words(other)


async def test_the_assistant_for_direct_messages_can_be_chosen_and_answers_from_then_on(
    core: SlackCore,
) -> None:
    direct = core.slack.dm(ALICE)
    tab = await choose(core, await home(core), "assistant", "Critic")
    assert "Critic answers your direct messages." in words(tab)
    assert chosen(tab, direct, "assistant") == "Critic"
    await core.slack.say(direct, ALICE, "hello")
    await core.until(lambda: core.model.runs)
    assert core.model.runs[0].request["instructions"].startswith("You find the mistake.\n")
    assert "Tutor answers your direct messages." in words(await home(core, BOB))


async def test_showing_answers_while_they_are_written_can_be_switched_off(core: SlackCore) -> None:
    tab = await home(core)
    assert chosen(tab, core.slack.dm(ALICE), "stream") == "on"
    tab = await choose(core, tab, "stream", "off")
    assert chosen(tab, core.slack.dm(ALICE), "stream") == "off"
    core.model.hold()
    for user in (ALICE, BOB):
        await core.slack.say(core.slack.dm(user), user, "hello")
        await core.until(lambda: core.model.runs)
    await core.until(lambda: [*core.slack.state.streams()])
    (stream,) = core.slack.state.streams()
    assert stream.channel == core.slack.dm(BOB)


async def test_who_runs_the_workspace_can_set_what_is_followed_in_a_channel(
    core: SlackCore,
) -> None:
    core.slack.state.users[ALICE]["is_admin"] = True
    tab = await choose(core, await home(core), "place", CHANNEL)
    assert chosen(tab, CHANNEL, "follow") == "thread"
    tab = await choose(core, tab, "follow", "channel")
    assert chosen(tab, CHANNEL, "follow") == "channel"
    ts = await core.slack.say(CHANNEL, BOB, "to nobody in particular")
    await core.answers(ts)


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("answers", "off", "off"),
        ("limit", "10", "10"),
        ("allow", f"user:{ALICE} channel:{CHANNEL}", f"channel:{CHANNEL}, user:{ALICE}"),
        ("deny", f"user:{BOB}", f"user:{BOB}"),
        ("guests", "on", "on"),
    ],
)
async def test_who_runs_the_workspace_can_set_there_what_discord_offers_too(
    core: SlackCore, name: str, written: str, kept: str
) -> None:
    core.slack.state.users[ALICE]["is_admin"] = True
    tab = await choose(core, await home(core), name, written)  # of the whole workspace
    assert "That holds in this workspace from now on." in words(tab)
    assert chosen(tab, "T01TEST", name) == kept
    tab = await choose(core, tab, "place", CHANNEL)
    tab = await choose(core, tab, name, written)
    assert "That holds in this channel from now on." in words(tab)
    assert chosen(tab, CHANNEL, name) == kept


async def test_a_list_that_names_nothing_known_is_refused_in_words(core: SlackCore) -> None:
    core.slack.state.users[ALICE]["is_admin"] = True
    tab = await choose(core, await home(core), "deny", "rolle:1")
    assert "“rolle:1” is no such trait; there are user:, group:, channel:, space:." in words(tab)
    assert chosen(tab, "T01TEST", "deny") is None


async def test_who_runs_the_workspace_sees_who_used_how_much(core: SlackCore) -> None:
    core.slack.state.users[ALICE]["is_admin"] = True
    await core.answers(await core.ask("why?"))
    assert "In this workspace, those who used most:" in words(await home(core))
    assert "those who used most" not in words(await home(core, BOB))


async def test_others_are_not_shown_the_settings_of_channels_and_cannot_set_them(
    core: SlackCore,
) -> None:
    core.slack.state.users[BOB]["is_admin"] = True
    of_bob = await choose(core, await home(core, BOB), "place", CHANNEL, BOB)
    tab = await home(core)
    assert "Settings of a channel" not in words(tab)
    core.slack.state.homes[ALICE] = {**of_bob, "id": tab["id"]}  # what she once was shown
    core.slack.state.views[tab["id"]] = core.slack.state.homes[ALICE]
    tab = await choose(core, core.slack.state.homes[ALICE], "follow", "channel")
    assert "Only those who run this place can set that." in words(tab)
    of_bob = await home(core, BOB)
    assert chosen(of_bob, CHANNEL, "follow") == "thread"


async def test_who_may_not_ask_is_told_why_and_can_set_nothing(core: SlackCore) -> None:
    tab = await home(core)
    core.slack.state.users[BOB]["is_restricted"] = True
    guest = await home(core, BOB)
    assert "Guests of this workspace cannot ask me." in words(guest)
    assert not any("accessory" in block for block in guest["blocks"])
    assert "is kept" in words(guest)
    assert any("accessory" in block for block in tab["blocks"])


async def test_a_tab_that_cannot_be_filled_says_so_in_a_line(core: SlackCore) -> None:
    for _ in range(2):  # the first look is for her language, which is done without
        core.slack.fail("users.info", Fault.server_error())
    tab = await home(core)
    assert [block["type"] for block in tab["blocks"]] == ["header", "section"]
    assert "Tutor answers" in words(await home(core))


async def test_a_setting_that_cannot_be_kept_is_told_in_a_line_and_stays_as_it_was() -> None:
    async with FakeSlack() as slack, slack_bot(slack) as bot:
        await slack.open_home(ALICE)
        await bot.door.until(lambda: slack.state.homes)
        tab = slack.state.homes[ALICE]
        direct = slack.dm(ALICE)
        bot.door.failures = 1
        value = {"value": "off", "block_id": f"{direct}|stream"}
        await slack.select(tab["id"], "homeroom_setting", user=ALICE, **value)
        await bot.door.until(lambda: slack.state.homes[ALICE] is not tab)
        assert "could not write that down" in words(slack.state.homes[ALICE])
        assert chosen(slack.state.homes[ALICE], direct, "stream") == "on"


async def test_opening_the_tab_is_acknowledged_before_it_is_filled(core: SlackCore) -> None:
    core.slack.fail("users.info", Fault.slow(60.0))
    await core.slack.open_home(ALICE)
    await core.until(lambda: core.slack.envelopes and core.slack.envelopes[-1].acked)
    assert not core.slack.called("views.publish")


async def test_a_tab_that_slack_does_not_take_is_shown_the_next_time(core: SlackCore) -> None:
    core.slack.fail("views.publish", Fault.refused("internal_error"))
    await core.slack.open_home(ALICE)
    await core.until(lambda: published(core))
    assert "Tutor answers" in words(await home(core))
