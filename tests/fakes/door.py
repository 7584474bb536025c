"""The way into the bot, in memory: it takes what an adapter hands over and answers nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.core.assistants import Assistant
from bot.core.catalogue import Binding, Catalogue, Chosen
from bot.core.controls import FORMS
from bot.core.errors import NotAllowed, StorageUnavailable
from bot.core.forms import Form
from bot.core.messages import ConversationKey, Message, Receipt
from bot.core.ports.adapter import Adapter
from bot.core.ports.storage import Used
from bot.rules.may import Action
from bot.words import Language
from bot.work.authority import Authority
from tests.fakes.platform import FAKE_TABLE
from tests.patience import PATIENCE


@dataclass
class FakeDoor:
    """`accepted` is what the bot would answer; `offered` counts the repetitions as well.

    While `failures` is above zero nothing can be written down.
    """

    accepted: list[Message] = field(default_factory=list)
    offered: list[Message] = field(default_factory=list)
    replaced: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    known_assistants: list[str] = field(default_factory=lambda: ["Homeroom", "Tutor"])
    used: Used = field(default_factory=Used)
    chosen: dict[tuple[str, str], str] = field(default_factory=dict)
    shown: dict[str, ConversationKey] = field(default_factory=dict)  # by ref of an answer
    times: list[float] = field(default_factory=list)
    failures: int = 0
    speaks: Language = Language.ENGLISH
    adapters: dict[str, Adapter] = field(default_factory=dict)  # which know who somebody is

    def __post_init__(self) -> None:
        self.authority = Authority(self.adapters)

    async def accept(self, message: Message) -> Receipt:
        self._write()
        self.offered.append(message)
        if any(_is_same(message, known) for known in self.accepted):
            return Receipt(None)
        self.accepted.append(message)
        return Receipt(len(self.accepted), 1)

    async def replace(self, message: Message) -> bool | None:
        self._write()
        self.replaced.append((message.unique_key, message.text))
        return True if self._has(message.unique_key) else None

    async def withdraw(self, message_key: str) -> bool:
        self._write()
        self.withdrawn.append(message_key)
        return self._has(message_key)

    def told_time(self, at: float, waited: float) -> None:
        self.times.append(at)

    async def knows(self, key: ConversationKey) -> bool:
        return any(message.key == key for message in self.accepted)

    async def conversation_of(
        self, scope: str, ref: str, question: str = ""
    ) -> ConversationKey | None:
        asked = (one.key for one in self.accepted if one.unique_key == question)
        return self.shown.get(ref) or next(asked, None)

    async def last_asked(self, scope: str, person: str) -> ConversationKey | None:
        asked = (
            message.key
            for message in reversed(self.accepted)
            if message.author.id == person and not message.command and scope in message.key.scopes()
        )
        return next(asked, None)

    async def settings(self, key: ConversationKey) -> Chosen:
        bindings = [Binding(*place, value, 0.0) for place, value in self.chosen.items()]
        return Chosen(key.scopes(), self._catalogue(), bindings)

    async def form(self, press: Message) -> Form | None:
        return FORMS.get(press.command or "")

    async def language(self, message: Message) -> Language:
        return self.speaks

    def assistants(self) -> list[str]:
        return self.known_assistants

    async def usage_of_person(self, scope: str, person: str) -> Used:
        return self.used

    async def usage_by_person(self, scope: str) -> list[tuple[str, Used]]:
        return [("Ann", self.used)]

    async def export(self, scope: str, most: int, *, by: Message) -> bytes:
        await self.authority.require(by, await self.settings(by.key), Action.EXPORT)
        return b"[]"

    async def reason_against(self, message: Message) -> str:
        try:
            await self.authority.admit(message, await self.settings(message.key))
        except NotAllowed as refusal:
            return refusal.notice
        return ""

    async def may_set(self, message: Message) -> bool:
        chosen = await self.settings(message.key)
        return await self.authority.allows(message, chosen, Action.SET)

    async def set(self, scope: str, name: str, value: str, *, by: Message | None = None) -> None:
        value = self._catalogue().read(scope, name, value)
        self._write()
        self.chosen[scope, name] = value

    async def admit(self, question: Message) -> None:
        """As the bot does before it answers: who may not ask is told so, and NotAllowed raised."""
        try:
            await self.authority.admit(question, await self.settings(question.key))
        except NotAllowed as refusal:
            await self.authority.turn_away(question, refusal.notice)
            raise

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to become true, for a bounded time."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - what becomes true is anybody's
                await asyncio.sleep(0.005)

    async def messages(self, count: int = 1) -> list[Message]:
        """The first so many messages, as soon as they are there."""
        await self.until(lambda: len(self.accepted) >= count)
        return self.accepted[:count]

    def _catalogue(self) -> Catalogue:
        known = {name: Assistant(name=name) for name in self.known_assistants}
        return Catalogue(FAKE_TABLE, known)

    def _write(self) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise StorageUnavailable

    def _has(self, message_key: str) -> bool:
        return any(message.unique_key == message_key for message in self.accepted)


def _is_same(one: Message, other: Message) -> bool:
    is_client = one.client_id is not None and one.client_id == other.client_id
    return one.unique_key == other.unique_key or is_client
