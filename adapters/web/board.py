"""What is shown of answers before their rows hold them, and who waits for a change."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.core.controls import Button
from bot.core.messages import Message, Receipt
from bot.core.recent import RecentMap
from bot.core.turns import Turn


class Board:
    """In memory alone: after a restart the rows say it all, and a draft is written anew.

    An `Onlooker`: whoever looks at a conversation is woken by each step in it.
    """

    def __init__(self) -> None:
        self._drafts = RecentMap[str, dict[str, str]]()  # by question: its parts, by ref
        self._doing = RecentMap[str, str]()
        self._controls = RecentMap[str, Sequence[Button]]()
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def write(self, question: Message, ref: str, text: str, controls: Sequence[Button]) -> None:
        parts = self._drafts.get(question.unique_key) or {}
        self._drafts.put(question.unique_key, {**parts, ref: text})
        self._controls.put(question.unique_key, controls)
        self._touch(question)

    def has(self, question: Message, ref: str) -> bool:
        return ref in (self._drafts.get(question.unique_key) or {})

    def note(self, question: Message, doing: str) -> None:
        self._doing.put(question.unique_key, doing)
        self._touch(question)

    def end(self, question: Message) -> None:
        self._doing.drop(question.unique_key)
        self._touch(question)

    def draft(self, message_key: str) -> str:
        return "\n\n".join((self._drafts.get(message_key) or {}).values())

    def doing(self, message_key: str) -> str:
        return self._doing.get(message_key) or ""

    def controls(self, message_key: str) -> Sequence[Button] | None:
        """Those that stand below it; None: nobody has drawn any since the start."""
        return self._controls.get(message_key)

    def accepted(self, message: Message, receipt: Receipt, seconds: float) -> None:
        self._touch(message)

    def saved(self, before: Turn, turn: Turn) -> None:
        self._touch(turn.message)

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

    def _touch(self, message: Message) -> None:
        for event in self._waiting.get(str(message.key.subject()), ()):
            event.set()
