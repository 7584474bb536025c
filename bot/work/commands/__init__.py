"""Commands: a backend that answers out of a table of functions.

So a command is a turn like any other: written down, in order, answered once, logged. Only two do
not wait for their turn: `stop` takes effect by its mere existence, and `status` is answered in a
conversation aside, since it could not tell of turns that it comes after.
"""

from collections.abc import Sequence

from bot.core.answers import Answer, AnswerEvents, Finished, Kind, Status
from bot.core.assistants import Assistant
from bot.core.commands import PURPOSES, in_a_list
from bot.core.confirming import as_code, named
from bot.core.erasures import Erasure
from bot.core.errors import UnknownCommand
from bot.core.messages import EVERYBODY, ConversationKey, Message
from bot.core.prompts import Prompt
from bot.core.text import as_quote, plural
from bot.core.tools import MadeCall, ToolStep
from bot.core.turns import State, Turn
from bot.rules.exports import MOST_TURNS, done_for, notes_about, own_words
from bot.rules.may import Action
from bot.work.bill import told_bill
from bot.work.choices import read_chosen
from bot.work.commands import presses
from bot.work.commands.hinting import hint
from bot.work.commands.material import ON_MATERIAL
from bot.work.commands.presses import ON_PRESS
from bot.work.desk import Command, Desk

_MOST_SHOWN = 20  # open turns
_CHARS_OF_CALL = 100


COMMANDS: dict[str, Command] = {**ON_MATERIAL}


