"""The turn's table: which steps there are, and where they lead."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.answers import Answer, Kind, Status, Usage
from bot.core.errors import InvalidStep
from bot.core.messages import Author, ConversationKey, Message
from bot.core.turns import STEPS, Change, State, Step, Turn

NOW = 1000.0
MESSAGE = Message(ConversationKey("test", "", "general"), "1", Author("u", "Ada"), "Hello")
ANSWER = Answer("Hello Ada", model="m", usage=Usage(3, 1, 0, 2, 0))

TAKE: dict[Step, Callable[[Turn], Turn]] = {
    Step.ANSWER: lambda turn: turn.answered(ANSWER, NOW),
    Step.FAIL: lambda turn: turn.failed("I could not.", "BackendRefused", NOW),
    Step.STOP: lambda turn: turn.stopped("Half an", NOW),
    Step.CANCEL: lambda turn: turn.cancelled(NOW),
    Step.DELIVER: lambda turn: turn.delivered(NOW),
    Step.ABANDON: lambda turn: turn.undeliverable("channel gone", NOW),
}


def turn_in(state: State) -> Turn:
    """A turn that has been through a lot."""
    return Turn(
        id=1,
        conversation_id=1,
        message=MESSAGE,
        state=state,
        epoch=7,
        attempts=2,
        failures=3,
        failing_since=990.0,
        due_at=1010.0,
        reruns=1,
        run="run_1",
        answer=ANSWER if state is State.ANSWERED else None,
    )


def test_every_state_leads_to_done() -> None:
    leading = {State.DONE}
    for _ in State:
        leading |= {state for (state, _), target in STEPS.items() if target in leading}
    assert leading == set(State)


def test_no_step_leads_back() -> None:
    order = list(State)
    assert all(order.index(target) > order.index(state) for (state, _), target in STEPS.items())


def test_every_step_can_be_taken_from_somewhere() -> None:
    assert {step for _, step in STEPS} == set(Step) == set(TAKE)


@pytest.mark.parametrize("state", [State.PENDING, State.ANSWERED])
def test_a_turn_that_is_not_done_can_be_cancelled(state: State) -> None:
    assert turn_in(state).cancelled(NOW).state is State.DONE


@pytest.mark.parametrize(("state", "step"), STEPS)
def test_a_step_of_the_table_leads_where_it_says(state: State, step: Step) -> None:
    after = TAKE[step](turn_in(state))
    assert (after.state, after.step) == (STEPS[state, step], step)
    assert (after.attempts, after.failures, after.failing_since, after.due_at) == (0, 0, None, 0.0)
    assert (after.epoch, after.reruns, after.run) == (7, 1, "run_1")
    assert (after.done_at == NOW) == (after.state is State.DONE)


@pytest.mark.parametrize(
    ("state", "step"), [(a, b) for a in State for b in Step if (a, b) not in STEPS]
)
def test_any_other_step_is_refused_and_changes_nothing(state: State, step: Step) -> None:
    turn = turn_in(state)
    with pytest.raises(InvalidStep, match=f"{state} cannot be {step}"):
        TAKE[step](turn)
    assert turn == turn_in(state)


@given(st.lists(st.sampled_from(Step)))
def test_a_turn_has_an_answer_from_answered_on_unless_it_was_cancelled(steps: list[Step]) -> None:
    turn = turn_in(State.PENDING)
    for step in steps:
        if (turn.state, step) in STEPS:
            turn = TAKE[step](turn)
    has_answer = turn.answer is not None and turn.answered_at == NOW
    assert has_answer or turn.state is State.PENDING or turn.step is Step.CANCEL


def test_a_failed_turn_has_its_notice_for_an_answer_and_keeps_the_error() -> None:
    turn = turn_in(State.PENDING).failed("I could not.", "BackendRefused: 401", NOW)
    assert turn.answer == Answer("I could not.", Kind.NOTICE)
    assert turn.error == "BackendRefused: 401"


def test_a_stopped_turn_keeps_what_was_written() -> None:
    assert turn_in(State.PENDING).stopped("Half an", NOW).answer == Answer("Half an", Kind.STOPPED)


def test_a_turn_let_go_is_due_later_and_knows_since_when_it_fails() -> None:
    first = Turn(id=1, conversation_id=1, message=MESSAGE, attempts=1).again(5, "busy", NOW)
    assert (first.due_at, first.failures, first.failing_since) == (NOW + 5, 1, NOW)
    second = first.again(7, "still busy", NOW + 5)
    assert (second.due_at, second.failures, second.failing_since) == (NOW + 12, 2, NOW)
    assert (second.attempts, second.error, second.state) == (0, "still busy", State.PENDING)


def test_a_released_turn_has_not_failed() -> None:
    turn = turn_in(State.PENDING)
    assert (turn.released().attempts, turn.released().failures) == (0, turn.failures)


def test_the_intent_comes_before_the_run_and_ends_with_it() -> None:
    turn = Turn(id=1, conversation_id=1, message=MESSAGE).submitting()
    assert (turn.is_submitted, turn.run) == (True, None)
    turn = turn.running("run_1", NOW).running("run_1", NOW + 9)
    assert (turn.is_submitted, turn.run, turn.run_at) == (True, "run_1", NOW)
    lost = turn.lost_run()
    assert (lost.is_submitted, lost.run, lost.run_at, lost.reruns) == (False, None, None, 1)
    assert turn.without_run().reruns == 0


def test_each_status_is_kept_with_its_time() -> None:
    turn = turn_in(State.PENDING).changed(Status.QUEUED, NOW).changed(Status.WRITING, NOW + 1)
    assert turn.changes == (Change("queued", NOW), Change("writing", NOW + 1))


def test_who_is_asked_is_kept() -> None:
    turn = turn_in(State.PENDING).asked("Tutor", "chat").in_session("conv_1")
    assert (turn.assistant, turn.backend, turn.session) == ("Tutor", "chat", "conv_1")
