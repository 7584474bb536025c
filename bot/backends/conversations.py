"""OpenAI Conversations: opened with what we remember, looked at, forgotten."""

from collections.abc import Awaitable, Sequence
from contextlib import aclosing
from typing import Any

from bot.backends.calls import as_outputs
from bot.backends.citations import containers_in
from bot.backends.clients import Client
from bot.backends.habits import Habits
from bot.backends.history import as_messages, budget_of, halve_room
from bot.backends.openai_errors import openai_errors
from bot.backends.reading import word
from bot.backends.requests import tell
from bot.backends.response_parts import answer_among, calls_among, has_taken, is_asked
from bot.backends.workshop import Workshop
from bot.core.answers import CallsMade, Finished
from bot.core.errors import BotError, OutcomeUnknown, RunLost, SessionLost
from bot.core.prompts import Exchange, Prompt, with_texts
from bot.core.tools import ToolStep
from bot.core.turns import Session
from bot.rules.history import newest_within

_SEEDS = 20  # items a conversation may be created with
_LOOKED_AT = 100  # newest items, when a run may have been started


class Conversations:
    """Those of one server."""

    def __init__(self, client: Client, habits: Habits, workshop: Workshop) -> None:
        self._client = client
        self._habits = habits
        self._workshop = workshop

    async def open(self, prompt: Prompt) -> Session:
        """A new conversation. What we remember of an earlier one goes in with it."""
        seeds = as_messages(await self._remembered(prompt))
        session = await self._create_conversation(seeds)
        if not seeds:
            return Session(session)
        with openai_errors():
            newest = await self._client.conversations.items.list(session, limit=1, order="desc")
            return Session(session, newest.data[0].id if newest.data else None)

    async def remember_less(self, prompt: Prompt) -> None:
        """What a new conversation began with was too much: half of it in the next."""
        halve_room(prompt, await self._remembered(prompt), self._habits)

    async def _remembered(self, prompt: Prompt) -> Sequence[Exchange]:
        history = newest_within(await prompt.recall(), budget_of(prompt, self._habits))
        most = _SEEDS // 2
        if len(history) > most and history[0].is_summary:
            return [history[0], *history[1 - most :]]
        return history[-most:]

    async def _create_conversation(self, seeds: list[dict[str, str]]) -> str:
        async with aclosing(tell(self._client, "/conversations", {"items": seeds})) as frames:
            async for frame in frames:
                if made := word(frame.get("id")):
                    return made
        raise OutcomeUnknown("the server made no conversation")

    async def look(self, session: Session, prompt: Prompt) -> Finished | CallsMade | None:
        """What came of a message, or outputs, that may have been sent before.

        Found among the items after the cursor: outputs by their calls, a message by its words.
        """
        try:
            items = await self._items_after(session)
        except SessionLost:
            raise
        except BotError as error:
            raise OutcomeUnknown(f"could not look: {error}") from error
        if prompt.steps and prompt.steps[-1].session == session.id:
            if not has_taken(items, prompt.steps[-1]):
                return None
        elif not is_asked(items, with_texts(prompt)):
            return None
        found = calls_among(items, prompt) or answer_among(items)
        if prompt.steps and found is None:
            raise SessionLost("outputs were taken, and nothing came of them")
        return await self._workshop.brought(found, items) if found else None

    async def close_calls(self, session: str, step: ToolStep) -> None:
        items: Any = as_outputs(step)
        with openai_errors(missing=SessionLost):
            await self._client.conversations.items.create(session, items=items)

    async def _items_after(self, session: Session) -> list[Any]:
        """The items that are newer than the cursor, the newest first."""
        items: list[Any] = []
        with openai_errors(missing=SessionLost):
            listed: Any = self._client.conversations.items.list(session.id, limit=100, order="desc")
            async for item in listed:
                if item.id == session.cursor:
                    return items
                if len(items) == _LOOKED_AT:
                    break
                items.append(item.to_dict(warnings=False))
        # Without the cursor, what is new cannot be told from an old answer to the same words.
        return [] if session.cursor else items

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Delete runs, containers, each item, then the conversation, which would leave them."""
        for run in runs:
            await self._ignore_missing(self._client.responses.delete(run))
        try:
            with openai_errors(missing=SessionLost):
                listed: Any = self._client.conversations.items.list(session)
                items = [item.to_dict(warnings=False) async for item in listed]
        except SessionLost:
            return
        for container in containers_in(items):
            await self._workshop.end(container)
        for item in items:
            delete = self._client.conversations.items.delete
            await self._ignore_missing(delete(str(item["id"]), conversation_id=session))
        await self._ignore_missing(self._client.conversations.delete(session))

    async def _ignore_missing(self, deletion: Awaitable[object]) -> None:
        try:
            with openai_errors(missing=RunLost):
                await deletion
        except RunLost:
            return
