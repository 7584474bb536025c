"""Who may ask here: the lists of all scopes, and whether the bot answers in this channel."""

from collections import OrderedDict
from collections.abc import Collection

from adapters.discord.courier import Courier
from adapters.discord.origins import Origin, traits, with_origin
from bot.core.catalogue import Chosen
from bot.core.messages import Message
from bot.core.ports.door import Door
from bot.rules.access import permits_here

_MOST_REFUSED = 1000


class Access:
    def __init__(self) -> None:
        self.door: Door
        self._refused: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def permits(
        self, question: Message, chosen: Chosen, courier: Courier | None = None
    ) -> bool:
        """With a courier, roles are looked up that a message out of history does not name."""

        async def traits_of(named: Collection[str]) -> Collection[str]:
            is_named = any(rule.startswith("role:") for rule in named)
            known = await _with_roles(question, courier) if courier and is_named else question
            return traits(known)

        return await permits_here(chosen, traits_of)

    def is_first_refusal(self, question: Message) -> bool:
        """Nobody is told twice that a channel is closed to them."""
        asked = (question.key.channel, question.author.id)
        is_first = asked not in self._refused
        self._refused[asked] = None
        if len(self._refused) > _MOST_REFUSED:
            self._refused.popitem(last=False)
        return is_first


async def _with_roles(question: Message, courier: Courier) -> Message:
    origin = Origin.of(question)
    if not (origin.late and origin.guild):
        return question
    roles = await courier.roles_of(origin.guild, question.author.id)
    return with_origin(question, roles=",".join(roles))
