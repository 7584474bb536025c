"""/homeroom: what those who run a server set, on Discord itself."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any, Literal

import discord
from discord import app_commands

from adapters.discord.asking import answered
from adapters.discord.commands import Tree, choices
from adapters.discord.health import health
from adapters.discord.inbox import Inbox
from adapters.discord.places import Interaction, place_asked
from bot.core.errors import NotAllowed
from bot.core.settings import parse_rules
from bot.core.text import plural
from bot.rules.access import ALLOW, ANSWERS, DENY
from bot.rules.following import Follow

_MANAGERS = discord.Permissions(manage_guild=True)
_BLIND = (
    "But Discord hides from me what does not mention me: the operator can ask it for the "
    "message content."
)
_MOST_BYTES = 8 * 1024 * 1024  # of an export; Discord takes ten

Where = Literal["channel", "server"]


def add_admin(tree: Tree, inbox: Inbox) -> None:
    tree.add_command(HomeroomGroup(inbox))


class HomeroomGroup(app_commands.Group):
    """Shown to those who manage the server.

    That is looked at again here, for an owner can show the commands to others as well.
    """

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(
            name="homeroom",
            description="Settings of this server",
            default_permissions=_MANAGERS,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self._inbox = inbox

    @app_commands.command(description="Whether I answer in this channel, or in the whole server")
    async def channel(
        self, interaction: Interaction, answer: Literal["on", "off"], where: Where = "channel"
    ) -> None:
        await self._set(interaction, ANSWERS, answer, where)

    @app_commands.command(description="What I answer: mentions, my threads, or everything said")
    async def follow(
        self,
        interaction: Interaction,
        mode: Literal["mention", "thread", "channel"],
        where: Where = "channel",
    ) -> None:
        is_blind = mode != "mention" and not interaction.client.reads_messages
        note = _BLIND if is_blind else ""
        await self._set(interaction, "follow", Follow(mode).value, where, note)

    @app_commands.command(description="Show answers in this channel while they are written")
    async def stream(self, interaction: Interaction, show: Literal["on", "off"]) -> None:
        await self._set(interaction, "stream", show, "channel")

    @app_commands.command(description="Open a thread for each question asked in this channel")
    async def threads(self, interaction: Interaction, open: Literal["on", "off"]) -> None:  # noqa: A002
        await self._set(interaction, "threads", open, "channel")

    @app_commands.command(description="Who answers in this channel, or in the whole server")
    async def assistant(
        self, interaction: Interaction, name: str, where: Where = "channel"
    ) -> None:
        await self._set(interaction, "assistant", name, where)

    @assistant.autocomplete("name")
    async def known(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(self._inbox.door.assistants(), typed)

    @app_commands.command(description="How many questions a person may ask in an hour; 0: any")
    async def limits(
        self,
        interaction: Interaction,
        questions: app_commands.Range[int, 0, 10_000],
        where: Where = "channel",
    ) -> None:
        await self._set(interaction, "limit", str(questions), where)

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

    @app_commands.command(description="Everything said to me here, as a file, for administrators")
    async def export(self, interaction: Interaction, where: Where = "channel") -> None:
        await self._answered(interaction, lambda: self._export(interaction, where))

    @app_commands.command(description="How I am")
    async def health(self, interaction: Interaction) -> None:
        async def words() -> str:
            return health(interaction.client)

        await self._answered(interaction, words)

    async def _set(
        self, interaction: Interaction, name: str, value: str, where: Where, note: str = ""
    ) -> None:
        async def work() -> str:
            return f"{await self._choose(interaction, name, value, where)} {note}".strip()

        await self._answered(interaction, work)

    async def _choose(self, interaction: Interaction, name: str, value: str, where: Where) -> str:
        await self._inbox.door.set(_scope(interaction, where), name, value)
        return f"**{name}** is **{value}** in this {where} from now on."

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
                await door.set(scope, name, " ".join(sorted(rules)))
            lines.append(f"{name}: {_shown(rules)}")
        return "\n".join(lines)

    async def _export(self, interaction: Interaction, where: Where) -> str:
        """Administrators alone: they may read all of it on Discord as well."""
        if not interaction.permissions.administrator:
            raise NotAllowed
        data = await self._inbox.door.export(_scope(interaction, where), _MOST_BYTES)
        file = discord.File(BytesIO(data), filename=f"homeroom-{where}.json")
        await interaction.edit_original_response(attachments=[file])
        return f"What was said to me in this {where}: {plural(len(data), 'byte')}."

    async def _answered(self, interaction: Interaction, work: Callable[[], Awaitable[str]]) -> None:
        async def checked() -> str:
            if not interaction.permissions.manage_guild:
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
    return ", ".join(shown) or "nobody by name"
