"""Who may ask here: lists, guests, other organisations. Who may not is told so, once, alone."""

from collections.abc import Collection
from functools import partial

import structlog

from adapters.slack.errors import Rejected
from adapters.slack.origins import SlackOrigin
from adapters.slack.people import Person, Roster
from adapters.slack.private import Private
from adapters.slack.recent import Recent
from bot.core.catalogue import Chosen
from bot.core.errors import NotAllowed
from bot.core.messages import ConversationKey, Message
from bot.rules.access import permits_here

log = structlog.get_logger()

_GUEST = "Guests of this workspace cannot ask me."
_OUTSIDE = "I do not answer in channels that are shared with other organisations."
_FOREIGN = "I only answer people of this organisation."
_LISTED = "I am not open to you here. The people who run this workspace decide where I answer."
_UNKNOWN = "I cannot see who may ask me here. The people who run this workspace can mend that."


class Admission:
    """The rules are settings: `allow`, `deny`, `guests` and `shared_channels` (Slack Connect)."""

    def __init__(self, people: Roster, private: Private) -> None:
        self._people = people
        self._private = private
        self._told = Recent[tuple[str, str]]()

    async def admit(self, question: Message, chosen: Chosen) -> None:
        """Raises NotAllowed, after having told the person why."""
        reason = await self.reason_against(question, chosen)
        if reason:
            await self._tell_once(question, reason)
            raise NotAllowed(f"{question.author.id}: {reason}", notice=reason)

    async def reason_against(self, question: Message, chosen: Chosen) -> str:
        """Why this person may not ask here; empty where nothing speaks against it."""
        try:
            return await self._look(question, chosen)
        except Rejected as error:  # a missing scope: who cannot be known is not let in
            log.error("asker_unknown", question=question.id, error=error.code)  # noqa: TRY400
            return _UNKNOWN

    async def _look(self, question: Message, chosen: Chosen) -> str:
        key, origin = question.key, SlackOrigin.of(question)
        if not await permits_here(chosen, partial(self._traits, question)):
            return _LISTED
        with_others = chosen.is_on("shared_channels")
        if not with_others and await self._is_outside(question):
            return _OUTSIDE
        if origin.bot:  # it is listed, or its words would not have been taken
            return ""
        person = await self._people.person(origin.team, question.author.id)
        if person.is_guest and not chosen.is_on("guests"):
            return _GUEST
        return _FOREIGN if not with_others and _is_foreign(person, key) else ""

    async def _is_outside(self, question: Message) -> bool:
        """Whether others listen: an event says it itself, of channels we ask too."""
        origin, channel = SlackOrigin.of(question), question.key.channel
        if channel.startswith("D"):
            return False
        if origin.outside:
            return True
        return (await self._people.channel(origin.team, channel)).is_shared_outside

    async def _traits(self, question: Message, named: Collection[str]) -> list[str]:
        """Who asks, and where; a user group is only looked into where a list names it."""
        key, user = question.key, question.author.id
        traits = [f"user:{user}", f"channel:{key.channel}", f"space:{key.space}"]
        for rule in sorted(named):
            kind, _, group = rule.partition(":")
            if kind == "group":
                members = await self._people.group(SlackOrigin.of(question).team, group)
                traits += [rule] if user in members else []
        return traits

    async def _tell_once(self, question: Message, reason: str) -> None:
        """Commands wait for a word each time; in a channel one note is enough."""
        key = (question.key.channel, question.author.id)
        if key in self._told and not SlackOrigin.of(question).response_url:
            return
        self._told.add(key)
        await self._private.tell(question, reason)


def _is_foreign(person: Person, key: ConversationKey) -> bool:
    """In an organisation of several workspaces the team may differ and still be ours."""
    of_one = key.space.startswith("T")
    return person.is_foreign or (of_one and person.team not in ("", key.space))
