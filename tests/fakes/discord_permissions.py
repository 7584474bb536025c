"""Who may do what where, computed as Discord does."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from functools import reduce
from operator import or_


class Permission(IntFlag):
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


NOTHING = Permission(0)
EVERYTHING = reduce(or_, Permission)
# What a new server gives everybody; mentioning everyone is in it, so that leaks are seen.
DEFAULT = EVERYTHING & ~(
    Permission.ADMINISTRATOR
    | Permission.MANAGE_CHANNELS
    | Permission.MANAGE_GUILD
    | Permission.MANAGE_MESSAGES
    | Permission.MANAGE_THREADS
)


@dataclass(frozen=True)
class Overwrite:
    """What a channel allows and denies a role or (`member`) a single person."""

    target_id: int
    allow: Permission = NOTHING
    deny: Permission = NOTHING
    member: bool = False


def in_guild(roles: Iterable[Permission], *, owner: bool) -> Permission:
    granted = reduce(or_, roles, NOTHING)
    return EVERYTHING if owner or Permission.ADMINISTRATOR in granted else granted


def in_channel(
    base: Permission, overwrites: Iterable[Overwrite], *, everyone: int, roles: set[int], user: int
) -> Permission:
    """Apply the overwrites in Discord's order: everyone, the roles together, the person."""
    if Permission.ADMINISTRATOR in base:
        return base
    listed = list(overwrites)
    base = _apply(base, [one for one in listed if one.target_id == everyone])
    base = _apply(base, [one for one in listed if one.target_id in roles and not one.member])
    return _apply(base, [one for one in listed if one.target_id == user and one.member])


def _apply(base: Permission, overwrites: list[Overwrite]) -> Permission:
    denied = reduce(or_, (one.deny for one in overwrites), NOTHING)
    allowed = reduce(or_, (one.allow for one in overwrites), NOTHING)
    return (base & ~denied) | allowed
