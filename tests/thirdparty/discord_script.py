"""The same script for two Discords: what the bot is told, and what its calls are answered."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import discord
import simcord
from discord import app_commands
from discord.http import handle_message_parameters

from tests.fakes.discord_interactions import Interaction as Asked
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.discord_things import Channel, User
from tests.thirdparty.local_slack import until
from tests.thirdparty.shapes import JSON, Script, shape

_TOO_LONG = "x" * 2001
_NOWHERE = 1456074443980800999


class Listener(discord.Client):
    """A bot that takes down what it is told, and acknowledges what it is asked."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), max_messages=None)
        self.told: dict[str, JSON] = {}
        self.asked: list[discord.Interaction] = []
        self.tree = app_commands.CommandTree(self)
        parsers = self._connection.parsers
        parsers |= {name: partial(self._note, name, parse) for name, parse in parsers.items()}

    async def setup_hook(self) -> None:
        self.tree.add_command(_ask)
        await self.tree.sync()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.asked.append(interaction)
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_modal(_form())
        else:
            await interaction.response.defer()

    def _note(self, name: str, parse: Callable[[JSON], None], data: JSON) -> None:
        self.told[name] = deepcopy(data)  # the library writes into it
        parse(data)


@app_commands.command(name="ask", description="Ask")
async def _ask(interaction: discord.Interaction, question: str) -> None:
    """Acknowledged with all the others."""


def _form() -> discord.ui.Modal:
    form = discord.ui.Modal(title="Why?", custom_id="form")
    field: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(custom_id="reason")
    return form.add_item(discord.ui.Label(text="Reason", component=field))


def _view() -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    return view.add_item(discord.ui.Button(label="Go", custom_id="go"))


class People(Protocol):
    """What people do, in either of them."""

    channel: int
    person: int

    async def say(self, text: str) -> int: ...
    async def whisper(self) -> None: ...
    async def edit(self, message: int) -> None: ...
    async def delete(self, message: int) -> None: ...
    async def slash(self) -> None: ...
    async def click(self, message: int) -> None: ...
    async def submit(self) -> None: ...


class Ours:
    def __init__(self, server: FakeDiscord, channel: Channel, ann: User) -> None:
        self._server, self._channel, self._ann = server, channel, ann
        self.channel, self.person = channel.id, ann.id
        self._clicked: Asked

    async def say(self, text: str) -> int:
        return await self._server.say(self._channel, self._ann, text, mentions=[self._server.bot])

    async def whisper(self) -> None:
        await self._server.say(self._server.open_dm(self._ann), self._ann, "hello")

    async def edit(self, message: int) -> None:
        await self._server.edit(self._channel, message, "edited")

    async def delete(self, message: int) -> None:
        await self._server.delete(self._channel, message)

    async def slash(self) -> None:
        await self._server.slash(self._channel, self._ann, "ask", {"question": "why?"})

    async def click(self, message: int) -> None:
        shown = self._server.message(self._channel, message)
        self._clicked = await self._server.click(shown, "go", self._ann)
        await self._clicked.wait()

    async def submit(self) -> None:
        await self._server.submit_modal(self._clicked, {"reason": "so"})


class Theirs:
    def __init__(self, env: simcord.Env) -> None:
        guild = env.create_guild()
        self._channel = guild.create_text_channel("general")
        self._ann = guild.add_member(env.create_user("ann"))
        self._env = env
        self.channel, self.person = self._channel.id, self._ann.id
        self._clicked: simcord.InteractionResult

    async def say(self, text: str) -> int:
        assert self._env.bot.user
        return (await self._ann.send(self._channel, f"{self._env.bot.user.mention} {text}")).id

    async def whisper(self) -> None:
        await self._ann.send_dm("hello")

    async def edit(self, message: int) -> None:
        await self._ann.edit(self._message(message), "edited")

    async def delete(self, message: int) -> None:
        await self._ann.delete(self._message(message))

    async def slash(self) -> None:
        await self._ann.slash(self._channel, "ask", question="why?")

    async def click(self, message: int) -> None:
        self._clicked = await self._ann.click(self._message(message), custom_id="go")

    async def submit(self) -> None:
        await self._ann.submit_modal(self._clicked, {"reason": "so"})

    def _message(self, message: int) -> discord.Message:
        return next(one for one in self._channel.history() if one.id == message)


