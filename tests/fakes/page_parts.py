"""What stands on the page, in a dictionary."""

from dataclasses import dataclass, field

from bot.core.messages import Message
from bot.core.posts import PagePart


@dataclass
class FakePageParts:
    kept: dict[tuple[str, str], PagePart] = field(default_factory=dict)

    def shown(self) -> str:
        return "\n\n".join(part.text or part.name for part in self.kept.values())

    async def put(self, question: Message, part: PagePart) -> None:
        self.kept[question.unique_key, part.ref] = part

    async def has(self, question: Message, ref: str) -> bool:
        return (question.unique_key, ref) in self.kept

    async def settle(self, question: Message) -> None:
        """Nothing else keeps it."""
