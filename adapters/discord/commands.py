"""Slash commands for everybody, and the menu on a message."""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.discord.errors import discord_errors
from adapters.discord.events import Audience, InteractionWords
from adapters.discord.interactions import Interactions
from adapters.discord.places import Interaction, attachment_of, bot_as
from adapters.discord.reading import said_by
from adapters.discord.translating import Translator
from bot.core.commands import PURPOSES
from bot.core.contents import Contents
from bot.core.errors import BotError
from bot.core.ports.memory import Memory
from bot.words import language_of, say, speaking

log = structlog.get_logger()

_SYNCED = "discord:commands"
_MOST_CHOICES = 25
_CHARS_OF_DESCRIPTION = 100
_CHARS_OF_QUESTION = 6000  # Discord's own limit for an option
_MENU = "Ask about this message"
_ABOUT = "What is this about?"

Names = Callable[[], Sequence[str]]
Question = app_commands.Range[str, 1, _CHARS_OF_QUESTION]


class Tree(app_commands.CommandTree[Any]):
    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """What the library could not take from the person: without a word it would time out."""
        is_gone = isinstance(error, app_commands.TransformerError)
        if not is_gone:
            log.error("command_failed", exc_info=error)
        with speaking(language_of(str(interaction.locale))):
            words = say("That is not in this server any more.") if is_gone else BotError().notice
        if not interaction.response.is_done():
            with suppress(BotError), discord_errors():
                await interaction.response.send_message(words, ephemeral=True)


def add_commands(tree: Tree, interactions: Interactions, assistants: Names) -> None:
    """Everything a person can do; where the app was installed by a person alone, too."""
    made = [
        _ask(interactions),
        _assistant(interactions, assistants),
        _privacy(interactions),
        _help(interactions),
    ]
    made += [_worded(interactions, *one) for one in _OF_COURSE.items()]
    made += [_command(interactions, *one) for one in _OF_CONVERSATION.items()]
    everything: list[Made | app_commands.ContextMenu] = [*made, _about(interactions)]
    for command in everything:
        app_commands.allowed_installs(guilds=True, users=True)(command)
        app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)
        tree.add_command(command)


async def sync(tree: Tree, memory: Memory) -> None:
    """Tell Discord of the commands if they changed: 200 creations a day are allowed.

    A failure is no reason not to start: the old commands are still there.
    """
    translator = Translator()
    await tree.set_translator(translator)
    told = [await one.get_translated_payload(tree, translator) for one in tree.get_commands()]
    written = json.dumps(told, sort_keys=True)
    fingerprint = f"{tree.client.application_id}:{hashlib.sha256(written.encode()).hexdigest()}"
    if await memory.recall(_SYNCED) == fingerprint:
        return
    try:
        with discord_errors():
            await tree.sync()
    except BotError as error:
        log.warning("commands_not_synced", error=str(error))
    else:
        await memory.remember(_SYNCED, fingerprint)
        log.info("commands_synced")


_OF_CONVERSATION = {
    "new": Audience.ASKER,
    "stop": Audience.ASKER,
    "usage": Audience.ASKER,
    "status": Audience.ASKER,
    "hearts": Audience.ASKER,
    "sources": Audience.ASKER,
}
"""Who sees what is answered to commands about the conversation here."""

_CHANGES = frozenset({"new"})  # what a shared conversation is

_OF_COURSE = {
    "materials": "`add` some words, `remove` a name, or `gaps`; without it, what there is",
    "class": "What to do; without it, how things stand",
    "language": "Such as en, de, fr, es or zh; `auto`: that of your app",
    "plain": "`on`, or `off`",
    "confirm": "The number that stands with it",
    "decline": "The number that stands with it",
    "staff": "What to do; without it, what waits",
    "hint": "What you have tried, in a sentence; `skip` goes without it, once",
    "assignment": "The name of one, or `none`; without it, which there are",
    "human": "What staff may see; without it, how to say that",
}
"""What is to be written behind the commands of a course."""

ASKS = frozenset({"ask", "assistant", "privacy", "help", _MENU, *_OF_CONVERSATION, *_OF_COURSE})
"""The commands that are answered in a turn."""

Made = app_commands.Command[Any, ..., Any]


def _ask(interactions: Interactions) -> Made:
    @app_commands.command(name="ask", description="Ask me something")
    @app_commands.describe(
        question="What you would like to know",
        private="Only you see the answer; a conversation of its own",
        file="An image, a text or a PDF to look at",
    )
    async def ask(
        interaction: Interaction,
        question: Question,
        private: bool = False,  # noqa: FBT001, FBT002 - it is an option of the command
        file: discord.Attachment | None = None,
    ) -> None:
        files = (attachment_of(file),) if file else ()
        audience = Audience.PRIVATE if private else Audience.EVERYONE
        await interactions.take(
            interaction, InteractionWords(text=question, attachments=files, audience=audience)
        )

    return ask


