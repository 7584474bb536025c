"""Calls that somebody is asked about first: the card, its buttons, and what follows from a press.

A press decides once, and has a message said in the asker's name, whose id says which call it is
about. Nothing waits meanwhile, and nothing is held in memory.
"""

import json
import re
from collections.abc import Sequence

from bot.core.controls import AGAIN, Button
from bot.core.quoting import in_fence
from bot.core.tools import Decision, MadeCall
from bot.words import in_any, say

DECIDING = frozenset({"confirm", "decline"})  # by its buttons, or typed
SECONDS = 86_400.0  # for which an answer is waited for
_SHOWN = 4  # calls with buttons below one answer
_DECIDED = re.compile(rf"{AGAIN}(confirmed|declined)-(\d+)$")
_TYPED = "Or write `/confirm {number}` or `/decline {number}`."
_ENDS = {Decision.CONFIRMED: "**Confirmed by {who}.**", Decision.DECLINED: "**Declined by {who}.**"}
_WORDS = {Decision.CONFIRMED: "Yes, do it", Decision.DECLINED: "No, do not do it"}


def card(waiting: Sequence[MadeCall], asker: str) -> str:
    """What is shown of calls that wait: all of their arguments, as they will be used."""
    return "\n\n".join(_card(made, asker) for made in waiting)


def _card(made: MadeCall, asker: str) -> str:
    number = made.number
    head = say(
        "**May I?** {asker} decides about no. {number}, {made}, with exactly this:",
        asker=asker,
        number=number,
        made=named(made),
    )
    typed = say(_TYPED, number=number)
    return f"{head}\n{in_fence(_readable(made.call.arguments))}\n{typed}"


def undecided(number: int) -> Sequence[str]:
    """The end of a card that waits, as it may have been written down: in whichever language."""
    return [words.format(number=number) for words in in_any(_TYPED)]


def decided(decision: Decision, who: str) -> str:
    """The end of a card once that is decided."""
    return say(_ENDS[decision], who=who)


def named(made: MadeCall) -> str:
    """The tool's name as code: it may come from a server that somebody else runs."""
    return as_code(made.call.tool)


def as_code(words: str) -> str:
    """One line in which nothing means anything."""
    return f"`{' '.join(words.replace('`', chr(39)).split()) or ' '}`"


def buttons(waiting: Sequence[MadeCall]) -> tuple[Button, ...]:
    """With a mark before the number: a bare one is a question's id, to buttons of old."""
    return tuple(
        Button(label=f"{say(label)} {made.number}", command=command, words=f"#{made.number}")
        for made in waiting[:_SHOWN]
        for label, command in (("Confirm", "confirm"), ("Decline", "decline"))
    )


def decided_id(question_id: str, number: int, decision: Decision) -> str:
    """The id of the message that a decision has said: the same however often it is pressed."""
    return f"{question_id.partition(AGAIN)[0]}{AGAIN}{decision}-{number}"


def confirmed_in(message_id: str) -> int | None:
    """The number of the call that a message lets be made."""
    found = _DECIDED.search(message_id)
    return int(found[2]) if found and found[1] == Decision.CONFIRMED else None


def words_of(made: MadeCall, decision: Decision) -> str:
    return f"{_WORDS[decision]}: {made.call.tool} {made.call.arguments}"


def _readable(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments or "{}"), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments
