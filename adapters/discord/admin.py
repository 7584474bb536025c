"""/homeroom: what those who run a server set, on Discord itself."""

from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from typing import Any, Literal

import discord
from discord import app_commands

from adapters.discord.commands import Tree
from adapters.discord.events import InteractionWords
from adapters.discord.health import health
from adapters.discord.inbox import DiscordInbox
from adapters.discord.interactions import answered, message_of
from adapters.discord.origins import PLATFORM
from adapters.discord.places import Interaction, place_asked
from adapters.discord.setting_commands import WHERE, Where, setting_commands
from adapters.discord.terms import TERMS
from bot.core.errors import NotAllowed
from bot.core.setting_values import Setting, parse_rules
from bot.core.settings import settable
from bot.core.text import plural
from bot.rules.access import ALLOW, DENY
from bot.rules.bill import usage_of_place
from bot.rules.choosing import choose
from bot.rules.following import Follow
from bot.words import say

_MANAGERS = discord.Permissions(manage_guild=True)
_BLIND = (
    "But Discord hides from me what does not mention me: the operator can ask it for the "
    "message content."
)
_MOST_BYTES = 8 * 1024 * 1024  # of an export; Discord takes ten


def add_admin(tree: Tree, inbox: DiscordInbox) -> None:
    tree.add_command(HomeroomGroup(inbox))


class HomeroomGroup(app_commands.Group):
    """Shown to those who manage the server.

    That is looked at again here, for an owner can show the commands to others as well.
    """

    def __init__(self, inbox: DiscordInbox) -> None:
        super().__init__(
            name="homeroom",
            description="Settings of this server",
            default_permissions=_MANAGERS,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self._inbox = inbox
        for command in setting_commands(settable(TERMS), self._change, self._assistants):
            self.add_command(command)

    @app_commands.command(description="How much I was used, and by whom")
    @app_commands.describe(where=WHERE)
    async def usage(self, interaction: Interaction, where: Where = "channel") -> None:
        async def words() -> str:
            used = await self._inbox.door.usage_by_person(_scope(interaction, where))
            return usage_of_place(used, say(f"this {where}"))

        await self._answered(interaction, words)

    @app_commands.command(description="Allow or deny a channel, a category, a role or a person")
    @app_commands.describe(
        rule="Allow or deny whom you name, or forget what was said of them",
        role="Everybody who has this role",
        person="This person alone",
        channel="Everybody in this channel, or in this category",
    )
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

    @app_commands.command(description="Everything said to me here, as a file, for administrators")
    @app_commands.describe(where=WHERE)
    async def export(self, interaction: Interaction, where: Where = "channel") -> None:
        await self._answered(interaction, lambda: self._export(interaction, where))

    @app_commands.command(description="Whether I can hear and speak as I should")
    async def health(self, interaction: Interaction) -> None:
        async def words() -> str:
            return health(interaction.client)

        await self._answered(interaction, words)

    def _assistants(self) -> Sequence[str]:
        return self._inbox.door.assistants()

    async def _change(
        self, interaction: Interaction, setting: Setting, value: str, where: Where
    ) -> None:
        async def work() -> str:
            by = message_of(interaction, InteractionWords())
            scope = _scope(interaction, where)
            words = await choose(self._inbox.door, by.key, scope, setting.name, value, by=by)
            is_blind = setting.name == "follow" and value != Follow.MENTION
            hides = is_blind and not interaction.client.reads_messages
            return f"{words} {say(_BLIND)}" if hides else words

        await self._answered(interaction, work)

    async def _change_rules(
        self, interaction: Interaction, rule: str, given: frozenset[str]
    ) -> str:
        """The lists are the server's; a trait stands in at most one of them."""
        door, scope = self._inbox.door, _scope(interaction, "server")
        chosen = await door.settings(place_asked(interaction).key())
        lines = []
        for name in (ALLOW, DENY):
            rules = parse_rules(chosen.by_people(scope, name)) - given
            rules |= given if name == rule else frozenset()
            if given:
                by = message_of(interaction, InteractionWords())
                await door.set(scope, name, " ".join(sorted(rules)), by=by)
            lines.append(chosen.catalogue.table.find(name, PLATFORM).values.said(_shown(rules)))
        return "\n".join(lines)

    async def _export(self, interaction: Interaction, where: Where) -> str:
        """Administrators alone: they may read all of it on Discord as well."""
        by = message_of(interaction, InteractionWords())
        data = await self._inbox.door.export(_scope(interaction, where), _MOST_BYTES, by=by)
        file = discord.File(BytesIO(data), filename=f"homeroom-{where}.json")
        await interaction.edit_original_response(attachments=[file])
        return say(
            "What was said to me in {place}: {bytes}.",
            place=say(f"this {where}"),
            bytes=plural(len(data), "byte"),
        )

    async def _answered(self, interaction: Interaction, work: Callable[[], Awaitable[str]]) -> None:
        async def checked() -> str:
            if not await self._inbox.door.may_set(message_of(interaction, InteractionWords())):
                raise NotAllowed
            return await work()

        await answered(interaction, checked)


def _scope(interaction: Interaction, where: Where) -> str:
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
    return ", ".join(shown)
