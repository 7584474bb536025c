"""Who answers, as the work sees it."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.answers import AnswerEvents
from bot.core.assistants import Assistant
from bot.core.prompts import Prompt
from bot.core.tools import ToolStep


class Backend(Protocol):
    """A mind: who answers."""

    name: str
    reads_only_text: bool  # neither pictures nor PDF

    def answer(self, prompt: Prompt) -> AnswerEvents:
        """Answer, telling each step as it happens; the last event is `Finished` or `CallsMade`.

        After calls it is asked again, with the steps taken by then: as after a restart.
        """

    def room(self, assistant: Assistant) -> int:
        """How much of a conversation an answer takes along, in tokens (estimated).

        What is more is summed up; 0: nothing is, and nothing is gone on with.
        """

    async def cancel(self, session: str | None, run: str) -> None:
        """End a run nobody waits for any more; one that has ended already is no error."""

    async def close_calls(self, session: str | None, step: ToolStep) -> None:
        """No run comes after these calls: the server is told their outputs all the same.

        Raises BotError where it cannot be told; the session is of no use then.
        """

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Delete what the server keeps of a conversation; what is gone already is no error."""

    async def check(self) -> str:
        """One line about a working server, for `doctor`; raises BotError with the reason."""

    async def close(self) -> None: ...