def _assistant(interactions: Interactions, names: Names) -> Made:
    @app_commands.command(name="assistant", description=_described("assistant"))
    @app_commands.describe(name="Who answers in this conversation from now on")
    async def assistant(interaction: Interaction, name: str = "") -> None:
        audience = _of_change(interaction) if name else Audience.ASKER
        wish = InteractionWords(text=name, command="assistant", audience=audience)
        await interactions.take(interaction, wish)

    @assistant.autocomplete("name")
    async def known(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(names(), typed)

    return assistant


def _privacy(interactions: Interactions) -> Made:
    @app_commands.command(name="privacy", description=_described("privacy"))
    @app_commands.describe(
        delete="Delete what you wrote to me, and my answers",
        sure="It cannot be undone",
        export="Have what you wrote to me",
    )
    async def privacy(
        interaction: Interaction,
        delete: bool = False,  # noqa: FBT001, FBT002
        sure: bool = False,  # noqa: FBT001, FBT002
        export: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        text = ("delete everything" if sure else "delete") if delete else ""
        text = text or ("export" if export else "")
        words = InteractionWords(text=text, command="privacy", audience=Audience.ASKER)
        await interactions.take(interaction, words)

    return privacy


def _help(interactions: Interactions) -> Made:
    @app_commands.command(name="help", description=_described("help"))
    async def help(interaction: Interaction) -> None:  # noqa: A001 - its name is its name
        await interactions.take(
            interaction, InteractionWords(command="help", audience=Audience.ASKER)
        )

    return help


def _worded(interactions: Interactions, name: str, words: str) -> Made:
    """A command with whatever words; `words`: what they are to be."""

    async def said(interaction: Interaction, words: str = "") -> None:
        wish = InteractionWords(text=words, command=name, audience=Audience.ASKER)
        await interactions.take(interaction, wish)

    command: Made = app_commands.Command(name=name, description=_described(name), callback=said)
    return app_commands.describe(words=words)(command)


def _command(interactions: Interactions, name: str, usual: Audience) -> Made:
    """A command without words, about the conversation here or the person's private one."""

    async def about(interaction: Interaction, private: bool = False) -> None:  # noqa: FBT001, FBT002
        usually = _of_change(interaction) if name in _CHANGES else usual
        audience = Audience.PRIVATE if private else usually
        await interactions.take(interaction, InteractionWords(command=name, audience=audience))

    command: Made = app_commands.Command(name=name, description=_described(name), callback=about)
    return app_commands.describe(private="Your private conversation instead of this one")(command)


def _of_change(interaction: Interaction) -> Audience:
    """A thread is shared by those in it: they see what is changed there."""
    is_shared = isinstance(interaction.channel, discord.Thread)
    return Audience.EVERYONE if is_shared else Audience.ASKER


def _described(name: str) -> str:
    """In the words of `/help`."""
    return PURPOSES[name][:_CHARS_OF_DESCRIPTION]


def _about(interactions: Interactions) -> app_commands.ContextMenu:
    async def about(interaction: Interaction, message: discord.Message) -> None:
        await interactions.take(interaction, _question(interaction, message.id))

    return app_commands.ContextMenu(name=_MENU, callback=about)


def _question(interaction: Interaction, message: int) -> InteractionWords:
    """About a message as Discord tells it; nothing of one that shows nothing."""
    data: Any = interaction.data
    payload = data["resolved"]["messages"][str(message)]
    quote = said_by(payload, bot_as(interaction.client, payload))
    if quote is None:
        return InteractionWords(audience=Audience.PRIVATE)
    asked = Contents(typed=_about_in(interaction), quotes=[quote], attachments=quote.attachments)
    return InteractionWords(
        text=asked.text,
        quoted=asked.quoted,
        quoted_of=asked.quoted_of,
        named=asked.named,
        attachments=asked.attachments,
        audience=Audience.PRIVATE,
    )


def _about_in(interaction: Interaction) -> str:
    """The question of the menu, in the language of whoever asks it: she gets her answer in it."""
    with speaking(language_of(str(interaction.locale))):
        return say(_ABOUT)


def choices(names: Sequence[str], typed: str) -> list[app_commands.Choice[str]]:
    """The names that begin with what is typed, then those that hold it."""
    wanted = typed.casefold()
    found = [name for name in names if wanted in name.casefold()]
    found.sort(key=lambda name: not name.casefold().startswith(wanted))
    return [app_commands.Choice(name=one[:100], value=one[:100]) for one in found[:_MOST_CHOICES]]
