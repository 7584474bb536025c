"""People: who says what, and where. The same seed gives the same conversations."""

import math
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from adapters.discord.refs import Ref
from tests.chaos.ledger import Asked, Page
from tests.chaos.stage import Stage
from tests.chaos.words import Tag, question, tags_in
from tests.fakes.discord_things import Channel, User
from tests.fakes.discord_things import Message as DiscordMessage
from tests.fakes.slack_state import Message as SlackMessage

_MESSAGES_A_PLACE = 6  # on average
_MOST_PLACES = 60  # Discord's are all read again after each start, at 40 requests a second
_THREADS_A_CHANNEL = 4
_CHANNELS_A_SERVER = 5
_DIRECT_ONE_IN, _MOST_DIRECT = 4, 40

NOT_TAKEN = "I have not taken it"
"""The only words that may stand in place of an answer: whoever reads them asks again. In a course
there are others."""

IN_COURSE = (
    NOT_TAKEN,
    "An exam is on",
    "has your question and sees",
    "Several questions of yours wait",
)


class Place(Protocol):
    """A conversation.

    One that needs an introduction begins in peace: Discord does not tell a bot which direct
    messages there are, so the first of them is heard only by who listens at the time.
    """

    needs_introduction: bool

    async def say(self, number: int, before: str = "") -> None:
        """Ask a question, with a command before it or none."""

    def page(self) -> Page:
        """What was asked here, and what stands here."""


class SlackThread:
    """A thread of a channel. Who writes before the bot has answered mentions it again."""

    needs_introduction = False
    instead: tuple[str, ...] = (NOT_TAKEN,)

    def __init__(self, stage: Stage, channel: str, person: str) -> None:
        self._stage = stage
        self._slack = stage.slack
        self._channel = channel
        self._person = person
        self._thread: str | None = None
        self._asked: dict[int, str] = {}  # question -> its timestamp

    async def say(self, number: int, before: str = "") -> None:
        is_known = self._thread is not None and any(self._from_bot())
        name = "" if is_known else f"{self._slack.bot.mention} "
        text = f"{name}{before}{question(number)}"
        ts = await self._slack.say(self._channel, self._person, text, self._thread)
        self._thread = self._thread or ts
        self._asked[number] = ts

    def page(self) -> Page:
        page = Page(f"Slack {self._channel} {self._thread}")
        numbers = {
            f"{self._slack.bot.team}:{self._channel}:{ts}": n for n, ts in self._asked.items()
        }
        for message in self._shown():
            page.standing += tags_in(message.shown)
            number = numbers.get(_question_of(message))
            if number and any(words in message.shown for words in self.instead):
                page.told[number] = message.shown
        taken_at = self._taken_at()
        page.asked = [
            Asked(n, float(ts), taken_at.get(ts, math.inf)) for n, ts in self._asked.items()
        ]
        return page

    def _from_bot(self) -> Iterator[SlackMessage]:
        said = self._slack.messages(self._channel, self._thread)
        return (message for message in said if message.user == self._slack.bot.user)

    def _shown(self) -> Iterator[SlackMessage]:
        """All that answers here, also outside of the thread; not what another part stands for."""
        around = {self._channel, self._slack.dm(self._person)}
        said = [message for channel in around for message in self._slack.messages(channel)]
        for message in sorted(said, key=lambda one: float(one.ts)):
            answers = _about(tags_in(message.shown), self._asked) or any(
                _question_of(message).endswith(f":{ts}") for ts in self._asked.values()
            )
            is_here = self._thread in {message.ts, message.thread_ts} or answers
            is_dead = f"{message.channel}:{message.ts}" in self._stage.superseded
            if message.user == self._slack.bot.user and is_here and not is_dead:
                yield message

    def _taken_at(self) -> Mapping[str, float]:
        """When the delivery of each that was acknowledged had been sent.

        Slack gives to one socket and to another what is said in the same moment; then it counts
        which process was the first to acknowledge.
        """
        taken: dict[str, float] = {}
        for one in self._slack.envelopes:
            if one.acked:
                at = one.acks[0].at if self._stage.is_shared else one.at
                ts = str(one.event.get("ts"))
                taken[ts] = min(at, taken.get(ts, math.inf))
        return taken


