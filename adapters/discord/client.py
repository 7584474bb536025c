"""The gateway: discord.py's client, made to remember little and to survive what it is told."""

import sys
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

import discord
import structlog
from discord.state import AutoShardedConnectionState

from adapters.discord.buttons import Interaction, Presses, read_form
from adapters.discord.commands import Tree
from adapters.discord.greeting import greet
from adapters.discord.identify import IdentifyBudget
from adapters.discord.inbox import DiscordInbox
from adapters.discord.limiter import Gate
from adapters.discord.reach import Reach
from adapters.discord.shards import Group
from bot.core.ports.memory import Memory

log = structlog.get_logger()

NO_PINGS = discord.AllowedMentions(everyone=False, roles=False, users=False, replied_user=True)
_COMMAND = 2
_ESSENTIAL = frozenset({"READY", "RESUMED"})  # without these there is nothing to go on with

SetUp = Callable[["HomeroomClient"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every client is made with; it outlives them."""

    inbox: DiscordInbox
    presses: Presses
    gate: Gate
    budget: IdentifyBudget
    reach: Reach
    set_up: SetUp
    memory: Memory
    asks: Collection[str]  # the names of the commands that are answered in a turn


def intents(*, reads_messages: bool) -> discord.Intents:
    """The smallest. Mentions, replies to a ping and direct messages have words without more."""
    return discord.Intents(
        guilds=True, guild_messages=True, dm_messages=True, message_content=reads_messages
    )


def _shards(group: Group | None) -> dict[str, Any]:
    """Without a group the library asks Discord how many there are."""
    return {"shard_ids": group.ids, "shard_count": group.count} if group else {}


class HomeroomClient(discord.AutoShardedClient):
    """Hands on what is said as it came, so that nothing has to be cached to be understood."""

    def __init__(
        self,
        wiring: Wiring,
        *,
        reads_messages: bool,
        group: Group | None = None,
    ) -> None:
        """`group`: the shards it listens to; without it, all there are."""
        self.inbox = wiring.inbox
        self.presses = wiring.presses  # where the buttons find them
        self.gate = wiring.gate
        self.budget = wiring.budget
        self.reads_messages = reads_messages
        self.heard_at = time.monotonic()  # the last event of any kind
        self.readies = 0
        self.asks = wiring.asks
        self._set_up = wiring.set_up
        self._reach = wiring.reach
        self._memory = wiring.memory
        self.group = group
        self.hears_direct = group is None or group.first == 0
        super().__init__(
            **_shards(group),
            intents=intents(reads_messages=reads_messages),
            allowed_mentions=NO_PINGS,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=60.0,
            http_trace=wiring.gate.trace(),
        )
        self.tree = Tree(self)

    def note_heard(self) -> None:
        self.heard_at = time.monotonic()
        self._reach.heard()

    async def setup_hook(self) -> None:
        await self._set_up(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        await self.budget.spend(self.shard_count or 1)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A new session: nothing that happened before it will be told."""
        self.readies += 1
        self._reach.found()
        servers = len(self.guilds)
        log.info("connected_as", platform="discord", name=f"@{self.user}", servers=servers)

    async def on_shard_resumed(self, shard_id: int) -> None:
        self._reach.found()
        self.inbox.catch_up.read_lately(self)

    async def on_brought(self, guild: discord.Guild) -> None:
        """Somebody has brought the bot to a server."""
        await greet(guild, self._memory)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Commands and buttons find their own way; forms are read here."""
        if interaction.type is discord.InteractionType.modal_submit:
            await read_form(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Called by the library while it handles an error of one of the methods above."""
        log.error("event_failed", discord_event=event_method, exc_info=sys.exc_info())

    def _get_state(self, **options: Any) -> AutoShardedConnectionState[Any]:
        return _State(
            dispatch=self.dispatch,
            handlers=self._handlers,
            hooks=self._hooks,
            http=self.http,
            **options,
        )


class _State(AutoShardedConnectionState[Any]):
    """Messages go straight to the inbox; an event that cannot be read is passed over.

    Left to itself the library ends the whole client over one event with a missing field.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parsers = {name: self._guarded(name, parse) for name, parse in self.parsers.items()}

    def parse_ready(self, data: Any) -> None:
        """At once, not when the library tells of it: what is live may come right behind."""
        super().parse_ready(data)
        if data["shard"][0] == 0:
            self._client.inbox.catch_up.read_direct(self._client)

    def parse_message_create(self, data: Any) -> None:
        self._client.inbox.hear(self._client, data)

    def parse_message_update(self, data: Any) -> None:
        self._client.inbox.hear_edit(self._client, data)

    def parse_message_delete(self, data: Any) -> None:
        self._client.inbox.hear_deletion(str(data["channel_id"]), [str(data["id"])])

    def parse_message_delete_bulk(self, data: Any) -> None:
        ids = [str(one) for one in data["ids"]]
        self._client.inbox.hear_deletion(str(data["channel_id"]), ids)

    def parse_interaction_create(self, data: Any) -> None:
        if data["type"] == _COMMAND and data["data"]["name"] in self._client.asks:
            self._client.inbox.lanes.reserve(str(data["channel_id"]), str(data["id"]))
        super().parse_interaction_create(data)

    def parse_guild_create(self, data: Any) -> None:
        is_new = self._get_guild(int(data["id"])) is None  # READY names those it is in
        super().parse_guild_create(data)
        guild = self._get_guild(int(data["id"]))
        if guild is not None and not data.get("unavailable"):
            self._client.inbox.catch_up.read_guild(self._client, guild)
            if is_new:
                self.dispatch("brought", guild)

    @property
    def _client(self) -> HomeroomClient:
        client: HomeroomClient = self._get_client()
        return client

    def _guarded(self, name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        def guarded(data: Any) -> None:
            self._client.note_heard()
            try:
                parse(data)
            except Exception:
                if name in _ESSENTIAL:
                    raise
                log.exception("event_not_readable", discord_event=name)

        return guarded