class CommandBackend:
    name = "command"
    reads_only_text = True

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        name = prompt.message.command or ""
        command = COMMANDS.get(name) or ON_PRESS.get(name)
        if command is None:
            raise UnknownCommand(notice=_unknown(prompt.message.command))
        yield Finished(Answer(await command(self._desk, prompt)))

    def room(self, assistant: Assistant) -> int:
        """Commands remember nothing."""
        return 0

    async def cancel(self, session: str | None, run: str) -> None:
        """Nothing to do: commands start no runs."""

    async def close_calls(self, session: str | None, step: ToolStep) -> None:
        """Nothing to do: commands call no tools."""

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Nothing to do: commands keep nothing."""

    async def check(self) -> str:
        return plural(len(COMMANDS), "command")

    async def close(self) -> None:
        """Nothing to do."""


def _command(function: Command) -> Command:
    COMMANDS[function.__name__] = function
    return function


COMMANDS |= {"confirm": presses.confirm, "decline": presses.decline, "hint": hint}


@_command
async def help(desk: Desk, prompt: Prompt) -> str:  # noqa: A001 - its name is its name
    message = prompt.message
    chosen = await read_chosen(desk.storage, desk.assistants, message.key)
    table, platform = desk.assistants.table, message.key.platform
    lines = [
        "I am a program that answers questions. An AI writes my answers, and they may be wrong.",
        *(
            ["", f"When something is wrong, ask {contact}."]
            if (contact := chosen.value("contact"))
            else []
        ),
        "",
        "How to ask me:",
        *(f"- {way}" for way in table.ways(platform)),
        "",
        "I also know:",
        *(f"- `/{name}` {in_a_list(name)}" for name in sorted(PURPOSES)),
    ]
    managing = table.managing(platform)
    if managing and await desk.authority.allows(message, chosen, Action.SET):
        lines += ["", managing]
    return "\n".join(lines)


@_command
async def new(desk: Desk, prompt: Prompt) -> str:
    await desk.storage.sessions.begin_anew(prompt.conversation_id, prompt.turn_id, desk.clock())
    await _sum_up_no_more(desk, prompt)
    return "A new conversation. I remember nothing of what was said before."


async def _sum_up_no_more(desk: Desk, prompt: Prompt) -> None:
    for turn in await desk.storage.looks.open_turns(prompt.message.key.sums(), _MOST_SHOWN):
        await desk.withdraw(turn.message.unique_key)


@_command
async def stop(desk: Desk, prompt: Prompt) -> str:
    is_for_all = prompt.message.text == EVERYBODY
    asker = None if is_for_all else prompt.message.author.id
    if is_for_all:
        await _sum_up_no_more(desk, prompt)
    before = await desk.storage.turns.kind_before(prompt.conversation_id, prompt.turn_id, asker)
    nothing = "There is nothing to stop." if is_for_all else "There is nothing of yours to stop."
    return "Stopped." if before is Kind.STOPPED else nothing


@_command
async def status(desk: Desk, prompt: Prompt) -> str:
    key = prompt.message.key.subject()
    memory = await _memory(desk, key)
    turns = await desk.storage.looks.open_turns(key, _MOST_SHOWN + 1)
    if not turns:
        return "\n".join(["Nothing waits here: everything is answered.", *memory])
    asker, now = prompt.message.author.id, desk.clock()
    lines = [
        f"{place}. {_whose(turn, asker)}: {_doing(turn, now, desk.shown.get(turn.id))}"
        for place, turn in enumerate(turns[:_MOST_SHOWN], 1)
    ]
    lines += await _waiting_calls(desk, turns[:_MOST_SHOWN], asker, now)
    more = ["…and more."] if len(turns) > _MOST_SHOWN else []
    return "\n".join(["What is open here, the first one first:", "", *lines, *more, *memory])


async def _memory(desk: Desk, key: ConversationKey) -> list[str]:
    """How the older part of a conversation is remembered, where it is long."""
    lines = []
    if await desk.storage.looks.open_turns(key.sums(), 1):
        lines += ["", "The older part of this conversation is being summed up."]
    if summary := await desk.storage.summaries.of(key):
        lines += ["", "The older part of this conversation I remember as this summary:", ""]
        lines.append(as_quote(summary.words))
    return lines


@_command
async def assistant(desk: Desk, prompt: Prompt) -> str:
    catalogue = desk.assistants.current()
    if not prompt.message.text:
        names = (
            f"- **{name}** (in force here)" if name == prompt.assistant.name else f"- {name}"
            for name in catalogue.assistants
        )
        return "\n".join(["The assistants are:", "", *names])
    chosen = catalogue.find(prompt.message.text)
    await desk.storage.choices.save(str(prompt.message.key), "assistant", chosen.name, desk.clock())
    return f"**{chosen.name}** answers in this conversation from now on."


@_command
async def usage(desk: Desk, prompt: Prompt) -> str:
    return await told_bill(desk, prompt, _where(prompt.message))


def _where(message: Message) -> str:
    """Of which conversation somebody is told: there may be several where they stand."""
    key, person = message.key, message.author.id
    if key.is_spoken_by(person):
        return "your conversation in this channel"
    if key.thread and key.thread.endswith(person):
        return "your private conversation here"
    return "this thread, or the one where you last asked" if key.thread else "this conversation"


async def _class(desk: Desk, prompt: Prompt) -> str:
    message = prompt.message
    chosen = await read_chosen(desk.storage, desk.assistants, message.key)
    standing = await desk.authority.standing(message, chosen)
    return await desk.classroom.desk.said(message, standing)


COMMANDS["class"] = _class  # a word of Python's, and so no name of a function


@_command
async def staff(desk: Desk, prompt: Prompt) -> str:
    return await desk.classroom.staff.said(prompt.message)


@_command
async def human(desk: Desk, prompt: Prompt) -> str:
    return await desk.classroom.humans.said(prompt.message)


@_command
async def hearts(desk: Desk, prompt: Prompt) -> str:
    enrolment = await desk.classroom.roll.attending(prompt.message)
    if enrolment is None or enrolment.is_staff:
        return "Nobody counts what you ask here."
    return f"You have {await desk.classroom.hearts.left(enrolment)}. Each question takes one."


DELETE = "delete everything"  # what `/privacy` wants to hear before it deletes


@_command
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
    told = _PRIVACY.format(
        kept=kept,
        service=chosen.value("provider") or "The AI service",
        contact=f"\n- Whom to ask about it: {contact}." if contact else "",
    )
    return "\n".join([told, *(f"- {line}" for line in await _read_by(desk, prompt.message))])


async def _read_by(desk: Desk, message: Message) -> Sequence[str]:
    """Who has read words of hers after an alert; that there was one is for nobody else's eyes."""
    if not await desk.classroom.register.all():
        return ()
    if message.is_shared:
        return (_WHO_READ,)
    return await desk.classroom.safety.told(desk.classroom.roll.person(message))


