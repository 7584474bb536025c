"""What a person wants remembered about them, in all their conversations.

Only where nobody else reads: what an answer shows there is shown to the person alone, and words of
others, which may be meant to be taken for theirs, are not there to be noted.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from bot.core.assistants import Assistant
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.notes import Note, Notes
from bot.core.ports.toolbox import Toolbox
from bot.core.text import clean
from bot.core.tools import Call, Output, Tool, Use
from bot.tools.functions import Function, tool

_MOST = 50  # notes about a person
_MOST_CHARS = 300  # of one

PersonOf = Callable[[Message], str]
"""A name for whoever asks, with the scope within which it is one person's."""


class NoteToolbox:
    def __init__(self, notes: Notes, person_of: PersonOf, clock: Clock) -> None:
        made = [Function.of(one) for one in note_functions(notes, person_of, clock)]
        self._functions = {function.tool.name: function for function in made}

    def holds(self, name: str) -> bool:
        return name in self._functions

    def parts(self) -> Sequence[Toolbox]:
        return ()

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        if message.is_shared:
            return ()
        return [function.tool for function in self._functions.values()]

    async def use(self, call: Call, use: Use) -> Output:
        if use.message.is_shared:
            return Output("Others read here. This works in direct messages only.", is_error=True)
        return await self._functions[call.tool](call, use)

    async def check(self) -> Sequence[str]:
        return ()

    async def close(self) -> None:
        """Nothing to do."""


def note_functions(notes: Notes, person_of: PersonOf, clock: Clock) -> Sequence[Callable[..., Any]]:
    @tool(repeatable=True, most=5, status="making a note")
    async def remember(
        use: Use, note: Annotated[str, Field(min_length=1, max_length=_MOST_CHARS)]
    ) -> str:
        """Note something about the person you talk with, for later conversations.

        Only what they ask you to remember, in a sentence that is clear by itself.
        """
        text = _plain(note)
        if not text:
            raise ValueError("The note is empty.")
        if not await notes.add(person_of(use.message), Note(text, clock()), _MOST):
            raise ValueError(f"There are {_MOST} notes already; one has to be forgotten first.")
        return f"Noted: {text}"

    @tool(repeatable=True, status="looking at my notes")
    async def recall(use: Use) -> str:
        """All that was noted about the person you talk with."""
        found = await notes.of(person_of(use.message))
        return "\n".join(map(_line, found)) or "There are no notes about this person."

    @tool(repeatable=True, most=_MOST, status="crossing out a note")
    async def forget_this(use: Use, note: str) -> str:
        """Delete a note about the person you talk with.

        note: its words, or some of them that no other note has
        """
        found = await notes.of(person_of(use.message))
        meant = [one.text for one in found if _plain(note).casefold() in one.text.casefold()]
        exact = [text for text in meant if text == _plain(note)]
        if len(exact or meant) != 1:
            raise ValueError("No note, or more than one, has these words. Take them from `recall`.")
        [text] = exact or meant
        await notes.drop(person_of(use.message), text)
        return f"Forgotten: {text}"

    return remember, recall, forget_this


def _plain(note: str) -> str:
    return " ".join(clean(note).split())


def _line(note: Note) -> str:
    day = datetime.fromtimestamp(note.noted_at, UTC).date()
    return f"- {note.text} (noted on {day})"
