"""What the controls below an answer do: commands like all others, each about one question.

A press knows the question's key and nothing else, so a forged one could name anybody's: it has to
be a question of the very place where it is pressed, and of the same person where it was private.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.classroom.consents import NotAgreed
from bot.core.confirming import SECONDS, decided_id, words_of
from bot.core.controls import AGAIN
from bot.core.errors import NotAllowed, Refusal
from bot.core.forms import read_filled
from bot.core.messages import Message, Vote
from bot.core.prompts import Prompt
from bot.core.text import clean
from bot.core.tools import Decision, MadeCall
from bot.rules.may import Action
from bot.words import say
from bot.work.choices import read_chosen
from bot.work.deciding import show_decided
from bot.work.desk import Command, Desk

_AGAIN = "I am answering once more."
_THANKS = "Thank you, that helps."
_TOO_LATE = "That was asked more than a day ago, so it is not done. Please ask me anew."
_LAST = 20  # of her turns that are looked through
_CHARS_OF_REASON = 2000
_DIGITS = 15  # what any database takes as a number


class NothingAsked(Refusal):
    """There is nothing of that number that I asked about here."""


class QuestionGone(Refusal):
    """I no longer have that question."""


async def again(desk: Desk, prompt: Prompt) -> str:
    """In the asker's name, whoever wishes it; once for each press, whatever is repeated."""
    press = prompt.message
    question = await question_of(desk, press, press.text)
    chosen = await read_chosen(desk.storage, desk.assistants, press.key)
    is_hers = question.author.id == press.author.id
    await desk.authority.require(press, chosen, Action.AGAIN, is_hers=is_hers)
    once_more = f"{question.id}{AGAIN}{prompt.turn_id}"
    await desk.say(replace(question, id=once_more, client_id=None, sent_at=press.sent_at))
    return _AGAIN


async def up(desk: Desk, prompt: Prompt) -> str:
    await _vote(desk, prompt.message, prompt.message.text, Vote.UP)
    return _THANKS


async def down(desk: Desk, prompt: Prompt) -> str:
    """The form that asks for the reason is on the screen already: there is nothing to add."""
    await _vote(desk, prompt.message, prompt.message.text, Vote.DOWN)
    return ""


async def reason(desk: Desk, prompt: Prompt) -> str:
    key, values = read_filled(prompt.message.text)
    await _vote(desk, prompt.message, key, Vote.DOWN, values.get("reason", ""))
    return _THANKS


async def form_shown(_desk: Desk, _prompt: Prompt) -> str:
    """The form is on the screen: what is filled in comes by itself."""
    return ""


async def confirm(desk: Desk, prompt: Prompt) -> str:
    return await _decide(desk, prompt.message, Decision.CONFIRMED)


async def decline(desk: Desk, prompt: Prompt) -> str:
    return await _decide(desk, prompt.message, Decision.DECLINED)


async def _decide(desk: Desk, press: Message, decision: Decision) -> str:
    """Once, by whoever was asked; said in her name, so that the model goes on with it."""
    made, question = await _waiting(desk, press)
    if question.author.id != press.author.id:
        raise NotAllowed(notice=say("Only {name} decides about that.", name=question.author.name))
    if desk.clock() - made.made_at > SECONDS:
        return _TOO_LATE
    is_first = await desk.storage.calls.decide(made.number, decision)
    if not is_first and made.decision is not decision:
        return say("That was {decision} already.", decision=say(made.decision or ""))
    await show_decided(replace(made, decision=decision), question, desk.reword)
    said = replace(
        question,
        id=decided_id(question.id, made.number, decision),
        text=words_of(made, decision),
        attachments=(),
        quoted="",
        client_id=None,
        sent_at=press.sent_at,
    )
    receipt = await desk.say(said)  # again, where that was cut off: it is one message
    return say("That is decided already.") if receipt.is_duplicate else ""


async def _waiting(desk: Desk, press: Message) -> tuple[MadeCall, Message]:
    """The call of that number, where somebody is asked about it in this place."""
    number = press.text.strip().removeprefix("#")
    is_number = number.isascii() and number.isdecimal() and len(number) <= _DIGITS
    found = await desk.storage.calls.find(int(number)) if is_number else None
    if found is None or found[0].decision is None or not _stand_together(press, found[1]):
        raise NothingAsked
    return found


async def agree(desk: Desk, prompt: Prompt) -> str:
    """What she waits for an answer to is asked anew, as by Regenerate."""
    press = prompt.message
    words = await desk.classroom.consents.decide(press, agrees=True)
    question = await _left_waiting(desk, press)
    if question is not None:
        once_more = f"{question.id}{AGAIN}{prompt.turn_id}"
        await desk.say(replace(question, id=once_more, client_id=None, sent_at=press.sent_at))
    return words


async def disagree(desk: Desk, prompt: Prompt) -> str:
    """What she said before is sent to no model any more, either."""
    words = await desk.classroom.consents.decide(prompt.message, agrees=False)
    scope = desk.assistants.table.scope_of_person(prompt.message.key)
    author = prompt.message.author.id
    await desk.storage.courses.begin_anew(scope, desk.clock(), author)
    return words


async def _left_waiting(desk: Desk, press: Message) -> Message | None:
    """The last question of hers that was answered with one of ours: whether she agrees."""
    scope = desk.assistants.table.scope_of_person(press.key)
    for turn in reversed(await desk.storage.people.said_by(press.author.id, scope, _LAST)):
        if turn.message.command is None:
            is_asked = (turn.error or "").startswith(NotAgreed.__name__)
            return turn.message if is_asked else None
    return None


ON_CALL: Mapping[str, Command] = {"confirm": confirm, "decline": decline}
ON_PRESS: Mapping[str, Command] = {
    "again": again,
    "up": up,
    "down": down,
    "reason": reason,
    "write": form_shown,
    "alone": form_shown,
    "next": form_shown,
    "setup": form_shown,
    "teaching": form_shown,
    "care": form_shown,
    "reply": form_shown,
    "endorse": form_shown,
    "agree": agree,
    "disagree": disagree,
}


async def _vote(desk: Desk, press: Message, key: str, vote: Vote, words: str = "") -> None:
    await question_of(desk, press, key)
    words = clean(words)[:_CHARS_OF_REASON]
    await desk.storage.people.vote(key, press.author.id, vote, words, desk.clock())


async def question_of(desk: Desk, press: Message, key: str) -> Message:
    question = await desk.storage.turns.message(key)
    if question is None or not _stand_together(press, question):
        raise QuestionGone
    return question


def _stand_together(press: Message, question: Message) -> bool:
    """Whether whoever presses can see the answer there."""
    is_same_place = press.key.scopes()[-3] == question.key.scopes()[-3]
    return is_same_place and (question.is_shared or question.author.id == press.author.id)
