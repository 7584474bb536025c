"""What a Response, or what it left in its conversation, says: its text, its end, its tokens."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any

from openai.types.responses import Response

from bot.backends.openai_errors import UNKNOWN_MODEL, is_about_context
from bot.core.answers import Answer, Finished, Usage
from bot.core.errors import BackendRefused, BotError, ContextTooLong, RunLost, SessionLost

ENDED = {"completed", "incomplete", "failed", "cancelled", "expired"}

NO_ANSWER = "The model gave no answer to this. Please put it another way."

CUT_OFF = "*(The answer was cut off at its length limit.)*"
_REST_BLOCKED = "*(The model's server blocked the rest of the answer.)*"
_BLOCKED = "The model's server blocked the answer to this."
MAY_PASS = {"server_error", "rate_limit_exceeded"}
_NOT_FOUND = re.compile(r"\b(conversation|model)\b.* not found", re.IGNORECASE)


def is_ended(response: Response) -> bool:
    """Whether nothing more will come. An unknown status counts as running until the deadline."""
    return response.status in ENDED


def text_of(items: Iterable[Any] | None) -> str:
    """The final answer among items, or the refusal. Commentary on the way to it is left out.

    `Response.output_text` is not used: it is empty for a refusal, joins commentary and answer,
    and fails where a server sends no output at all.
    """
    messages = [item for item in items or () if item.type == "message"]
    final = [item for item in messages if getattr(item, "phase", None) != "commentary"]
    return "".join(content_text(item) for item in final or messages).strip()


def content_text(item: Any) -> str:
    """The words of a message item, whatever its parts are called."""
    if isinstance(item.content, str):
        return item.content
    words = (
        getattr(part, "text", None) or getattr(part, "refusal", None) or ""
        for part in item.content or []
    )
    return "".join(words)


def answer_among(items: Sequence[Any], question: str) -> Finished | None:
    """The answer that a conversation's newest items (the newest first) give to the question."""
    said = list(takewhile(lambda item: getattr(item, "role", None) != "user", items))
    asked = items[len(said) : len(said) + 1]
    text = text_of(reversed(said))
    if not text or not asked or content_text(asked[0]) != question:
        return None
    is_cut = any(getattr(item, "status", None) == "incomplete" for item in said)
    return Finished(Answer(text, remark=CUT_OFF if is_cut else ""), cursor=said[0].id)


def finished(response: Response, history_tokens: int) -> Finished:
    """How the run ended; raises what its failure means where there is no answer."""
    text = text_of(response.output)
    if response.status in {"failed", "cancelled", "expired"}:
        raise _failure(response)
    remark = ""
    if response.status == "incomplete":
        details = response.incomplete_details
        remark = remark_on(text, details.reason if details else None)
    if not text and not remark:
        raise BackendRefused(
            f"run {response.id} is {response.status} and has no text",
            notice=NO_ANSWER,
        )
    usage = usage_of(response, history_tokens)
    answer = Answer(text, model=response.model, usage=usage, remark=remark)
    return Finished(answer, run=response.id, cursor=last_item(response))


def last_item(response: Response) -> str | None:
    """The id of the newest item that a run added to its conversation."""
    items: list[Any] = list(response.output or [])
    return getattr(items[-1], "id", None) if items else None


def input_tokens_of(response: Response) -> int:
    return response.usage.input_tokens if response.usage else 0


def usage_of(response: Response, history_tokens: int) -> Usage | None:
    usage = response.usage
    if usage is None:
        return None
    # Servers other than OpenAI send None for the details.
    before: Any = usage.input_tokens_details
    after: Any = usage.output_tokens_details
    return Usage(
        input_tokens=usage.input_tokens,
        history_tokens=min(history_tokens, usage.input_tokens),
        cached_tokens=getattr(before, "cached_tokens", None) or 0,
        output_tokens=usage.output_tokens,
        reasoning_tokens=getattr(after, "reasoning_tokens", None) or 0,
    )


def remark_on(text: str, reason: str | None) -> str:
    """Why there is no more of an answer than this text."""
    if reason == "content_filter" and not text:
        raise BackendRefused("content filter", notice=_BLOCKED)
    return _REST_BLOCKED if reason == "content_filter" else CUT_OFF


def _failure(response: Response) -> BotError:
    error = response.error
    code, message = (error.code, error.message) if error else ("", "")
    status = str(response.status)
    detail = f"run {response.id} {status}: {code} {message}"
    if status == "cancelled":
        return BackendRefused(detail, notice="The run was cancelled on the model's server.")
    if status == "expired" or code in MAY_PASS:
        return RunLost(detail)
    if is_about_context(code, None, message or ""):
        return ContextTooLong(detail)
    # Some servers look for these only when the run begins, and answer no 404.
    lost = _NOT_FOUND.search(message or "")
    if lost and lost[1].lower() == "conversation":
        return SessionLost(detail)
    return BackendRefused(detail, notice=UNKNOWN_MODEL if lost else None)
