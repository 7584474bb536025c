"""/homeroom: what those who run a server set, on Discord itself."""

import time
from typing import Any, Literal

import discord
from discord import app_commands

from adapters.discord.access import ALLOW, DENY, HERE
from adapters.discord.asking import answered
from adapters.discord.commands import Names, Tree, choices
from adapters.discord.inbox import Inbox
from adapters.discord.places import Interaction, place_asked
from bot.access import parse_rules
from bot.errors import NotAllowed
from bot.following import Follow

_MANAGERS = discord.Permissions(manage_guild=True)


Target = app_commands.AppCommandChannel | discord.Role | discord.Member


def add_admin(tree: Tree, inbox: Inbox, assistants: Names) -> None:
    tree.add_command(HomeroomGroup(inbox, assistants))


class HomeroomGroup(app_commands.Group):
    """Shown to those who manage the server.

    That is looked at again here, for an owner can show the commands to others as well.
    """

    def __init__(self, inbox: Inbox, assistants: Names) -> None:
        super().__init__(
            name="homeroom",
            description="Settings of this server",
            default_permissions=_MANAGERS,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self._inbox = inbox
        self._assistants = assistants

    @app_commands.command(description="Whether I answer in this channel, or in the whole server")
    async def channel(
        self,
        interaction: Interaction,
        answer: Literal["on", "off"],
        where: Literal["channel", "server"] = "channel",
    ) -> None:
        await self._set(interaction, HERE, answer, where)

    @app_commands.command(description="What I answer: mentions, my threads, or everything said")
    async def follow(
        self,
        interaction: Interaction,
        mode: Literal["mention", "thread", "channel"],
        where: Literal["channel", "server"] = "channel",
    ) -> None:
        await self._set(interaction, "follow", Follow(mode).value, where)

    @app_commands.command(description="Show answers in this channel while they are written")
    async def stream(self, interaction: Interaction, show: Literal["on", "off"]) -> None:
        await self._set(interaction, "stream", show, "channel")

    @app_commands.command(description="Open a thread for each question asked in this channel")
    async def threads(self, interaction: Interaction, open: Literal["on", "off"]) -> None:  # noqa: A002
        await self._set(interaction, "threads", open, "channel")

    @app_commands.command(description="Who answers in this channel, or in the whole server")
    async def assistant(
        self, interaction: Interaction, name: str, where: Literal["channel", "server"] = "channel"
    ) -> None:
        await self._set(interaction, "assistant", name, where)

    @assistant.autocomplete("name")
    async def known(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(self._assistants(), typed)

    @app_commands.command(description="Allow or deny a channel, a category, a role or a person")
    async def access(
        self,
        interaction: Interaction,
        rule: Literal["allow", "deny", "forget"],
        role: discord.Role | None = None,
        person: discord.Member | None = None,
        channel: app_commands.AppCommandChannel | None = None,
    ) -> None:
        given = _traits(role, person, channel)
        await self._answered(interaction, lambda: self._change_rules(interaction, rule, given))

    @app_commands.command(description="How I am")
    async def health(self, interaction: Interaction) -> None:
        async def words() -> str:
            return health(interaction.client)

        await self._answered(interaction, words)

    async def _set(self, interaction: Interaction, name: str, value: str, where: str) -> None:
        async def work() -> str:
            await self._inbox.door.set(_scope(interaction, where), name, value)
            shown = name.removeprefix("access.")
            return f"**{shown}** is **{value}** in this {where} from now on."

        await self._answered(interaction, work)

    async def _change_rules(
        self, interaction: Interaction, rule: str, given: frozenset[str]
    ) -> str:
        """The lists are the server's; a trait stands in at most one of them."""
        door, key = self._inbox.door, place_asked(interaction).key()
        lines = []
        for name in (ALLOW, DENY):
            rules = parse_rules(await door.setting(key, name)) - given
            rules |= given if name == f"access.{rule}" else frozenset()
            if given:
                scope = _scope(interaction, "server")
                await door.set(scope, name, " ".join(sorted(rules)))
            lines.append(f"{name.removeprefix('access.')}: {_shown(rules)}")
        return "\n".join(lines)

    async def _answered(self, interaction: Interaction, work: Any) -> None:
        async def checked() -> str:
            if not interaction.permissions.manage_guild:
                raise NotAllowed
            words: str = await work()
            return words

        await answered(interaction, checked)


def health(client: Any) -> str:
    """What an owner wants to know when something seems wrong."""
    heard = time.monotonic() - client.heard_at
    return "\n".join(
        [
            f"- {len(client.shards)} shards, {client.latency * 1000:.0f} ms away",
            f"- last event {heard:.0f} s ago, {client.readies} new sessions since the start",
            f"- {client.budget.spent} of 1,000 identifies today",
            f"- {client.gate.invalid_requests} invalid requests in ten minutes",
            f"- message content: {'read' if client.reads_messages else 'not granted'}",
        ]
    )


def _scope(interaction: Interaction, where: str) -> str:
    """The channel (a thread has its parent's), or the server."""
    _, channel, server, _ = place_asked(interaction).key().scopes()
    return server if where == "server" else channel


def _traits(
    role: discord.Role | None, person: discord.Member | None, channel: Any
) -> frozenset[str]:
    kinds = {
        "role": role,
        "user": person,
        "category" if getattr(channel, "type", None) is discord.ChannelType.category
        else "channel": channel,
    }  # fmt: skip
    return frozenset(f"{kind}:{one.id}" for kind, one in kinds.items() if one is not None)


def _shown(rules: frozenset[str]) -> str:
    marks = {"role": "<@&{}>", "user": "<@{}>", "channel": "<#{}>", "category": "<#{}>"}
    shown = [
        marks.get(kind, "{}").format(number)
        for kind, _, number in (rule.partition(":") for rule in sorted(rules))
    ]
    return ", ".join(shown) or "nobody by name"
