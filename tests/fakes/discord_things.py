"""The things there are at the fake Discord: people, roles, servers, channels, messages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes import JSON
from tests.fakes.discord_permissions import (
    EVERYTHING,
    NOTHING,
    Overwrite,
    Permission,
    in_channel,
    in_guild,
)

if TYPE_CHECKING:
    from tests.fakes.discord_world import World

TEXT, DM, GROUP, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 3, 4, 11, 12, 15
VOICE, ANNOUNCEMENT, STAGE, MEDIA = 2, 5, 13, 16
THREADS = frozenset({PUBLIC_THREAD, PRIVATE_THREAD})
EPHEMERAL, LOADING, HAS_THREAD, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 5, 1 << 15
SYSTEM_MESSAGES = frozenset({18, 21})


@dataclass(eq=False, kw_only=True)
class User:
    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    dms_closed: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False, kw_only=True)
class Role:
    id: int
    guild: "Guild"
    name: str
    permissions: Permission = NOTHING
    mentionable: bool = True
    bot_id: int | None = None

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(eq=False, kw_only=True)
class Member:
    user: User
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None


_Pair = tuple[int, int]
Overwrites = Mapping[Role, _Pair] | Mapping[User, _Pair] | Mapping[Role | User, _Pair]


@dataclass(eq=False, kw_only=True)
class Guild:
    id: int
    name: str
    world: "World"
    owner: User
    joined: bool = True
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, "Channel"] = field(default_factory=dict)

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def bot_role(self) -> Role:
        return next(role for role in self.roles.values() if role.bot_id)

    def add_text_channel(
        self,
        name: str,
        *,
        category: "Channel | None" = None,
        overwrites: Overwrites | None = None,
    ) -> "Channel":
        return self._add_channel(TEXT, name, category, overwrites)

    def add_forum(
        self,
        name: str,
        *,
        category: "Channel | None" = None,
        overwrites: Overwrites | None = None,
    ) -> "Channel":
        return self._add_channel(FORUM, name, category, overwrites)

    def add_channel(self, kind: int, name: str) -> "Channel":
        """One of another kind: VOICE, ANNOUNCEMENT, STAGE or MEDIA."""
        return self._add_channel(kind, name, None, None)

    def add_category(self, name: str, *, overwrites: Overwrites | None = None) -> "Channel":
        return self._add_channel(CATEGORY, name, None, overwrites)

    def add_role(
        self,
        name: str,
        *,
        permissions: int = 0,
        mentionable: bool = True,
        bot_id: int | None = None,
    ) -> Role:
        granted = Permission(permissions & EVERYTHING)
        role = Role(id=self.world.new_id(), guild=self, name=name, permissions=granted)
        role.mentionable, role.bot_id = mentionable, bot_id
        self.roles[role.id] = role
        self.world.announce("GUILD_ROLE_CREATE", role)
        return role

    def add_member(
        self, user: User, *, roles: Iterable[Role] = (), nick: str | None = None
    ) -> Member:
        member = self.members.setdefault(user.id, Member(user=user))
        member.roles.extend(role for role in roles if role not in member.roles)
        member.nick = nick or member.nick
        return member

    def permissions(self, user: User) -> Permission:
        member = self.members.get(user.id)
        if member is None:
            return NOTHING
        granted = (role.permissions for role in (self.everyone, *member.roles))
        return in_guild(granted, owner=user is self.owner)

    def threads(self) -> list["Channel"]:
        open_ones = (one for one in self.channels.values() if one.thread and not one.archived)
        return [one for one in open_ones if one.visible_to(self.world.bot)]

    def _add_channel(
        self, kind: int, name: str, parent: "Channel | None", overwrites: Overwrites | None
    ) -> "Channel":
        channel = Channel(
            id=self.world.new_id(),
            kind=kind,
            name=name,
            guild=self,
            parent=parent,
            world=self.world,
        )
        if overwrites is not None:
            channel.overwrite(overwrites)
        elif parent is not None:
            channel.overwrites = dict(parent.overwrites)
        self.world.add_channel(channel)
        self.world.announce("CHANNEL_CREATE", channel)
        return channel


@dataclass(eq=False, kw_only=True)
class Channel:
    """A place for messages. `recipients` are the two of a direct message."""

    id: int
    kind: int
    name: str
    world: "World"
    guild: Guild | None = None
    parent: "Channel | None" = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipients: list[User] = field(default_factory=list)
    messages: dict[int, "Message"] = field(default_factory=dict)
    last_message_id: int | None = None
    owner_id: int = 0
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440
    tags: list[str] = field(default_factory=list)
    joined: set[int] = field(default_factory=set)

    @property
    def thread(self) -> bool:
        return self.kind in THREADS

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    def overwrite(self, overwrites: Overwrites) -> None:
        """Set what roles and users may do here: `{who: (allow, deny)}`."""
        for who, (allow, deny) in overwrites.items():
            granted, denied = Permission(allow), Permission(deny)
            self.overwrites[who.id] = Overwrite(who.id, granted, denied, isinstance(who, User))

    def permissions(self, user: User) -> Permission:
        if self.guild is None:
            return EVERYTHING if user in self.recipients else NOTHING
        member = self.guild.members.get(user.id)
        if member is None:
            return NOTHING
        place = self.parent if self.thread and self.parent else self
        return in_channel(
            self.guild.permissions(user),
            place.overwrites.values(),
            everyone=self.guild.id,
            roles={role.id for role in member.roles},
            user=user.id,
        )

    def visible_to(self, user: User) -> bool:
        granted = self.permissions(user)
        if Permission.VIEW_CHANNEL not in granted:
            return False
        open_to_all = self.kind != PRIVATE_THREAD or Permission.MANAGE_THREADS in granted
        return open_to_all or user.id in self.joined

    def archive(self) -> None:
        self.archived = True
        self.world.announce("THREAD_UPDATE", self)


@dataclass(eq=False)
class Attachment:
    id: int
    filename: str
    content_type: str
    data: bytes
    url: str
    description: str | None = None


@dataclass(eq=False, kw_only=True)
class Message:
    id: int
    channel: Channel
    author: User
    content: str
    created_at: float
    type: int = 0
    nonce: str | None = None
    reference: int | None = None
    flags: int = 0
    first_flags: int = 0  # before any edit
    components: list[JSON] = field(default_factory=list)
    embeds: list[JSON] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    more: JSON = field(default_factory=dict)  # fields as Discord tells them: polls, stickers, ...
    edited_at: float | None = None
    webhook_id: int | None = None
    interaction: JSON | None = None
    reactions: dict[str, set[int]] = field(default_factory=dict)
    whispered_to: User | None = None
    opened: Channel | None = None
    deleted: bool = False

    @property
    def edited(self) -> bool:
        return self.edited_at is not None

    @property
    def ephemeral(self) -> bool:
        return self.whispered_to is not None

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    @property
    def text(self) -> str:
        """All that can be read in it, whether content or text displays."""
        shown = (part["content"] for part in walk(self.components) if part.get("type") == 10)
        return "\n".join(part for part in (self.content, *shown) if part)

    @property
    def custom_ids(self) -> list[str]:
        return [part["custom_id"] for part in walk(self.components) if "custom_id" in part]


@dataclass(frozen=True)
class Reaction:
    message: Message
    user: User
    emoji: str


def walk(components: Iterable[JSON]) -> Iterable[JSON]:
    """Every component, however deep."""
    for part in components:
        yield part
        yield from walk(part.get("components", ()))
        yield from walk(one for one in (part.get("accessory"), part.get("component")) if one)
