"""A private answer, made public by whoever asked: as a message that is born answered, once."""

from collections.abc import Mapping
from dataclasses import replace

from bot.classroom.wishes import scope_of
from bot.core.answers import Answer, Kind
from bot.core.controls import PUBLISH, WITH_NAME
from bot.core.errors import Refusal
from bot.core.messages import ConversationKey
from bot.core.prompts import Prompt
from bot.core.text import as_quote
from bot.core.turns import Turn
from bot.rules.may import Action
from bot.words import say
from bot.work.choices import read_chosen
from bot.work.commands.presses import QuestionGone, question_of
from bot.work.desk import Command, Desk

_LAST = 50  # turns of a private conversation that are looked through
_DONE = "Everybody here can read it now."
_IS_PUBLIC = "It is public already."


class NothingToPublish(Refusal):
    """There is no answer yet that others could read."""


async def publish(desk: Desk, prompt: Prompt) -> str:
    """In the channel in which she asked alone. Her name stands there if she says so."""
    press = prompt.message
    first, _, rest = press.text.partition(" ")
    question = await question_of(desk, press, rest if first == WITH_NAME else press.text)
    chosen = await read_chosen(desk.storage, desk.assistants, press.key)
    is_hers = question.author.id == press.author.id
    await desk.authority.require(press, chosen, Action.PUBLISH, is_hers=is_hers)
    turns = await desk.storage.looks.turns_in(str(question.key), _LAST)
    turn = next((one for one in turns if one.message.unique_key == question.unique_key), None)
    if turn is None:
        raise QuestionGone
    place = ConversationKey.parse(scope_of(question))
    public = replace(
        question,
        key=place.aside(),
        id=f"public/{question.id}",
        client_id=None,
        command=PUBLISH,
        text=question.unique_key,
        quoted="",
        attachments=(),
        origin=desk.authority.adapter_of(press).unasked(place, ""),
        sent_at=press.sent_at,
    )
    name = question.author.name if first == WITH_NAME else ""
    receipt = await desk.classroom.board.give(public, _as_public(turn, name))
    return _IS_PUBLIC if receipt.is_duplicate else _DONE


def _as_public(turn: Turn, name: str) -> Answer:
    if turn.answer is None or turn.answer.kind is Kind.NOTICE or turn.message.is_shared:
        raise NothingToPublish
    asked = say("**{name} asked:**", name=name) if name else say("**Somebody asked:**")
    words = as_quote(turn.message.own_words)
    return Answer(f"{asked}\n{words}\n\n{turn.answer.words}")


ON_PUBLISH: Mapping[str, Command] = {PUBLISH: publish}
