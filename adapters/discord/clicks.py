"""What a click on a button does."""

from collections.abc import Awaitable, Callable

from adapters.discord.asking import Asking, answered
from adapters.discord.events import Words
from adapters.discord.inbox import Inbox
from adapters.discord.origins import PLATFORM
from adapters.discord.places import Interaction, audience_of
from bot.core.catalogue import Chosen
from bot.core.errors import NotAllowed
from bot.core.messages import Message, Vote
from bot.rules.clicks import ask_again, take_vote

Permits = Callable[[Message, Chosen], Awaitable[bool]]


class Clicker:
    """Rights may have changed since the button was shown: they are looked at again."""

    def __init__(self, inbox: Inbox, asking: Asking, permits: Permits) -> None:
        self._inbox = inbox
        self._asking = asking
        self._permits = permits

    async def stop(self, interaction: Interaction) -> None:
        words = Words(command="stop", audience=audience_of(interaction))
        await self._asking.take(interaction, words)

    async def again(self, interaction: Interaction, message: str) -> None:
        await answered(interaction, lambda: self._ask_again(interaction, message))

    async def vote_up(self, interaction: Interaction, message: str) -> None:
        await answered(interaction, lambda: self._vote(interaction, message, Vote.UP))

    async def vote_down(self, interaction: Interaction, message: str) -> None:
        """The form is on the screen already; without a reason the vote counts as well."""
        await self._vote(interaction, message, Vote.DOWN)

    async def give_reason(self, interaction: Interaction, message: str, reason: str) -> None:
        await answered(interaction, lambda: self._vote(interaction, message, Vote.DOWN, reason))

    async def _ask_again(self, interaction: Interaction, message: str) -> str:
        wish = self._asking.message(interaction, Words())
        if not await self._permits(wish, await self._inbox.door.settings(wish.key)):
            raise NotAllowed
        return await ask_again(self._inbox.door, _key(message), str(interaction.id), wish.author)

    async def _vote(
        self, interaction: Interaction, message: str, vote: Vote, reason: str = ""
    ) -> str:
        person = str(interaction.user.id)
        return await take_vote(self._inbox.door, _key(message), person, vote, reason)


def _key(message: str) -> str:
    return f"{PLATFORM}:{message}"
