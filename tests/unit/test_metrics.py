"""What is counted: few series, whoever talks and whatever a server calls itself."""

from dataclasses import replace

from bot.core.answers import Answer, Kind, Status, Usage
from bot.core.messages import Author, ConversationKey, Message, Receipt
from bot.core.turns import Turn
from bot.metrics import Metrics

INFO = {"version": "1", "backend": "chat", "database": "sqlite"}
COST = 250_000_000  # billionths of a dollar
MOST_SERIES = 400


def metrics() -> Metrics:
    return Metrics(INFO)


def asked(number: int = 1, platform: str = "slack") -> Turn:
    key = ConversationKey(platform, "T1", f"C{number % 300}", str(number))
    author = Author(f"U{number % 500}", f'Ann "{number}"\n{{x="y"}}')
    message = Message(key, f"m{number}", author, "What is entropy?")
    return Turn(id=number, conversation_id=number, message=message, accepted_at=100.0)


def answer(counted: Metrics, turn: Turn, model: str = "m", cost: int | None = COST) -> Turn:
    begun = turn.asked("Homeroom", "chat").changed(Status.THINKING, 101.0)
    writing = begun.changed(Status.WRITING, 102.0)
    said = Answer("words", model=model, usage=Usage(10, 5, 4, 3, 2, cost=cost))
    answered = writing.answered(said, 104.0)
    done = answered.delivered(105.0)
    counted.saved(begun, answered)
    counted.saved(answered, done)
    return done


def value(counted: Metrics, name: str, **labels: str) -> float | None:
    counted.written("")
    return counted.registry.get_sample_value(name, labels)


def test_an_answer_is_counted_once_with_its_times_tokens_and_cost() -> None:
    counted = metrics()
    answer(counted, asked())
    outcome = {"platform": "slack", "outcome": "delivered"}
    assert value(counted, "homeroom_turns_total", **outcome) == 1
    assert value(counted, "homeroom_turn_duration_seconds_sum", platform="slack") == 5
    assert value(counted, "homeroom_model_duration_seconds_sum", backend="chat") == 3
    assert value(counted, "homeroom_model_first_word_seconds_sum", backend="chat") == 1
    assert value(counted, "homeroom_tokens_total", backend="chat", kind="cached") == 4
    assert value(counted, "homeroom_cost_usd_total") == 0.25


def test_what_could_not_be_looked_at_for_danger_is_counted() -> None:
    counted = metrics()
    counted.note_unchecked()
    assert value(counted, "homeroom_unchecked_questions_total") == 1


def test_a_run_without_a_price_is_counted_apart() -> None:
    counted = metrics()
    answer(counted, asked(), cost=None)
    assert value(counted, "homeroom_unpriced_runs_total") == 1
    assert value(counted, "homeroom_cost_usd_total") == 0


def test_a_failure_whose_notice_was_delivered_is_a_failure() -> None:
    counted, turn = metrics(), asked().asked("Homeroom", "chat")
    failed = turn.failed("I could not.", "GaveUp: secret words", 110.0)
    assert failed.answer == Answer("I could not.", Kind.NOTICE)
    counted.saved(turn, failed)
    counted.saved(failed, failed.delivered(111.0))
    outcome = {"platform": "slack", "outcome": "failed"}
    assert value(counted, "homeroom_turns_total", **outcome) == 1
    assert value(counted, "homeroom_model_errors_total", backend="chat", error="GaveUp") == 1


def test_what_a_message_costs_to_take_is_measured() -> None:
    counted, message = metrics(), asked().message
    counted.accepted(message, Receipt(1), 0.002)
    counted.accepted(message, Receipt(None), 0.002)
    labels = {"platform": "slack", "duplicate": "yes"}
    assert value(counted, "homeroom_messages_accepted_total", **labels) == 1
    assert value(counted, "homeroom_accept_duration_seconds_count", platform="slack") == 2


def test_nobody_makes_series_however_many_talk_and_whatever_they_are_called() -> None:
    counted = metrics()
    for number in range(1000):
        turn = asked(number, ("slack", "discord", "web")[number % 3])
        counted.accepted(turn.message, Receipt(number), 0.001)
        answer(counted, turn, model=f'model-{number}"}}\n')
        failing = turn.asked("Homeroom", "chat")
        error = f"Made{number}Up: words {number}"
        counted.saved(failing, replace(failing.again(1.0, error, 1.0), failures=1))
    page = counted.written("")[0].decode()
    series = [line for line in page.splitlines() if not line.startswith("#")]
    assert len(series) < MOST_SERIES
    assert not any(word in page for word in ("Ann", "C299", "U499", "model-", "words", "Made"))
