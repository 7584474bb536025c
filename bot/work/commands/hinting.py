"""`/hint`: the next hint is asked for in the asker's name, with what she tried."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.errors import InvalidSetting, NotAllowed, Refusal
from bot.core.forms import read_filled
from bot.core.ladders import Why
from bot.core.messages import Message
from bot.core.prompts import Prompt
from bot.core.text import clean
from bot.rules.trying import FEWEST_CHARS, hinted_id
from bot.words import say
from bot.work.commands.presses import question_of
from bot.work.desk import Command, Desk

_COMING = "Your next hint is coming."
_SKIP = "skip"
_SKIPPED = "I have nothing more to try. Please give me the next hint."
_TRIED = "I have tried this: {words}"
_LOOKED_AT = 20  # turns, for her last question
_HOW = """\
Say `/hint` and what you have tried, in {fewest} characters at least. `/hint skip` gives you \
the next one without it, once for each assignment."""


class NothingToHint(Refusal):
    """You have asked nothing here yet, so there is nothing to give a hint about."""


async def hint(desk: Desk, prompt: Prompt) -> str:
    press = prompt.message
    key, values = read_filled(press.text)
    is_form = key != press.text
    words = clean(values.get("text", "") if is_form else press.text).strip()
    why = Why.SKIPPED if words.casefold() == _SKIP or (is_form and not words) else Why.TRIED
    if why is Why.TRIED and len(words) < FEWEST_CHARS:
        raise InvalidSetting(notice=say(_HOW, fewest=FEWEST_CHARS))
    question = await (question_of(desk, press, key) if is_form else _last(desk, press))
    if question.author.id != press.author.id:
        raise NotAllowed(
            notice=say("Those hints are {name}'s. Ask me yourself.", name=question.author.name)
        )
    said = replace(
        question,
        id=hinted_id(question.id, why, prompt.turn_id),
        text=say(_TRIED, words=words) if why is Why.TRIED else say(_SKIPPED),
        attachments=(),
        quoted="",
        quoted_of=(),
        client_id=None,
        sent_at=press.sent_at,
    )
    if await desk.storage.turns.message(said.unique_key) is None:
        await desk.classroom.ladder.require_step(said)
        await desk.say(said)
    return _COMING


async def _last(desk: Desk, press: Message) -> Message:
    turns = await desk.storage.looks.turns_in(str(press.key.subject()), _LOOKED_AT)
    for turn in reversed(turns):
        is_hers = turn.message.author.id == press.author.id
        if is_hers and turn.message.command is None:
            return turn.message
    raise NothingToHint


ON_HINT: Mapping[str, Command] = {"hint": hint}
