"""What a person at a terminal can choose: a line below an answer, and a number that is typed."""

from collections.abc import Mapping, Sequence

from bot.core.confirming import DECIDING
from bot.core.controls import Button
from bot.words import say


class TypedChoices:
    """Those of the answer that asked last; a number is one until something else is said."""

    def __init__(self) -> None:
        self._asking = ""  # the ref of that answer
        self._numbered: Mapping[str, Button] = {}

    def offer(self, ref: str, controls: Sequence[Button]) -> str:
        """The line that says what can be chosen now; empty where that is nothing."""
        asked = [button for button in controls if button.command in DECIDING]
        if not asked and ref != self._asking:
            return ""
        self._asking = ref
        self._numbered = {str(number): button for number, button in enumerate(asked, 1)}
        return " · ".join(
            f"`{number}` {say(button.label)}" for number, button in self._numbered.items()
        )

    def take(self, line: str) -> Button | None:
        """The button that a line presses."""
        chosen = self._numbered.get(line.strip())
        if chosen is None and line.strip() and not line.lstrip().startswith("/"):
            self._numbered = {}
        return chosen
