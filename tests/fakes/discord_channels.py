"""REST in a channel: messages, reactions, history, threads."""

from collections.abc import Callable

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.discord_faults import DiscordError, invalid, no_permission, nothing, reply
from tests.fakes.discord_mail import Mail, require, require_to_send, require_unlocked
from tests.fakes.discord_payloads import channel_payload, message_payload, thread_payload
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_requests import body_of, files_of, find_channel, find_guild, find_message
from tests.fakes.discord_things import (
    EPHEMERAL,
    FORUM,
    HAS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
    Message,
    Reaction,
)
from tests.fakes.discord_world import World

THREAD_CREATED, THREAD_STARTER = 18, 21
NAME_CHARS, MOST_SHOWN, USUALLY_SHOWN = 100, 100, 50


class ChannelApi:
    def __init__(self, world: World, mail: Mail, hides: Callable[[Message], bool]) -> None:
        self._world, self._mail, self._hides = world, mail, hides

    def routes(self) -> list[web.RouteDef]:
        channel = r"/channels/{channel:\d+}"
        message = channel + r"/messages/{message:\d+}"
        return [
            web.get(channel, self.show_channel),
            web.patch(channel, self.change_thread),
            web.post(channel + "/typing", self.typing),
            web.get(channel + "/messages", self.history),
            web.post(channel + "/messages", self.send),
            web.get(message, self.show),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
            web.put(message + "/reactions/{emoji}/@me", self.react),
            web.delete(message + "/reactions/{emoji}/@me", self.unreact),
            web.post(message + "/threads", self.thread_from_message),
            web.post(channel + "/threads", self.thread),
            web.put(channel + r"/thread-members/{user:@me|\d+}", self.join_thread),
            web.get(channel + "/threads/archived/public", self.archived_threads),
            web.get(r"/guilds/{guild:\d+}/threads/active", self.active_threads),
        ]

    async def show_channel(self, request: web.Request) -> web.Response:
        return reply(channel_payload(self._channel(request)))

    async def typing(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        require_to_send(channel, self._world.bot, {}, [])
        return nothing()

    async def send(self, request: web.Request) -> web.Response:
        channel, body, files = self._channel(request), body_of(request), files_of(request)
        require_to_send(channel, self._world.bot, body, files)
        body["flags"] = (body.get("flags") or 0) & ~EPHEMERAL
        message = self._mail.post(channel, self._world.bot, body, files)
        return reply(self._shown(message))

    async def show(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        require(channel, self._world.bot, Permission.READ_MESSAGE_HISTORY)
        message = find_message(channel, request)
        self._world.sign([one for one in message.attachments if one.id in self._world.files])
        return reply(self._shown(message))

    async def history(self, request: web.Request) -> web.Response:
        """Newest first, also where the page is counted from an older message on."""
        channel, query = self._channel(request), request.query
        limit = int(query.get("limit", USUALLY_SHOWN))
        if not 1 <= limit <= MOST_SHOWN:
            raise invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        if Permission.READ_MESSAGE_HISTORY not in channel.permissions(self._world.bot):
            return reply([])
        listed = [one for one in channel.messages.values() if not one.ephemeral]
        if "after" in query:
            page = [one for one in listed if one.id > int(query["after"])][:limit]
        else:
            before = int(query.get("before", 1 << 63))
            page = [one for one in listed if one.id < before][-limit:]
        return reply([_as_history(self._shown(one)) for one in reversed(page)])

    async def edit(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = find_message(channel, request)
        if message.author is not self._world.bot:
            raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
        if channel.archived:
            raise DiscordError(400, 50083, "Thread is archived")
        require_unlocked(channel, self._world.bot)
        return reply(self._shown(self._mail.edit(message, body_of(request), files_of(request))))

    async def delete(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = find_message(channel, request)
        if message.author is not self._world.bot:
            require(channel, self._world.bot, Permission.MANAGE_MESSAGES)
        self._mail.delete(message)
        return nothing()

    async def react(self, request: web.Request) -> web.Response:
        channel, bot = self._channel(request), self._world.bot
        require(channel, bot, Permission.READ_MESSAGE_HISTORY, Permission.ADD_REACTIONS)
        message, emoji = find_message(channel, request), request.match_info["emoji"]
        message.reactions.setdefault(emoji, set()).add(bot.id)
        self._world.announce("MESSAGE_REACTION_ADD", Reaction(message, bot, emoji))
        return nothing()

    async def unreact(self, request: web.Request) -> web.Response:
        bot, emoji = self._world.bot, request.match_info["emoji"]
        message = find_message(self._channel(request), request)
        who = message.reactions.get(emoji, set())
        if bot.id not in who:
            raise DiscordError(404, 10014, "Unknown Emoji")
        who.discard(bot.id)
        if not who:
            del message.reactions[emoji]
        self._world.announce("MESSAGE_REACTION_REMOVE", Reaction(message, bot, emoji))
        return nothing()

    async def thread_from_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = find_message(channel, request)
        require(channel, self._world.bot, Permission.CREATE_PUBLIC_THREADS)
        if message.id in self._world.channels:
            text = "A thread has already been created for this message"
            raise DiscordError(400, 160004, text)
        thread = self._open(channel, body_of(request), PUBLIC_THREAD, message)
        message.opened = thread
        message.flags |= HAS_THREAD
        self._mail.post_system(thread, message.author, THREAD_STARTER, reference=message.id)
        return reply(thread_payload(thread), 201)

    async def thread(self, request: web.Request) -> web.Response:
        """A forum's post with its first message, or a thread that grew from none."""
        channel, body = self._channel(request), body_of(request)
        if channel.kind == FORUM:
            return self._post(channel, body, request)
        kind = body.get("type", PRIVATE_THREAD)
        private = kind == PRIVATE_THREAD
        needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
        require(channel, self._world.bot, needed)
        thread = self._open(channel, body, kind, None)
        if not private:
            self._mail.post_system(
                channel, self._world.bot, THREAD_CREATED, thread.name, reference=thread.id
            )
        return reply(thread_payload(thread), 201)

    async def join_thread(self, request: web.Request) -> web.Response:
        thread, wanted = self._channel(request), request.match_info["user"]
        thread.joined.add(self._world.bot.id if wanted == "@me" else int(wanted))
        return nothing()

    async def change_thread(self, request: web.Request) -> web.Response:
        thread, body = self._channel(request), body_of(request)
        mine = thread.owner_id == self._world.bot.id
        if not thread.thread or not mine:
            needed = Permission.MANAGE_THREADS if thread.thread else Permission.MANAGE_CHANNELS
            require(thread, self._world.bot, needed)
        thread.name = body.get("name", thread.name)
        thread.archived = body.get("archived", thread.archived)
        thread.locked = body.get("locked", thread.locked)
        event = "THREAD_UPDATE" if thread.thread else "CHANNEL_UPDATE"
        self._world.announce(event, thread)
        return reply(channel_payload(thread))

    async def active_threads(self, request: web.Request) -> web.Response:
        threads = find_guild(self._world, request).threads()
        return reply({"threads": [thread_payload(one) for one in threads], "members": []})

    async def archived_threads(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        require(channel, self._world.bot, Permission.READ_MESSAGE_HISTORY)
        listed = channel.guild.channels.values() if channel.guild else ()
        found = [one for one in listed if one.parent is channel and one.archived]
        shown = [thread_payload(one) for one in found if one.kind == PUBLIC_THREAD]
        return reply({"threads": shown, "members": [], "has_more": False})

    def _channel(self, request: web.Request) -> Channel:
        return find_channel(self._world, request)

    def _shown(self, message: Message) -> JSON:
        return message_payload(message, self._hides)

    def _open(self, parent: Channel, body: JSON, kind: int, starter: Message | None) -> Channel:
        if not 1 <= len(body.get("name") or "") <= NAME_CHARS:
            raise invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        bot = self._world.bot
        thread = self._world.open_thread(parent, body["name"], bot, starter=starter, kind=kind)
        thread.auto_archive = body.get("auto_archive_duration") or thread.auto_archive
        thread.tags = [str(tag) for tag in body.get("applied_tags") or ()]
        self._world.announce("THREAD_CREATE", thread)
        return thread

    def _post(self, forum: Channel, body: JSON, request: web.Request) -> web.Response:
        first, files = body.get("message") or {}, files_of(request)
        if Permission.SEND_MESSAGES not in forum.permissions(self._world.bot):
            raise no_permission()
        thread = self._open(forum, body, PUBLIC_THREAD, None)
        message = self._mail.post(thread, self._world.bot, first, files, id=thread.id)
        return reply(thread_payload(thread) | {"message": self._shown(message)}, 201)


def _as_history(shown: JSON) -> JSON:
    """Nonces are not stored for long (discord.py on `Message.nonce`): nobody finds by them."""
    return {name: value for name, value in shown.items() if name != "nonce"}