class DiscordPlace:
    """A channel of a server, where the bot is mentioned, or direct messages, where it is not."""

    instead: tuple[str, ...] = (NOT_TAKEN,)

    def __init__(self, stage: Stage, channel: Channel, person: User) -> None:
        self._stage = stage
        self._discord = stage.discord
        self._channel = channel
        self.person = person
        self._asked: dict[int, int] = {}  # question -> its id
        self.needs_introduction = channel.guild is None

    async def say(self, number: int, before: str = "") -> None:
        mentions = [self._discord.bot] if self._channel.guild else []
        words = f"{before}{question(number)}"
        said = await self._discord.say(self._channel, self.person, words, mentions=mentions)
        self._asked[number] = said

    def page(self) -> Page:
        page = Page(f"Discord {self._channel.name} {self._channel.id}")
        numbers = {said: number for number, said in self._asked.items()}
        for message in self._shown():
            page.standing += tags_in(message.content)
            number = numbers.get(message.reference or 0)
            if number and any(words in message.content for words in self.instead):
                page.told[number] = message.content
        page.asked = [Asked(n, said, said) for n, said in self._asked.items()]
        return page

    def _shown(self) -> Iterator[DiscordMessage]:
        """All that answers here, also what came to its asker alone."""
        around = {one.id: one for one in (self._channel, self._discord.open_dm(self.person))}
        said = [
            message for channel in around.values() for message in self._discord.from_bot(channel)
        ]
        for message in sorted(said, key=lambda one: one.id):
            is_here = message.channel is self._channel or _about(
                tags_in(message.content), self._asked
            )
            ref = str(Ref(str(message.channel.id), str(message.id)))
            if is_here and ref not in self._stage.superseded:
                yield message


def _about(tags: Sequence[Tag], questions: Collection[int]) -> bool:
    return any(number in questions for number, _ in tags)


def _question_of(message: SlackMessage) -> str:
    payload = (message.metadata or {}).get("event_payload", {})
    return str(payload.get("question", ""))


def gather(stage: Stage, messages: int) -> tuple[list[SlackThread], list[DiscordPlace]]:
    """As many conversations as so many messages need: a third of them on Slack."""
    count = min(max(3, messages // _MESSAGES_A_PLACE), _MOST_PLACES)
    slack = [slack_thread(stage, number) for number in range(count // 3)]
    discord = [discord_place(stage, number) for number in range(count - len(slack))]
    for guild in [*stage.discord.guilds.values()][:1]:
        for place in discord:  # who is in none of the bot's servers may not ask it directly
            if place.needs_introduction:
                guild.add_member(place.person)
    return slack, discord


def talk(places: Sequence[Place], messages: int, choice: random.Random) -> list[tuple[int, Place]]:
    """Every question, in order, and where it is asked: introductions first."""
    first = [place for place in places if place.needs_introduction]
    chosen = [*first, *(choice.choice(places) for _ in range(messages - len(first)))]
    return [*enumerate(chosen, start=1)]


def slack_thread(stage: Stage, number: int) -> SlackThread:
    channel, person = f"C{number // _THREADS_A_CHANNEL:05}", f"U{number:05}"
    stage.slack.add_user(person)
    if channel not in stage.slack.state.channels:
        stage.slack.add_channel(channel)
    stage.slack.state.channels[channel].members.append(person)
    return SlackThread(stage, channel, person)


def discord_place(stage: Stage, number: int) -> DiscordPlace:
    if number % _DIRECT_ONE_IN == 0 and number < _DIRECT_ONE_IN * _MOST_DIRECT:
        person = stage.discord.add_user(f"ann{number}")
        if not stage.discord.guilds:
            stage.discord.add_guild("School")
        [*stage.discord.guilds.values()][-1].add_member(person)
        return DiscordPlace(stage, stage.discord.open_dm(person), person)
    return discord_room(stage, number)


def discord_room(stage: Stage, number: int) -> DiscordPlace:
    discord, person = stage.discord, stage.discord.add_user(f"ann{number}")
    if number % _CHANNELS_A_SERVER == 1 or not discord.guilds:
        discord.add_guild(f"School {number}")
    guild = [*discord.guilds.values()][-1]
    return DiscordPlace(stage, guild.add_text_channel(f"room-{number}"), person)
