"""The forms of a course open with what is in force; what nobody touches in them changes nothing."""

from dataclasses import replace
from typing import Any

from bot.core.courses import Course
from storage.courses import SqlCourses
from storage.sqlite import SqliteDatabase
from tests.fakes import JSON
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_things import User, walk
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore, Process
from tests.integration.slack_bot import ALICE, BOB, CHANNEL
from tests.integration.slack_core import SlackCore
from tests.integration.test_class_screens import drawn, only_course, people, slack, typed
from tests.integration.test_discord_humans import click
from tests.integration.test_discord_humans import opened as opened_on_discord
from tests.integration.test_slack_humans import opened, order, whispers

__all__ = ["slack"]

core = discord_core.core


class Desk:
    """On Discord: forms opened from the newest `/class`, and sent off."""

    def __init__(self, core: DiscordCore, process: Process, user: User) -> None:
        self.core, self.process, self.user = core, process, user

    async def open(self, button: str) -> Interaction:
        shown = await self.core.slash("class", self.user)
        await self.core.server.until(lambda: shown.original and shown.original.custom_ids)
        assert shown.original
        form = await click(self.core, shown.original, button, self.user)
        await form.wait()
        return form

    async def send(self, form: Interaction, values: dict[str, Any]) -> str:
        sent = await self.core.server.submit_modal(form, values)
        await self.core.server.until(lambda: sent.text and "⏳" not in sent.text)
        return sent.text

    async def course(self) -> Course:
        return await only_course(self.process.database)

    async def lines(self) -> int:
        return len(await self.process.rows("SELECT id FROM audit"))


def fields(form: Interaction) -> dict[str, JSON]:
    assert form.modal
    return {
        part["custom_id"]: part
        for part in walk(form.modal["components"])
        if "type" in part and "custom_id" in part
    }


async def test_on_discord_a_form_shows_what_is_in_force_and_changes_what_is_touched(
    core: DiscordCore,
) -> None:
    async with core.running() as process:
        desk = Desk(core, process, await opened_on_discord(core))
        tutors = core.guild.add_role("tutors")
        await core.told("class", desk.user, words=f"assistants <@&{tutors.id}> <@{core.ann.id}>")
        before, lines = await desk.course(), await desk.lines()
        form = await desk.open(":setup:")
        chosen = fields(form)["assistants"]["default_values"]
        assert {(one["type"], int(one["id"])) for one in chosen} == {
            ("role", tutors.id),
            ("user", core.ann.id),
        }
        assert fields(form)["name"]["value"] == "CS 101"
        await desk.send(form, {})
        assert (await desk.course(), await desk.lines()) == (before, lines)
        said = await desk.send(await desk.open(":setup:"), {"assistants": []})
        assert "Assistants: nobody." in said
        after = await desk.course()
        assert after.plan == replace(before.plan, assistants=())
        form = await desk.open(":teaching:")
        marked = [one["value"] for one in fields(form)["mode"]["options"] if one.get("default")]
        assert (marked, fields(form)["hearts"]["value"]) == (["answer"], "10 every 3 min")
        more = core.guild.add_text_channel("homework")
        await desk.send(form, {"channels": [more], "mode": ["hint"]})
        course = await desk.course()
        assert course.scopes == (f"discord:{core.guild.id}:{more.id}",)
        assert course.plan == replace(after.plan, mode="hint")


async def test_on_discord_a_form_says_what_is_too_much_for_it(core: DiscordCore) -> None:
    async with core.running() as process:
        desk = Desk(core, process, await opened_on_discord(core))
        many = " ".join(f"<@{core.server.add_user(f'tutor{one}').id}>" for one in range(26))
        await core.told("class", desk.user, words=f"assistants {many}")
        form = await desk.open(":setup:")
        assert "assistants" not in fields(form)
        assert form.modal
        assert "change it by a line of /class: Assistants." in str(form.modal["components"])
        await desk.send(form, {"name": "CS 102"})
        assert len((await desk.course()).plan.assistants) == 26


async def test_what_another_changed_while_a_form_was_open_stays(core: DiscordCore) -> None:
    async with core.running() as process:
        desk = Desk(core, process, await opened_on_discord(core))
        form = await desk.open(":care:")
        await core.told("class", desk.user, words="keep 90d")
        await desk.send(form, {"places": "The library desk"})
        plan = (await desk.course()).plan
        assert (plan.keep, plan.places) == (90, "The library desk")


async def test_what_is_in_force_is_shown_to_nobody_who_may_not_change_it(core: DiscordCore) -> None:
    async with core.running() as process:
        desk = Desk(core, process, await opened_on_discord(core))
        shown = await core.slash("class", desk.user)
        await core.server.until(lambda: shown.original and shown.original.custom_ids)
        assert shown.original
        form = await click(core, shown.original, ":care:", core.ann)
        await form.wait()
        shown_to_her = fields(form).values()
        assert not any(one.get("value") or one.get("default_values") for one in shown_to_her)


