"""Ten thousand spoiled answers: no word is lost that a plain client shows, and no error is odd."""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from bot.backends.completions import Completion
from bot.backends.frames import frames
from bot.backends.response_stream import Watch, _told
from bot.backends.thoughts import sifted
from bot.core.errors import BotError
from tests.fakes.openai_wire import STOP, chunk, finished_response, frame, stream, whole

SEED = 20_261_128
STREAMS = 10_000

WORDS = [
    "Paris",
    " is",
    " the",
    " capital\n\n",
    "of `x`",
    " <b>",
    " 【so】",
    " Frankreich",
    " 🗼",
    ".",
]
THOUGHTS = ["<think>", "hm", "</think>", "\n\nParis", "."]
CREATED = {"type": "response.created", "response": {"id": "r", "status": "in_progress"}}
RECORDED = [
    stream(*map(chunk, WORDS), STOP).body,
    stream(*map(chunk, THOUGHTS), STOP).body,
    stream(chunk("Paris"), b": ping\n\n", b"retry: 1\n\n", b"data:\n\n", STOP, ends=False).body,
    stream(chunk("Paris"), {"choices": [], "usage": {"prompt_tokens": 1}}).body.replace(
        b"\n", b"\r\n"
    ),
    b"".join(frame({"choices": [{"delta": {"content": word}}]})[:-1] for word in WORDS),
    whole("Paris.").body,
    stream(
        CREATED,
        *({"type": "response.output_text.delta", "item_id": "m", "delta": word} for word in WORDS),
        {"type": "response.completed", "response": finished_response("".join(WORDS))},
    ).body,
]
VALUES = [b"null", b"7", b"-1e999", b'"x"', b"[]", b"{}", b"true", b'{"a":[1,{}]}', b'"\\ud800"']
LITTER = [
    b"\n",
    b"\r",
    b"\n\n",
    b": ping\n\n",
    b"data:\n\n",
    b"event: x\n",
    b"\x00",
    b"\xff",
    b"{",
    b"}",
]


def spoiled(answer: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.randint(1, 4)):
        at, end = sorted(dice.choices(range(len(answer) + 1), k=2))
        match dice.randrange(6):
            case 0:  # cut off
                answer = answer[:end]
            case 1:  # a piece is gone
                answer = answer[:at] + answer[min(end, at + 9) :]
            case 2:  # a piece comes twice
                answer = answer[:end] + answer[at:end][:200] + answer[end:]
            case 3:
                answer = answer[:at] + dice.choice(LITTER) + answer[at:]
            case 4:  # frames in another order
                parts = answer.split(b"\n\n")
                dice.shuffle(parts)
                answer = b"\n\n".join(parts)
            case _:  # a value of another type
                start = answer.find(b":", at) + 1
                stop = min(
                    (i for i in (answer.find(b",", start), answer.find(b"}", start)) if i > 0),
                    default=start,
                )
                answer = answer[:start] + dice.choice(VALUES) + answer[stop:]
    return answer


async def in_chunks(answer: bytes, dice: random.Random) -> AsyncIterator[bytes]:
    while answer:
        size = dice.randint(1, 400)
        yield answer[:size]
        answer = answer[size:]


def shown_by_a_plain_client(answer: bytes) -> str:
    """What one shows that looks at each line of its own, and at the answer that speaks first."""
    words: list[tuple[int, str]] = []
    for line in answer.replace(b"\r", b"\n").split(b"\n"):
        name, _, data = line.strip(b"\0\x1e").decode("utf-8", "replace").partition("data:")
        if b"[DONE" in line:  # spoiled as it may be
            break
        with suppress(ValueError, LookupError, TypeError, AttributeError):
            words += [] if name else [_delta(json.loads(data))]
    spoken = [(index, word) for index, word in words if word]
    return "".join(word for index, word in spoken if index == spoken[0][0])


def _delta(told: Any) -> tuple[int, str]:
    choice = told["choices"][0]
    word, index = choice["delta"]["content"], choice.get("index")
    return index if type(index) is int else 0, word if isinstance(word, str) else ""


def is_within(plain: str, said: str) -> bool:
    """Whether all of it is there, in its order: we may show more."""
    left = iter(said)
    return all(character in left for character in plain)


def _signs(text: str) -> str:
    """Without blanks, and marks of thoughts whose other one is spoiled."""
    return re.sub(r"\s|</?think>", "", text)


async def read(answer: bytes, dice: random.Random) -> Completion:
    completion, watch = Completion(), Watch()
    async for one in frames(in_chunks(answer, dice)):
        completion.take(one)
        list(_told(watch, one))
    with suppress(BotError):
        completion.finished(completion.usage)
    with suppress(BotError):
        watch.ended()
    return completion


@pytest.mark.timeout(110)
def test_no_spoiled_answer_loses_words_or_makes_the_reader_stumble() -> None:
    dice = random.Random(SEED)  # noqa: S311

    async def look() -> None:
        for number in range(STREAMS):
            answer = spoiled(dice.choice(RECORDED), dice)
            sieve = (await read(answer, dice)).sieve
            said = _signs(f"{sieve.thoughts}{sieve.said}")  # we read marks that it does not
            plain = _signs(sifted(shown_by_a_plain_client(answer)).said)
            is_in_order = not sieve.thoughts  # they are told apart, whatever stood before them
            is_kept = is_within(plain, said) if is_in_order else Counter(plain) <= Counter(said)
            assert is_kept, f"stream {number} of seed {SEED}: {answer!r}"

    asyncio.run(look())
