"""What commands work with, and what a command is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

from bot.classroom.classroom import Classroom
from bot.core.answers import Status
from bot.core.messages import Message, Receipt
from bot.core.ports.adapter import Fetch
from bot.core.ports.backend import Backend
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Spent, Storage
from bot.core.ports.toolbox import Toolbox
from bot.core.prompts import Prompt
from bot.core.recent import RecentMap
from bot.homeroom_toml import AssistantFile
from bot.work.authority import Authority
from bot.work.forgetting import Forgetting

Say = Callable[[Message], Awaitable[Receipt]]
"""Takes a message in, as an adapter does."""


@dataclass(frozen=True, slots=True)
class Desk:
    storage: Storage
    assistants: AssistantFile
    clock: Clock
    keeper: Backend  # who hears what is said
    authority: Authority
    forgetting: Forgetting
    say: Say
    price: Callable[[Spent], Decimal | None]  # US dollars, where somebody knows them
    toolbox: Toolbox
    withdraw: Callable[[str], Awaitable[bool]]  # by a message's key, as an adapter does
    reword: Callable[[Message, str, str], Awaitable[None]]  # what was delivered for it: old, new
    classroom: Classroom
    fetch: Fetch
    shown: RecentMap[int, Status] = field(default_factory=RecentMap)  # of turns in hand here


Command = Callable[[Desk, Prompt], Awaitable[str]]
"""Returns the words of its answer; without any, nothing is shown."""
