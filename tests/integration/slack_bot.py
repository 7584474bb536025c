"""The Slack adapter at work in the fake Slack, with a door of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from adapters.slack.adapter import SlackAdapter
from adapters.slack.opening import open_slack
from bot.core.answers import Status
from bot.core.controls import Button, below_answer
from bot.core.errors import BotError, OutcomeUnknown, TransientError, WayClosed
from bot.core.messages import Message
from bot.core.posts import Part, Saying
from tests.fakes.door import FakeDoor
from tests.fakes.slack_server import APP_TOKEN, FakeSlack
from tests.fakes.slack_server import Message as Shown
from tests.patience import PATIENCE

ALICE, BOB, CHANNEL = "U01ALICE", "U02BOB", "C01GEN"
PING_INTERVAL = 0.2  # seconds
NONCE = "nonce-of-part-0"
_ATTEMPTS = 6


@dataclass
class SlackBot:
    """An adapter that listens; `door` is what it hands messages to."""

    slack: FakeSlack
    adapter: SlackAdapter
    door: FakeDoor = field(default_factory=FakeDoor)

    async def asked(self, text: str = "hello", channel: str = CHANNEL) -> Message:
        """A message that mentions the bot, as it came through the door."""
        before = len(self.door.accepted)
        await self.slack.say(channel, ALICE, f"{self.slack.bot.mention} {text}")
        return (await self.door.messages(before + 1))[before]

    async def commanded(self, command: str, text: str, channel: str = CHANNEL) -> Message:
        before = len(self.door.accepted)
        await self.slack.command(command, text, ALICE, channel)
        return (await self.door.messages(before + 1))[before]

    async def acked(self, count: int = 1) -> None:
        """Slack had so much to tell, and all of it was acknowledged."""
        parcels = self.slack.post._parcels
        await self.door.until(
            lambda: len(parcels) >= count and all(parcel.acked for parcel in parcels)
        )

    async def write(self, question: Message, *texts: str, nonce: str = NONCE) -> str:
        """Show an answer as the bot does: previews, which may fail, then the whole, which may not.

        What may have been posted is looked up before it is posted again.
        """
        await self.adapter.show_status(question, Status.WRITING)
        part = Written(self.adapter, question, nonce)
        with suppress(BotError):
            for text in texts[:-1]:
                await part.show(text, final=False)
        return await part.insist(texts[-1], final=True)

    def replies(self, question: Message) -> list[Shown]:
        """What the bot shows in reply to a message."""
        origin = question.origin
        shown = self.slack.messages(origin["channel"], origin.get("thread"))
        return [message for message in shown if message.user == self.slack.bot.user]

    def reply(self, question: Message) -> Shown:
        (only,) = self.replies(question)
        return only


@dataclass
class Written:
    """One message of a reply, posted once and edited ever after."""

    adapter: SlackAdapter
    question: Message
    nonce: str
    ref: str | None = None
    is_in_doubt: bool = False

    async def show(self, text: str, *, final: bool) -> str:
        if self.is_in_doubt:
            self.ref = await self.adapter.find(self.question, Part(self.nonce))
            self.is_in_doubt = False
        if self.ref is None:
            self.ref = await self._post(text, final=final)
        else:
            await self.adapter.edit(
                self.question,
                self.ref,
                Saying(text=text, is_final=final, controls=controls_of(self.question)),
            )
        return self.ref

    async def insist(self, text: str, *, final: bool) -> str:
        """Try again as long as it may help."""
        for _ in range(_ATTEMPTS):
            with suppress(TransientError):
                return await self.show(text, final=final)
        raise AssertionError("this part was never delivered")

    async def _post(self, text: str, *, final: bool) -> str:
        try:
            return await post(self.adapter, self.question, text, self.nonce, final=final)
        except OutcomeUnknown:
            self.is_in_doubt = True
            raise


async def post(
    adapter: SlackAdapter, question: Message, text: str, nonce: str = NONCE, *, final: bool = True
) -> str:
    """On the first way that is open, as the core does it."""
    for way in adapter.ways(question):
        with suppress(WayClosed):
            part, controls = Part(nonce, way=str(way)), controls_of(question)
            return await adapter.post(
                question, Saying(text=text, is_final=final, controls=controls), part
            )
    raise AssertionError("no way is open")


def controls_of(question: Message) -> tuple[Button, ...]:
    return () if question.command else below_answer(question.unique_key)


def words_of(shown: Shown) -> str:
    """The Markdown a message was given, wherever that stands."""
    blocks = [block["text"] for block in shown.blocks if block["type"] == "markdown"]
    return "".join(blocks) or shown.markdown_text or shown.text


def has_buttons(shown: Shown) -> bool:
    return any(block["type"] == "context_actions" for block in shown.blocks)


@asynccontextmanager
async def slack_bot(slack: FakeSlack, door: FakeDoor | None = None) -> AsyncIterator[SlackBot]:
    """A bot in this Slack; several of them are several processes."""
    token, url = slack.bot.token, slack.api_url
    adapter = open_slack(
        token, APP_TOKEN, url, ping_interval=PING_INTERVAL, timeout=PATIENCE, settles_after=0.5
    )
    bot = SlackBot(slack, adapter, door or FakeDoor())
    adapter.open(bot.door)
    bot.door.adapters[adapter.platform] = adapter
    sockets = slack.sockets.opened
    listening = asyncio.create_task(adapter.listen())
    try:
        await bot.door.until(lambda: slack.sockets.opened > sockets or listening.done())
        yield bot
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await adapter.close()
