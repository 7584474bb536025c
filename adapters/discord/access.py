"""Who may ask here: the operator's lists, the server's own, and whether a channel is on."""

from collections import OrderedDict
from collections.abc import Collection

from adapters.discord.courier import Courier
from adapters.discord.origins import Origin, traits, with_origin
from bot.access import parse_rules, permits
from bot.messages import Message
from bot.ports import Door

ALLOW, DENY, HERE = "access.allow", "access.deny", "access.channel"
_MOST_REFUSED = 1000


class Access:
    """Both the operator's and the server's lists have to permit."""

    def __init__(self, allow: Collection[str] = (), deny: Collection[str] = ()) -> None:
        self._allow = allow
        self._deny = deny
        self._refused: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.door: Door | None = None

    async def permits(self, question: Message, courier: Courier | None = None) -> bool:
        door, key = self.door, question.key
        assert door  # noqa: S101 - nobody asks before somebody listens
        allow = parse_rules(await door.setting(key, ALLOW))
        deny = parse_rules(await door.setting(key, DENY))
        named = traits(await self._with_roles(question, courier, {*allow, *deny}))
        return (
            await door.setting(key, HERE) != "off"
            and permits(named, self._allow, self._deny)
            and permits(named, allow, deny)
        )

    def is_first_refusal(self, question: Message) -> bool:
        """Nobody is told twice that a channel is closed to them."""
        asked = (question.key.channel, question.author.id)
        is_first = asked not in self._refused
        self._refused[asked] = None
        if len(self._refused) > _MOST_REFUSED:
            self._refused.popitem(last=False)
        return is_first

    async def _with_roles(
        self, question: Message, courier: Courier | None, rules: Collection[str]
    ) -> Message:
        """What was read from history does not say which roles a person has."""
        origin = Origin.of(question)
        names_roles = any(one.startswith("role:") for one in (*rules, *self._allow, *self._deny))
        if not (courier and origin.late and origin.guild and names_roles):
            return question
        roles = await courier.roles_of(origin.guild, question.author.id)
        return with_origin(question, roles=",".join(roles))
