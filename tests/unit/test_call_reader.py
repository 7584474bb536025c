"""Calls of tools in whatever way a server writes them; the shapes are those of public reports."""

import json
from collections.abc import Sequence
from typing import Any, cast

import pytest

from bot.backends.calls import CallReader, calls_in
from bot.core.tools import Call, ToolStep
from bot.work.commands import CommandBackend
from bot.work.desk import Desk
from tests.fakes.openai_talk import Talk

Pieces = Sequence[dict[str, Any]]
DICE, BOOK = ("dice", '{"n": 1}'), ("book", '{"n": 2}')


def piece(**told: Any) -> dict[str, Any]:
    function = {k: told.pop(k) for k in ("name", "arguments") if k in told}
    return {"tool_calls": [{**told, "function": function}]}


def whole(tool: tuple[str, Any], **told: Any) -> dict[str, Any]:
    return piece(name=tool[0], arguments=tool[1], **told)


SHAPES: dict[str, Pieces] = {
    "as OpenAI streams": [
        piece(index=0, id="a", name="dice", arguments=""),
        piece(index=0, arguments='{"n":'),
        piece(index=0, arguments=" 1}"),
        piece(index=1, id="b", name="book", arguments=""),
        piece(index=1, arguments='{"n": 2}'),
    ],
    "mixed": [
        piece(index=0, id="a", name="dice"),
        piece(index=1, id="b", name="book"),
        piece(index=0, arguments='{"n": 1}'),
        piece(index=1, arguments='{"n": 2}'),
    ],
    "no index": [whole(DICE, id="a"), whole(BOOK, id="b")],
    "no id": [whole(DICE, index=0), whole(BOOK, index=1)],
    "neither": [whole(DICE), whole(BOOK)],
    "index 0 for all": [whole(DICE, index=0, id="a"), whole(BOOK, index=0, id="b")],
    "index 0 for all, no id": [whole(DICE, index=0), whole(BOOK, index=0)],
    "the id in every piece": [
        piece(index=0, id="a", name="dice", arguments='{"n":'),
        piece(index=0, id="a", name="dice", arguments=" 1}"),
        whole(BOOK, index=1, id="b"),
    ],
    "in one message": [{"tool_calls": [*whole(DICE)["tool_calls"], *whole(BOOK)["tool_calls"]]}],
    "arguments as an object": [
        whole(("dice", {"n": 1}), index=0, id="a"),
        whole(("book", {"n": 2}), index=1, id="b"),
    ],
    "an index as text": [whole(DICE, index="0", id="a"), whole(BOOK, index="1", id="b")],
    "an index that is null": [whole(DICE, index=None, id="a"), whole(BOOK, index=None, id="b")],
    "indices from one": [whole(DICE, index=1, id="a"), whole(BOOK, index=2, id="b")],
    "indices backwards": [
        piece(index=5, id="a", name="dice", arguments='{"n"'),
        whole(BOOK, index=3, id="b"),
        piece(index=5, arguments=": 1}"),
    ],
    "an id that is empty later": [
        piece(index=0, id="a", name="dice", arguments='{"n":'),
        piece(index=0, id="", name="", arguments=" 1}"),
        whole(BOOK, index=1, id="b"),
    ],
    "an id that is null later": [
        piece(index=0, id="a", name="dice", arguments='{"n":'),
        piece(index=0, id=None, name=None, arguments=" 1}"),
        whole(BOOK, index=1, id="b"),
    ],
    "the name in every piece": [
        piece(index=0, id="a", name="dice", arguments='{"n":'),
        piece(index=0, id="a", name="dice", arguments=" 1}"),
        piece(index=1, id="b", name="book", arguments='{"n":'),
        piece(index=1, id="b", name="book", arguments=" 2}"),
    ],
    "the name in every piece, no id": [
        piece(index=0, name="dice", arguments='{"n":'),
        piece(index=0, name="dice", arguments=" 1}"),
        whole(BOOK, index=1),
    ],
    "an id for every piece": [
        piece(index=0, id="a1", name="dice", arguments='{"n":'),
        piece(index=0, id="a2", arguments=" 1}"),
        piece(index=1, id="b1", name="book", arguments='{"n":'),
        piece(index=1, id="b2", arguments=" 2}"),
    ],
    "a name in pieces": [
        piece(index=0, id="a", name="di"),
        piece(index=0, name="ce", arguments=""),
        piece(index=0, arguments='{"n": 1}'),
        whole(BOOK, index=1, id="b"),
    ],
    "arguments that are null first": [
        piece(index=0, id="a", name="dice", arguments=None),
        piece(index=0, arguments='{"n": 1}'),
        piece(index=1, id="b", name="book", arguments=None),
        piece(index=1, arguments='{"n": 2}'),
    ],
    "an empty object first": [
        piece(index=0, id="a", name="dice", arguments="{}"),
        piece(index=0, arguments='{"n": 1}'),
        whole(BOOK, index=1, id="b"),
    ],
    "nothing between": [
        whole(DICE, index=0, id="a"),
        {"tool_calls": []},
        {"tool_calls": None, "content": None},
        {},
        whole(BOOK, index=1, id="b"),
        piece(index=1),
    ],
    "a call that is no list": [
        {"tool_calls": whole(DICE, index=0, id="a")["tool_calls"][0]},
        {"tool_calls": whole(BOOK, index=1, id="b")["tool_calls"][0]},
    ],
    "all of it once more at the end": [
        piece(index=0, id="a", name="dice", arguments='{"n":'),
        piece(index=0, arguments=" 1}"),
        whole(BOOK, index=1, id="b"),
        {
            "tool_calls": [
                *whole(DICE, index=0, id="a")["tool_calls"],
                *whole(BOOK, index=1, id="b")["tool_calls"],
            ]
        },
    ],
    "as parameters": [
        {
            "tool_calls": [
                {"index": i, "id": n, "function": {"name": n, "parameters": a}}
                for i, (n, a) in enumerate((DICE, BOOK))
            ]
        },
    ],
    "as input": [
        {
            "tool_calls": [
                {"id": n, "type": "tool_use", "name": n, "input": json.loads(a)}
                for n, a in (DICE, BOOK)
            ]
        },
    ],
    "the old kind beside the new": [
        {
            **whole(DICE, index=0, id="a"),
            "function_call": {"name": "dice", "arguments": '{"n": 1}'},
        },
        whole(BOOK, index=1, id="b"),
    ],
    "spaces about the name": [
        whole((" dice\n", DICE[1]), index=0, id="a"),
        whole(BOOK, index=1, id="b"),
    ],
    "flat": [{"tool_calls": [{"id": n, "name": n, "arguments": a} for n, a in (DICE, BOOK)]}],
}


