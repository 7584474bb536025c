"""What a Response, or what it left in its conversation, says: its text, its end, its tokens."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from bot.backends import wordings
from bot.backends.calls import calls_in, calls_in_words
from bot.backends.citations import with_marks, without_links
from bot.backends.error_bodies import failure_in
from bot.backends.failures import NO_SIGHT, UnknownModel, Where, judge
from bot.backends.hosted_done import NOT_ALLOWED, below, ended_in, spoken
from bot.backends.reading import (
    CUT_OFF,
    NO_ANSWER,
    is_thought,
    mappings,
    remark_on,
    text_in,
    thoughts_in,
    usage_in,
    word,
)
from bot.backends.thoughts import sifted
from bot.core.answers import Answer, CallsMade, Finished, remarked
from bot.core.errors import BackendRefused, BotError, RunLost, SessionLost
from bot.core.prompts import Prompt
from bot.core.tools import Call, EndedCall, ToolStep
from bot.words import say

Response = Mapping[str, Any]

ENDED = {"completed", "incomplete", "failed", "cancelled", "expired", "succeeded", "done"}
_FORBIDDEN = {"moderation_blocked", "image_content_policy_violation"}
MAY_PASS = {"server_error", "rate_limit_exceeded"}
_NOT_FOUND = re.compile(
    r"\b(conversation|model|container)\b.{0,200} (?:not found|expired)", re.IGNORECASE
)
_SAID = ("message", "output_text", "text")  # types of items


_NEEDED = {"model", "input", "instructions", "conversation", "background"}


def parts_of(request: Mapping[str, Any]) -> frozenset[str]:
    """What of a request may be refused, and could be left out."""
    parts = {name for name, value in request.items() if value not in (None, False)} - _NEEDED
    return frozenset({*parts, "images"} if has_images(request["input"]) else parts)


def has_images(sent: Any) -> bool:
    items = [] if isinstance(sent, str) else sent
    return not all(isinstance(one.get("content", ""), str) for one in items)


def is_ended(response: Response) -> bool:
    """Whether nothing more will come. An unknown status counts as running until the deadline."""
    return word(response.get("status")) in ENDED


def text_of(items: Iterable[Any] | None) -> str:
    """The final answer among items, or the refusal. Commentary on the way to it is left out."""
    if isinstance(items, str | Mapping):  # one, and not a list of it
        items = [{"content": items} if isinstance(items, str) else items]
    messages = [item for item in mappings(items) if item.get("type", "message") in _SAID]
    final = [item for item in messages if item.get("phase") != "commentary"]
    return "".join(text_in(item.get("content", [item])) for item in final or messages).strip()


def thoughts_of(items: Iterable[Any] | None) -> str:
    """What the model thought, where its server tells."""
    found = [
        text_in(part.get("text") or "") or thoughts_in([part])
        for item in mappings(items)
        if is_thought(item)
        for name in ("content", "summary")
        for part in mappings(item.get(name))
    ]
    return "\n\n".join(filter(None, found))


def called(
    response: Response, prompt: Prompt, history_tokens: int, seen: Sequence[Any] = ()
) -> CallsMade | None:
    """What the run wants done before it answers. `seen`: the calls that came in its stream."""
    if word(response.get("status")) in {"failed", "cancelled", "expired"}:
        return None
    calls = calls_in(response.get("output"), prompt) or calls_in(seen, prompt)
    return _made(response, calls, history_tokens)


def called_in_words(response: Response, prompt: Prompt, history_tokens: int) -> CallsMade | None:
    """The same, where they are in its words. Of use where no server keeps what was called."""
    words = text_of(response.get("output"))
    return _made(response, calls_in_words(words, prompt), history_tokens)


def _made(response: Response, calls: tuple[Call, ...], history_tokens: int) -> CallsMade | None:
    if not calls:
        return None
    usage = usage_in(response.get("usage"))
    if usage:
        usage = replace(usage, history_tokens=min(history_tokens, usage.input_tokens))
    return CallsMade(
        calls,
        run=word(response.get("id")),
        cursor=last_item(response),
        usage=usage,
        model=word(response.get("model")),
        hosted=ended_in(response),
    )


def calls_among(items: Sequence[Mapping[str, Any]], prompt: Prompt) -> CallsMade | None:
    """The calls that stand at the newest end of a conversation (the newest first)."""
    said = list(takewhile(_is_the_models, items))
    calls = calls_in(reversed(said), prompt)
    if not calls:
        return None
    return CallsMade(calls, cursor=word(said[0].get("id")), hosted=_hosted_among(said))


def _hosted_among(said: Sequence[Mapping[str, Any]]) -> tuple[EndedCall, ...]:
    return ended_in({"output": [*reversed(said)]})


def has_taken(items: Sequence[Mapping[str, Any]], step: ToolStep) -> bool:
    """Whether a conversation's newest items hold an output of this step."""
    ids = {call.id for call in step.calls}
    return any(
        item.get("type") == "function_call_output" and item.get("call_id") in ids for item in items
    )


