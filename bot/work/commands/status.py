"""`/status`: what is open in a conversation, and how its older part is remembered."""

from collections.abc import Mapping, Sequence

from bot.core.answers import Status
from bot.core.confirming import as_code, named
from bot.core.messages import ConversationKey
from bot.core.prompts import Prompt
from bot.core.text import as_quote
from bot.core.tools import MadeCall
from bot.core.turns import State, Turn
from bot.rules.masking import revealed
from bot.words import say
from bot.work.desk import Command, Desk

_MOST_SHOWN = 20  # open turns
_CHARS_OF_CALL = 100


async def status(desk: Desk, prompt: Prompt) -> str:
    key = prompt.message.key.subject()
    memory = await _memory(desk, key)
    turns = await desk.storage.looks.open_turns(key, _MOST_SHOWN + 1)
    if not turns:
        return "\n".join([say("Nothing waits here: everything is answered."), *memory])
    asker, now = prompt.message.author.id, desk.clock()
    lines = [
        f"{place}. {_whose(turn, asker)}: {_doing(turn, now, desk.shown.get(turn.id))}"
        for place, turn in enumerate(turns[:_MOST_SHOWN], 1)
    ]
    lines += await _waiting_calls(desk, turns[:_MOST_SHOWN], asker, now)
    more = [say("…and more.")] if len(turns) > _MOST_SHOWN else []
    return "\n".join([say("What is open here, the first one first:"), "", *lines, *more, *memory])


async def _memory(desk: Desk, key: ConversationKey) -> list[str]:
    """How the older part of a conversation is remembered, where it is long."""
    lines = []
    if await desk.storage.looks.open_turns(key.sums(), 1):
        lines += ["", say("The older part of this conversation is being summed up.")]
    if summary := await desk.storage.summaries.of(key):
        lines += ["", say("The older part of this conversation I remember as this summary:"), ""]
        names = await desk.storage.aliases.around(summary.last)
        lines.append(as_quote(revealed(summary.words, names)))
    return lines


async def _waiting_calls(desk: Desk, turns: Sequence[Turn], asker: str, now: float) -> list[str]:
    """What is done with tools for this person; others' arguments are not told."""
    own = [one for one in turns if one.tool_steps and one.message.author.id == asker]
    made = [call for turn in own for call in await desk.storage.calls.of(turn.id)]
    return [f"   - {_call(call, now)}" for call in made]


def _call(made: MadeCall, now: float) -> str:
    words = f"{named(made)} {as_code(made.call.arguments[:_CHARS_OF_CALL])}"
    if made.begun_at is None:
        return f"{words}: {say(made.decision or 'not begun')}"
    took = (made.ended_at or now) - made.begun_at
    came = as_code(made.output.text[:_CHARS_OF_CALL]) if made.output else say("at work")
    return f"{words}: {came}, {took:.1f} s"


def _whose(turn: Turn, asker: str) -> str:
    """Without its words, which the answer to somebody else need not repeat."""
    kind = "command" if turn.message.command else "question"
    return say(f"your {kind}" if turn.message.author.id == asker else f"a {kind}")


def _doing(turn: Turn, now: float, shown: Status | None) -> str:
    if turn.due_at > now:
        return say("trying again in {due_at:.0f} s", due_at=turn.due_at - now)
    if turn.state is State.ANSWERED:
        return say("answered, and on its way")
    if not turn.epoch:
        return say("waiting for its turn")
    if shown:
        return say(shown.value)
    return say(turn.changes[-1].status if turn.changes else "being answered")


ON_STATUS: Mapping[str, Command] = {"status": status}
