"""The buttons below an answer: what do you think of it, and answer once more."""

from dataclasses import dataclass

from adapters.slack.bodies import JSON, PLATFORM, identity, part, parts, team_of, text
from bot.core.messages import Author, Message, Vote

FEEDBACK = "homeroom_feedback"
REGENERATE = "homeroom_regenerate"


@dataclass(frozen=True, slots=True)
class Voted:
    message_key: str
    person: str
    vote: Vote


@dataclass(frozen=True, slots=True)
class Wished:
    """Somebody wants the answer once more."""

    message_key: str
    click: str
    author: Author


def buttons(question: Message) -> list[JSON]:
    """The blocks below an answer; what a command says needs none."""
    return [] if question.command else _blocks(question.unique_key)


def _blocks(key: str) -> list[JSON]:
    feedback = {
        "type": "feedback_buttons",
        "action_id": FEEDBACK,
        "positive_button": _words("Good answer") | {"value": f"{Vote.UP}|{key}"},
        "negative_button": _words("Bad answer") | {"value": f"{Vote.DOWN}|{key}"},
    }
    again = {"type": "button", "action_id": REGENERATE, "value": key} | _words("Regenerate")
    return [
        {"type": "context_actions", "elements": [feedback]},
        {"type": "actions", "elements": [again]},
    ]


def _words(text: str) -> JSON:
    return {"text": {"type": "plain_text", "text": text}}


def parse_click(body: object) -> Voted | Wished | None:
    """A click on one of these buttons; None when it is another's, or no click."""
    user = part(body, "user")
    person = text(user, "id")
    action = next(iter(parts(body, "actions")), {})
    value, at = text(action, "value"), text(action, "action_ts")
    if text(body, "type") != "block_actions" or not person or not value:
        return None
    if text(action, "action_id") == FEEDBACK:
        vote, _, key = value.partition("|")
        return Voted(key, person, Vote(vote)) if vote in set(Vote) and key else None
    if text(action, "action_id") == REGENERATE:
        name = text(user, "name") or text(user, "username") or person
        click = f"{PLATFORM}:{team_of(body)}:{identity(body, 'channel')}:{person}:{at}"
        return Wished(value, click, Author(person, name))
    return None
