"""Interactions: a person uses a command, a button or a form, and the bot owes an answer."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes import JSON
from tests.fakes.discord_drafts import FILE_BYTES
from tests.fakes.discord_forms import chosen_in, filled_in, left_in
from tests.fakes.discord_payloads import (
    attachment_payload,
    channel_payload,
    member_payload,
    message_payload,
    role_payload,
    user_payload,
)
from tests.fakes.discord_permissions import EVERYTHING, Permission
from tests.fakes.discord_things import Attachment, Channel, Message, Role, User, walk
from tests.fakes.discord_world import World
from tests.patience import PATIENCE

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
DEFERRED = frozenset({5, 6})
TOKEN_SECONDS = 15 * 60
BUTTON = 2
Install = Literal["guild", "user"]


@dataclass(eq=False, kw_only=True)
class Interaction:
    """What was asked, and all that has come back. Times are of the monotonic clock."""

    id: int
    kind: int
    token: str
    channel: Channel
    user: User
    data: JSON
    created_at: float
    deadline_from: float
    install: Install = "guild"
    message: Message | None = None
    acked_at: float | None = None
    response: JSON | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    dead: int | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def response_type(self) -> int | None:
        return None if self.response is None else self.response["type"]

    @property
    def deferred(self) -> bool:
        return self.response_type in DEFERRED

    @property
    def ephemeral(self) -> bool:
        """Whether the first response was one that only the asker sees."""
        return bool(((self.response or {}).get("data") or {}).get("flags", 0) & 64)

    @property
    def text(self) -> str:
        """What the asker reads now as the first answer; nothing while the bot is thinking."""
        return self.original.text if self.original and not self.original.loading else ""

    @property
    def choices(self) -> list[JSON]:
        return list(((self.response or {}).get("data") or {}).get("choices") or [])

    @property
    def modal(self) -> JSON | None:
        return self.response["data"] if self.response and self.response_type == 9 else None

    def age(self, now: float) -> float:
        return now - self.deadline_from

    async def wait(self) -> "Interaction":
        """Wait until the bot has acknowledged it."""
        async with asyncio.timeout(PATIENCE):
            await self.answered.wait()
        return self

    def metadata(self) -> JSON:
        """How messages that answer it tell of it."""
        about: JSON = {"id": str(self.id), "type": self.kind, "user": user_payload(self.user)}
        if self.message is not None:
            about["interacted_message_id"] = str(self.message.id)
        return about | {"authorizing_integration_owners": self.owners()}

    def owners(self) -> JSON:
        if self.install == "user":
            return {"1": str(self.user.id)}
        return {"0": str(self.channel.guild.id) if self.channel.guild else "0"}

    def payload(self, bot: User) -> JSON:
        channel, mine = self.channel, self.channel.permissions(bot)
        place = channel_payload(channel) | {"name": channel.name}
        shown: JSON = {
            "id": str(self.id),
            "application_id": str(bot.id),
            "type": self.kind,
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(channel.id),
            "channel": place | {"permissions": str(int(channel.permissions(self.user)))},
            "app_permissions": str(int(mine if channel.guild else EVERYTHING)),
            "locale": self.user.locale,
            "entitlements": [],
            "attachment_size_limit": FILE_BYTES,
            "authorizing_integration_owners": self.owners(),
            "context": self._context(bot),
        }
        if self.message is not None:
            shown["message"] = message_payload(self.message)
        return shown | self._asker()

    def _context(self, bot: User) -> int:
        if self.channel.guild is not None:
            return 0
        return 1 if bot in self.channel.recipients else 2

    def _asker(self) -> JSON:
        guild = self.channel.guild
        if guild is None:
            return {"user": user_payload(self.user)}
        granted = str(int(self.channel.permissions(self.user)))
        return {
            "member": member_payload(guild.members[self.user.id]) | {"permissions": granted},
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
        }


class Interactions:
    """Those there were, the commands there are, and the making of new ones."""

    def __init__(self, world: World) -> None:
        self.made: list[Interaction] = []
        self.commands: dict[int | None, list[JSON]] = {}  # by guild; None holds the global ones
        self._world = world

    def begin(  # noqa: PLR0913 - an interaction has that many sides
        self,
        kind: int,
        channel: Channel,
        user: User,
        data: JSON,
        *,
        install: Install = "guild",
        message: Message | None = None,
    ) -> Interaction:
        if channel.guild is not None:
            channel.guild.add_member(user)
        loop_time = asyncio.get_running_loop().time()
        interaction = Interaction(
            id=self._world.new_id(),
            kind=kind,
            token=secrets.token_urlsafe(40),
            channel=channel,
            user=user,
            data=data,
            created_at=loop_time,
            deadline_from=self._world.clock.deadline_time(),
            install=install,
            message=message,
        )
        self.made.append(interaction)
        return interaction

    def by_token(self, token: str) -> Interaction | None:
        return next((one for one in self.made if one.token == token), None)

    def command(self, channel: Channel, user: User, name: str, kind: int) -> JSON:
        """The registered command of that name; what the person could not choose is refused."""
        guild_id = channel.guild.id if channel.guild else None
        listed = [*self.commands.get(guild_id, ()), *self.commands.get(None, ())]
        named = (one for one in listed if one["name"] == name and one.get("type", 1) == kind)
        command: JSON | None = next(named, None)
        if command is None:
            raise LookupError(f"the bot has registered no command {name!r} of type {kind}")
        _check_permitted(command, channel, user)
        return command

    def command_data(
        self,
        channel: Channel,
        user: User,
        name: str,
        options: Mapping[str, Any],
        focused: str | None,
    ) -> JSON:
        """The data of a slash command; `name` may hold its groups: `homeroom channel on`."""
        first, *deeper = name.split()
        command = self.command(channel, user, first, 1)
        declared, kinds = _descend(command, deeper)
        _check_options(name, declared, options, asking=focused is not None)
        typed = {one["name"]: one["type"] for one in declared}
        listed = [_option(one, typed[one], value, focused) for one, value in options.items()]
        for part, kind in reversed([*zip(deeper, kinds, strict=True)]):
            listed = [{"name": part, "type": kind, "options": listed}]
        data: JSON = {"id": command["id"], "name": first, "type": 1, "options": listed}
        if command.get("guild_id"):
            data["guild_id"] = command["guild_id"]
        return data | {"resolved": _resolved(channel, options.values())}

    def target_data(self, command: JSON, channel: Channel, target: Message | User) -> JSON:
        data: JSON = {"id": command["id"], "name": command["name"], "type": command["type"]}
        return data | {"target_id": str(target.id), "resolved": _resolved(channel, [target])}


def component_of(message: Message, custom_id: str) -> JSON:
    for part in walk(message.components):
        if part.get("custom_id") == custom_id and not part.get("disabled"):
            return part
    raise LookupError(f"no component {custom_id!r} to use among {message.custom_ids}")


def component_data(part: JSON, values: list[str] | None) -> JSON:
    data: JSON = {"custom_id": part["custom_id"], "component_type": part["type"], "id": part["id"]}
    return data if part["type"] == BUTTON else data | {"values": values or []}


def modal_data(modal: JSON, channel: Channel, values: Mapping[str, Any]) -> JSON:
    """The form, filled in, with what tells a person from a role."""
    left = [_known(channel, kind, id_) for kind, id_ in left_in(modal, values)]
    chosen = [*chosen_in(values), *left]
    filled, resolved = filled_in(modal, values), _resolved(channel, chosen)
    return {"custom_id": modal["custom_id"], "components": filled, "resolved": resolved}


def _known(channel: Channel, kind: str, id_: int) -> User | Role | Channel | None:
    guild = channel.guild
    if guild is None:
        return None
    if kind == "user":
        return guild.members[id_].user if id_ in guild.members else None
    return guild.roles.get(id_) if kind == "role" else guild.channels.get(id_)


def _check_permitted(command: JSON, channel: Channel, user: User) -> None:
    needed = command.get("default_member_permissions")
    if channel.guild is None:
        contexts = command.get("contexts")
        if contexts is not None and not {1, 2} & set(contexts):
            raise PermissionError(f"/{command['name']} is not for direct messages")
    elif needed is not None:
        granted = channel.permissions(user)
        if Permission(int(needed) & EVERYTHING) not in granted:
            raise PermissionError(f"{user.name} does not see /{command['name']}")


def _descend(command: JSON, parts: list[str]) -> tuple[list[JSON], list[int]]:
    options, kinds = command.get("options") or [], []
    for part in parts:
        found = next((one for one in options if one["name"] == part), None)
        if found is None:
            raise LookupError(f"/{command['name']} has no part {part!r}")
        kinds.append(found["type"])
        options = found.get("options") or []
    return options, kinds


def _check_options(
    name: str, declared: list[JSON], given: Mapping[str, Any], *, asking: bool
) -> None:
    if strange := given.keys() - {one["name"] for one in declared}:
        raise LookupError(f"/{name} has no option {sorted(strange)}")
    needed = {one["name"] for one in declared if one.get("required")}
    if not asking and (missing := needed - given.keys()):
        raise LookupError(f"/{name} needs {sorted(missing)}")


def _option(name: str, kind: int, value: Any, focused: str | None) -> JSON:
    thing = isinstance(value, User | Channel | Role | Attachment)
    shown: JSON = {"name": name, "type": kind, "value": str(value.id) if thing else value}
    return shown | ({"focused": True} if name == focused else {})


def _resolved(channel: Channel, values: Any) -> JSON:
    found: JSON = {}
    members = channel.guild.members if channel.guild else {}
    for value in values:
        match value:
            case User():
                found.setdefault("users", {})[str(value.id)] = user_payload(value)
                if member := members.get(value.id):
                    shown = member_payload(member, with_user=False)
                    found.setdefault("members", {})[str(value.id)] = shown
            case Role():
                found.setdefault("roles", {})[str(value.id)] = role_payload(value)
            case Channel():
                shown = channel_payload(value) | {"permissions": "0"}
                found.setdefault("channels", {})[str(value.id)] = shown
            case Attachment():
                found.setdefault("attachments", {})[str(value.id)] = attachment_payload(value)
            case Message():
                found.setdefault("messages", {})[str(value.id)] = message_payload(value)
    return found
