"""`/help`: what the bot can do, and how it is asked."""

from collections.abc import Mapping

from bot.core.commands import PURPOSES, in_a_list
from bot.core.prompts import Prompt
from bot.rules.may import Action
from bot.words import say
from bot.work.choices import read_chosen
from bot.work.desk import Command, Desk


async def help_(desk: Desk, prompt: Prompt) -> str:
    message = prompt.message
    chosen = await read_chosen(desk.storage, desk.assistants, message.key)
    table, platform = desk.assistants.table, message.key.platform
    lines = [
        say(
            "I am a program that answers questions. An AI writes my answers, and they may be wrong."
        ),
        *(
            ["", say("When something is wrong, ask {contact}.", contact=contact)]
            if (contact := chosen.value("contact"))
            else []
        ),
        "",
        say("How to ask me:"),
        *(f"- {say(way)}" for way in table.ways(platform)),
        "",
        say("I also know:"),
        *(f"- `/{name}` {in_a_list(name)}" for name in sorted(PURPOSES)),
    ]
    managing = table.managing(platform)
    if managing and await desk.authority.allows(message, chosen, Action.SET):
        lines += ["", say(managing)]
    return "\n".join(lines)


ON_GUIDE: Mapping[str, Command] = {"help": help_}
