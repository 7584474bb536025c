"""In which language people read Discord: an interaction says so, and a message does not."""

from adapters.discord.origins import Origin
from bot.core.messages import Message
from bot.core.ports.memory import Memory
from bot.core.recent import RecentMap


class Locales:
    """What a person's last interaction said holds for her messages, after a restart as well."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._known = RecentMap[str, str]()

    async def of(self, question: Message) -> str:
        """A tag such as `de` or `en-US`; empty where nobody knows."""
        person, said = question.author.id, Origin.of(question).locale
        known = self._known.get(person)
        if known is None:
            known = await self._memory.recall(_memo(person)) or ""
        if said and said != known:
            await self._memory.remember(_memo(person), said)
        self._known.put(person, said or known)
        return said or known

    def known(self, question: Message) -> str:
        """The same, as far as it is known without a look."""
        return Origin.of(question).locale or self._known.get(question.author.id) or ""


def _memo(person: str) -> str:
    return f"discord:locale:{person}"
