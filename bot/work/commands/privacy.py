"""`/privacy`: who reads what is written here, and the having or deleting of it."""

from collections.abc import Mapping, Sequence

from bot.core.erasures import Erasure
from bot.core.messages import Message
from bot.core.prompts import Prompt
from bot.core.text import plural
from bot.rules.exports import MOST_TURNS, done_for, notes_about, own_words, seen_by
from bot.words import say
from bot.work.choices import read_chosen
from bot.work.desk import Command, Desk

DELETE = "delete everything"  # what `/privacy` wants to hear before it deletes


_KEPT = "keeps the conversation too, until it is deleted there"
_NOT_KEPT = "is sent the conversation with each question, and is to keep nothing"
_PRIVACY = """\
You are talking to a program: a language model writes the answers, and they may be wrong.

- What you write here and what I answer is kept in the database of this bot.
- {service} gets your words {as_whom}. It
  {kept}.
- `/new` makes me forget a conversation but deletes nothing.
- `/privacy export` gives you what you wrote to me here, and what I noted about you.
- `/privacy delete` deletes what you wrote to me here, my answers to it, and what the AI
  service keeps of those conversations. It asks first.{contact}"""
_BY_NAME = "and, where several people talk, the name you go by; no address, no id"
_BY_ALIAS = (
    "with aliases in place of names, addresses and names of files; first names alone, pictures and "
    "documents go as they are"
)
_WHO_READ = "Who has read your words, after an alert or on my page, I tell you in a direct message."
_MOST_SEEN = 20  # lines of who looked; the export has all
_ALONE = "Others read here. Send me `/privacy export` in a direct message."
_SURE = """\
This deletes everything that you wrote to me here, in all channels and direct messages, my answers
to it, what I noted about you, and where others' questions to me quoted you. It cannot be undone;
what you wrote in the channels stays there until you delete it. Backups that were made before keep
it until they are gone themselves, within seven months.

To do it, send `/privacy delete everything`."""
_DELETED = (
    "Deleted: {turns} of yours, with my answers. What the AI service keeps of it is deleted "
    "there, too; I ask again until it is. What stands in the channels you can delete yourself, and "
    "answers to others may repeat what you said."
)


async def privacy(desk: Desk, prompt: Prompt) -> str:
    wish = " ".join(prompt.message.text.casefold().split())
    if wish == DELETE:
        return await _delete(desk, prompt)
    if wish == DELETE.split(maxsplit=1)[0]:
        return _SURE
    if wish == "export":
        return await _export(desk, prompt.message)
    kept = _KEPT if desk.keeper.name in {"responses", "assistants"} else _NOT_KEPT
    chosen = await read_chosen(desk.storage, desk.assistants, prompt.message.key)
    contact = chosen.value("contact")
    told = say(
        _PRIVACY,
        kept=say(kept),
        as_whom=say(_BY_ALIAS if await desk.classroom.roll.attending(prompt.message) else _BY_NAME),
        service=chosen.value("provider") or say("The AI service"),
        contact=say("\n- Whom to ask about it: {contact}.", contact=contact) if contact else "",
    )
    return "\n".join([told, *(f"- {line}" for line in await _read_by(desk, prompt.message))])


async def _read_by(desk: Desk, message: Message) -> Sequence[str]:
    """How long courses keep it, and who has read words of hers: that is for nobody else's eyes."""
    classroom = desk.classroom
    has_courses = bool(await classroom.register.all())
    kept = await classroom.privacy.kept(message) if has_courses else ()
    if message.is_shared:
        return [*kept, say(_WHO_READ)]
    seen = await classroom.privacy.seen(message) if kept else ()
    told = await classroom.safety.told(classroom.roll.person(message)) if has_courses else ()
    return [*kept, *seen, *told, *await _looked(desk, message, _MOST_SEEN)]


async def _looked(desk: Desk, message: Message, most: int = MOST_TURNS) -> Sequence[str]:
    """Who looked at her words on the page."""
    scope = desk.assistants.table.scope_of_person(message.key)
    sightings = await desk.storage.sightings.of(message.author.id, scope, most)
    return seen_by(sightings, f"{scope}:{message.author.id}")


async def _delete(desk: Desk, prompt: Prompt) -> str:
    author, now = prompt.message.author, desk.clock()
    scope = desk.assistants.table.scope_of_person(prompt.message.key)
    erasure = Erasure(scope, author.id, (author.name,), prompt.turn_id, now)
    count = await desk.forgetting.erase(erasure)
    return say(_DELETED, turns=plural(count, "message"))


async def _export(desk: Desk, message: Message) -> str:
    """Where others read along her words are not repeated."""
    if message.is_shared:
        return _ALONE
    scope = desk.assistants.table.scope_of_person(message.key)
    said = await desk.storage.people.said_by(message.author.id, scope, MOST_TURNS)
    noted = await desk.storage.notes.of(f"{scope}:{message.author.id}")
    stepped = [turn for turn in said if turn.tool_steps]
    made = [call for turn in stepped for call in await desk.storage.calls.of(turn.id)]
    record = await desk.classroom.privacy.record(message)
    looked = "\n".join(f"- {line}" for line in await _looked(desk, message))
    parts = [own_words(said), done_for(made), notes_about(noted), record, looked]
    words = "\n\n".join(filter(None, parts))
    return f"```\n{words.replace('```', '` ` `')}\n```"


ON_PRIVACY: Mapping[str, Command] = {"privacy": privacy}
