"""The home tab: which assistant is in force, what one has used, and the settings of a place.

It is shown after Slack has been told, so it keeps nobody waiting; what goes wrong is a line in it.
"""

from dataclasses import dataclass, replace

import structlog

from adapters.slack.bodies import JSON, PLATFORM, part, parts, space_of, team_of, text
from adapters.slack.home.view import PLACE, SETTING, Facts, SettingPlace, lines, privacy, tab, view
from adapters.slack.locks import Locks
from adapters.slack.origins import SlackOrigin
from adapters.slack.terms import TERMS
from adapters.slack.web import Web
from bot.core.errors import BotError
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.door import Door
from bot.core.setting_values import Breadth, Setter
from bot.core.settings import offered, settable
from bot.rules.bill import usage_of_place
from bot.rules.choosing import choose
from bot.words import say, speaking

log = structlog.get_logger()

OF_DIRECT = [one for one in offered(TERMS) if one.setter is Setter.ASKER]
OF_WORKSPACE = settable(TERMS)
OF_CHANNEL = settable(TERMS, Breadth.CHANNEL)


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

    @property
    def workspace(self) -> str:
        """Its scope."""
        return self.key().scopes()[2]

    def scope_of(self, place: str) -> tuple[ConversationKey, str]:
        """The scope of a channel, or of the workspace, and a conversation in it."""
        if place == self.space:
            return ConversationKey(PLATFORM, self.space, ""), self.workspace
        key = self.key(place)
        return key, key.scopes()[1]


@dataclass(frozen=True, slots=True)
class TabChoice:
    """A value somebody chose: for their direct messages, a channel, or the workspace."""

    place: str
    name: str
    value: str


Visited = tuple[Visit, TabChoice | None]


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
    def __init__(self, web: Web) -> None:
        self._web = web
        self._locks = Locks[str]()

    async def show(self, door: Door, visit: Visit, choice: TabChoice | None = None) -> None:
        """Carry out what was chosen, and show how things stand; of one person in order."""
        language = await door.language(_question(visit))
        async with self._locks.of(visit.person):
            with speaking(language):
                await self._show(door, visit, choice)

    async def _show(self, door: Door, visit: Visit, choice: TabChoice | None) -> None:
        try:
            blocks = await self._blocks(door, visit, choice)
        except BotError as error:
            log.warning("home_not_read", person=visit.person, error=type(error).__name__)
            blocks = lines(say(error.notice))
        shown = view(visit.direct, visit.shown, blocks)
        await self._web.call("views.publish", visit.team, user_id=visit.person, view=shown)

    async def _blocks(self, door: Door, visit: Visit, choice: TabChoice | None) -> list[JSON]:
        reason = await door.reason_against(_question(visit))
        # Who switched me off, or denied themselves, has to be able to take that back.
        if reason and not await door.may_set(_question(visit)):
            return [*lines(reason), privacy()]
        words = await self._choose(door, visit, choice) if choice else ""
        return [*lines(words), *tab(await self._facts(door, visit))]

    async def _choose(self, door: Door, visit: Visit, choice: TabChoice) -> str:
        """Set it; returns what there is to say about that."""
        try:
            if choice.place == visit.direct:
                scope = visit.key().scopes()[1]
                await door.set(scope, choice.name, choice.value, by=_question(visit))
                return ""  # the tab shows it
            channel, scope = visit.scope_of(choice.place)
            named = (scope, choice.name, choice.value)
            return await choose(door, channel, *named, by=_question(visit))
        except BotError as error:
            return error.notice

    async def _facts(self, door: Door, visit: Visit) -> Facts:
        direct = await door.settings(visit.key())
        facts = Facts(
            direct=SettingPlace(visit.direct, OF_DIRECT, direct),
            used=await door.usage_of_person(visit.workspace, visit.person),
        )
        if not await door.may_set(_question(visit)):
            return facts
        place = visit.shown or visit.space
        key, _ = visit.scope_of(place)
        choices = OF_CHANNEL if visit.shown else OF_WORKSPACE
        shown = SettingPlace(place, choices, await door.settings(key))
        used = await door.usage_by_person(visit.workspace)
        usage = usage_of_place(used, say("this workspace"))
        return replace(facts, shown=shown, channel=visit.shown, usage=usage)


def _visit(body: object, person: str, channel: str, known: str) -> Visited | None:
    direct, _, shown = known.partition("|")
    visit = Visit(space_of(body), team_of(body), person, channel or direct, shown)
    return (visit, None) if person and visit.direct else None


def _clicked(visit: Visit, action: JSON) -> Visited | None:
    if text(action, "action_id") == PLACE:
        return replace(visit, shown=text(action, "selected_conversation")), None
    place, _, name = text(action, "block_id").partition("|")
    is_typed = text(action, "type") == "plain_text_input"
    value = text(action if is_typed else part(action, "selected_option"), "value")
    choices = OF_DIRECT if place == visit.direct else offered(TERMS)
    is_one = text(action, "action_id") == SETTING and name in {one.name for one in choices}
    is_chosen = bool(place) and (is_typed or bool(value))
    return (visit, TabChoice(place, name, value)) if is_one and is_chosen else None


def _question(visit: Visit) -> Message:
    """What she would ask in her direct messages, to see whether she may."""
    origin = SlackOrigin(team=visit.team, channel=visit.direct).as_mapping()
    return Message(visit.key(), "home", Author(visit.person, ""), "", origin=origin)
