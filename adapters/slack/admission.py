"""Who may ask here: lists, guests, other organisations. Who may not is told so, once, alone."""

from collections.abc import Collection
from dataclasses import dataclass, field

import structlog

from adapters.slack.errors import Rejected
from adapters.slack.memory import Recent
from adapters.slack.people import People, Person
from adapters.slack.private import Private
from bot.access import permits
from bot.errors import NotAllowed
from bot.messages import Message

log = structlog.get_logger()

_GUEST = "Guests of this workspace cannot ask me."
_OUTSIDE = "I do not answer in channels that are shared with other organisations."
_FOREIGN = "I only answer people of this organisation."
_LISTED = "I am not open to you here. The people who run this workspace decide where I answer."
_UNKNOWN = "I cannot see who may ask me here. The people who run this workspace can mend that."


@dataclass(frozen=True, slots=True)
class Rules:
    """Traits are `user:U1`, `channel:C1`, `group:S1`, `space:T1`."""

    allow: Collection[str] = ()
    deny: Collection[str] = ()
    guests: bool = False
    shared_channels: bool = False  # Slack Connect
    bots: Collection[str] = field(default=())  # ids of other bots that may ask


class Admission:
    def __init__(self, people: People, private: Private, rules: Rules) -> None:
        self._people = people
        self._private = private
        self._rules = rules
        self._told = Recent[tuple[str, str]]()

    async def admit(self, question: Message) -> None:
        """Raises NotAllowed, after having told the person why."""
        try:
            reason = await self._reason_against(question)
        except Rejected as error:  # a missing scope: who cannot be known is not let in
            log.error("asker_unknown", question=question.id, error=error.code)  # noqa: TRY400
            reason = _UNKNOWN
        if reason:
            await self._tell_once(question, reason)
            raise NotAllowed(f"{question.author.id}: {reason}", notice=reason)

    async def _reason_against(self, question: Message) -> str:
        rules, team = self._rules, question.origin.get("team", "")
        if not permits(await self._traits(question), rules.allow, rules.deny):
            return _LISTED
        if await self._is_outside(question):
            return _OUTSIDE
        if question.author.id in rules.bots:
            return ""
        person = await self._people.person(team, question.author.id)
        return self._reason_against_person(person, question)

    async def _is_outside(self, question: Message) -> bool:
        """Whether others listen: an event says it itself, of channels we ask too."""
        origin, channel = question.origin, question.key.channel
        if self._rules.shared_channels or channel.startswith("D"):
            return False
        if origin.get("outside"):
            return True
        return (await self._people.channel(origin.get("team", ""), channel)).is_shared_outside

    def _reason_against_person(self, person: Person, question: Message) -> str:
        rules = self._rules
        if person.is_guest and not rules.guests:
            return _GUEST
        # In an organisation of several workspaces the team may differ and still be ours.
        of_one = question.key.space.startswith("T")
        is_foreign = person.is_foreign or (of_one and person.team not in ("", question.key.space))
        return _FOREIGN if is_foreign and not rules.shared_channels else ""

    async def _traits(self, question: Message) -> list[str]:
        """What the lists may name; user groups are only looked up where a list names one."""
        team, user = question.origin.get("team", ""), question.author.id
        traits = [f"user:{user}", f"channel:{question.key.channel}", f"space:{question.key.space}"]
        named = sorted({*self._rules.allow, *self._rules.deny})
        groups = [rule for rule in named if rule.startswith("group:")]
        members = [await self._people.group(team, rule.removeprefix("group:")) for rule in groups]
        own = [group for group, people in zip(groups, members, strict=True) if user in people]
        return traits + own

    async def _tell_once(self, question: Message, reason: str) -> None:
        """Commands wait for a word each time; in a channel one note is enough."""
        key = (question.key.channel, question.author.id)
        if key in self._told and not question.origin.get("response_url"):
            return
        self._told.add(key)
        await self._private.tell(question, reason)
