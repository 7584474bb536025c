"""What was pressed before the bell and is carried out after it is kept back, on both platforms.

The press is written down, and what it is to show cannot be posted; the process ends. The next one
lives inside an exam.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from storage.courses import SqlCourses
from storage.sqlite import SqliteDatabase
from tests.fakes.discord_faults import Fault as DiscordFault
from tests.fakes.discord_things import User
from tests.fakes.slack_faults import Fault as SlackFault
from tests.integration import discord_core
from tests.integration import test_discord_humans as on_discord
from tests.integration import test_slack_humans as in_slack
from tests.integration.announced import ANSWER, announced
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core
from tests.patience import PATIENCE

core = discord_core.core
RAIN = "Because of rain."
Press = Callable[[], Awaitable[object]]


class House(Protocol):
    """A platform with a course, a teacher, and a student who asks."""

    folder: Path

    def running(self) -> Any: ...

    async def opened(self) -> None: ...

    async def staff(self, name: str, words: str) -> str: ...

    async def ask(self, text: str) -> object: ...

    async def publishing(self) -> Press: ...

    def spoil(self) -> None: ...

    def heal(self) -> None: ...

    def seen(self) -> str: ...

    def now(self) -> float: ...

    async def until(self, condition: Callable[[], object]) -> None: ...


@dataclass
class InSlack:
    core: SlackCore

    def __post_init__(self) -> None:
        self.folder = self.core.folder
        self.running, self.until, self.now = self.core.running, self.core.until, self.core.clock

    async def opened(self) -> None:
        await in_slack.opened(self.core, BOB)
        self.core.slack.add_channel("C0STAFF", "staff")
        await self.staff("class", "staff <#C0STAFF>")

    async def staff(self, name: str, words: str) -> str:
        return await in_slack.order(self.core, name, words, BOB)

    async def ask(self, text: str) -> None:
        await self.core.ask(text)

    async def publishing(self) -> Press:
        await in_slack.order(self.core, "ask", "why?", ALICE)
        shown = in_slack.whispers(self.core, ALICE)[-1]
        action = next(one for one in in_slack.actions(shown) if ":publish" in one)
        return lambda: self.core.slack.click(shown.ts, action, user=ALICE)

    def spoil(self) -> None:
        for method in ("chat.postMessage", "chat.startStream"):
            self.core.slack.fail(method, SlackFault(status=503), times=10_000)

    def heal(self) -> None:
        self.core.slack.faults.clear()

    def seen(self) -> str:
        slack = self.core.slack
        threads = [None, *(one.ts for one in slack.messages(CHANNEL))]
        said = [one for thread in threads for one in slack.messages(CHANNEL, thread)]
        public = {one.ts: one for one in said if one.user == slack.bot.user and not one.ephemeral}
        return "\n".join(words_of(one) for one in public.values())


@dataclass
class OnDiscord:
    core: DiscordCore
    boss: User | None = None

    def __post_init__(self) -> None:
        self.folder = self.core.folder
        self.running, self.until = self.core.running, self.core.until
        self.now = self.core.server.clock.now

    async def opened(self) -> None:
        self.boss = await on_discord.opened(self.core)

    async def staff(self, name: str, words: str) -> str:
        return await self.core.told(name, self.boss, words=words)

    async def ask(self, text: str) -> None:
        await self.core.ask(text)

    async def publishing(self) -> Press:
        asked = await self.core.slash("ask", question="why?", private=True)
        await self.until(
            lambda: asked.original and any("publish" in one for one in asked.original.custom_ids)
        )
        shown = asked.original
        assert shown
        return lambda: on_discord.click(self.core, shown, ":publish:", self.core.ann)

    def spoil(self) -> None:
        fault = DiscordFault(status=503)
        self.core.server.fail("POST", r"/channels/\d+/messages$", fault, times=10_000)

    def heal(self) -> None:
        self.core.server.heal()

    def seen(self) -> str:
        return "\n".join(one.content for one in self.core.server.from_bot(self.core.room))


@asynccontextmanager
async def database(house: House) -> AsyncIterator[SqliteDatabase]:
    opened = await SqliteDatabase.open(house.folder / "homeroom.db")
    try:
        yield opened
    finally:
        await opened.close()


async def has(house: House, what: str) -> None:
    """Wait until there is such a row."""
    async with database(house) as opened, asyncio.timeout(PATIENCE):
        statement = f"SELECT 1 FROM {what}"  # noqa: S608 - the test's own
        while not await opened.fetch(statement, {}):  # noqa: ASYNC110 - what is on disk
            await asyncio.sleep(0.01)


async def published(house: House) -> Press:
    return await house.publishing()


async def approved(house: House) -> Press:
    await house.staff("staff", "drafts on")
    await house.ask("why?")
    await has(house, "cards WHERE matter = 'draft'")
    return lambda: house.staff("staff", "approve 1")


async def answered(house: House) -> Press:
    await house.ask("/human own why?")
    await has(house, "cards WHERE matter = 'human'")
    await house.staff("staff", "claim 1")
    return lambda: house.staff("staff", f"answer 1 {RAIN}")


async def endorsed(house: House) -> Press:
    await house.staff("staff", f"endorse Why is the street wet? | {RAIN}")
    return lambda: house.ask("why is the street wet?")


PRESSES: Mapping[str, tuple[Callable[[House], Awaitable[Press]], str]] = {
    "made public": (published, ANSWER),
    "an approved draft": (approved, ANSWER),
    "an answer of staff": (answered, RAIN),
    "an endorsed answer": (endorsed, RAIN),
}


async def held(house: House, what: str) -> None:
    prepare, words = PRESSES[what]
    async with house.running():
        await house.opened()
        press = await prepare(house)
        house.spoil()
        await press()
        await has(house, "turns WHERE state = 'answered'")
    house.heal()
    assert words not in house.seen()
    async with database(house) as opened:
        await announced(opened, house.now())
        courses = SqlCourses(opened.fetch)
        [course] = await courses.all()
        [window] = await courses.windows(course.id)
        await courses.save_window(replace(window, on_at=house.now()))
    async with house.running():
        await has(house, "cards WHERE matter = 'exam'")
        await house.until(lambda: "An exam is on" in house.seen())
        assert words not in house.seen()
        await house.staff("class", "exam off 1")
        assert (await house.staff("class", "give 1")).startswith("Given: ")
        await house.until(lambda: words in house.seen())
        assert house.seen().count(words) == 1


@pytest.mark.parametrize("what", PRESSES)
async def test_on_discord_it_is_kept_back_until_staff_give_it(core: DiscordCore, what: str) -> None:
    await held(OnDiscord(core), what)


@pytest.mark.parametrize("what", PRESSES)
async def test_in_slack_it_is_kept_back_until_staff_give_it(tmp_path: Path, what: str) -> None:
    async with slack_core(tmp_path) as core:
        await held(InSlack(core), what)
