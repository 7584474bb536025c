"""Course material in a conversation: `/materials` for those who teach, `/sources` for everybody.

What is added belongs to the channel in which it was said; what is shown of an answer's sources
lies in the scopes of whoever looks.
"""

from collections.abc import AsyncIterator, Mapping
from functools import partial

from bot.core.errors import NotAllowed
from bot.core.files import FileRefused
from bot.core.materials import Source
from bot.core.messages import Message
from bot.core.prompts import Prompt
from bot.core.quoting import one_line
from bot.core.text import as_quote, plural
from bot.core.turns import Turn
from bot.reading.folders import Handed, in_file
from bot.rules.citing import NOT_IN_MATERIAL, NOTHING_FOUND, title_of
from bot.rules.may import Action, Deed, may
from bot.rules.rendering.guards import only_words
from bot.words import in_any, say
from bot.work.choices import read_chosen
from bot.work.commands.presses import question_of
from bot.work.desk import Command, Desk
from bot.work.shelf import Shelf

_CHANNEL = -3  # of the scopes of a conversation
_MOST_LISTED = 50
_MOST_LOOKED_AT = 20  # turns, for the last answer
_CHARS_OF_NAME = 60

_NOBODYS = "Only those who run this place, and the staff of its course, can do that."
_WAYS = (
    "`/materials` lists what there is here; `/materials remove NAME` removes it. What is attached "
    "to a message that says `/materials add`, or stands behind it, is added."
)
_ALONE = "Others read here. Give the command where only you see the answer, or in the shell."
_NO_SOURCES = "That answer names no course material, or none that is still there."


async def materials(desk: Desk, prompt: Prompt) -> str:
    wish, _, words = prompt.message.text.strip().partition(" ")
    act = _ACTS.get(wish.casefold())
    if act is None and not (wish or prompt.message.attachments):
        return await _listed(desk, prompt.message)
    await _require(desk, prompt.message)
    return await act(desk, prompt.message, words.strip()) if act else say(_WAYS)


async def sources(desk: Desk, prompt: Prompt) -> str:
    """By a press below the answer which it is about; typed, of the last one here."""
    message = prompt.message
    if message.text:
        await question_of(desk, message, message.text)
    key = message.text or await _last_answered(desk, message)
    found = await desk.storage.materials.cited(key, await desk.classroom.reach.of(message))
    return "\n\n".join(map(_shown, found)) or _NO_SOURCES


async def _listed(desk: Desk, message: Message) -> str:
    found = await desk.storage.materials.documents(await desk.classroom.reach.of(message))
    if not found:
        return say("There is no course material here. {ways}", ways=say(_WAYS))
    lines = [
        f"- {only_words(one.name)}, version {one.version}: {plural(one.passages, 'passage')}"
        for one in found[:_MOST_LISTED]
    ]
    more = [f"…and {len(found) - _MOST_LISTED} more."] if len(found) > _MOST_LISTED else []
    return "\n".join([say("The course material here:"), "", *lines, *more])


async def _add(desk: Desk, message: Message, words: str) -> str:
    """Each file by itself: what cannot be taken is named, and the others go on."""
    shelf = Shelf(desk.storage.materials, desk.clock)
    told = []
    async for handed in _handed(desk, message, words):
        if isinstance(handed, str):
            told.append(handed)
        else:
            added = await shelf.add(handed, _scope(message), added_by=message.author.id)
            desk.storage.choices.refresh(_scope(message))
            told.append(only_words(str(added)))
    return "\n".join(told) or say(_WAYS)


async def _handed(desk: Desk, message: Message, words: str) -> AsyncIterator[Handed | str]:
    """What there is to add, or why not."""
    for attachment in message.attachments:
        try:
            data = await desk.fetch(message, attachment)
        except FileRefused as refused:
            yield refused.notice
            continue
        for handed in in_file(one_line(attachment.name) or "file", partial(bytes, data)):
            yield handed
    if words:
        title = one_line(words.splitlines()[0])[:_CHARS_OF_NAME]
        yield Handed(title, partial(words.encode, "utf-8", "replace"))


async def _remove(desk: Desk, message: Message, name: str) -> str:
    if not await desk.storage.materials.remove(_scope(message), name):
        return say(
            "There is no “{name}” here. `/materials` lists what there is.", name=only_words(name)
        )
    desk.storage.choices.refresh(_scope(message))
    await desk.forgetting.scrub()
    return say("{name} is removed.", name=only_words(name))


async def _gaps(desk: Desk, message: Message, _words: str) -> str:
    """Only what was asked where others could hear it, and without names."""
    if message.is_shared:
        return _ALONE
    found: list[Turn] = []
    for remark in (*in_any(NOT_IN_MATERIAL), *in_any(NOTHING_FOUND)):
        found += await desk.storage.materials.gaps(_scope(message), remark, _MOST_LISTED)
    asked = [one for one in sorted(found, key=lambda one: -one.id) if one.message.is_shared]
    lines = dict.fromkeys(f"- {_as_line(one)}" for one in asked[:_MOST_LISTED])
    return "\n".join(
        [say("Asked here, and not found in the material:"), "", *(lines or [f"- {say('nothing')}"])]
    )


async def _require(desk: Desk, message: Message) -> None:
    chosen = await read_chosen(desk.storage, desk.assistants, message.key)
    standing = await desk.authority.standing(message, chosen)
    here = await desk.classroom.roll.here(message)
    if not may(standing, Deed(action=Action.MATERIAL, role=here.role if here else None)):
        raise NotAllowed(f"{message.author.id} may not change material", notice=_NOBODYS)


async def _last_answered(desk: Desk, message: Message) -> str:
    """The key of its question."""
    turns = await desk.storage.looks.turns_in(str(message.key.subject()), _MOST_LOOKED_AT)
    answered = [turn for turn in turns if turn.answer and turn.message.command is None]
    return answered[-1].message.unique_key if answered else ""


def _shown(source: Source) -> str:
    head = f"**[{source.number}]** {only_words(title_of(source))}"
    newer = say(" · *there is a newer version*") if source.is_replaced else ""
    heading = f"\n{only_words(source.passage.heading)}" if source.passage.heading else ""
    return f"{head}{newer}{heading}\n{as_quote(only_words(source.passage.text))}"


def _as_line(turn: Turn) -> str:
    return only_words(one_line(turn.message.own_words))


def _scope(message: Message) -> str:
    return message.key.scopes()[_CHANNEL]


_ACTS = {"add": _add, "remove": _remove, "gaps": _gaps}
ON_MATERIAL: Mapping[str, Command] = {"materials": materials, "sources": sources}
