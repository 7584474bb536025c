"""What is being done before rows say so, and who waits for a change."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from bot.core.messages import Message, Receipt
from bot.core.recent import RecentMap
from bot.core.turns import Turn


class Board:
    """In memory alone: the rows say all else.

    An `Onlooker`: whoever looks at a conversation is woken by each step in it.
    """

    def __init__(self) -> None:
        self._doing = RecentMap[str, str]()
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def note(self, question: Message, doing: str) -> None:
        self._doing.put(question.unique_key, doing)
        self.touch(question)

    def end(self, question: Message) -> None:
        self._doing.drop(question.unique_key)
        self.touch(question)

    def doing(self, message_key: str) -> str:
        return self._doing.get(message_key) or ""

    def accepted(self, message: Message, receipt: Receipt, seconds: float) -> None:
        self.touch(message)

    def saved(self, before: Turn, turn: Turn) -> None:
        self.touch(turn.message)

    @contextmanager
    def watched(self, key: str) -> Iterator[asyncio.Event]:
        """An event that is set by each change in a conversation."""
        event = asyncio.Event()
        self._waiting[key].add(event)
        try:
            yield event
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]

    def touch(self, message: Message) -> None:
        """Something of its conversation has changed."""
        for event in self._waiting.get(str(message.key.subject()), ()):
            event.set()
