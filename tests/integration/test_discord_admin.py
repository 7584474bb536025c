"""/homeroom: what those who manage a server set, and who else may not."""

import pytest

from tests.fakes.discord_faults import Fault
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_things import User
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage

MANAGER = Permission.MANAGE_GUILD


def scope(stage: Stage, *, is_server: bool = False) -> str:
    return f"discord:{stage.guild.id}" + ("" if is_server else f":{stage.channel.id}")


def manager(stage: Stage) -> User:
    user = stage.server.add_user("boss")
    role = stage.guild.add_role("bosses", permissions=MANAGER)
    stage.guild.add_member(user, roles=[role])
    return user


@pytest.mark.parametrize(
    ("command", "options", "name", "value", "is_server"),
    [
        ("channel", {"answer": "off"}, "answers", "off", False),
        ("follow", {"mode": "channel", "where": "server"}, "follow", "channel", True),
        ("assistant", {"name": "Tutor"}, "assistant", "Tutor", False),
        ("limits", {"questions": 20}, "limit", "20", False),
        ("stream", {"show": "on"}, "stream", "on", False),
        ("threads", {"open": "on"}, "threads", "on", False),
    ],
)
async def test_those_who_manage_a_server_set_it_up(  # noqa: PLR0913
    stage: Stage, command: str, options: dict[str, str], name: str, value: str, *, is_server: bool
) -> None:
    boss = manager(stage)
    asked = await stage.server.slash(stage.channel, boss, f"homeroom {command}", options)
    await stage.server.until(lambda: asked.text)
    assert stage.door.chosen == {(scope(stage, is_server=is_server), name): value}
    assert asked.ephemeral


async def test_an_admins_command_that_crashes_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.door, "export", None)
    boss = stage.server.add_user("boss")
    role = stage.guild.add_role("bosses", permissions=Permission.ADMINISTRATOR)
    stage.guild.add_member(boss, roles=[role])
    asked = await stage.server.slash(stage.channel, boss, "homeroom export", {})
    await stage.server.until(lambda: "wrong on my side" in asked.text)


async def test_a_command_about_somebody_who_is_gone_says_so(stage: Stage) -> None:
    rule = {"rule": "deny", "person": stage.server.add_user("gone")}
    asked = await stage.server.slash(stage.channel, manager(stage), "homeroom access", rule)
    await stage.server.until(lambda: "not in this server" in asked.text)
    assert asked.ephemeral


async def test_the_operators_lists_are_not_copied_into_the_servers(stage: Stage) -> None:
    stage.door.chosen["discord", "deny"] = "user:1"
    stage.guild.add_member(stage.ann)
    asked = await stage.server.slash(
        stage.channel, manager(stage), "homeroom access", {"rule": "deny", "person": stage.ann}
    )
    await stage.server.until(lambda: asked.text)
    assert stage.door.chosen[scope(stage, is_server=True), "deny"] == f"user:{stage.ann.id}"


async def test_an_assistant_that_is_not_there_is_not_chosen(stage: Stage) -> None:
    name = {"name": "Nobody"}
    asked = await stage.server.slash(stage.channel, manager(stage), "homeroom assistant", name)
    await stage.server.until(lambda: "no assistant" in asked.text)
    assert stage.door.chosen == {}


@pytest.mark.parametrize("reads_messages", [True, False])
async def test_who_wants_more_followed_than_discord_shows_is_told(
    empty_stage: Stage, *, reads_messages: bool
) -> None:
    stage = empty_stage
    await stage.start(reads_messages=reads_messages)
    await stage.server.until(lambda: stage.server.syncs)
    mode = {"mode": "channel"}
    asked = await stage.server.slash(stage.channel, manager(stage), "homeroom follow", mode)
    await stage.server.until(lambda: asked.text)
    assert ("hides from me" in asked.text) is not reads_messages


async def test_lists_of_who_may_ask_are_kept_for_the_server(stage: Stage) -> None:
    boss, role = manager(stage), stage.guild.add_role("pupils")
    for rule, who in (("allow", {"role": role}), ("deny", {"channel": stage.channel})):
        asked = await stage.server.slash(
            stage.channel, boss, "homeroom access", {"rule": rule, **who}
        )
        await stage.server.until(lambda asked=asked: asked.text)  # type: ignore[misc]
    server = scope(stage, is_server=True)
    assert stage.door.chosen == {
        (server, "allow"): f"role:{role.id}",
        (server, "deny"): f"channel:{stage.channel.id}",
    }


async def test_health_tells_what_an_owner_wants_to_know(stage: Stage) -> None:
    boss = manager(stage)
    asked = await stage.server.slash(stage.channel, boss, "homeroom health")
    await stage.server.until(lambda: asked.text)
    assert "0 invalid requests" in asked.text
    assert "of 1,000 identifies" in asked.text


async def test_health_counts_what_brings_a_ban_nearer(stage: Stage) -> None:
    await stage.stop()
    await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    stage.server.fail("GET", "/messages$", Fault.forbidden())
    await stage.start()
    await stage.server.until(lambda: stage.server.struck)
    asked = await stage.server.slash(stage.channel, manager(stage), "homeroom health")
    await stage.server.until(lambda: asked.text)
    assert "1 invalid requests in ten minutes" in asked.text


async def test_a_command_that_was_opened_to_all_still_obeys_managers_only(stage: Stage) -> None:
    for command in stage.server.commands[None]:
        command["default_member_permissions"] = None
    asked = await stage.server.slash(
        stage.channel, stage.ann, "homeroom channel", {"answer": "off"}
    )
    await stage.server.until(lambda: asked.text)
    assert "not allowed" in asked.text
    assert stage.door.chosen == {}
