"""What a person can press or fill in: described here, drawn by each platform in its own way.

A press is a message: a command with an id of its own, so it is written down, taken once, admitted
and answered like everything else that is said. All that a button knows stands in its id, so it
outlives any restart, and whoever answers it need not be who drew it. Who may press it is what
`bot/rules/may.py` says of its command: a button that stands where others see it gives no rights.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bot.core.courses import MODES
from bot.core.forms import Asks, Field, Form, changed, filled

MAX_CHARS_OF_ID = 100  # the shortest limit among the platforms (Discord's custom_id)
BUTTON_ID = re.compile(r"homeroom:(?P<command>[a-z]+):(?P<words>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A press says `/command words`, in the name of whoever presses."""

    label: str
    command: str
    words: str = ""
    emoji: str = ""  # beside the label or, where a platform draws emoji alone, in its place

    @property
    def id(self) -> str:
        return f"homeroom:{self.command}:{self.words}"


@dataclass(frozen=True, slots=True)
class Press:
    """What a button's id says once it is pressed."""

    command: str
    words: str

    @classmethod
    def parse(cls, button_id: str) -> Self | None:
        """None for a button that is not ours."""
        match = BUTTON_ID.fullmatch(button_id)
        return match and cls(match["command"], match["words"])


PUBLISH, WITH_NAME = "publish", "named"


def to_publish(message_key: str) -> tuple[Button, ...]:
    """Below a private answer: for all to read, without her name or with it."""
    without = Button(label="Make public", command=PUBLISH, words=message_key)
    named = Button(
        label="Make public, with my name", command=PUBLISH, words=f"{WITH_NAME} {message_key}"
    )
    return (without, named) if len(named.id) <= MAX_CHARS_OF_ID else ()


def is_alone(command: str) -> bool:
    """Whether what a form says begins, or goes on in, a conversation of the person's own."""
    return command == _QUESTION


def sent_off(press: Press, values: Mapping[str, str]) -> tuple[str | None, str]:
    """The command and words of a form that was sent off; a question has no command."""
    if is_alone(press.command):
        return None, values.get("text", "").strip()
    fields = {
        field.name: field
        for form in FORMS.values()
        if form.command == press.command
        for field in form.fields
    }
    return press.command, filled(*changed(fields, press.words, values))


WHY_BAD = Form(
    title="What was wrong?",
    command="reason",
    fields=(
        Field(
            name="reason", label="A sentence is enough, or nothing", is_long=True, is_required=False
        ),
    ),
)
_TEXT = Field(name="text", label="Your words", is_long=True, most=3000)
TO_STAFF = Form(title="Ask a human", command="human", fields=(_TEXT,))
NEXT_HINT = Form(
    title="What have you tried?",
    command="hint",
    fields=(
        Field(
            name="text",
            label="A sentence, or nothing: your one skip",
            is_long=True,
            is_required=False,
        ),
    ),
)
_QUESTION = "privately"
ASK_ALONE = Form(
    title="Ask privately",
    command=_QUESTION,
    fields=(
        Field(name="text", label="Your question, for your eyes only", is_long=True, most=3000),
    ),
)
ASK_PRIVATELY = Button(label="Ask privately", command="alone")
BY_STAFF = Form(title="Answer", command="staff", fields=(_TEXT,))
ENDORSING = Form(
    title="Endorse an answer",
    command="staff",
    fields=(
        Field(name="question", label="The question, as others would ask it", most=1000),
        Field(name="text", label="The answer", is_long=True, most=3000),
    ),
)
WHO_IS_WHO = Form(
    title="Who is who",
    command="class",
    fields=(
        Field(name="name", label="What the course is called", most=80),
        Field(name="teachers", label="Teachers", asks=Asks.WHO),
        Field(name="assistants", label="Assistants", asks=Asks.WHO, is_required=False),
        Field(
            name="students",
            label="Students (nobody: all who are here)",
            asks=Asks.WHO,
            is_required=False,
        ),
        Field(name="staff", label="Where staff are told", asks=Asks.CHANNELS, most=1),
    ),
)
TEACHING = Form(
    title="Teaching",
    command="class",
    fields=(
        Field(name="channels", label="Where it is held", asks=Asks.CHANNELS, is_required=False),
        Field(name="mode", label="How I answer", asks=Asks.ONE, options=MODES, is_required=False),
        Field(name="hearts", label="Questions, as: 10 every 3 min", is_required=False, most=40),
        Field(name="budget", label="Budget, as: 2 USD a day", is_required=False, most=80),
        Field(name="zone", label="Time zone, as: Europe/Berlin", is_required=False, most=60),
    ),
)
CARE = Form(
    title="People and care",
    command="class",
    fields=(
        Field(name="alerts", label="Two people whom an alert reaches", asks=Asks.PEOPLE),
        Field(name="places", label="Other places to turn to", is_required=False, most=300),
        Field(name="hours", label="When staff answer", is_required=False, most=300),
        Field(name="keep", label="Days for which all is kept", most=5),
        Field(
            name="consent",
            label="Ask students first",
            asks=Asks.ONE,
            options=("on", "off"),
            is_required=False,
        ),
    ),
)
FORMS: Mapping[str, Form] = {
    "down": WHY_BAD,
    "write": TO_STAFF,
    "alone": ASK_ALONE,
    "next": NEXT_HINT,
    "reply": BY_STAFF,
    "endorse": ENDORSING,
    "setup": WHO_IS_WHO,
    "teaching": TEACHING,
    "care": CARE,
}
"""By the command of the button behind which a form opens. The press counts without it, too."""


AGAIN = "/again/"  # stands between the id of a question and the turn that wished another answer
PRESSES = frozenset(
    {
        "again",
        "up",
        "down",
        "reason",
        "sources",
        "write",
        "alone",
        PUBLISH,
        "next",
        "reply",
        "endorse",
        "agree",
        "disagree",
        "setup",
        "teaching",
        "care",
    }
)
"""Commands that nobody types: what is said by the controls below an answer."""


def question_of(message_key: str) -> str:
    """Of a turn that was answered once more: the question itself."""
    return message_key.partition(AGAIN)[0]


def below_answer(message_key: str, *, has_sources: bool = False) -> tuple[Button, ...]:
    """What can be done about a whole answer to the message of this key.

    Where keys have grown with each answer, it is the first question that is meant; but sources are
    those of this very answer.
    """
    sources = Button(label="Sources", command="sources", words=message_key)
    is_short = has_sources and len(sources.id) <= MAX_CHARS_OF_ID
    message_key = question_of(message_key)
    return (
        *((sources,) if is_short else ()),
        Button(label="Regenerate", command="again", words=message_key),
        Button(label="Good answer", command="up", words=message_key, emoji="👍"),
        Button(label="Bad answer", command="down", words=message_key, emoji="👎"),
    )


def below_preview(message_key: str) -> tuple[Button, ...]:
    """What can be done about an answer that is being written."""
    return (Button(label="Stop", command="stop", words=question_of(message_key)),)