def _is_the_models(item: Mapping[str, Any]) -> bool:
    return item.get("role") != "user" and item.get("type") != "function_call_output"


def is_asked(items: Sequence[Mapping[str, Any]], question: str) -> bool:
    """Whether what a conversation's newest items (the newest first) answer is the question."""
    asked = next((item for item in items if not _is_the_models(item)), {})
    return text_in(asked.get("content")) == question


def answer_among(items: Sequence[Mapping[str, Any]]) -> Finished | None:
    """The answer that a conversation's newest items (the newest first) give."""
    said = list(takewhile(_is_the_models, items))
    text, hosted = (
        without_links(sifted(text_of(with_marks([*reversed(said)]))).said),
        _hosted_among(said),
    )
    done = spoken(text, below(said, hosted), hosted)
    if not text and not done:
        return None
    is_cut = any(item.get("status") == "incomplete" for item in said)
    remark = remarked(say(CUT_OFF) if is_cut else "", done)
    answer = Answer(remarked(text, remark), remark=remark, hosted=hosted)
    return Finished(answer, cursor=word(said[0].get("id")))


def finished(response: Response, history_tokens: int, written: str = "") -> Finished:
    """How the run ended; raises what its failure means where there is no answer.

    `written`: the words that came in its stream, for a server that does not repeat them.
    """
    if word(response.get("status")) in {"failed", "cancelled", "expired"}:
        raise _failure(response)
    sieve = sifted(
        text_of(with_marks(response.get("output"))) or text_in(response.get("output_text"))
    )
    text = without_links(sieve.said or written)
    cut = remark_on(text, _reason(response))
    hosted = ended_in(response)
    done = spoken(text, below(response.get("output"), hosted), hosted)
    remark = remarked(cut, done)
    if not text and not done and cut != say(CUT_OFF):
        raise BackendRefused(
            f"run {response.get('id')} is {response.get('status')} and has no text",
            notice=NO_ANSWER,
        )
    usage = usage_in(response.get("usage"))
    if usage:
        usage = replace(usage, history_tokens=min(history_tokens, usage.input_tokens))
    thoughts = "\n\n".join(filter(None, (thoughts_of(response.get("output")), sieve.thoughts)))
    model = word(response.get("model"))
    answer = Answer(
        remarked(text, remark),
        model=model,
        usage=usage,
        remark=remark,
        thoughts=thoughts,
        hosted=hosted,
    )
    return Finished(answer, run=word(response.get("id")), cursor=last_item(response))


def last_item(response: Response) -> str | None:
    """The id of the newest item that a run added to its conversation."""
    items = mappings(response.get("output"))
    return word(items[-1].get("id")) if items else None


def input_tokens_of(response: Response) -> int:
    usage = usage_in(response.get("usage"))
    return usage.input_tokens if usage else 0


def _reason(response: Response) -> str:
    """Why it ended; empty where it is whole."""
    if response.get("status") != "incomplete":
        return ""
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, Mapping) else None
    return word(reason) or "length"


def _failure(response: Response) -> BotError:
    status = str(response.get("status"))
    failure = failure_in(
        response.get("error"), Where.RUN, address=f"run {response.get('id')} {status}"
    )
    if status == "cancelled":
        return BackendRefused(failure.detail, notice="The AI service gave up this answer.")
    if wordings.PARTS["images"].search(failure.message):  # llama.cpp calls that an error of its own
        return BackendRefused(failure.detail, notice=NO_SIGHT)
    if failure.code in _FORBIDDEN:
        return BackendRefused(failure.detail, notice=NOT_ALLOWED)
    if status == "expired" or failure.code in MAY_PASS:
        return RunLost(failure.detail)
    # Some servers look for these only when the run begins, and answer no 404.
    lost = _NOT_FOUND.search(failure.message)
    if lost and lost[1].lower() in {"conversation", "container"}:
        return SessionLost(failure.detail)
    return UnknownModel(failure.detail) if lost else judge(failure)
