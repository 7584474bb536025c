"""Buttons at a terminal: a line of numbers, and a number that is typed."""

from adapters.console.adapter import ConsoleAdapter, console_key
from bot.core.confirming import buttons
from bot.core.controls import below_answer
from bot.core.posts import Saying
from bot.core.tools import Call, Decision, MadeCall
from tests.fakes.door import FakeDoor
from tests.unit.test_console import Paper, a_question


def card(number: int) -> Saying:
    made = MadeCall(
        number=number, turn_id=1, step=0, call=Call("c", "book", "{}"), made_at=0.0,
        decision=Decision.ASKED,
    )  # fmt: skip
    controls = (*buttons([made]), *below_answer("console:q"))
    return Saying(text="May I?", is_final=True, controls=controls)


async def chosen(*lines: str, is_live: bool = True) -> tuple[Paper, list[tuple[str | None, str]]]:
    """What is said by these lines once a card has been shown."""
    paper, door = Paper(*lines, is_live=is_live), FakeDoor()
    adapter = ConsoleAdapter(paper, console_key(), "ada")
    adapter.open(door)
    await adapter.edit(await a_question(), "r1", card(7))
    await adapter.listen()
    return paper, [(one.command, one.text) for one in door.accepted]


async def test_what_is_asked_before_a_tool_is_used_is_chosen_by_a_number() -> None:
    paper, said = await chosen("/status", "2")
    assert paper.written == ["Homeroom: May I?", "`1` Confirm 7 · `2` Decline 7"]
    assert said == [("status", ""), ("decline", "#7")]


async def test_a_number_is_a_word_once_something_else_is_said() -> None:
    _, said = await chosen("two plus two?", "2", "3")
    assert said == [(None, "two plus two?"), (None, "2"), (None, "3")]
    _, said = await chosen("3")
    assert said == [(None, "3")]


async def test_what_is_piped_in_presses_nothing() -> None:
    paper, said = await chosen("1", is_live=False)
    assert paper.written == ["Homeroom: May I?"]
    assert said == [(None, "1")]


async def test_what_is_decided_is_offered_no_more() -> None:
    paper, door = Paper("1"), FakeDoor()
    adapter = ConsoleAdapter(paper, console_key(), "ada")
    adapter.open(door)
    question = await a_question()
    await adapter.edit(question, "r1", card(7))
    await adapter.edit(question, "r1", Saying(text="Confirmed.", is_final=True))
    await adapter.listen()
    assert [one.command for one in door.accepted] == [None]
