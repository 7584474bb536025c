"""Controls as Slack draws them, and what a press says.

Pure; never raises on any JSON.
"""

from collections.abc import Iterator, Sequence

from adapters.slack.bodies import (
    JSON,
    OURS,
    identity,
    message_id,
    part,
    parts,
    private_key,
    space_of,
    stamp,
    team_of,
    text,
)
from adapters.slack.forms import plain, read_form
from adapters.slack.origins import SlackOrigin
from bot.core.controls import Button, Press
from bot.core.messages import Author, Message

_FEEDBACK = f"{OURS}feedback"
_BUTTON = f"{OURS}button"
_AGAIN = f"{OURS}regenerate"  # as 0.1.0 drew it: its value is the question's key alone
_SEVERAL = {
    "staff",
    "reply",
    "human",
    "confirm",
    "decline",
    "publish",
}  # of these a message has more than one
_VOTES = {"up": "positive_button", "down": "negative_button"}


def drawn(buttons: Sequence[Button]) -> list[JSON]:
    """The blocks below a message. Slack has a pair of its own for what somebody thinks of it."""
    votes = [button for button in buttons if button.command in _VOTES]
    others = [button for button in buttons if button.command not in _VOTES]
    return [*_row("context_actions", _pair(votes)), *_row("actions", map(_button, others))]


def parse_press(body: object, now: float) -> Message | None:
    """What is said by a press of one of our buttons, or by a form; None when it is neither."""
    if sent := read_form(body):
        channel, said = sent
        return _message(body, channel, said, text(part(body, "view"), "id"), now)
    action = next(iter(parts(body, "actions")), {})
    value, at = text(action, "value"), text(action, "action_ts")
    press = _pressed(text(action, "action_id"), value)
    if text(body, "type") != "block_actions" or press is None or not at:
        return None
    said = press.command, press.words
    return _message(body, identity(body, "channel"), said, at, now)


def _message(
    body: object, channel: str, said: tuple[str | None, str], at: str, now: float
) -> Message | None:
    user = part(body, "user")
    person, space, (command, words) = text(user, "id"), space_of(body), said
    if not (person and channel):
        return None
    origin = SlackOrigin(
        team=team_of(body),
        channel=channel,
        asker=person,
        asker_team=text(user, "team_id") or team_of(body),
        response_url=text(body, "response_url"),
        at=now,
        private=True,
    )
    return Message(
        sent_at=stamp(at),
        key=private_key(space, channel, person),
        id=message_id(space, channel, f"press:{person}:{at}"),
        author=Author(person, text(user, "name") or text(user, "username") or person),
        text=words,
        command=command,
        origin=origin.as_mapping(),
    )


def _pressed(action_id: str, value: str) -> Press | None:
    if action_id == _AGAIN:
        return Press("again", value)
    if action_id == _FEEDBACK:
        command, _, words = value.partition("|")
        return Press(command, words) if command in _VOTES and words else None
    return Press.parse(value) if action_id.startswith(_BUTTON) else None


def _pair(votes: Sequence[Button]) -> Iterator[JSON]:
    if votes:
        sides = {
            _VOTES[button.command]: {
                "text": plain(button.label),
                "value": f"{button.command}|{button.words}",
            }
            for button in votes
        }
        yield {"type": "feedback_buttons", "action_id": _FEEDBACK, **sides}


def _button(button: Button) -> JSON:
    """Its own action id beside its value, since a message may have no two that are the same."""
    action_id = f"{_BUTTON}:{button.command}"
    if button.command in _SEVERAL:
        action_id += f":{button.words.partition(' ')[0]}"
    return {"type": "button", "action_id": action_id, "value": button.id} | {
        "text": plain(button.label)
    }


def _row(kind: str, elements: Iterator[JSON]) -> list[JSON]:
    row = list(elements)
    return [{"type": kind, "elements": row}] if row else []
