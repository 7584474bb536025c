"""Where nobody is: what is done in a conversation aside in which nobody talks is shown nowhere."""

from collections.abc import Collection, Mapping, Sequence

from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.errors import WayClosed
from bot.core.messages import ConversationKey, Message
from bot.core.ports.adapter import Adapter, Limits
from bot.core.ports.door import Door
from bot.core.posts import Part, Saying, Way
from bot.core.standing import Standing


class UnseenAdapter(Adapter):
    """A platform without anybody."""

    platform = ""

    def limits(self, question: Message) -> Limits:
        return Limits()

    def open(self, door: Door) -> None:
        """Nobody says anything."""

    async def listen(self) -> None:
        """Nobody says anything."""

    def ways(self, question: Message) -> Sequence[Way]:
        return ()

    def unasked(self, place: ConversationKey, person: str) -> Mapping[str, str]:
        return {}

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        raise WayClosed("nobody is there")

    async def edit(self, question: Message, ref: str, saying: Saying) -> None:
        """There is nothing to edit."""

    async def find(self, question: Message, part: Part) -> str | None:
        return None

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        """Nobody sees it."""

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        return ()

    async def traits_in(
        self, question: Message, space: str, named: Collection[str]
    ) -> Collection[str] | None:
        return None

    async def reaches(self, asked: Message, place: ConversationKey) -> bool:
        return False

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        return Standing()

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        """Nobody asked."""

    async def end(self, question: Message) -> None:
        """Nothing was shown."""

    async def close(self) -> None:
        """Nothing is open."""
