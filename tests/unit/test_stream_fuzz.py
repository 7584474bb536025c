"""Ten thousand mutated streams: nothing but our errors, and no words lost over noise."""

import random
from collections.abc import AsyncIterator
from contextlib import suppress

from bot.backends.completions import Completion
from bot.backends.error_bodies import failure_in
from bot.backends.failures import Where, judge
from bot.backends.frames import DONE
from bot.backends.frames import frames as frames_of
from bot.backends.requests import is_error
from bot.core.errors import BotError
from tests.unit.test_members import ANSWERS, piece, said

RECORDED = [*ANSWERS.values(), said(piece("<think>hm</think>"), piece("Paris.", "stop"))]
STREAMS = [body for body in RECORDED if body.startswith(b"data: {") and b"\x01" not in body]
NOISE = [b": ping\n\n", b"data:\n\n", b"retry: 3000\n\n", b"event: ping\ndata: {}\n\n", b"id: 7\n"]
ODD = [b"{", b"}", b'"', b"[", b"null", b"\x00", b"\xff", b"data: ", b"\n\n", b"\r", b"9" * 400]
TIMES = 10_000


async def answered(pieces: list[bytes]) -> str:
    """The words, if there is an end; BotError as a backend raises it."""

    async def body() -> AsyncIterator[bytes]:
        for one in pieces:
            yield one

    completion = Completion()
    async for frame in frames_of(body()):
        if frame is not DONE and is_error(frame):
            raise judge(failure_in(frame, Where.EVENT))
        completion.take(frame)
    return completion.finished(None).words if completion.is_ended else ""


def torn(body: bytes, chance: random.Random) -> list[bytes]:
    cuts = sorted(chance.randrange(len(body) + 1) for _ in range(chance.randrange(6)))
    return [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]


def spoiled(body: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at, to = sorted(chance.randrange(len(body) + 1) for _ in range(2))
        middle = chance.choice([b"", body[at:to] * 2, chance.choice(ODD), body[at:to][::-1]])
        body = body[:at] + middle + body[to:]
    return body or b"\n"


async def test_no_mutation_raises_anything_but_our_errors() -> None:
    chance = random.Random(10)  # noqa: S311
    for _ in range(TIMES):
        body = spoiled(chance.choice(RECORDED), chance)
        with suppress(BotError):
            await answered(torn(body, chance))


async def test_noise_between_events_costs_no_word() -> None:
    chance = random.Random(20)  # noqa: S311
    for _ in range(TIMES // 5):
        body = chance.choice(STREAMS)
        events = body.removesuffix(b"\n\n").split(b"\n\n")
        noisy = b"".join(chance.choice([b"", *NOISE]) + event + b"\n\n" for event in events)
        ends = chance.choice([b"\n", b"\r\n", b"\r"])
        assert await answered(torn(noisy.replace(b"\n", ends), chance)) == "Paris.", noisy
