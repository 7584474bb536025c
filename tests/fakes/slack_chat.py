"""`chat.*` but for the streams: post, show to one person, edit, delete, link."""

from typing import Any

from tests.fakes import JSON
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_checks import TEXT_CHARS, check_content
from tests.fakes.slack_events import Events
from tests.fakes.slack_state import Channel, Message, ResponseUrl, SlackError, State, Workspace

MOST_RESPONSES = 5


class ChatApi:
    def __init__(self, state: State, events: Events) -> None:
        self._state = state
        self._events = events

    def methods(self) -> dict[str, Method]:
        return {
            "chat.postMessage": self.post,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.update": self.update,
            "chat.delete": self.delete,
            "chat.getPermalink": self.permalink,
        }

    def post(self, ask: Ask) -> JSON:
        channel = writable(self._state, ask)
        check_content(ask.args)
        message = self._written(ask, channel)
        self._state.show(ask.method, message)
        self._quiet(message)
        self._events.message(message)
        return {"channel": channel.id, "ts": message.ts, "message": message.to_json()}

    def post_ephemeral(self, ask: Ask) -> JSON:
        channel = writable(self._state, ask)
        check_content(ask.args)
        user = ask.need("user")
        if user not in channel.members:
            raise SlackError("user_not_in_channel")
        message = self._written(ask, channel)
        message.ephemeral = user
        self._state.show(ask.method, message)
        return {"message_ts": message.ts}

    def update(self, ask: Ask) -> JSON:
        message = own_message(self._state, ask, "cant_update_message")
        if message.streaming:
            raise SlackError("streaming_state_conflict")
        if not ask.list("file_ids"):
            check_content(ask.args)
        kept = {"blocks", "attachments", "metadata"} - ask.args.keys()
        changes = _content(ask.args) | {"metadata": ask.args.get("metadata") or None}
        changes = {name: value for name, value in changes.items() if name not in kept}
        edited = {"user": ask.home.user, "ts": self._state.ts()}
        before = self._state.rewrite(ask.method, message, edited=edited, **changes)
        self._events.changed(message, before)
        told = message.to_json()
        return {"channel": message.channel, "ts": message.ts, "text": told["text"], "message": told}

    def delete(self, ask: Ask) -> JSON:
        message = own_message(self._state, ask, "cant_delete_message")
        if message.streaming:
            raise SlackError("cant_delete_message")
        self._state.channels[message.channel].messages.remove(message)
        self._events.deleted(message)
        return {"channel": message.channel, "ts": message.ts}

    def permalink(self, ask: Ask) -> JSON:
        message = self._state.message(ask.need("channel"), ask.need("message_ts"))
        root = f"https://{ask.home.domain}.slack.com/archives/{message.channel}"
        link = f"{root}/p{message.ts.replace('.', '')}"
        if message.thread_ts:
            link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
        return {"channel": message.channel, "permalink": link}

    def respond(self, url: ResponseUrl, args: JSON) -> None:
        """Take what was posted to a response_url, or what came with an acknowledgement."""
        check_response(url, args)
        original = self._original(url)
        if original is not None and args.get("delete_original"):
            self._state.channels[original.channel].messages.remove(original)
        elif original is not None and args.get("replace_original"):
            before = self._state.rewrite("response_url", original, **_content(args))
            if not original.ephemeral:
                self._events.changed(original, before)
        else:
            self._say(url, args)

    def _original(self, url: ResponseUrl) -> Message | None:
        messages = self._state.channels[url.channel].messages
        return next((m for m in messages if m.ts == url.message_ts), None)

    def _say(self, url: ResponseUrl, args: JSON) -> None:
        channel = self._state.channels[url.channel]
        home = self._state.workspaces[url.team]
        ask = Ask(method="response_url", args=args, token=None, home=home)
        message = self._written(ask, channel)
        if args.get("response_type", "ephemeral") == "ephemeral":
            message.ephemeral = url.user
        self._state.show("response_url", message)
        if not message.ephemeral:
            self._events.message(message)

    def _written(self, ask: Ask, channel: Channel) -> Message:
        args, thread_ts = ask.args, ask.args.get("thread_ts")
        message = by_bot(ask.home, channel, self._state.ts())
        for name, value in _content(args).items():
            setattr(message, name, value)
        message.metadata = args.get("metadata")
        message.thread_ts = thread_ts
        message.broadcast = bool(ask.flag("reply_broadcast"))
        message.username = args.get("username")
        message.unfurl_links = ask.flag("unfurl_links")
        message.unfurl_media = ask.flag("unfurl_media")
        message.names_are_links = bool(ask.flag("link_names")) or args.get("parse") == "full"
        return message

    def _quiet(self, message: Message) -> None:
        """A message in a thread takes the words away that stood for it."""
        session = self._state.sessions.get((message.channel, message.thread_ts))
        if session is not None and session.line:
            session.set_line("")


def _content(args: JSON) -> dict[str, Any]:
    """What a message says, all of it, so that an edit leaves nothing of what it said."""
    return {
        "text": str(args.get("text") or "")[:TEXT_CHARS],
        "markdown_text": args.get("markdown_text"),
        "blocks": args.get("blocks") or [],
        "attachments": args.get("attachments") or [],
    }


def check_response(url: ResponseUrl, args: JSON) -> None:
    if url.expired:
        raise SlackError("expired_url", status=404)
    url.uses += 1
    if url.uses > MOST_RESPONSES:
        raise SlackError("used_url", status=404)
    if "delete_original" not in args and not (args.get("text") or args.get("blocks")):
        raise SlackError("no_text", status=400)  # `markdown_text` is not known here
    check_content(args | {"markdown_text": None, "attachments": [args]})


def by_bot(home: Workspace, channel: Channel, ts: str) -> Message:
    """An empty message of the app's."""
    return Message(
        channel=channel.id,
        ts=ts,
        user=home.user,
        team=home.team,
        bot_id=home.bot_id,
        app_id=home.app_id,
    )


def writable(state: State, ask: Ask) -> Channel:
    """The channel a call wants to write in, if the bot may."""
    channel = state.channel(str(ask.need("channel")))
    if channel.fields.get("is_archived"):
        raise SlackError("is_archived")
    if ask.home.user not in channel.members:
        raise SlackError("not_in_channel" if channel.kind == "channel" else "channel_not_found")
    return channel


def own_message(state: State, ask: Ask, refusal: str) -> Message:
    message = state.message(str(ask.need("channel")), str(ask.need("ts")))
    if message.ephemeral:
        raise SlackError("message_not_found")
    if message.user != ask.home.user:
        raise SlackError(refusal)
    return message
