"""Where a conversation begins anew or stops, who answers in it, and what it has used."""

from collections.abc import Mapping

from bot.core.answers import Kind
from bot.core.messages import EVERYBODY, Message
from bot.core.prompts import Prompt
from bot.words import say
from bot.work.bill import told_bill
from bot.work.desk import Command, Desk

_MOST_SHOWN = 20  # open turns


async def new(desk: Desk, prompt: Prompt) -> str:
    await desk.storage.sessions.begin_anew(prompt.conversation_id, prompt.turn_id, desk.clock())
    await _sum_up_no_more(desk, prompt)
    return say("A new conversation. I remember nothing of what was said before.")


async def stop(desk: Desk, prompt: Prompt) -> str:
    is_for_all = prompt.message.text == EVERYBODY
    asker = None if is_for_all else prompt.message.author.id
    if is_for_all:
        await _sum_up_no_more(desk, prompt)
    before = await desk.storage.turns.kind_before(prompt.conversation_id, prompt.turn_id, asker)
    nothing = (
        say("There is nothing to stop.")
        if is_for_all
        else say("There is nothing of yours to stop.")
    )
    return say("Stopped.") if before is Kind.STOPPED else nothing


async def _sum_up_no_more(desk: Desk, prompt: Prompt) -> None:
    for turn in await desk.storage.looks.open_turns(prompt.message.key.sums(), _MOST_SHOWN):
        await desk.withdraw(turn.message.unique_key)


async def assistant(desk: Desk, prompt: Prompt) -> str:
    catalogue = desk.assistants.current()
    if not prompt.message.text:
        names = (
            say("- **{name}** (in force here)", name=name)
            if name == prompt.assistant.name
            else f"- {name}"
            for name in catalogue.assistants
        )
        return "\n".join([say("The assistants are:"), "", *names])
    chosen = catalogue.find(prompt.message.text)
    await desk.storage.choices.save(str(prompt.message.key), "assistant", chosen.name, desk.clock())
    return say("**{name}** answers in this conversation from now on.", name=chosen.name)


async def usage(desk: Desk, prompt: Prompt) -> str:
    return await told_bill(desk, prompt, _where(prompt.message))


def _where(message: Message) -> str:
    """Of which conversation somebody is told: there may be several where they stand."""
    key, person = message.key, message.author.id
    if key.is_spoken_by(person):
        return say("your conversation in this channel")
    if key.thread and key.thread.endswith(person):
        return say("your private conversation here")
    return (
        say("this thread, or the one where you last asked")
        if key.thread
        else say("this conversation")
    )


ON_CONVERSATION: Mapping[str, Command] = {
    "new": new,
    "stop": stop,
    "assistant": assistant,
    "usage": usage,
}