@dataclass
class DiscordScript(Script):
    people: People
    client: Listener

    async def run(self) -> None:
        await self._words()
        await self._calls()
        await self._interactions()
        await self._refusals()

    async def _words(self) -> None:
        people = self.people
        said = await self.act(people.say("why?"), {"a mention": "MESSAGE_CREATE"})
        await self.act(people.edit(said), {"an edit": "MESSAGE_UPDATE"})
        await self.act(people.delete(said), {"a deletion": "MESSAGE_DELETE"})
        await self.act(people.whisper(), {"a direct message": "MESSAGE_CREATE"})

    async def _calls(self) -> None:
        http, here, person = self.client.http, self.people.channel, self.people.person
        asked = await self.people.say("why?")
        sent = await self._send("because", reply_to=asked)
        self.shapes["send"] = shape(sent)
        number = int(sent["id"])
        await self.answer("one message", http.get_message(here, number))
        await self.answer("history", http.logs_from(here, 10))
        with handle_message_parameters(content="whole") as params:
            await self.answer("edit", http.edit_message(here, number, params=params))
        await self.answer("a channel", http.get_channel(here))
        await self.answer("direct messages", http.start_private_message(person))
        opened = http.start_thread_with_message(here, asked, name="t", auto_archive_duration=60)
        await self.act(opened, {"a thread": "THREAD_CREATE"})
        guild = self.client.guilds[0].id
        await self.answer("a member", http.get_member(guild, person))
        await self.answer("the application", http.application_info())

    async def _interactions(self) -> None:
        await self.act(self.people.slash(), {"a command": "INTERACTION_CREATE"})
        await self.answer("a first response", self._original())
        shown = int((await self._send("press", view=_view()))["id"])
        await self.act(self.people.click(shown), {"a press": "INTERACTION_CREATE"})
        await self.act(self.people.submit(), {"a form": "INTERACTION_CREATE"})

    async def _refusals(self) -> None:
        http, here = self.client.http, self.people.channel
        await self._refusal("no channel", http.get_channel(_NOWHERE))
        await self._refusal("no message", http.get_message(here, _NOWHERE))
        await self._refusal("too long", self._send(_TOO_LONG))
        await self._refusal("nothing", self._send(""))
        asked = await self._acknowledged()
        asked.response._response_type = None  # the library would not even ask
        await self._refusal("twice", asked.response.defer())
        theirs = await self.people.say("mine")
        with handle_message_parameters(content="x") as params:
            await self._refusal("not ours", http.edit_message(here, theirs, params=params))

    async def _send(
        self, text: str, *, reply_to: int | None = None, view: discord.ui.View | None = None
    ) -> Any:
        missing: Any = discord.utils.MISSING
        reference: Any = {"message_id": reply_to} if reply_to else missing
        with handle_message_parameters(
            content=text, message_reference=reference, view=view or missing
        ) as params:
            return await self.client.http.send_message(self.people.channel, params=params)

    async def _acknowledged(self) -> discord.Interaction:
        """The last that was."""

        async def look() -> list[discord.Interaction]:
            return [one for one in self.client.asked if one.response.is_done()]

        return (await until(look))[-1]

    async def _original(self) -> Any:
        hook = (await self._acknowledged()).followup
        adapter = discord.webhook.async_.async_context.get()
        return await adapter.get_original_interaction_response(
            hook.id, hook.token or "", session=hook.session
        )

    def forget(self) -> None:
        self.client.told.clear()

    async def find(self, kind: str) -> JSON | None:
        return self.client.told.get(kind)

    async def _refusal(self, name: str, call: Awaitable[Any]) -> None:
        try:
            await call
        except discord.HTTPException as error:
            self.shapes[name] = {"error": f"{error.status} {error.code}"}
