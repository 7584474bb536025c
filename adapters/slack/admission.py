"""Who somebody is in Slack: what lists can name, guests, other organisations, and her rank."""

from collections.abc import Collection

import structlog

from adapters.slack.errors import Rejected
from adapters.slack.origins import SlackOrigin
from adapters.slack.people import Person, Roster
from bot.core.catalogue import Chosen
from bot.core.messages import ConversationKey, Message
from bot.core.outsiders import OUTSIDERS
from bot.core.standing import Standing

log = structlog.get_logger()

_GUEST = "Guests of this workspace cannot ask me."
_OUTSIDE = "I do not answer in channels that are shared with other organisations."
_FOREIGN = "I only answer people of this organisation."
_NOT_DIRECTLY = "I answer people of other organisations only in channels that we share."
_UNKNOWN = "I cannot see who may ask me here. The people who run this workspace can mend that."
_NOT_HERE = "I am no member here: invite me with /invite, or ask without --public."
_NO_MEMBER = {"channel_not_found", "not_in_channel"}
# Whoever runs the workspace may read no private channel of others, so exports are not for them.
_RANKED = Standing(is_moderator=True, is_manager=True)


class Admission:
    """What Slack's own rules are: settings `guests` and `shared_channels` (Slack Connect)."""

    def __init__(self, people: Roster) -> None:
        self._people = people

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        """Who cannot be known, as where a scope is missing, is not let in."""
        try:
            return await self._look(question, chosen)
        except Rejected as error:
            log.error("asker_unknown", question=question.id, error=error.code)  # noqa: TRY400
            return Standing(refusal=_NOT_HERE if error.code in _NO_MEMBER else _UNKNOWN)

    async def _look(self, question: Message, chosen: Chosen) -> Standing:
        key, origin = question.key, SlackOrigin.of(question)
        with_others = chosen.is_on("shared_channels")
        if not with_others and await self._is_outside(question):
            return Standing(refusal=_OUTSIDE)
        if origin.bot:  # it is listed, or its words would not have been taken
            return Standing()
        person = await self._people.person(origin.team, question.author.id)
        if person.is_guest and not chosen.is_on("guests"):
            return Standing(refusal=_GUEST)
        if not _is_foreign(person, key):
            return _RANKED if person.is_admin else Standing()
        if with_others and key.channel.startswith("D") and not chosen.is_on(OUTSIDERS.name):
            return Standing(refusal=_NOT_DIRECTLY)
        return Standing() if with_others else Standing(refusal=_FOREIGN)

    async def _is_outside(self, question: Message) -> bool:
        """Whether others listen: an event says it itself, of channels we ask too."""
        origin, channel = SlackOrigin.of(question), question.key.channel
        if channel.startswith("D"):
            return False
        if origin.outside:
            return True
        try:
            return (await self._people.channel(origin.team, channel)).is_shared_outside
        except Rejected as error:
            # Commands can be given where the bot is no member, or may not look. What only the asker
            # sees reaches nobody of another organisation.
            if not origin.private:
                raise
            log.info("channel_unknown", question=question.id, error=error.code)
            return False

    async def traits(self, question: Message, named: Collection[str]) -> list[str]:
        """Who asks, and where; a user group is only looked into where a list names it."""
        key, user = question.key, question.author.id
        traits = [f"user:{user}", f"channel:{key.channel}", f"space:{key.space}"]
        for rule in sorted(named):
            kind, _, group = rule.partition(":")
            if kind == "group":
                members = await self._people.group(SlackOrigin.of(question).team, group)
                traits += [rule] if user in members else []
        return traits


def _is_foreign(person: Person, key: ConversationKey) -> bool:
    """In an organisation of several workspaces the team may differ and still be ours."""
    of_one = key.space.startswith("T")
    return person.is_foreign or (of_one and person.team not in ("", key.space))