@pytest.fixture
def talk() -> Talk:
    return Talk(CommandBackend(cast("Desk", None)))  # nobody is asked


def read(talk: Talk, pieces: Pieces, steps: tuple[ToolStep, ...] = ()) -> tuple[Call, ...]:
    reader = CallReader()
    for one in pieces:
        reader.take(one)
    question = talk.asking("Roll.")
    question.steps = steps
    return reader.calls(question.prompt())


@pytest.mark.parametrize("shape", SHAPES)
def test_two_calls_are_read_in_any_shape(talk: Talk, shape: str) -> None:
    calls = read(talk, SHAPES[shape])
    assert [(call.tool, call.arguments) for call in calls] == [DICE, BOOK]
    assert len({call.id for call in calls}) == 2


def test_a_call_of_the_old_kind_is_one(talk: Talk) -> None:
    pieces = [{"function_call": {"name": "dice", "arguments": '{"n"'}}]
    [call] = read(talk, [*pieces, {"function_call": {"arguments": ": 1}"}}])
    assert (call.tool, call.arguments) == DICE


def test_ids_that_were_there_before_are_replaced(talk: Talk) -> None:
    before = (ToolStep((Call("call_0", *DICE),), ("done",)),)
    [call] = read(talk, [whole(BOOK, id="call_0")], before)
    assert call.id != "call_0"


JUNK: list[Any] = [None, 1, "x", [], {}, [None], [1, "x"], [{"function": 3}], {"function": {}}]


@pytest.mark.parametrize("junk", JUNK, ids=str)
def test_junk_is_no_reason_to_fail(talk: Talk, junk: Any) -> None:
    read(talk, [{"tool_calls": junk}, {"function_call": junk}])
    assert calls_in(junk, talk.asking("Roll.").prompt()) == ()
