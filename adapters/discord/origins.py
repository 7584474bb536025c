"""Where a question came from: what is needed to answer it, also after a restart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Self

from bot.core.messages import Message

PLATFORM = "discord"
SECONDS_OF_TOKEN = 14 * 60  # Discord says 15 minutes; the last one is for clocks that differ

_EPOCH, _SHIFT = 1_420_070_400_000, 22  # an id holds its time: milliseconds since 2015


def time_of(number: str) -> float | None:
    """When what has this id came to be, by Discord's own clock; None for what is no id."""
    is_number = number.isascii() and number.isdecimal()
    return ((int(number) >> _SHIFT) + _EPOCH) / 1000 if is_number else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Kept with the message as a mapping of strings; what is empty is left out."""

    channel: str  # or thread: where the answer goes
    message: str = ""  # what it replies to
    guild: str = ""
    parent: str = ""  # of a thread
    category: str = ""
    roles: str = ""  # of the person, with commas
    rank: str = ""  # what the person may do to others there, see `access.rank_of`
    interaction: str = ""
    application: str = ""
    token: str = ""
    deadline: str = ""  # of the token, in seconds since the epoch
    private: str = ""  # only the person may see the answer
    present: str = ""  # the bot itself may write there; else all it has is the token
    live: str = ""  # the answer may be shown while it is written
    late: str = ""  # asked while the bot was away
    threaded: str = ""  # a thread is to be opened for it, under the message's own id
    direct: str = ""  # a direct message
    abroad: str = ""  # asked with an app of her own, in a server where the bot is not
    locale: str = ""  # in which language the person reads Discord, where it says so

    @classmethod
    def of(cls, question: Message) -> Self:
        known = {one.name for one in fields(cls)}
        given = {name: value for name, value in question.origin.items() if name in known}
        return cls(**{"channel": question.key.channel, **given})

    def as_mapping(self) -> Mapping[str, str]:
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value}

    @property
    def has_parts_elsewhere(self) -> bool:
        """Whether further parts can be messages of their own, where the first one is."""
        return bool(self.present) and not self.private

    @property
    def spoken_in(self) -> str:
        """Where the question stands, which may be outside of the thread it is answered in."""
        return self.parent if self.threaded else self.channel

    def asked_at(self, question: Message) -> str:
        """The id after which its answers can stand, for ids are times; no two turns share it.

        Another answer to the same question was asked for by a click, whose id comes last.
        """
        newest = re.search(r"\d+$", question.id)
        return newest[0] if newest else self.message or self.interaction

    def address_of(self, question: Message) -> str:
        """Where the question was asked, as a link."""
        place = f"{self.guild or '@me'}/{self.spoken_in}"
        return f"https://discord.com/channels/{place}/{self.asked_at(question)}"

    def has_token(self, now: float) -> bool:
        return bool(self.token) and now < float(self.deadline or 0)


def with_origin(question: Message, **changes: str) -> Message:
    origin = replace(Origin.of(question), **changes)
    return replace(question, origin=origin.as_mapping())


def traits(question: Message) -> tuple[str, ...]:
    """What a rule about access may name, from the server down to the person."""
    origin = Origin.of(question)
    places = (
        ("server", origin.guild),
        ("category", origin.category),
        ("channel", origin.parent),
        ("channel", origin.channel),
    )
    # Everybody's role is named after the server, and in nobody's list.
    roles = [("role", role) for role in (*origin.roles.split(","), origin.guild)]
    named = (*places, *roles, ("user", question.author.id))
    return tuple(f"{kind}:{number}" for kind, number in named if number)