async def in_slack(slack: SlackCore) -> Course:
    database = await SqliteDatabase.open(slack.folder / "homeroom.db")
    try:
        [course] = await SqlCourses(database.fetch).all()
        return course
    finally:
        await database.close()


async def form_of(slack: SlackCore, button: str) -> tuple[str, JSON]:
    """What opens for Bob, from the newest `/class`."""
    await order(slack, "class", "", BOB)
    await slack.until(lambda: [*drawn(slack, button, BOB)])
    before = set(slack.slack.state.views)
    await slack.slack.click(*[*drawn(slack, button, BOB)][-1], user=BOB)
    await slack.until(lambda: set(slack.slack.state.views) - before)
    [id_] = set(slack.slack.state.views) - before
    return id_, slack.slack.state.views[id_]


async def send(slack: SlackCore, view: str, values: dict[str, Any]) -> None:
    before = len(whispers(slack, BOB))
    await slack.slack.submit(view, BOB, values)
    await slack.until(lambda: len(whispers(slack, BOB)) > before)


def elements(view: JSON) -> dict[str, JSON]:
    return {block["block_id"]: block["element"] for block in view["blocks"] if "element" in block}


def groups(name: str, *chosen: JSON) -> dict[str, Any]:
    name = f"{name}.groups"
    return {name: {name: {"type": "multi_static_select", "selected_options": [*chosen]}}}


async def test_in_slack_roles_are_user_groups_too_of_more_than_a_hundred(slack: SlackCore) -> None:
    for number in range(250):
        slack.slack.add_usergroup(f"S{number:03}", f"group{number:03}", [])
    async with slack.running():
        await opened(slack, BOB)
        await order(slack, "class", "assistants <!subteam^S120> <!subteam^S999>", BOB)
        view, shown = await form_of(slack, ":setup:")
        asked = elements(shown)["assistants.groups"]
        assert [len(one["options"]) for one in asked["option_groups"]] == [100, 100, 50]
        assert [one["value"] for one in asked["initial_options"]] == ["S120"]
        assert elements(shown)["teachers"]["initial_users"] == [BOB]
        before = await in_slack(slack)
        await send(slack, view, {})
        assert await in_slack(slack) == before
        view, shown = await form_of(slack, ":setup:")
        one = elements(shown)["assistants.groups"]["option_groups"][2]["options"][7]
        await send(slack, view, groups("assistants", one) | people("assistants", ALICE))
        plan = (await in_slack(slack)).plan
        # A group that is not listed was not shown: nobody has taken it out.
        kept = {"slack:group:S207", "slack:group:S999"}
        assert set(plan.assistants) == {f"slack:user:{ALICE}", *kept}


async def test_in_slack_a_form_says_what_is_too_much_for_it(slack: SlackCore) -> None:
    many = " ".join(f"user:U0TUTOR{one:02}" for one in range(26))
    async with slack.running():
        await opened(slack, BOB)
        await order(slack, "class", f"assistants {many}", BOB)
        _, shown = await form_of(slack, ":setup:")
        assert "assistants" not in elements(shown)
        assert "change it by a line of /class: Assistants." in str(shown["blocks"][-1])


async def test_without_the_scope_for_user_groups_the_form_says_so(slack: SlackCore) -> None:
    slack.slack.add_usergroup("S1", "tutors", [])
    async with slack.running():
        await opened(slack, BOB)
        slack.slack.scopes = slack.slack.scopes - {"usergroups:read"}
        view, shown = await form_of(slack, ":setup:")
        assert "usergroups:read" in str(shown["blocks"][-1])
        assert "assistants.groups" not in elements(shown)
        await send(slack, view, people("assistants", ALICE))
        assert (await in_slack(slack)).plan.assistants == (f"slack:user:{ALICE}",)


async def test_in_slack_a_form_opens_empty_where_what_is_in_force_is_refused(
    slack: SlackCore,
) -> None:
    lost = "U0GONE"
    async with slack.running():
        await opened(slack, BOB)
        await order(slack, "class", f"assistants user:{lost}", BOB)
        view, shown = await form_of(slack, ":setup:")
        assert "initial_users" not in elements(shown)["assistants"]
        await send(slack, view, typed("name", "CS 102") | people("teachers", BOB) | staff_here())
        course = await in_slack(slack)
        assert (course.name, course.plan.assistants) == ("CS 102", (f"slack:user:{lost}",))


def staff_here() -> dict[str, Any]:
    chosen = {"type": "multi_conversations_select", "selected_conversations": [CHANNEL]}
    return {"staff": {"staff": chosen}}
