"""The buttons below an answer: what do you think of it, and answer once more."""

from dataclasses import dataclass
from functools import cache

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextActionsBlock,
    FeedbackButtonObject,
    FeedbackButtonsElement,
)

from adapters.slack.bodies import JSON, PLATFORM, identity, part, parts, team_of, text
from bot.messages import Author, Message, Vote

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


@cache
def _blocks(key: str) -> list[JSON]:
    good = FeedbackButtonObject(text="Good answer", value=f"{Vote.UP}|{key}")
    bad = FeedbackButtonObject(text="Bad answer", value=f"{Vote.DOWN}|{key}")
    feedback = FeedbackButtonsElement(action_id=FEEDBACK, positive_button=good, negative_button=bad)
    again = ButtonElement(action_id=REGENERATE, text="Regenerate", value=key)
    rows = (ContextActionsBlock(elements=[feedback]), ActionsBlock(elements=[again]))
    return [row.to_dict() for row in rows]


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
