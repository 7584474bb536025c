"""What is remembered, by its nouns. Each verb is one step: when it returns, it is on disk."""

from dataclasses import dataclass

from bot.core.aliases import Aliases
from bot.core.endorsements import Endorsements
from bot.core.ladders import Ladders
from bot.core.ports.cards import Cards
from bot.core.ports.loans import Loans
from bot.core.ports.materials import Materials
from bot.core.ports.memory import Memory
from bot.core.ports.notes import Notes
from bot.core.ports.shares import Shares
from bot.core.ports.storage.calls import Calls
from bot.core.ports.storage.choices import Choices
from bot.core.ports.storage.courses import Courses
from bot.core.ports.storage.looks import Looks, Spent, Used
from bot.core.ports.storage.people import Kept, People
from bot.core.ports.storage.posts import Posts
from bot.core.ports.storage.runs import Runs
from bot.core.ports.storage.sessions import Sessions
from bot.core.ports.storage.summaries import Summaries
from bot.core.ports.storage.turns import Turns
from bot.core.ports.vectors import Vectors
from bot.core.sightings import Sightings

__all__ = [
    "Calls",
    "Choices",
    "Courses",
    "Kept",
    "Looks",
    "People",
    "Posts",
    "Runs",
    "Sessions",
    "Spent",
    "Storage",
    "Summaries",
    "Turns",
    "Used",
]


@dataclass(frozen=True, slots=True)
class Storage:
    """All of it."""

    turns: Turns
    sessions: Sessions
    summaries: Summaries
    posts: Posts
    runs: Runs
    calls: Calls
    choices: Choices
    looks: Looks
    people: People
    memos: Memory
    notes: Notes
    shares: Shares
    cards: Cards
    endorsements: Endorsements
    ladders: Ladders
    aliases: Aliases
    sightings: Sightings
    courses: Courses
    materials: Materials
    vectors: Vectors
    loans: Loans
