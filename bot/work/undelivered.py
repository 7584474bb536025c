"""Answers that found every way closed: told with the person's next word, or by /status."""

from collections.abc import Sequence

from bot.core.ports.storage import Storage
from bot.core.turns import Turn
from bot.words import say

_MOST = 5  # at once
_CHARS_OF_QUESTION = 80
_ELSEWHERE = "*(An earlier answer may not have reached you: `/status` shows it, to you alone.)*"


async def undelivered(turn: Turn, storage: Storage) -> Sequence[Turn]:
    """What the same person was not given, the oldest first."""
    if not turn.is_owed:
        return ()
    author, platform = turn.message.author.id, turn.message.key.platform
    return await storage.turns.undelivered(author, platform, _MOST)


def may_be_told(owed: Turn, turn: Turn) -> bool:
    """Where she is alone, all of it; among others, what was asked among them."""
    if not turn.message.is_shared:
        return True
    is_there = owed.message.key.subject() == turn.message.key.subject()
    return owed.message.is_shared and is_there


def told_with(text: str, turn: Turn, owed: Sequence[Turn]) -> str:
    """An answer, and below it what she was not given."""
    told = [_told(one) for one in owed if may_be_told(one, turn)]
    return "\n\n".join([text, *(told or [say(_ELSEWHERE)])]) if owed else text


def _told(owed: Turn) -> str:
    question = " ".join(owed.message.text.split())[:_CHARS_OF_QUESTION].replace("*", "")
    about = say("to “{question}”", question=question) if question else say("to an earlier question")
    answer = owed.answer.text if owed.answer else ""
    return say(
        "*My answer {about}, which may not have reached you:*\n\n{answer}",
        about=about,
        answer=answer,
    )
