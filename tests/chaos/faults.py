"""What the servers do wrong when they are asked for something."""

from dataclasses import dataclass
from typing import Any

from tests.chaos.stage import Stage
from tests.fakes.discord_faults import Fault as DiscordFault
from tests.fakes.openai_server import Fault as ModelFault
from tests.fakes.openai_shapes import SHAPES
from tests.fakes.slack_faults import Fault as SlackFault

_SLOW = 2.0  # seconds
_HTML = "<html><body>Bad gateway</body></html>"


@dataclass(frozen=True)
class Fault:
    """A server's next answer to such a request is spoiled."""

    kind: str
    server: str  # which of the stage's
    where: tuple[str, ...]
    fault: Any

    def set(self, stage: Stage) -> None:
        getattr(stage, self.server).fail(*self.where, self.fault)


_RUN, _POLL = ("POST", r"/v1/responses$|/v1/chat/"), ("GET", "/v1/responses/")
_OPEN, _ITEMS = ("POST", "/v1/conversations$"), ("GET", "/items")
_MODEL_CALLS = (_RUN, _RUN, _POLL, _OPEN, _ITEMS)
_MODEL = {
    "429 with Retry-After": ModelFault.rate_limited(1),
    "429 without Retry-After": ModelFault.rate_limited(),
    "500": ModelFault(status=500),
    "done, then 500": ModelFault(status=500, after=True),
    "dropped before the work": ModelFault.dropped_before(),
    "done, then dropped": ModelFault.dropped_after(),
    "slow": ModelFault(delay=_SLOW),
    "HTML": ModelFault.html(),
    "half an answer": ModelFault.broken_json(),
}
_CUT = ModelFault(cut_after=5)
_ODD = {f"an odd stream: {shape}": ModelFault(shape=shape) for shape in SHAPES if shape}
_LOCKED = ModelFault(status=400, code="conversation_locked", message="Please retry.")

_SLACK_CALLS = (
    *("chat.postMessage", "chat.postMessage", "chat.startStream", "chat.stopStream"),
    *("chat.appendStream", "chat.update", "conversations.replies", "users.info"),
    *("assistant.threads.setStatus", "agents.sessions.setStatus", "auth.test"),
)
_SLACK = {
    "429 with Retry-After": SlackFault.rate_limited(1),
    "500": SlackFault.server_error(),
    "done, then 500": SlackFault(status=500, after=True),
    "dropped before the work": SlackFault.dropped_before(),
    "done, then dropped": SlackFault.dropped_after(),
    "slow": SlackFault.slow(_SLOW),
    "HTML": SlackFault.html(),
    "half an answer": SlackFault.broken_json(),
}
# A refusal of each class: this message, this shape, this way, and not for a long time.
_SLACK_MESSAGE = {
    code: SlackFault.refused(code)
    for code in ("message_not_found", "edit_window_closed", "cant_update_message")
}
_SLACK_SHAPE = {
    code: SlackFault.refused(code)
    for code in ("invalid_blocks", "msg_too_long", "a_code_of_next_year")
}
_SLACK_WAY = {
    code: SlackFault.refused(code)
    for code in ("cannot_reply_to_message", "restricted_action_thread_locked", "thread_not_found")
}
_SLACK_BANS = {"a ban of an hour": SlackFault.rate_limited(3600), "HTML, 503": SlackFault.html(503)}
_SLACK_LIMIT = SlackFault.rate_limited(None)

_SEND, _EDIT = ("POST", r"/channels/\d+/messages$"), ("PATCH", r"/channels/\d+/messages/\d+$")
_HISTORY, _TYPING = ("GET", r"/channels/\d+/messages$"), ("POST", "/typing$")
_DISCORD_CALLS = (_SEND, _SEND, _EDIT, _HISTORY, _TYPING, ("GET", "/gateway"))
_DISCORD = {
    "429 with Retry-After": DiscordFault.rate_limited(1),
    "429 without Retry-After": DiscordFault.banned(),
    "500": DiscordFault.server_error(),
    "done, then 500": DiscordFault.server_error(after=True),
    "503": DiscordFault.server_error(503),
    "dropped before the work": DiscordFault.dropped_before(),
    "done, then dropped": DiscordFault.dropped_after(),
    "slow": DiscordFault(delay=_SLOW),
    "HTML": DiscordFault(status=502, body=_HTML),
}


def _refusals(*codes: tuple[int, int]) -> dict[str, Any]:
    return {
        f"{status} {code}": DiscordFault(status=status, code=code, message="refused")
        for status, code in codes
    }


_SHAPES = _refusals((400, 160002), (400, 50035), (400, 999_999))
_MESSAGE = _refusals((404, 10008), (400, 50083), (400, 30046), (400, 240000))
_BANS = {
    "a ban of an hour": DiscordFault(
        status=429, body="error code: 1015", headers={"Retry-After": "3600"}
    ),
    "HTML, 503": DiscordFault(status=503, body=_HTML),
}


def _everywhere(server: str, calls: tuple[Any, ...], kinds: dict[str, Any]) -> list[Fault]:
    places = [where if isinstance(where, tuple) else (where,) for where in calls]
    return [Fault(kind, server, where, f) for kind, f in kinds.items() for where in places]


FAULTS = [
    *_everywhere("model", _MODEL_CALLS, _MODEL),
    *_everywhere("model", (_RUN, _POLL), {"half an answer": _CUT}),
    *_everywhere("model", (_RUN,), {"conversation_locked": _LOCKED}),
    *_everywhere("model", (("POST", "/v1/chat/"),), _ODD),
    *_everywhere("slack", _SLACK_CALLS, _SLACK),
    *_everywhere("slack", ("chat.update", "chat.stopStream"), _SLACK_MESSAGE),
    *_everywhere("slack", ("chat.postMessage", "chat.update"), _SLACK_SHAPE),
    *_everywhere("slack", ("chat.postMessage", "chat.startStream"), _SLACK_WAY),
    *_everywhere("slack", ("chat.postMessage", "chat.update"), _SLACK_BANS),
    *_everywhere("slack", ("chat.postMessage",), {"429 without Retry-After": _SLACK_LIMIT}),
    *_everywhere("discord", _DISCORD_CALLS, _DISCORD),
    *_everywhere("discord", (_SEND, _EDIT), _SHAPES),
    *_everywhere("discord", (_EDIT,), _MESSAGE),
    *_everywhere("discord", (_SEND, _EDIT), _BANS),
]


def name_of(server: str, fault: Any) -> str:
    """The kind of a fault that struck."""
    same = (one.kind for one in FAULTS if one.server == server and one.fault == fault)
    return next(same, "another")


def struck(stage: Stage) -> dict[str, int]:
    """How many requests met with each kind."""
    counts: dict[str, int] = {}
    for server in ("model", "slack", "discord"):
        met = [*stage.slack.faults.struck] if server == "slack" else getattr(stage, server).struck
        for fault in met:
            kind = name_of(server, fault)
            counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items()))


def heal(stage: Stage) -> None:
    """From now on every server does what it is asked."""
    stage.slack.faults.clear()
    stage.discord.heal()
    stage.model.heal()
    stage.model.release()
