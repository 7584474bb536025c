"""`chat.*Stream` and the state of a session, which a stream sets as it starts and ends."""

import time

from tests.fakes import JSON
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_chat import by_bot, own_message, writable
from tests.fakes.slack_checks import check_blocks, check_markdown
from tests.fakes.slack_events import Events
from tests.fakes.slack_state import (
    Channel,
    Message,
    SlackError,
    State,
    Stream,
    StreamMode,
    StreamState,
    Workspace,
)

SESSION_STATUSES = frozenset({"processing", "active", "suspended", "closed"})
CHUNKS = {
    "markdown_text": "text",
    "task_update": "id",
    "plan_update": "title",
    "blocks": "blocks",
}


class StreamsApi:
    def __init__(self, state: State, events: Events) -> None:
        self.lifetime: float | None = None  # seconds; the real one's are about 300
        self._state = state
        self._events = events

    def methods(self) -> dict[str, Method]:
        return {
            "chat.startStream": self.start,
            "chat.appendStream": self.append,
            "chat.stopStream": self.stop,
            "agents.sessions.setStatus": self.set_status,
            "agents.sessions.rename": self.rename,
            "assistant.threads.setStatus": self.set_line,
            "assistant.threads.setTitle": self.rename,
            "assistant.threads.setSuggestedPrompts": self.set_prompts,
        }

    def expire(self) -> int:
        """Let every open stream die of its age."""
        open_streams = [*self._state.streams()]
        for message in open_streams:
            _end(message, "expired")
        return len(open_streams)

    def start(self, ask: Ask) -> JSON:
        channel = writable(self._state, ask)
        thread_ts = str(ask.need("thread_ts"))
        recipient = self._recipient(ask, channel)
        message = by_bot(ask.home, channel, self._state.ts())
        message.thread_ts = thread_ts
        message.username = ask.args.get("username")
        message.stream = Stream(started_at=time.monotonic(), recipient=recipient)
        message.markdown_text = ""
        self._write(ask, message)
        self._state.show(ask.method, message)
        self._state.session(channel.id, thread_ts).set_status("processing")
        self._events.message(message)
        return {"channel": channel.id, "ts": message.ts}

    def append(self, ask: Ask) -> JSON:
        message = self._open(ask)
        if not ask.args.get("markdown_text") and not ask.args.get("chunks"):
            raise SlackError("markdown_text_or_chunks_required")
        self._write(ask, message)
        return {"channel": message.channel, "ts": message.ts}

    def stop(self, ask: Ask) -> JSON:
        message = self._open(ask)
        blocks = ask.args.get("blocks") or []
        check_blocks(blocks)
        self._write(ask, message)
        message.blocks = [*message.blocks, *blocks]
        message.metadata = ask.args.get("metadata")
        _end(message, "completed")
        status = ask.args.get("session_status") or "active"
        self._state.session(message.channel, message.thread_ts).set_status(status)
        self._events.changed(message, message)
        return {"channel": message.channel, "ts": message.ts, "message": message.to_json()}

    def set_status(self, ask: Ask) -> JSON:
        status = ask.need("status")
        if status not in SESSION_STATUSES:
            raise SlackError("invalid_arguments")
        session = self._state.session(*_thread(self._state, ask))
        session.set_status(status)
        session.title = ask.args.get("title", session.title)
        return {"status": status}

    def rename(self, ask: Ask) -> JSON:
        self._state.session(*_thread(self._state, ask)).title = str(ask.need("title"))
        return {}

    def set_line(self, ask: Ask) -> JSON:
        """Show what is being done; the empty words take it away."""
        ask.need("thread_ts")
        session = self._state.session(*_thread(self._state, ask))
        session.loading_messages = ask.list("loading_messages")
        session.set_line(ask.text("status"))
        return {}

    def set_prompts(self, ask: Ask) -> JSON:
        prompts = ask.list("prompts")
        if not prompts or any(not p.get("title") or not p.get("message") for p in prompts):
            raise SlackError("invalid_arguments")
        channel = self._state.channel(str(ask.need("channel_id")))
        self._state.prompts[channel.id] = {"prompts": prompts, "title": ask.args.get("title")}
        return {}

    def _recipient(self, ask: Ask, channel: Channel) -> str | None:
        user = ask.args.get("recipient_user_id")
        if channel.kind != "im":
            for name in ("recipient_user_id", "recipient_team_id"):
                if not ask.args.get(name):
                    raise SlackError(f"missing_{name}")
        if user and not self._is_of(ask.home, str(user)):
            raise SlackError("user_not_found")
        return user

    def _is_of(self, home: Workspace, user: str) -> bool:
        """Somebody met through Slack Connect is nobody's recipient."""
        return user in self._state.users and self._state.users[user]["team_id"] == home.team

    def _open(self, ask: Ask) -> Message:
        message = own_message(self._state, ask, "message_not_owned_by_app")
        if message.stream is None:
            raise SlackError("message_not_in_streaming_state")
        if self.lifetime and time.monotonic() > message.stream.started_at + self.lifetime:
            _end(message, "expired")
        if message.stream.state == "stopped_by_user" and ask.method == "chat.appendStream":
            raise SlackError("stopped_by_user")
        if not message.streaming:
            raise SlackError("message_not_in_streaming_state")
        return message

    def _write(self, ask: Ask, message: Message) -> None:
        """Add the words; only when all of them are as they should be."""
        text, chunks = ask.args.get("markdown_text"), ask.args.get("chunks")
        if text and chunks:
            raise SlackError("cannot_provide_both_markdown_text_and_chunks")
        if not (text or chunks) or message.stream is None:
            return
        mode: StreamMode = "chunks" if chunks else "text"
        if message.stream.mode not in {None, mode}:
            raise SlackError("streaming_mode_mismatch")
        check_markdown(text)
        for chunk in chunks or []:
            _check_chunk(chunk)
        message.stream.mode = mode
        message.stream.chunks = [*message.stream.chunks, *(chunks or [])]
        message.markdown_text = (message.markdown_text or "") + (text or _words(chunks or []))


def _thread(state: State, ask: Ask) -> tuple[str, str | None]:
    return state.channel(str(ask.need("channel_id"))).id, ask.args.get("thread_ts")


def _end(message: Message, how: StreamState) -> None:
    if message.stream is not None and message.streaming:
        message.stream.state = how


def _check_chunk(chunk: JSON) -> None:
    kind = str(chunk.get("type"))
    if kind not in CHUNKS or not chunk.get(CHUNKS[kind]):
        raise SlackError("invalid_chunks")
    if kind == "markdown_text":
        check_markdown(chunk["text"])
    if kind == "blocks":
        check_blocks(chunk["blocks"])


def _words(chunks: list[JSON]) -> str:
    return "".join(chunk["text"] for chunk in chunks if chunk["type"] == "markdown_text")
