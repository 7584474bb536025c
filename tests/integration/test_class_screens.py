"""A course is set up with forms, in so many presses: what the bot hears of a person."""

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from bot.core.courses import Course
from storage.courses import SqlCourses
from storage.database import Database
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_things import Message, User
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import ALICE, BOB, CHANNEL
from tests.integration.slack_core import SlackCore, slack_core

core = discord_core.core


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as one:
        yield one


async def only_course(database: Database) -> Course:
    [course] = await SqlCourses(database.fetch).all()
    return course


class Teacher:
    """Somebody who presses on Discord; each press is counted."""

    def __init__(self, core: DiscordCore, user: User) -> None:
        self.core, self.user, self.presses = core, user, 0

    async def command(self) -> Interaction:
        self.presses += 1
        return await self._answered(await self.core.slash("class", self.user))

    async def form(
        self, shown: Interaction, button: str, values: Mapping[str, object]
    ) -> Interaction:
        """Press a button below what is shown, and send its form off."""
        pressed = await self.press(shown, button)
        await pressed.wait()
        self.presses += 1
        sent = await self.core.server.submit_modal(pressed, values)
        return await self._answered(sent)

    async def press(self, shown: Interaction, button: str) -> Interaction:
        self.presses += 1
        message = shown.original
        assert isinstance(message, Message)
        custom_id = next(one for one in message.custom_ids if button in one)
        return await self.core.server.click(message, custom_id, self.user)

    async def _answered(self, asked: Interaction) -> Interaction:
        await self.core.server.until(lambda: asked.text and "⏳" not in asked.text)
        await self.core.server.until(lambda: asked.original and asked.original.custom_ids)
        return asked


async def test_a_course_is_set_up_on_discord_in_at_most_eleven_presses(core: DiscordCore) -> None:
    boss = core.boss()
    staff, tutors = core.guild.add_text_channel("staff"), core.guild.add_role("tutors")
    async with core.running() as process:
        teacher = Teacher(core, boss)
        shown = await teacher.command()
        who = {"name": "CS 101", "teachers": [boss], "assistants": [tutors], "staff": [staff]}
        shown = await teacher.form(shown, ":setup:", who)
        shown = await teacher.form(shown, ":teaching:", {"mode": ["hint"], "hearts": "5"})
        shown = await teacher.form(shown, ":care:", {"alerts": [boss, core.ann], "keep": "90"})
        opened = await teacher.press(shown, ":class:open")
        await core.server.until(lambda: "is open" in opened.text)
        assert teacher.presses <= 11
        course = await only_course(process.database)
    assert course.is_open
    plan = course.plan
    assert plan.teachers == (f"discord:user:{boss.id}",)
    assert plan.assistants == (f"discord:role:{tutors.id}",)
    assert plan.staff == f"discord:{core.guild.id}:{staff.id}"
    assert (plan.mode, plan.hearts, plan.keep, len(plan.alerts)) == ("hint", 5, 90, 2)


def typed(name: str, words: str) -> dict[str, object]:
    return {name: {name: {"type": "plain_text_input", "value": words}}}


def people(name: str, *users: str) -> dict[str, object]:
    return {name: {name: {"type": "multi_users_select", "selected_users": [*users]}}}


def drawn(slack: SlackCore, button: str, user: str = ALICE) -> Iterator[tuple[str, str]]:
    """Where this button stands, for her alone: the message, and its action."""
    for message in slack.slack.messages(CHANNEL):
        for block in message.blocks if message.ephemeral == user else ():
            for element in block.get("elements") or ():
                if button in str(element.get("value")):
                    yield message.ts, str(element["action_id"])


async def test_a_course_is_set_up_in_slack_in_at_most_eight_presses(slack: SlackCore) -> None:
    slack.slack.state.users[ALICE]["is_admin"] = True
    presses = 0

    async def shown(button: str) -> tuple[str, str]:
        await slack.until(lambda: [*drawn(slack, button)])
        return [*drawn(slack, button)][-1]

    async def send(button: str, values: dict[str, object]) -> None:
        nonlocal presses
        before = set(slack.slack.state.views)
        await slack.slack.click(*await shown(button), user=ALICE)
        await slack.until(lambda: set(slack.slack.state.views) - before)
        [view] = set(slack.slack.state.views) - before
        await slack.slack.submit(view, ALICE, values)
        presses += 2

    async with slack.running():
        await slack.slack.command("/class", "", ALICE, CHANNEL)
        presses += 1
        conversations = {"type": "multi_conversations_select", "selected_conversations": [CHANNEL]}
        who = typed("name", "CS 101") | people("teachers", ALICE)
        await send(":setup:", who | {"staff": {"staff": conversations}})
        await send(":teaching:", typed("hearts", "5"))
        await send(":care:", people("alerts", ALICE, BOB) | typed("keep", "90"))
        await slack.slack.click(*await shown(":class:open"), user=ALICE)
        presses += 1
        await slack.until(lambda: "is open" in str(slack.slack.messages(CHANNEL)))
    assert presses <= 8
