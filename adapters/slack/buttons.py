"""Controls as Slack draws them, and what a press, or a form that was sent off, says.

Pure; never raises on any JSON.
"""

from collections.abc import Iterator, Mapping, Sequence

from adapters.slack.bodies import (
    JSON,
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
from adapters.slack.origins import SlackOrigin
from bot.core.controls import MOST_CHOSEN, Asks, Button, Field, Form, Press, sent_off
from bot.core.messages import Author, Message
from bot.words import say

_FEEDBACK = "homeroom_feedback"
_BUTTON = "homeroom_button"
_AGAIN = "homeroom_regenerate"  # as 0.1.0 drew it: its value is the question's key alone
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


def drawn_form(form: Form, words: str, channel: str) -> JSON:
    """`words`: what its button knew; `channel`: where it was pressed, which no form says."""
    return {
        "type": "modal",
        "callback_id": _BUTTON,
        "private_metadata": f"{channel}|{_id(form.command, words)}",
        "title": _plain(say(form.title)),
        "submit": _plain(say("Send")),
        "close": _plain(say("Cancel")),
        "blocks": [
            {
                "type": "input",
                "block_id": field.name,
                "optional": not field.is_required,
                "label": _plain(say(field.label)),
                "element": {"action_id": field.name, **_element(field)},
            }
            for field in form.fields
        ],
    }


def _element(field: Field) -> JSON:
    """Slack has none for user groups: those are named in a line, `/class teachers @group`."""
    match field.asks:
        case Asks.WHO:
            return {"type": "multi_users_select", "max_selected_items": MOST_CHOSEN}
        case Asks.CHANNELS:
            filter_: JSON = {"include": ["public", "private"], "exclude_bot_users": True}
            kind = "multi_conversations_select"
            return {"type": kind, "max_selected_items": MOST_CHOSEN, "filter": filter_}
        case Asks.ONE:
            options = [{"text": _plain(say(one)), "value": one} for one in field.options]
            return {"type": "static_select", "options": options}
    words: JSON = {"type": "plain_text_input", "multiline": field.is_long}
    return words | {"max_length": field.most}


def parse_press(body: object, now: float) -> Message | None:
    """What is said by a press of one of our buttons, or by a form; None when it is neither."""
    if text(body, "type") == "view_submission":
        return _parse_form(body, now)
    action = next(iter(parts(body, "actions")), {})
    value, at = text(action, "value"), text(action, "action_ts")
    press = _pressed(text(action, "action_id"), value)
    if text(body, "type") != "block_actions" or press is None or not at:
        return None
    said = press.command, press.words
    return _message(body, identity(body, "channel"), said, at, now)


def _parse_form(body: object, now: float) -> Message | None:
    view = part(body, "view")
    channel, _, button_id = text(view, "private_metadata").partition("|")
    press = Press.parse(button_id)
    if text(view, "callback_id") != _BUTTON or press is None:
        return None
    said = sent_off(press, _values(part(view, "state")))
    return _message(body, channel, said, text(view, "id"), now)


def _values(state: JSON) -> Mapping[str, str]:
    """By field; each stands in a block of its own that has its name."""
    blocks = part(state, "values")
    return {name: _written(part(part(blocks, name), name)) for name in blocks}


def _written(said: JSON) -> str:
    """What was typed or chosen, as a field writes it."""
    people = [f"user:{one}" for one in _ids(said, "selected_users")]
    channels = [f"<#{one}>" for one in _ids(said, "selected_conversations")]
    chosen = text(part(said, "selected_option"), "value")
    return text(said, "value") or chosen or " ".join((*people, *channels))


def _ids(said: JSON, name: str) -> list[str]:
    ids = said.get(name)
    return [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []


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
                "text": _plain(button.label),
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
        "text": _plain(button.label)
    }


def _row(kind: str, elements: Iterator[JSON]) -> list[JSON]:
    row = list(elements)
    return [{"type": kind, "elements": row}] if row else []


def _id(command: str, words: str) -> str:
    return Button(label="", command=command, words=words).id


def _plain(words: str) -> JSON:
    return {"type": "plain_text", "text": words}
