"""What a report says of a class: enough people, words that anybody may say, numbers in steps."""

from collections.abc import Sequence

import pytest

from bot.core.digests import Asking, Digest
from bot.rules.sayable import in_small_letters, sayable, words_of
from bot.rules.themes import candidates, digest_of, step


def asked(text: str, people: range, *, times: int = 1) -> list[Asking]:
    return [
        Asking(f"s{one}", text, is_unanswered=False, is_bad=False)
        for one in people
        for _ in range(times)
    ]


OTHERS = [
    *asked("when is the deadline of homework", range(100, 120)),
    *asked("is it on zoom", range(120, 125)),
]
ALWAYS = {"deadline", "homework", "zoom"}


def reported(
    askings: Sequence[Asking], titles: Sequence[str] = (), names: Sequence[str] = ()
) -> Digest:
    said, _ = sayable(candidates(askings), titles, names)
    return digest_of(askings, said, 0.0, 1.0)


def words(digest: Digest) -> set[str]:
    return {word for theme in digest.themes for word in theme.words}


def test_what_enough_people_ask_about_is_a_theme() -> None:
    digest = reported([*asked("why does recursion loop", range(7)), *OTHERS])
    found = {" ".join(theme.words): theme.people for theme in digest.themes}
    assert found == {"deadline homework": "20–29", "loop recursion": "5–9", "zoom": "5–9"}


@pytest.mark.parametrize(
    "canary",
    [
        asked("zebra recursion", range(1)),
        asked("zebra recursion", range(4)),
        asked("zebra recursion", range(1), times=5),
        asked("zebra", range(9)),
    ],
    ids=["one question", "four people", "five times of one", "a word of no list"],
)
def test_what_few_ask_about_or_no_list_has_is_not_told(canary: Sequence[Asking]) -> None:
    digest = reported([*canary, *OTHERS])
    assert words(digest) == ALWAYS


def test_no_name_is_told_however_many_say_it() -> None:
    askings = [*asked("what did mark say of the exam", range(9)), *OTHERS]
    told = words(reported(askings, titles=["mark sheet"], names=["Mark Exam"]))
    assert told == ALWAYS


def test_a_theme_of_nearly_all_is_not_told() -> None:
    """It would tell who did not ask."""
    askings = [*asked("is recursion in the exam", range(26)), *asked("zoom", range(26, 30))]
    assert words(reported(askings)) == set()


def test_of_a_small_course_only_totals_are_told() -> None:
    askings = [*asked("is recursion in the exam", range(7)), *asked("homework", range(7, 14))]
    digest = reported(askings)
    assert (digest.people, digest.questions, digest.themes) == ("10–19", "10–19", ())


def test_of_very_few_people_not_even_their_questions_are_counted() -> None:
    digest = reported(asked("exam", range(2), times=30))
    assert (digest.people, digest.questions) == ("fewer than 5", "fewer than 5")


def test_titles_are_said_and_small_letters_of_material() -> None:
    askings = [*asked("is hw3 about dijkstra and heaps", range(6)), *OTHERS]
    said, unknown = sayable(candidates(askings), ["hw3"], ["Edsger"])
    assert "hw3" in said
    assert "dijkstra" in unknown
    text = "Dijkstra's way needs heaps; write to e.dijkstra@example.org or www.dijkstra.org"
    assert unknown & in_small_letters(text) == {"heaps"}


def test_five_who_share_no_word_in_one_theme_say_none() -> None:
    """A word is said of a theme only if five of its own people used it."""
    askings = [
        *asked("recursion loop index", range(3)),
        *asked("recursion loop array", range(3, 6)),
        *OTHERS,
    ]
    assert {"index", "array"} & words(reported(askings)) == set()
    assert {"recursion", "loop"} <= words(reported(askings))


@pytest.mark.parametrize(
    ("people", "told"),
    [(0, "none"), (4, "fewer than 5"), (5, "5–9"), (9, "5–9"), (10, "10–19"), (137, "130–139")],
)
def test_numbers_are_told_in_steps(people: int, told: str) -> None:
    assert step(people) == told


def test_words_are_whole_and_addresses_none() -> None:
    assert [*words_of("The EXAM at a@b.org, https://x.org/exam2 on 12 of 7?")] == ["exam"]
