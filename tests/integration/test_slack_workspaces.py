"""Several workspaces in Slack: installed by OAuth, each with a token of its own, kept sealed."""

import json

import pytest
from cryptography.fernet import Fernet
from yarl import URL

from bot.core.errors import ConfigError, Undeliverable
from tests.fakes.memory import FakeMemory
from tests.fakes.slack_server import FakeSlack
from tests.integration import slack_lines
from tests.integration.slack_bot import ALICE
from tests.integration.slack_lines import (
    CAROL,
    KEY,
    Browser,
    Clock,
    Listening,
    answer,
    ask,
    exchanges,
    listening,
    many_workspaces,
)

slack, memory = slack_lines.slack, slack_lines.memory
clock, bot = slack_lines.clock, slack_lines.bot


async def test_who_installs_the_app_can_ask_at_once(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    assert await Browser(bot).install("T02TEST") == 200
    shown = await answer(bot, await ask(bot, CAROL))
    assert shown.team == "T02TEST"
    assert slack.called("chat.postMessage")[0].token == slack.state.workspaces["T02TEST"].token
    assert not slack.called("auth.test")


async def test_each_workspace_has_its_own_token(slack: FakeSlack, bot: Listening) -> None:
    await Browser(bot).install("T02TEST")
    await Browser(bot).install("T01TEST")
    for person in (CAROL, ALICE, CAROL):
        await answer(bot, await ask(bot, person))
    used = [call.token for call in slack.called("chat.postMessage")]
    first, second = (slack.state.workspaces[team].token for team in ("T01TEST", "T02TEST"))
    assert used == [second, first, second]
    keys = {message.key.space for message in bot.door.accepted}
    assert keys == {"T01TEST", "T02TEST"}


async def test_no_token_is_kept_in_clear(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T02TEST")
    workspace = slack.state.workspaces["T02TEST"]
    kept = json.dumps(memory.kept)
    assert workspace.refresh_token
    assert workspace.token not in kept
    assert workspace.refresh_token not in kept


async def test_the_install_page_asks_for_every_scope_and_only_at_slack(
    slack: FakeSlack, bot: Listening
) -> None:
    page = await Browser(bot).ask()
    assert str(page.with_query(None)) == f"{slack.origin}/oauth/v2/authorize"
    assert page.query["client_id"] == "111.222"
    assert {"chat:write", "files:read", "commands"} <= {*page.query["scope"].split(",")}
    assert not page.query["user_scope"]


async def test_who_comes_back_without_having_gone_installs_nothing(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    ann, eve = Browser(bot), Browser(bot)
    back = await ann.agree(await ann.ask(), "T02TEST")
    await eve.ask()
    for forged in (eve, Browser(bot)):
        assert (await forged.look(back))[0] == 400
    own = back.update_query(state="made-up")
    assert (await Browser(bot, "slack-app-oauth-state=made-up").look(own))[0] == 401
    assert (await ann.look(back.update_query(error="access_denied")))[0] == 200
    assert not exchanges(slack)
    assert not memory.kept


async def test_a_way_back_is_good_once(slack: FakeSlack, bot: Listening) -> None:
    ann = Browser(bot)
    back = await ann.agree(await ann.ask(), "T02TEST")
    assert (await ann.look(back))[0] == 200
    assert (await ann.look(back))[0] == 401
    assert exchanges(slack) == ["ok"]


async def test_any_process_knows_who_went_from_another(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    ann = Browser(bot)
    back = await ann.agree(await ann.ask(), "T02TEST")
    async with listening(slack, many_workspaces(slack), memory=memory) as other:
        assert (await ann.look(back.with_port(URL(other.address).port)))[0] == 200


async def test_a_code_that_slack_refuses_installs_nothing(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    ann = Browser(bot)
    back = await ann.agree(await ann.ask(), "T02TEST")
    assert (await ann.look(back.update_query(code="made-up")))[0] == 401
    assert set(memory.kept) == {"slack:states"}  # the state was used, and will not do again


async def test_an_installation_outlives_a_restart(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T02TEST")
    question = await ask(bot, CAROL)
    async with listening(slack, many_workspaces(slack), memory=memory) as again:
        assert (await answer(again, question)).team == "T02TEST"


async def test_a_wrong_key_is_said_at_the_start(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T02TEST")
    other = many_workspaces(slack, Fernet.generate_key().decode())
    with pytest.raises(ConfigError, match=r"^SECRET_KEY does not open the tokens"):
        async with listening(slack, other, memory=memory):
            pass
    with pytest.raises(ConfigError, match=r"^SECRET_KEY: no such key"):
        async with listening(slack, many_workspaces(slack, "a password"), memory=memory):
            pass


async def test_a_key_is_changed_without_losing_anything(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T02TEST")
    question = await ask(bot, CAROL)
    new = Fernet.generate_key().decode()
    async with listening(slack, many_workspaces(slack, f"{new}, {KEY}"), memory=memory):
        pass
    async with listening(slack, many_workspaces(slack, new), memory=memory) as again:
        assert (await answer(again, question)).team == "T02TEST"


async def test_what_is_kept_is_looked_up_once(bot: Listening, memory: FakeMemory) -> None:
    await Browser(bot).install("T01TEST")
    await answer(bot, await ask(bot, ALICE), "one")
    looks = memory.looks
    for text in ("two", "three"):
        await answer(bot, await ask(bot, ALICE), text)
    assert memory.looks == looks


async def test_who_throws_the_app_out_is_forgotten(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T01TEST")
    question = await ask(bot, ALICE)
    await answer(bot, question)
    await slack.uninstall("T01TEST")
    await bot.acked()
    assert not memory.kept["slack:installation:T01TEST"]
    calls = len(slack.called("chat.postMessage"))
    with pytest.raises(Undeliverable):
        await answer(bot, question, "another")
    assert len(slack.called("chat.postMessage")) == calls
    await Browser(bot).install("T01TEST")
    await answer(bot, question, "another")


async def test_to_be_thrown_out_is_no_news_after_the_app_is_installed_again(
    slack: FakeSlack, bot: Listening, memory: FakeMemory, clock: Clock
) -> None:
    await Browser(bot).install("T01TEST")
    question = await ask(bot, ALICE)
    memory.failures = 2  # what Slack tells now it has to tell again
    await slack.uninstall("T01TEST")
    await bot.door.until(lambda: not memory.failures)
    clock.now += 60
    await Browser(bot).install("T01TEST")
    slack.redeliver_unacked()
    await bot.acked()
    assert (await answer(bot, question)).team == "T01TEST"


async def test_what_cannot_be_forgotten_now_is_heard_of_again(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T01TEST")
    memory.failures = 2
    await slack.uninstall("T01TEST")
    await bot.door.until(lambda: not memory.failures)
    assert memory.kept["slack:installation:T01TEST"]
    slack.redeliver_unacked()
    await bot.door.until(lambda: not memory.kept["slack:installation:T01TEST"])


async def test_a_person_who_takes_her_own_token_back_ends_nothing(
    slack: FakeSlack, bot: Listening
) -> None:
    await Browser(bot).install("T01TEST")
    slack.event({"type": "tokens_revoked", "tokens": {"oauth": [ALICE], "bot": []}}, "T01TEST")
    assert (await answer(bot, await ask(bot, ALICE))).team == "T01TEST"


async def test_a_workspace_that_never_installed_the_app_is_told_nothing(
    slack: FakeSlack, bot: Listening
) -> None:
    question = await ask(bot, ALICE)
    with pytest.raises(Undeliverable):
        await answer(bot, question)
    assert not slack.called("chat.postMessage")
