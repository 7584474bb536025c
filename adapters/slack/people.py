"""Who is who, what kind of place a channel is, and who is in a group.

Renewed by what Slack tells of them. Who has asked before is known over a restart as well, so that
nobody waits for Slack to say again who she is.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, replace

import structlog

from adapters.slack.bodies import JSON, part, parts, team_of, text
from adapters.slack.directory import Directory, Key
from adapters.slack.errors import Rejected
from adapters.slack.web import Web
from bot.core.errors import BotError
from bot.core.ports.memory import Memory
from bot.core.recent import RecentMap

log = structlog.get_logger()

_NAME_PATIENCE = 1.0  # seconds: Slack waits three for the acknowledgement
_PAGE = 1000  # the most Slack gives at once
_KEPT_FOR = 7 * 86_400.0  # seconds: who was away for longer is looked up before she is let in
_GROUP_LASTS = 40.0  # seconds: what somebody may do follows from it
_NOTED_AGAIN = 86_400.0  # seconds
_OUTSIDE = ("is_ext_shared", "is_pending_ext_shared")
_GONE = "no_such_subteam"
_CHANGED = {"user_change", "user_profile_changed", "team_join"}


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    team: str = ""
    is_guest: bool = False
    is_foreign: bool = False  # of another organisation, through Slack Connect
    is_admin: bool = False  # runs the workspace
    zone: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    name: str = ""
    is_shared_outside: bool = False


class Roster:
    def __init__(self, web: Web, memory: Memory | None = None) -> None:
        self._web = web
        self._memory = memory
        self._kept = RecentMap[Key, tuple[Person, float]](most=20_000)  # what stands in it
        self._people = Directory(self._ask_person, self._all_people)
        self._channels = Directory(self._ask_channel, self._all_channels)
        self._groups = Directory(self._ask_group, lasts=_GROUP_LASTS)
        self._handles = Directory(self._ask_handle)

    async def person(self, team: str, user: str) -> Person:
        key = (team, user)
        if self._people.known(key) is None and (kept := await self._recall(key)):
            self._people.put(key, kept, is_fresh=False)
        person = await self._people.get(key)
        await self._remember(key, person)
        return person

    async def channel(self, team: str, channel: str) -> Channel:
        return await self._channels.get((team, channel))

    async def group(self, team: str, group: str) -> frozenset[str]:
        """The people in a user group."""
        return await self._groups.get((team, group))

    async def groups(self, team: str) -> Mapping[str, str]:
        """What each user group is called, by its id."""
        found = parts(await self._web.call("usergroups.list", team), "usergroups")
        return {text(one, "id"): text(one, "handle") or text(one, "id") for one in found}

    async def handle(self, team: str, group: str) -> str:
        """What a user group is called where it is mentioned; the bare id where that is unknown."""
        return await self._handles.get((team, group))

    async def name(self, team: str, user: str) -> str:
        """What a person is called; the bare id when that cannot be learnt at once."""
        try:
            async with asyncio.timeout(_NAME_PATIENCE):
                return (await self.person(team, user)).name
        except (BotError, TimeoutError) as error:
            log.info("name_unknown", user=user, error=type(error).__name__)
            return user

    def hear(self, body: object) -> bool:
        """Take what Slack tells of people, channels and groups; False: it tells something else."""
        team, event = team_of(body), part(body, "event")
        match text(event, "type"):
            case kind if kind in _CHANGED:
                self._person_changed(team, part(event, "user"))
            case "channel_shared" | "channel_unshared":
                self._channels.forget((team, text(event, "channel")))
            case "subteam_updated":
                self._group_changed(team, part(event, "subteam"))
            case "subteam_members_changed":
                self._members_changed(team, event)
            case _:
                return False
        return True

    async def close(self) -> None:
        for directory in (self._people, self._channels, self._groups, self._handles):
            await directory.close()

    def _person_changed(self, team: str, user: JSON) -> None:
        """Some tell the profile alone: what that leaves open is not taken for a no."""
        key = (team, text(user, "id"))
        known = self._people.known(key)
        if "is_restricted" in user:
            self._people.put(key, _person(user))
        elif known is not None:
            self._people.put(key, replace(known, name=_person(user).name))

    def _group_changed(self, team: str, group: JSON) -> None:
        key = (team, text(group, "id"))
        if isinstance(group.get("users"), list):
            self._groups.put(key, _ids(group, "users"))
        else:
            self._groups.forget(key)

    def _members_changed(self, team: str, event: JSON) -> None:
        key = (team, text(event, "subteam_id"))
        members = self._groups.known(key)
        if members is not None:
            more, fewer = _ids(event, "added_users"), _ids(event, "removed_users")
            self._groups.put(key, (members | more) - fewer)

    async def _ask_person(self, team: str, user: str) -> Person:
        found = await self._web.call("users.info", team, user=user, include_locale=True)
        return _person({"id": user} | part(found, "user"))

    async def _all_people(self, team: str) -> AsyncIterator[Mapping[str, Person]]:
        async for page in self._web.pages("users.list", team, limit=_PAGE, include_locale=True):
            people = [_person(user) for user in parts(page, "members") if text(user, "id")]
            yield {person.id: person for person in people}

    async def _ask_channel(self, team: str, channel: str) -> Channel:
        found = await self._web.call("conversations.info", team, channel=channel)
        return _channel({"id": channel} | part(found, "channel"))

    async def _ask_handle(self, team: str, group: str) -> str:
        return (await self.groups(team)).get(group, group)

    async def _all_channels(self, team: str) -> AsyncIterator[Mapping[str, Channel]]:
        """Those the bot is a member of: in others it is only asked by commands."""
        kinds = "public_channel,private_channel,mpim"
        async for page in self._web.pages("users.conversations", team, limit=_PAGE, types=kinds):
            channels = [_channel(about) for about in parts(page, "channels") if text(about, "id")]
            yield {channel.id: channel for channel in channels}

    async def _ask_group(self, team: str, group: str) -> frozenset[str]:
        """Nobody is in one that is gone: who lists it still shuts nobody else out."""
        try:
            found = await self._web.call("usergroups.users.list", team, usergroup=group)
        except Rejected as error:
            if error.code != _GONE:
                raise
            return frozenset()
        return _ids(found, "users")

    async def _recall(self, key: Key) -> Person | None:
        """As she was known before a restart; of somebody who has never asked nothing is kept."""
        if self._memory is None:
            return None
        try:
            kept = json.loads(await self._memory.recall(_memo(key)) or "{}")
            is_recent = kept.pop("at", 0.0) > time.time() - _KEPT_FOR
            return Person(**kept) if is_recent else None
        except (BotError, TypeError, ValueError, AttributeError) as error:
            log.info("person_not_recalled", error=type(error).__name__)
            return None

    async def _remember(self, key: Key, person: Person) -> None:
        now = time.time()
        known, at = self._kept.get(key) or (None, 0.0)
        if self._memory is None or (known == person and now < at + _NOTED_AGAIN):
            return
        self._kept.put(key, (person, now))
        try:
            kept = asdict(person) | {"at": now}
            await self._memory.remember(_memo(key), json.dumps(kept))
        except BotError as error:
            log.info("person_not_kept", error=type(error).__name__)


def _memo(key: Key) -> str:
    return f"slack:person:{key[0]}:{key[1]}"


def _ids(body: object, name: str) -> frozenset[str]:
    ids = body.get(name) if isinstance(body, dict) else None
    return frozenset(str(each) for each in ids) if isinstance(ids, list) else frozenset()


def _channel(about: JSON) -> Channel:
    is_outside = any(about.get(how) for how in _OUTSIDE)
    return Channel(text(about, "id"), text(about, "name"), is_outside)


def _person(user: JSON) -> Person:
    names = (text(part(user, "profile"), "display_name"), text(user, "real_name"))
    return Person(
        id=text(user, "id"),
        name=next(filter(None, (*names, text(user, "name"), text(user, "id"))), ""),
        team=text(user, "team_id"),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_foreign=bool(user.get("is_stranger")),
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        zone=text(user, "tz"),
        locale=text(user, "locale"),
    )
