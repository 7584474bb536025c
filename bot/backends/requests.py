"""One request to a model's server, and what it says, frame by frame.

Address, key, headers, time-outs and redirects are the library's (see `clients` for how far). What
comes is read past it, see `frames`.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import httpx2

from bot.backends.clients import Client
from bot.backends.error_bodies import failure_in, says_failed
from bot.backends.failures import Where, judge
from bot.backends.frames import DONE, Endless, Frame, frames
from bot.backends.openai_errors import openai_errors, place_of, require_same_method
from bot.backends.strange import Beginning, strange
from bot.backends.tolerant import as_utf8
from bot.core.errors import BackendRefused, BotError

NOTHING: frozenset[str] = frozenset()


async def tell(
    client: Client,
    path: str,
    body: dict[str, Any],
    *,
    sent: frozenset[str] = NOTHING,
    missing: type[BotError] | None = None,
) -> AsyncGenerator[Frame, None]:
    """POST once; the frames of the answer. Raises what an error means, wherever it stands."""
    with openai_errors(missing, sent):
        response = await client.post_plainly(path, body)
    async with aclosing(told(response, sent)) as told_frames:
        async for frame in told_frames:
            yield frame


async def told(
    response: httpx2.Response, sent: frozenset[str] = NOTHING
) -> AsyncGenerator[Frame, None]:
    """What a response says; it is closed however this ends."""
    try:
        require_same_method(response)
        kind, place = response.headers.get("content-type", ""), place_of(response)
        if "html" in kind:  # of a portal, or of another program: the third is believed
            raise strange("page", place["address"])
        where = Where.EVENT if "event-stream" in kind else Where.BODY
        beginning, is_read = Beginning(as_utf8(response.aiter_bytes())), False
        with openai_errors():
            async for frame in frames(aiter(beginning)):
                is_read = True
                if frame is not DONE and is_error(frame):
                    raise judge(failure_in(frame, where, sent=sent, **place))
                yield frame
        if not is_read and (error := beginning.error(place["address"])):
            raise error
    except Endless as error:
        raise BackendRefused(str(error), notice=_ENDLESS) from error
    finally:
        await response.aclose()


def is_error(frame: Frame) -> bool:
    """Whether a frame says that something failed, in any of the ways that servers have."""
    error = frame.get("error")
    if isinstance(error, Mapping) and error.get("code") in (0, "0"):
        error = None  # some gateways say at each frame that nothing failed
    if error or frame.get("type") == "error" or frame.get("object") == "error":
        return frame.get("object") != "response"  # a run says so, too, and how it ended besides
    if _ANSWERS & {name for name, value in frame.items() if value}:
        return False
    return says_failed(frame) or any(frame.get(name) for name in _SAYS) or _is_told(frame)


def _is_told(frame: Frame) -> bool:
    return any(isinstance(frame.get(name), str) and frame[name] for name in ("message", "msg"))


_SAYS = ("detail", "errors", "error_msg", "errorMessage", "fault")
_ANSWERS = {"choices", "type", "object", "data", "output", "response"}
_ENDLESS = "The AI service did not come to an end. Please ask in another way."
