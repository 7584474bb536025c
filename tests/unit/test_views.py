"""What is worked out of records, for pages and sheets."""

from decimal import Decimal

from bot.core.answers import Usage
from bot.core.ports.records import AnswerRecord, CallRecord, MessageRecord, PostRecord, TurnRecord
from bot.core.ports.storage import Spent, Used
from bot.core.ports.views import EndedTurn, SpendingRecord
from bot.core.turns import Change
from bot.views.lately import lately
from bot.views.timeline import explained, timeline
from bot.views.usage import as_sheet, total, totals

CALL = CallRecord(1, 1, "calculate", '{"what": "2+2"}', None, 102.0, 103.0, 104.0, "4", 0)


def turn(**changes: object) -> TurnRecord:
    fields: dict[str, object] = {
        "id": 1,
        "message": MessageRecord("slack:m1", "U1", "Ann", None, "hello", 100.0),
        "state": "done",
        "step": "delivered",
        "epoch": 1,
        "attempts": 0,
        "failures": 0,
        "reruns": 0,
        "due_at": 0.0,
        "error": None,
        "assistant": "Homeroom",
        "backend": "chat",
        "session": None,
        "run": "resp_1",
        "run_at": 101.5,
        "changes": (Change("thinking", 101.0), Change("writing", 104.5)),
        "answer": AnswerRecord("words", "answer", None, None, "m", 105.0),
        "usage": Usage(1000, 0, 400, 20, 0),
        "runs": (),
        "calls": (CALL,),
        "posts": (PostRecord(0, "ts1"),),
        "done_at": 106.0,
    }
    return TurnRecord(**{**fields, **changes})  # type: ignore[arg-type]


def test_what_happened_stands_in_the_order_it_happened() -> None:
    assert [(moment.at, moment.what) for moment in timeline(turn())] == [
        (100.0, "accepted"),
        (101.0, "thinking"),
        (101.5, "a run was started"),
        (102.0, "wants to use calculate"),
        (103.0, "uses calculate"),
        (104.0, "calculate has answered"),
        (104.5, "writing"),
        (105.0, "was answered"),
        (106.0, "delivered"),
    ]
    details = {moment.what: moment.detail for moment in timeline(turn())}
    assert details["was answered"] == "1,000 tokens in (400 cached), 20 out"
    assert details["delivered"] == "as ts1"


def test_what_is_tried_again_says_when_and_how_often_it_was_tried() -> None:
    unanswered = AnswerRecord(None, None, None, None, None, None)
    waiting = turn(state="pending", step=None, answer=unanswered, due_at=130.0, done_at=None)
    last = timeline(waiting)[-1]
    assert (last.at, last.what, last.detail) == (
        130.0,
        "is tried again then",
        "0 times in vain so far",
    )


def test_an_error_is_explained_by_its_kind_and_nothing_else_is() -> None:
    assert explained("BackendUnavailable: 503") == (
        (explained("BackendUnavailable") or ("", ""))[0],
        "it is tried again, and the person is told once if that takes long",
    )
    for written in (None, "", "os: x", "inspect: x", "Exception: x", "<b>: x"):
        assert explained(written) is None


def test_an_hour_is_counted_by_its_minutes() -> None:
    ended = [EndedTurn(3600.0 - n, 3600.0 + n, n == 3) for n in range(1, 5)]
    hour = lately([*ended, EndedTurn(0.5, 1.0, has_failed=False)], 3601.0)
    assert (hour.delivered, hour.failed) == (4, 1)
    assert (hour.half_within, hour.most_within) == (4.0, 8.0)
    assert (hour.by_minute[-1], sum(hour.by_minute)) == (4, 4)
    assert lately([], 3600.0).half_within is None


def test_the_cost_of_a_sum_is_unknown_where_a_part_of_it_is() -> None:
    def price(spent: Spent) -> Decimal | None:
        return Decimal(spent.input_tokens) if spent.backend else None

    known = SpendingRecord("a", "chat", "m", Used(2, 0, 2000, unpriced=2))
    unknown = SpendingRecord("b", None, "=m", Used(1, 0, 5, unpriced=1))
    uncounted = SpendingRecord("c", "chat", "m", Used(2, 1, 4, unpriced=1))
    kept = SpendingRecord("d", "chat", "m", Used(1, 0, 5, cost=7_000_000_000))
    rows = totals([known, kept, known, unknown, uncounted], price)
    assert [(row.name, row.cost) for row in rows] == [
        ("a", Decimal(4000)),
        ("d", Decimal(7)),
        ("b", None),
        ("c", None),
    ]
    assert total(rows).cost is None
    assert total(rows[:1]).used.runs == 4
    assert total([]).cost == 0
    assert "'=x," in as_sheet(totals([SpendingRecord("=x", None, None, Used())], price), "model")
