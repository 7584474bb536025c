"""What a model thinks is not what it says, wherever its marks are cut."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.thoughts import Sieve, sifted

HARMONY = (
    "<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>commentary"
    " to=functions.look<|constrain|>json<|message|>secret<|call|>"
    "<|start|>assistant<|channel|>final<|message|>Paris.<|return|>"
)
THOUGHT_FIRST = [
    "<think>secret</think>\n\nParis.",
    "<thinking>\nsecret\n</thinking>Paris.",
    "\n<THINK>secret</THINK> <think>more</think>Paris.",
    "<think></think>Paris.",
    "<seed:think>secret</seed:think>Paris.",
    "<reasoning>secret</reasoning>Paris.",
    "[THINK]secret[/THINK]Paris.",
    "◁think▷secret◁/think▷Paris.",
    "<|begin_of_thought|>secret<|end_of_thought|>Paris.",
    HARMONY,
    "analysisWe keep the secret.assistantfinalParis.",
    "secret</think>\n\nParis.",
    "secret\n</think>Paris.",
    '<think type="deep">secret</think >Paris.',
    "<longcat_think>secret</longcat_think>Paris.",
    "<thought_process>secret</thought_process>Paris.",
    "<analysis>secret</analysis>Paris.",
    '<details type="reasoning" done="true">secret</details>Paris.',
    "[REASONING]secret[/REASONING]Paris.",
    "<|START_THINKING|>secret<|END_THINKING|><|START_RESPONSE|>Paris.<|END_RESPONSE|>",
    "<|inner_prefix|>secret<|inner_suffix|>Paris.",
    "<unused94>thought\nsecret<unused95>Paris.",
    "<|channel>thought\nsecret<channel|>Paris.",
    "<think>secret</think><answer>Paris.</answer>",
    "\u200b<|im_start|>assistant\n<think>secret</think>Paris.<|im_end|>",
]
MARKED = [
    "Paris.<|im_end|>",
    "Paris.<|eot_id|>\n<|im_end|>",
    "Paris.</s>",
    "<s>Paris.<|eot|>",
    "<|start_header_id|>assistant<|end_header_id|>\n\nParis.",
    "<start_of_turn>model\nParis.<end_of_turn>",
    "<｜Assistant｜>Paris.<｜end▁of▁sentence｜>",
    "<|turn>model\nParis.<turn|>",
    "Paris:contentReference[oaicite:0]{index=0}.",
    "Paris【turn0search1】.",
    "Paris[citation:1].",
    "<co: 0>Paris</co: 0>.",
    "Paris\ue200cite\ue202turn0search0\ue202turn0search1\ue201.",
    "Paris【4:0†source】.",
    "Paris<|file-a1B2_c3|>.",
    "<|begin_of_box|>Paris.<|end_of_box|>",
    '\ue200entity\ue202["city","Paris","the capital"]\ue201.',
]
AMID = [
    "I look it up.\n\n<think>secret</think>\n\nParis.",
    "I look it up.\n<thinking>\nsecret\n</thinking>\nParis.",
    "I look it up.<think>secret</think>Paris.",
    "<think>secret</think>I look it up.\n[THINK]secret[/THINK]Paris.",
    "I look it up.\n◁think▷secret◁/think▷\nParis.\n<reasoning>secret</reasoning>",
    "I look it up.\n<|begin_of_thought|>secret<|end_of_thought|>Paris.",
    "I look it up.\n<|channel|>analysis<|message|>secret<|end|>Paris.",
    "```py\nprint(1)\n```\nI look it up.\n<think>secret</think>Paris.",
]
EXPLAINING = [
    "Models write `<think>` first.",
    "Models write <think>what they think</think> first.",
    "Close it with `</think>`, always.",
    "Write </think> where it ends.",
    'It is called "</think>".',
    "```xml\n<think>\n</think>\n```\nThat is all.",
    "A turn ends with <|im_end|> there.",
    "if a < b and c <d: print(x[1])",
    "analysis is a word",
    "Analysis, briefly.",
    "analysisBut no end of it comes",
    "<b>bold</b> and [a link](https://example.org)",
    "He said 【so】.",
    "unfinished <thi",
    "<analysis>all of it is an answer</analysis>",
    "<plan> is where it begins",
    "The token <|eot|> ends a turn.",
    "<answer>42</answer>",
    "It begins so:\n<think>\nand no end of it comes",
    "Sure!<think> is its name",
    "So:\n\n    <think>x</think>\n\nThat is all.",
    "So:\n~~~\n<think>x</think>\n~~~",
    "A line `of code:\n` and <think>x</think> is a mark",
    "- <think>x</think> is a mark",
    "Note: see [1] and [x: y], at 10:",
    "a",
]
ALL = [*THOUGHT_FIRST, *MARKED, *AMID, *EXPLAINING]


def in_pieces(pieces: Iterable[str], sieve: Sieve | None = None) -> tuple[Sieve, str]:
    """The sieve at its end, and what a person saw of it by then."""
    sieve, shown = sieve or Sieve(), ""
    for piece in pieces:
        words = sieve.feed(piece)
        shown = words if sieve.is_retracted else shown + words
    words = sieve.end()
    return sieve, words if sieve.is_retracted else shown + words


@pytest.mark.parametrize("text", THOUGHT_FIRST + MARKED)
def test_thoughts_and_marks_are_no_part_of_an_answer(text: str) -> None:
    assert sifted(text).said == "Paris."


@pytest.mark.parametrize("text", AMID)
def test_thoughts_amid_an_answer_are_no_part_of_it(text: str) -> None:
    sieve = Sieve()
    shown = "".join(sieve.feed(character) for character in text) + sieve.end()
    assert "secret" in sieve.thoughts
    for told in (shown, sieve.said):
        assert "secret" not in told
        assert "I look it up." in told
        assert "Paris." in told


@pytest.mark.parametrize("text", EXPLAINING)
def test_an_answer_about_marks_keeps_them(text: str) -> None:
    assert sifted(text).said == text


@given(st.sampled_from(ALL), st.lists(st.integers(1, 9), min_size=1))
def test_marks_may_be_cut_anywhere(text: str, sizes: list[int]) -> None:
    pieces: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    sieve, shown = in_pieces(pieces)
    assert (sieve.said, sieve.thoughts) == (sifted(text).said, sifted(text).thoughts)
    assert shown.strip() == sieve.said


@given(st.text("ab <>|/[]`:\n\ue200\ue201\ue202【】†thinkunused94s", max_size=200))
def test_nothing_makes_it_stumble(text: str) -> None:
    sieve, shown = in_pieces(text)
    assert sieve.said == sifted(text).said == shown.strip()


@pytest.mark.parametrize("text", THOUGHT_FIRST[:2])
def test_no_thought_is_shown_while_it_comes(text: str) -> None:
    sieve = Sieve()
    assert "secret" not in "".join(sieve.feed(character) for character in text)
    assert sieve.thoughts == "secret"


def test_thoughts_alone_are_no_answer() -> None:
    sieve = sifted("<think>secret, and then it broke off")
    assert (sieve.said, sieve.thoughts) == ("", "secret, and then it broke off")


def test_where_thoughts_are_known_to_come_first_none_is_shown() -> None:
    sieve, shown = in_pieces("secret</think>Paris.", Sieve(is_thinking=True))
    assert (sieve.said, shown) == ("Paris.", "Paris.")


def test_where_they_were_thought_to_come_and_did_not_nothing_is_lost() -> None:
    sieve, shown = in_pieces("Paris, `x` and <b>", Sieve(is_thinking=True))
    assert (sieve.said, shown) == ("Paris, `x` and <b>",) * 2


@pytest.mark.parametrize("mark", ["<", "</think>", "【", "\ue200", "<|im_end|>", "<|channel|>"])
def test_a_hostile_answer_takes_time_by_its_length_alone(mark: str) -> None:
    text = mark * 20_000  # squared, this would take minutes
    assert len(sifted(text).said) <= len(text)


@pytest.mark.parametrize(
    "text", [AMID[0], AMID[2], "So:\n<think>what it thinks</think>\nThen more."]
)
def test_who_asks_about_a_mark_is_shown_it_amid_the_answer(text: str) -> None:
    sieve, shown = in_pieces(text, Sieve(question="What does <think> mean?"))
    assert (sieve.said, shown) == (text, text)


def test_the_thoughts_of_a_model_that_thinks_first_are_hidden_all_the_same() -> None:
    sieve, shown = in_pieces(AMID[3], Sieve(question="What does <think> mean?"))
    assert "secret" not in shown
    assert "secret" not in sieve.said
