"""The home tab: which assistant is in force, what one has used, and the settings of a place.

It is shown after Slack has been told, so it keeps nobody waiting; what goes wrong is a line in it.
"""

from dataclasses import dataclass, replace

import structlog

from adapters.slack.admission import Admission
from adapters.slack.bodies import JSON, PLATFORM, part, parts, space_of, team_of, text
from adapters.slack.home.view import PLACE, SETTING, Facts, Place, lines, privacy, tab, view
from adapters.slack.locks import Locks
from adapters.slack.origins import SlackOrigin
from adapters.slack.people import Roster
from adapters.slack.web import Web
from bot.core.catalogue import Chosen
from bot.core.errors import BotError, NotAllowed
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.door import Door

log = structlog.get_logger()

_SETTINGS = {"assistant", "stream", "follow"}
_NOT_YOURS = "Only those who run this workspace can set this for a channel."


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looks at the tab; `direct` is her conversation with the bot."""

    space: str
    team: str
    person: str
    direct: str
    shown: str = ""  # the channel whose settings she looks at

    def key(self, channel: str = "") -> ConversationKey:
        return ConversationKey(PLATFORM, self.space, channel or self.direct)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value she chose for a place: for her direct messages, or for a channel."""

    channel: str
    name: str
    value: str


Visited = tuple[Visit, Choice | None]


def parse_visit(body: object) -> Visited | None:
    """An opened tab, or a click in it; None when it is neither."""
    event = part(body, "event")
    if text(event, "type") == "app_home_opened" and text(event, "tab") == "home":
        known = text(part(event, "view"), "private_metadata")
        return _visit(body, text(event, "user"), text(event, "channel"), known)
    shown = part(body, "view")
    if text(body, "type") != "block_actions" or text(shown, "type") != "home":
        return None
    visit = _visit(body, text(part(body, "user"), "id"), "", text(shown, "private_metadata"))
    return visit and _clicked(visit[0], next(iter(parts(body, "actions")), {}))


class Home:
    def __init__(self, web: Web, people: Roster, admission: Admission) -> None:
        self._web = web
        self._people = people
        self._admission = admission
        self._locks = Locks[str]()

    async def show(self, door: Door, visit: Visit, choice: Choice | None = None) -> None:
        """Carry out what was chosen, and show how things stand; of one person in order."""
        async with self._locks.of(visit.person):
            try:
                blocks = await self._blocks(door, visit, choice)
            except BotError as error:
                log.warning("home_not_read", person=visit.person, error=type(error).__name__)
                blocks = lines(error.notice)
            shown = view(visit.direct, visit.shown, blocks)
            await self._web.call("views.publish", visit.team, user_id=visit.person, view=shown)

    async def _blocks(self, door: Door, visit: Visit, choice: Choice | None) -> list[JSON]:
        reason = await self._admission.reason_against(
            _question(visit), await door.settings(visit.key())
        )
        if reason:
            return [*lines(reason), privacy()]
        words = await self._choose(door, visit, choice) if choice else ""
        return [*lines(words), *tab(await self._facts(door, visit))]

    async def _choose(self, door: Door, visit: Visit, choice: Choice) -> str:
        """Set it; returns what there is to say about that."""
        try:
            if choice.channel != visit.direct and not await self._may_set_channels(visit):
                raise NotAllowed(notice=_NOT_YOURS)
            await door.set(visit.key(choice.channel).scopes()[1], choice.name, choice.value)
        except BotError as error:
            return error.notice
        log.info("setting_chosen", channel=choice.channel, name=choice.name)
        return ""

    async def _facts(self, door: Door, visit: Visit) -> Facts:
        may_set_channels = await self._may_set_channels(visit)
        shown = visit.key(visit.shown) if visit.shown and may_set_channels else None
        direct = await door.settings(visit.key())
        return Facts(
            direct=_place(visit.direct, direct),
            assistants=list(direct.catalogue.assistants),
            used=await door.usage_of_person(visit.key().scopes()[2], visit.person),
            may_set_channels=may_set_channels,
            shown=_place(visit.shown, await door.settings(shown)) if shown else None,
        )

    async def _may_set_channels(self, visit: Visit) -> bool:
        return (await self._people.person(visit.team, visit.person)).is_admin


def _visit(body: object, person: str, channel: str, known: str) -> Visited | None:
    direct, _, shown = known.partition("|")
    visit = Visit(space_of(body), team_of(body), person, channel or direct, shown)
    return (visit, None) if person and visit.direct else None


def _clicked(visit: Visit, action: JSON) -> Visited | None:
    if text(action, "action_id") == PLACE:
        return replace(visit, shown=text(action, "selected_conversation")), None
    channel, _, name = text(action, "block_id").partition("|")
    value = text(part(action, "selected_option"), "value")
    if text(action, "action_id") != SETTING or name not in _SETTINGS or not (channel and value):
        return None
    return visit, Choice(channel, name, value)


def _question(visit: Visit) -> Message:
    """What she would ask in her direct messages, to see whether she may."""
    origin = SlackOrigin(team=visit.team, channel=visit.direct).as_mapping()
    return Message(visit.key(), "home", Author(visit.person, ""), "", origin=origin)


def _place(channel: str, chosen: Chosen) -> Place:
    return Place(
        channel=channel,
        assistant=chosen.assistant.name,
        stream=chosen.value("stream"),
        follow=chosen.value("follow"),
    )
