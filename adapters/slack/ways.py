"""The ways an answer can take in Slack, and what a refusal says of them.

`cannot_reply_to_message` closes a thread, `is_archived` a channel, `edit_window_closed` a message:
none of them says that nobody is there. What Slack refuses for a reason that is not known to be
about the place is tried in a simpler shape first, and then at the next place.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adapters.slack.errors import Rejected
from adapters.slack.origins import SlackOrigin
from bot.core.errors import ShapeRefused, WayClosed
from bot.core.messages import Message
from bot.core.posts import Part

THREAD = "thread"
CHANNEL = "channel"  # outside of the thread
RESPONSE = "response"  # the response_url of a command
WHISPER = "whisper"  # in the channel, but for the asker's eyes only
DIRECT = "direct"

UNREADABLE = {RESPONSE, WHISPER}  # what was said there cannot be read back
ALONE = {*UNREADABLE, DIRECT}  # only the asker sees it

_PLACE_CLOSED = {
    "access_denied",
    "cannot_dm_bot",
    "cannot_reply_to_message",
    "channel_is_archived",
    "channel_not_found",
    "channel_type_not_supported",
    "ekm_access_denied",
    "expired_url",
    "is_archived",
    "is_inactive",
    "messages_tab_disabled",
    "missing_scope",
    "no_permission",
    "no_response_url",
    "not_in_channel",
    "org_login_required",
    "team_not_found",
    "thread_not_found",
    "used_url",
    "user_disabled",
    "user_not_found",
    "user_not_in_channel",
    "user_not_visible",
}
_MESSAGE_CLOSED = {
    "cant_update_message",
    "edit_window_closed",
    "message_not_found",
    "message_not_in_streaming_state",
    "message_not_owned_by_app",
    "streaming_state_conflict",
}


def places(question: Message) -> Sequence[str]:
    """Where an answer can stand, the best first."""
    origin = SlackOrigin.of(question)
    response = [RESPONSE] if origin.response_url else []
    if origin.private:
        return [*response, WHISPER, DIRECT]
    public = [THREAD, CHANNEL] if origin.thread else [CHANNEL]
    is_direct = origin.channel.startswith("D")
    has_nobody = is_direct or not question.author.id  # else to tell
    return [*public, *response, *([] if has_nobody else [WHISPER, DIRECT])]


def place_of_part(question: Message, part: Part) -> str:
    return part.way.partition("/")[0] or places(question)[0]


def is_about_shape(code: str) -> bool:
    """Whether the same may be taken in a simpler shape: of any code that says nothing else."""
    return code not in _MESSAGE_CLOSED and not _closes_place(code)


@contextmanager
def refusals_sorted() -> Iterator[None]:
    """Slack's refusals as those the ladder of an answer knows."""
    try:
        yield
    except Rejected as error:
        kind = WayClosed if _closes_place(error.code) else ShapeRefused
        raise kind(str(error)) from error


def _closes_place(code: str) -> bool:
    return code in _PLACE_CLOSED or code.startswith("restricted_action")
