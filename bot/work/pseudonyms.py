"""A stable name for a person that says nothing about them, to whoever has not the key."""

import hmac
from secrets import token_hex

from bot.core.messages import Message
from bot.core.ports.memory import Memory

_NAME = "installation:key"
_MOST_CHARS = 64  # of OpenAI's `safety_identifier`


class Pseudonyms:
    """Made with a key that the installation draws at its first start and keeps."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._key = ""

    async def of(self, message: Message) -> str:
        return await self.of_person(message.key.of_person(message.author.id))

    async def of_person(self, identity: str) -> str:
        """`identity`: as `ConversationKey.of_person` writes it."""
        key = (await self._known_key()).encode()
        return hmac.digest(key, identity.encode("utf-8", "replace"), "sha256").hex()[:_MOST_CHARS]

    async def _known_key(self) -> str:
        """Several processes may start at once: the first key that is kept is everybody's."""
        while not self._key:
            self._key = await self._memory.recall(_NAME) or ""
            if not self._key:
                await self._memory.replace(_NAME, "", token_hex(32))
        return self._key
