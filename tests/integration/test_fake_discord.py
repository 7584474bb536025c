"""The fake Discord, met by the real discord.py."""

import asyncio
import io
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands, ui

from tests.fakes.discord_acts import until
from tests.fakes.discord_drafts import FILE_BYTES
from tests.fakes.discord_faults import BUCKET_SIZE, RateLimits
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_server import FakeDiscord, Fault
from tests.fakes.discord_things import PRIVATE_THREAD, Channel, Guild, User
from tests.fakes.discord_world import Clock

PLAIN = discord.Intents(guilds=True, messages=True)
ORIGINAL: Any = "@original"
CURIOUS = discord.Intents(guilds=True, messages=True, message_content=True)


class Listener(discord.Client):
    """A bot that writes down what it hears."""

    def __init__(self, intents: discord.Intents = CURIOUS, **options: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.05, **options)
        self.heard: list[str] = []
        self.changes: list[str] = []
        self.readies = 0
        self.tree = app_commands.CommandTree(self)

    async def on_ready(self) -> None:
        self.readies += 1

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            self.heard.append(message.content)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.changes.append(f"edited: {event.message.content}")

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self.changes.append(f"deleted: {event.message_id}")

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait five seconds."""


class ShardedListener(Listener, discord.AutoShardedClient):
    pass


class Ask(ui.Modal, title="Why?"):
    reason: ui.TextInput["Ask"] = ui.TextInput(label="Reason", custom_id="reason")

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"because {self.reason.value}", ephemeral=True)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as server:
        _point_at(server, monkeypatch)
        yield server


@pytest.fixture
def guild(server: FakeDiscord) -> Guild:
    return server.add_guild()


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.add_text_channel("general")


@pytest.fixture
def ann(server: FakeDiscord) -> User:
    return server.add_user("ann")


@pytest.fixture
async def bot(server: FakeDiscord, channel: Channel) -> AsyncIterator[Listener]:
    async with _online(server, Listener()) as bot:
        yield bot


def _point_at(server: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    gateway = yarl.URL(server.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    monkeypatch.setattr(discord.asset.Asset, "BASE", server.cdn_url)


@asynccontextmanager
async def _online(server: FakeDiscord, bot: Listener) -> AsyncIterator[Listener]:
    async with bot:
        running = asyncio.create_task(bot.start(server.token))
        await server.until(lambda: bot.readies or running.done())
        yield bot
    await running


def _room(bot: discord.Client, channel: Channel) -> discord.TextChannel:
    room = bot.get_channel(channel.id)
    assert isinstance(room, discord.TextChannel)
    return room


@asynccontextmanager
async def _refused(code: int, status: int) -> AsyncIterator[None]:
    with pytest.raises(discord.HTTPException) as caught:
        yield
    assert (caught.value.code, caught.value.status) == (code, status)


async def test_messages_edits_and_deletions_reach_the_bot(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    said = await server.say(channel, ann, "hello")
    await server.until(lambda: bot.heard)
    await server.edit(channel, said, "hello!")
    await server.delete(channel, said)
    await server.until(lambda: len(bot.changes) == 2)
    assert (bot.heard, bot.changes) == (["hello"], ["edited: hello!", f"deleted: {said}"])


async def test_each_server_is_told_on_its_own_shard(server: FakeDiscord, ann: User) -> None:
    server.shards = 2
    rooms = [server.add_guild(name).add_text_channel("general") for name in "abcd"]
    async with _online(server, ShardedListener()) as bot:
        assert sorted(guild.shard_id for guild in bot.guilds) == [0, 0, 1, 1]
        for room in rooms:
            await server.say(room, ann, f"in {room.id}")
        await server.say(server.open_dm(ann), ann, "in private")
        await server.until(lambda: len(bot.heard) == 5)
    assert [one.shard for one in server.identifies] == [(0, 2), (1, 2)]


async def test_without_the_intent_content_is_blank_unless_the_bot_is_meant(
    server: FakeDiscord, channel: Channel, ann: User
) -> None:
    server.gateway.granted_intents.clear()
    async with _online(server, Listener(PLAIN)) as bot:
        answer = await _room(bot, channel).send("mine")
        await server.say(channel, ann, "secret")
        await server.say(channel, ann, "to you", mentions=[server.bot])
        await server.say(channel, ann, "a reply", reply_to=answer.id)
        await server.say(server.open_dm(ann), ann, "in private")
        await server.until(lambda: len(bot.heard) == 4)
        assert bot.heard == ["", f"{server.bot.mention} to you", "a reply", "in private"]
        shown = [one.content async for one in _room(bot, channel).history()]
        assert shown == ["a reply", f"{server.bot.mention} to you", "", "mine"]


async def test_an_intent_that_was_not_granted_closes_with_4014(
    server: FakeDiscord, channel: Channel
) -> None:
    server.gateway.granted_intents.clear()
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with Listener() as bot:
            await bot.start(server.token)


async def test_a_wrong_token_is_refused_at_login_and_a_late_one_at_identify(
    server: FakeDiscord,
) -> None:
    with pytest.raises(discord.LoginFailure):
        async with Listener() as bot:
            await bot.start("wrong")
    server.refuse_identify(4004)
    with pytest.raises(discord.ConnectionClosed) as caught:
        async with Listener() as bot:
            await bot.start(server.token)
    assert caught.value.code == 4004


async def test_the_identify_budget_is_told_and_its_end_takes_the_token_away(
    server: FakeDiscord, bot: Listener
) -> None:
    server.gateway.identify_budget = 1
    assert (await bot.http.get_bot_gateway())[2]["remaining"] == 0
    async with Listener() as another:
        with pytest.raises(discord.ConnectionClosed):
            await another.start(server.token)
    assert [one.accepted for one in server.identifies] == [True, False]


async def test_members_are_listed_for_whoever_may_ask(
    server: FakeDiscord, guild: Guild, ann: User
) -> None:
    guild.add_member(ann, nick="Annie")
    async with _online(server, Listener(discord.Intents(guilds=True, members=True))) as bot:
        member = bot.guilds[0].get_member(ann.id)
        assert member
        assert member.display_name == "Annie"


async def test_servers_and_channels_come_and_go(
    server: FakeDiscord, bot: Listener, channel: Channel
) -> None:
    guild = server.add_guild("Later")
    await server.until(lambda: bot.get_guild(guild.id))
    hall = guild.add_text_channel("hall")
    await server.until(lambda: bot.get_channel(hall.id))
    server.remove(hall)
    await server.until(lambda: bot.get_channel(hall.id) is None)
    server.leave(guild)
    await server.until(lambda: bot.get_guild(guild.id) is None)


@pytest.mark.parametrize("way", ["drop_connections", "reconnect_op7"])
async def test_a_lost_connection_is_resumed_and_nothing_is_missed(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User, way: str
) -> None:
    await getattr(server, way)()
    await server.say(channel, ann, "meanwhile")
    await server.until(lambda: bot.heard)
    await server.until(lambda: server.resumes)
    assert [(one.accepted, one.path) for one in server.resumes] == [(True, "/gateway/resume")]
    assert (bot.heard, len(server.identifies)) == (["meanwhile"], 1)


async def test_what_is_said_after_an_invalid_session_stands_in_the_history_only(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    await server.invalid_session()
    said = await server.say(channel, ann, "lost")
    await server.until(lambda: bot.readies == 2)
    await server.say(channel, ann, "found")
    await server.until(lambda: bot.heard)
    assert (bot.heard, len(server.identifies)) == (["found"], 2)
    room = _room(bot, channel)
    assert [one.content async for one in room.history(after=discord.Object(said - 1))] == [
        "lost",
        "found",
    ]


async def test_a_malformed_event_ends_the_client(server: FakeDiscord, channel: Channel) -> None:
    async with Listener() as bot:
        running = asyncio.create_task(bot.start(server.token))
        await server.until(lambda: bot.readies)
        await server.malformed_event()
        with pytest.raises(KeyError):
            await running


async def test_unanswered_heartbeats_make_the_client_connect_anew(
    server: FakeDiscord, channel: Channel
) -> None:
    server.gateway.heartbeat_interval = 0.05
    async with _online(server, Listener(heartbeat_timeout=0.2)):
        server.silence()
        await server.until(lambda: server.resumes)
        server.silence(silent=False)


async def test_a_restarted_server_remembers_its_sessions(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    await server.stop()
    await server.say(channel, ann, "while the network was away")
    await server.start()
    await server.until(lambda: bot.heard, 30)
    assert (len(server.identifies), len(server.resumes)) == (1, 1)


async def test_the_same_nonce_gives_the_same_message_for_some_minutes(
    server: FakeDiscord, bot: Listener, channel: Channel
) -> None:
    room = _room(bot, channel)
    first, again = [await room.send("once", nonce="part-1") for _ in range(2)]
    assert first.id == again.id
    server.advance(301)
    assert (await room.send("once", nonce="part-1")).id != first.id
    assert [one.nonce for one in server.messages(channel)] == ["part-1", "part-1"]


@pytest.mark.parametrize("fault", [Fault.server_error(503, after=True), Fault.dropped_after()])
async def test_a_message_can_stand_though_its_sender_was_told_that_it_failed(
    server: FakeDiscord, bot: Listener, channel: Channel, fault: Fault
) -> None:
    server.fail("POST", r"/channels/\d+/messages$", fault)
    with pytest.raises((discord.DiscordServerError, aiohttp.ClientError)):
        await _room(bot, channel).send("hi", nonce="n")
    assert [one.content for one in server.messages(channel)] == ["hi"]
    await _room(bot, channel).send("hi", nonce="n")
    assert len(server.messages(channel)) == 1


async def test_a_request_dropped_before_does_nothing(
    server: FakeDiscord, bot: Listener, channel: Channel
) -> None:
    server.fail("POST", r"/messages$", Fault.dropped_before())
    with pytest.raises(aiohttp.ClientError):
        await _room(bot, channel).send("hi")
    assert server.messages(channel) == []
    assert server.calls_to("POST", "/messages")[0].status is None


async def test_a_429_is_waited_out_and_a_ban_is_not(
    server: FakeDiscord, bot: Listener, channel: Channel
) -> None:
    server.fail("POST", r"/messages$", Fault.rate_limited(0.01))
    await _room(bot, channel).send("hi")
    assert [one.status for one in server.calls_to("POST", "/messages")] == [429, 200]
    server.fail("POST", r"/messages$", Fault.banned())
    async with _refused(0, 429):
        await _room(bot, channel).send("hi")
    assert server.invalid_requests == 2


async def test_a_bucket_holds_five_requests_and_says_so(
    server: FakeDiscord, bot: Listener, channel: Channel
) -> None:
    server.rate_limits = True
    url = f"{server.api_url}/channels/{channel.id}/typing"
    headers = {"Authorization": f"Bot {server.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answers = [await session.post(url) for _ in range(BUCKET_SIZE + 1)]
    left = [one.headers.get("X-RateLimit-Remaining") for one in answers]
    assert left == ["4", "3", "2", "1", "0", "0"]
    assert [one.status for one in answers][-2:] == [204, 429]
    assert {"Via", "Retry-After"} <= answers[-1].headers.keys()


def test_the_fifty_first_request_of_a_second_is_one_too_many_for_all_routes() -> None:
    limits = RateLimits(Clock())
    limits.on = True
    refusals = [limits.spend("POST", f"/channels/{10**6 + n}/messages")[1] for n in range(51)]
    assert [one for one in refusals[:50] if one] == []
    assert refusals[50]
    assert refusals[50].headers["X-RateLimit-Global"] == "true"
    assert limits.spend("POST", "/interactions/1/token/callback")[1] is None


async def test_a_request_waits_until_its_gate_is_opened(
    server: FakeDiscord, bot: Listener, channel: Channel
) -> None:
    gate = asyncio.Event()
    server.fail("POST", r"/messages$", Fault(gate=gate))
    sending = asyncio.create_task(_room(bot, channel).send("hi"))
    await server.until(lambda: server.calls_to("POST", "/messages"))
    assert server.messages(channel) == []
    gate.set()
    await sending
    assert len(server.messages(channel)) == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"content": "x" * 2001}, 50035),
        ({"content": " "}, 50006),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"embed": discord.Embed(description="x" * 4097)}, 50035),
    ],
)
async def test_what_discord_refuses_is_refused(
    bot: Listener, channel: Channel, options: dict[str, Any], code: int
) -> None:
    async with _refused(code, 400):
        await _room(bot, channel).send(**options)


async def test_a_reply_needs_its_message_unless_it_says_otherwise(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    room, said = _room(bot, channel), await server.say(channel, ann, "why?")
    await room.send("so", reference=discord.MessageReference(message_id=said, channel_id=room.id))
    gone = discord.MessageReference(message_id=1, channel_id=room.id)
    async with _refused(50035, 400):
        await room.send("so", reference=gone)
    gone.fail_if_not_exists = False
    await room.send("anyway", reference=gone)
    assert [one.reference for one in server.from_bot(channel)] == [said, None]


async def test_only_allowed_mentions_notify_anybody(
    server: FakeDiscord, bot: Listener, guild: Guild, channel: Channel, ann: User
) -> None:
    text = f"@everyone {ann.mention} {guild.add_role('staff').mention}"
    room = _room(bot, channel)
    await room.send(text, allowed_mentions=discord.AllowedMentions.none())
    assert server.pings == []
    sent = await room.send(text)
    await sent.edit(content=f"{text} again")
    assert [one.kind for one in server.pings_by_bot] == ["user", "role", "everyone"]
    view = ui.LayoutView()
    view.add_item(ui.TextDisplay("@here"))
    await room.send(view=view)
    assert len(server.pings) == 4


async def test_permissions_decide_who_may_speak_and_see(
    server: FakeDiscord, bot: Listener, guild: Guild, ann: User
) -> None:
    denied = {guild.bot_role: (0, Permission.SEND_MESSAGES)}
    mute = guild.add_text_channel("mute", overwrites=denied)
    staff = guild.add_category("staff", overwrites={guild.everyone: (0, Permission.VIEW_CHANNEL)})
    hidden = guild.add_text_channel("hidden", category=staff)
    async with _refused(50013, 403):
        await bot.get_partial_messageable(mute.id).send("hi")
    async with _refused(50001, 403):
        await bot.get_partial_messageable(hidden.id).send("hi")
    await server.say(hidden, ann, "not for you")
    await server.say(mute, ann, "for you")
    await server.until(lambda: bot.heard)
    assert bot.heard == ["for you"]


async def test_direct_messages_are_opened_once_and_can_be_closed(
    server: FakeDiscord, bot: Listener, ann: User
) -> None:
    user = await bot.fetch_user(ann.id)
    sent = await user.send("hello")
    assert [one.content for one in server.messages(server.open_dm(ann))] == ["hello"]
    assert sent.channel.id == server.open_dm(ann).id
    ann.dms_closed = True
    async with _refused(50007, 403):
        await user.send("are you there?")


async def test_a_thread_grows_from_a_message_once(
    server: FakeDiscord, bot: Listener, guild: Guild, channel: Channel
) -> None:
    message = await _room(bot, channel).send("a question")
    thread = await message.create_thread(name="answers")
    async with _refused(160004, 400):
        await message.create_thread(name="answers")
    server.channels[thread.id].archive()
    await thread.send("first")
    assert (thread.id, server.channels[thread.id].archived) == (message.id, False)
    real = bot.get_guild(guild.id)
    assert real
    assert [one.id for one in await real.active_threads()] == [thread.id]


async def test_forum_posts_start_with_a_message_and_private_threads_are_invisible(
    server: FakeDiscord, bot: Listener, guild: Guild, channel: Channel, ann: User
) -> None:
    forum = guild.add_forum("help")
    post = await server.start_thread(forum, ann, "How?", text="How does it work?")
    secret = await server.start_thread(channel, ann, "psst", kind=PRIVATE_THREAD)
    await server.say(secret, ann, "not for you")
    secret.joined.add(server.bot.id)
    await server.say(secret, ann, "for you")
    await server.until(lambda: len(bot.heard) == 2)
    assert bot.heard == ["How does it work?", "for you"]
    place = bot.get_channel(forum.id)
    assert isinstance(place, discord.ForumChannel)
    made = await place.create_thread(name="News", content="We have moved.")
    assert made.message.id == made.thread.id
    assert post.id in {one.id for one in place.threads}


async def test_files_go_up_and_come_down_and_expire(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    room = _room(bot, channel)
    sent = await room.send(file=discord.File(io.BytesIO(b"a,b"), "table.csv", description="T"))
    (stored,) = server.messages(channel)[0].attachments
    assert (stored.data, stored.content_type, stored.description) == (b"a,b", "text/csv", "T")
    said = await server.say(channel, ann, attachments=[("a.txt", b"hello")])
    received = (await room.fetch_message(said)).attachments[0]
    assert await received.read() == b"hello"
    server.advance(25 * 3600)
    with pytest.raises(discord.NotFound):
        await received.read()
    async with _refused(40005, 413):
        await room.send(file=discord.File(io.BytesIO(b"x" * (FILE_BYTES + 1)), "big"))
    assert sent.attachments[0].url == stored.url


async def test_reactions_and_typing_are_seen(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    said = await server.say(channel, ann, "hi")
    message = _room(bot, channel).get_partial_message(said)
    await message.add_reaction("👀")
    await server.react(channel, said, ann, "👀")
    await message.remove_reaction("👀", discord.Object(server.bot.id))
    assert server.message(channel, said).reactions == {"👀": {ann.id}}
    await _room(bot, channel).typing()
    assert server.calls_to("POST", "/typing")[0].status == 204


async def _with_commands(bot: Listener) -> None:
    @bot.tree.command()
    async def ask(interaction: discord.Interaction[Any], question: str) -> None:
        await interaction.response.defer(thinking=True, ephemeral=question == "psst")
        if question != "never":
            await interaction.edit_original_response(content=f"{question}!")

    @ask.autocomplete("question")
    async def _(_: discord.Interaction[Any], start: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{start}?", value=start)]

    @bot.tree.context_menu(name="Shout")
    async def shout(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await interaction.response.send_message(message.content.upper())

    admin = app_commands.Group(
        name="admin", description="x", default_permissions=discord.Permissions(manage_guild=True)
    )

    @admin.command()
    async def off(interaction: discord.Interaction[Any], where: discord.TextChannel) -> None:
        await interaction.response.send_modal(Ask())

    bot.tree.add_command(admin)
    await bot.tree.sync()


async def test_a_slash_command_is_deferred_then_answered_by_an_edit(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    await _with_commands(bot)
    asked = await server.slash(channel, ann, "ask", {"question": "why"})
    await server.until(lambda: asked.text)
    assert (asked.deferred, asked.ephemeral, asked.text) == (True, False, "why!")
    assert [one.text for one in server.messages(channel)] == ["why!"]
    whispered = await server.slash(channel, ann, "ask", {"question": "psst"})
    await server.until(lambda: whispered.text)
    assert (whispered.ephemeral, len(server.messages(channel))) == (True, 1)
    assert [one.created for one in server.syncs] == [3]


async def test_only_registered_and_permitted_commands_can_be_used(
    server: FakeDiscord, bot: Listener, guild: Guild, channel: Channel, ann: User
) -> None:
    await _with_commands(bot)
    with pytest.raises(LookupError, match="registered no command 'sing'"):
        await server.slash(channel, ann, "sing")
    with pytest.raises(LookupError, match="needs"):
        await server.slash(channel, ann, "ask")
    with pytest.raises(PermissionError):
        await server.slash(channel, ann, "admin off", {"where": channel})
    asked = await server.slash(channel, server.owner, "admin off", {"where": channel})
    assert (await asked.wait()).modal


async def test_autocomplete_context_menus_and_forms_are_answered(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    await _with_commands(bot)
    completing = await server.autocomplete(channel, ann, "ask", {"question": "w"}, "question")
    assert (await completing.wait()).choices == [{"name": "w?", "value": "w"}]
    said = await server.say(channel, ann, "hello")
    shouted = await server.context_menu(channel, ann, "Shout", said)
    assert (await shouted.wait()).text == "HELLO"
    form = await server.slash(channel, server.owner, "admin off", {"where": channel})
    await form.wait()
    sent = await server.submit_modal(form, {"reason": "noise"})
    assert (await sent.wait()).text == "because noise"


async def test_a_button_still_works_in_a_new_client(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    class Vote(ui.DynamicItem[ui.Button[Any]], template=r"vote:(?P<on>\d+)"):
        def __init__(self, on: str) -> None:
            super().__init__(ui.Button(label="Up", custom_id=f"vote:{on}"))
            self.on = on

        @classmethod
        async def from_custom_id(cls, _: Any, item: Any, match: Any, /) -> "Vote":
            return cls(match["on"])

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await interaction.response.edit_message(content=f"voted {self.on}", view=None)

    view = ui.View(timeout=None)
    view.add_item(Vote("7"))
    await _room(bot, channel).send("vote", view=view)
    await bot.close()
    async with _online(server, Listener()) as later:
        later.add_dynamic_items(Vote)
        (message,) = server.messages(channel)
        assert message.custom_ids == ["vote:7"]
        await (await server.click(message, "vote:7", ann)).wait()
    assert (message.text, message.components, message.edited) == ("voted 7", [], True)


async def test_three_seconds_to_acknowledge_and_only_once(
    server: FakeDiscord, channel: Channel, ann: User
) -> None:
    bot = Listener()
    seen: list[discord.Interaction[Any]] = []
    bot.event(_keeping(seen))
    async with _online(server, bot):
        await bot.tree.sync()
        server.commands[None] = [{"id": "1", "name": "ask", "type": 1}]
        asked = await server.slash(channel, ann, "ask")
        await server.until(lambda: seen)
        server.advance(3.1)
        async with _refused(10062, 404):
            await seen[0].response.defer()
        asked = await server.slash(channel, ann, "ask")
        await server.until(lambda: len(seen) == 2)
        async with _refused(10015, 404):
            await seen[1].followup.send("too early")
        await seen[1].response.defer()
        seen[1].response._response_type = None
        async with _refused(40060, 400):
            await seen[1].response.defer()
        assert asked.deferred


def _keeping(seen: list[discord.Interaction[Any]]) -> Any:
    async def on_interaction(interaction: discord.Interaction[Any]) -> None:
        seen.append(interaction)

    return on_interaction


async def test_a_token_ends_after_fifteen_minutes_or_at_once(
    server: FakeDiscord, bot: Listener, channel: Channel, ann: User
) -> None:
    await _with_commands(bot)
    asked = await server.slash(channel, ann, "ask", {"question": "never"})
    await asked.wait()
    hook = discord.Webhook.partial(server.bot.id, asked.token, client=bot)
    await hook.edit_message(ORIGINAL, content="still there")
    assert asked.text == "still there"
    server.expire_interactions(10015)
    async with _refused(10015, 404):
        await hook.edit_message(ORIGINAL, content="gone")
    asked.dead = None
    server.advance(15 * 60)
    async with _refused(50027, 401):
        await hook.edit_message(ORIGINAL, content="gone")


async def test_a_user_install_has_no_channel_and_five_follow_ups(
    server: FakeDiscord, bot: Listener, ann: User
) -> None:
    await _with_commands(bot)
    foreign = server.add_guild("Elsewhere", joined=False).add_text_channel("general")
    asked = await server.slash(foreign, ann, "ask", {"question": "why"}, install="user")
    await server.until(lambda: asked.text)
    async with _refused(50001, 403):
        await bot.get_partial_messageable(foreign.id).send("hi")
    hook = discord.Webhook.partial(server.bot.id, asked.token, client=bot)
    for _ in range(5):
        await hook.send("more")
    async with _refused(40094, 400):
        await hook.send("one too many")
    assert len(asked.followups) == 5


async def test_as_a_program_it_is_driven_through_its_control_door(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = [sys.executable, "-m", "tests.fakes.discord_server", "--port", "0"]
    program = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert program.stdout
    try:
        api_url, gateway_url = [(await program.stdout.readline()).decode().strip() for _ in "12"]
        monkeypatch.setattr(discord.http.Route, "BASE", api_url)
        monkeypatch.setattr(
            discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(gateway_url)
        )
        await _drive(api_url.removesuffix("/api/v10") + "/_control")
    finally:
        program.terminate()
        await program.wait()


async def _drive(door: str) -> None:
    async with aiohttp.ClientSession() as session, Listener() as bot:

        async def order(verb: str, **given: Any) -> Any:
            return await (await session.post(f"{door}/{verb}", json=given)).json()

        async def look(what: str) -> Any:
            return await (await session.get(f"{door}/{what}")).json()

        world = await order("world", users=["ann"])
        channel = world["channels"]["general"]
        place = {"channel": channel, "user": world["users"]["ann"]}
        running = asyncio.create_task(bot.start(world["token"]))
        await until(lambda: bot.readies or running.done())
        await order("fail", method="POST", path="/typing$", fault={"status": 403})
        await order("say", **place, text="hi", mentions=[world["bot"]])
        await until(lambda: bot.heard)
        async with _refused(0, 403):
            await bot.get_partial_messageable(channel).typing()
        await _with_commands(bot)
        await order("slash", **place, name="ask", options={"question": "why"})
        await until(lambda: "edited: why!" in bot.changes)
        shown = await look(f"messages?channel={channel}")
        assert [one["content"] for one in shown] == [f"<@{world['bot']}> hi", "why!"]
        assert (await look("calls"))[0]["path"] == "/users/@me"
        assert (await look("seen"))["interactions"][0]["text"] == "why!"
        await bot.close()
        await running