async def _delete(desk: Desk, prompt: Prompt) -> str:
    author, now = prompt.message.author, desk.clock()
    scope = desk.assistants.table.scope_of_person(prompt.message.key)
    erasure = Erasure(scope, author.id, (author.name,), prompt.turn_id, now)
    count = await desk.forgetting.erase(erasure)
    return _DELETED.format(turns=plural(count, "message"))


async def _export(desk: Desk, message: Message) -> str:
    """Where others read along her words are not repeated."""
    if message.is_shared:
        return _ALONE
    scope = desk.assistants.table.scope_of_person(message.key)
    said = await desk.storage.people.said_by(message.author.id, scope, MOST_TURNS)
    noted = await desk.storage.notes.of(f"{scope}:{message.author.id}")
    stepped = [turn for turn in said if turn.tool_steps]
    made = [call for turn in stepped for call in await desk.storage.calls.of(turn.id)]
    words = "\n\n".join(filter(None, [own_words(said), done_for(made), notes_about(noted)]))
    return f"```\n{words.replace('```', '` ` `')}\n```"


async def _waiting_calls(desk: Desk, turns: Sequence[Turn], asker: str, now: float) -> list[str]:
    """What is done with tools for this person; others' arguments are not told."""
    own = [one for one in turns if one.tool_steps and one.message.author.id == asker]
    made = [call for turn in own for call in await desk.storage.calls.of(turn.id)]
    return [f"   - {_call(call, now)}" for call in made]


def _call(made: MadeCall, now: float) -> str:
    words = f"{named(made)} {as_code(made.call.arguments[:_CHARS_OF_CALL])}"
    if made.begun_at is None:
        return f"{words}: {made.decision or 'not begun'}"
    took = (made.ended_at or now) - made.begun_at
    came = as_code(made.output.text[:_CHARS_OF_CALL]) if made.output else "at work"
    return f"{words}: {came}, {took:.1f} s"


def _whose(turn: Turn, asker: str) -> str:
    """Without its words, which the answer to somebody else need not repeat."""
    kind = "command" if turn.message.command else "question"
    return f"your {kind}" if turn.message.author.id == asker else f"a {kind}"


def _doing(turn: Turn, now: float, shown: Status | None) -> str:
    if turn.due_at > now:
        return f"trying again in {turn.due_at - now:.0f} s"
    if turn.state is State.ANSWERED:
        return "answered, and on its way"
    if not turn.epoch:
        return "waiting for its turn"
    if shown:
        return shown.value
    return turn.changes[-1].status if turn.changes else "being answered"


_KEPT = "keeps the conversation too, until it is deleted there"
_NOT_KEPT = "is sent the conversation with each question, and is to keep nothing"
_PRIVACY = """\
You are talking to a program: a language model writes the answers, and they may be wrong.

- What you write here and what I answer is kept in the database of this bot.
- {service} gets your words, and where several people talk the name you go by; no address, no id. It
  {kept}.
- `/new` makes me forget a conversation but deletes nothing.
- `/privacy export` gives you what you wrote to me here, and what I noted about you.
- `/privacy delete` deletes what you wrote to me here, my answers to it, and what the AI
  service keeps of those conversations. It asks first.{contact}"""
_WHO_READ = "Who has read your words after an alert I tell you in a direct message."
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


def _unknown(name: str | None) -> str:
    known = ", ".join(f"`/{command}`" for command in sorted(COMMANDS))
    return f"I do not know the command `/{name}`. I know {known}."
