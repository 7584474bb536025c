"""What a Response object says: its text, its end, its tokens."""

from typing import Any

from openai.types.responses import Response

from bot.answers import Answer, Finished, Usage
from bot.backends.openai_errors import is_about_context
from bot.errors import BackendRefused, ContextTooLong, Refusal, RunLost

RUNNING = {"queued", "in_progress"}
ENDED = {"completed", "incomplete", "failed", "cancelled", "expired"}

CUT_OFF = "*(The answer was cut off at its length limit.)*"
NO_ANSWER = "The model gave no answer to this. Please put it another way."
_MAY_PASS = {"server_error", "rate_limit_exceeded"}


def is_ended(response: Response) -> bool:
    """Whether nothing more will come. An unknown status counts as running until the deadline."""
    return response.status in ENDED


def text_of(response: Response) -> str:
    """The final answer, or the refusal. Commentary on the way to it is left out.

    `Response.output_text` is not used: it is empty for a refusal, joins commentary and answer,
    and fails where a server sends no output at all.
    """
    messages: list[Any] = [item for item in response.output or [] if item.type == "message"]
    final = [item for item in messages if getattr(item, "phase", None) != "commentary"]
    return "".join(content_text(item) for item in final or messages).strip()


def content_text(item: Any) -> str:
    """The words of a message item, whatever its parts are called."""
    words = (
        getattr(part, "text", None) or getattr(part, "refusal", None) or ""
        for part in item.content or []
    )
    return "".join(words)


def finished(response: Response, history_tokens: int) -> Finished:
    """How the run ended; raises RunLost or a Refusal where there is no answer."""
    text = text_of(response)
    if response.status in {"failed", "cancelled", "expired"}:
        raise _failure(response)
    if response.status == "incomplete":
        text = _incomplete(response, text)
    if not text:
        raise BackendRefused(
            f"run {response.id} is {response.status} and has no text",
            notice=NO_ANSWER,
        )
    answer = Answer(text, model=response.model, usage=usage_of(response, history_tokens))
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


def _incomplete(response: Response, text: str) -> str:
    reason = response.incomplete_details and response.incomplete_details.reason
    if reason == "content_filter" and not text:
        raise Refusal(
            f"run {response.id}: content filter",
            notice="The model's server blocked the answer to this.",
        )
    return f"{text}\n\n{CUT_OFF}".strip()


def _failure(response: Response) -> RunLost | Refusal:
    error = response.error
    code, message = (error.code, error.message) if error else ("", "")
    status = str(response.status)
    detail = f"run {response.id} {status}: {code} {message}"
    if status == "cancelled":
        return BackendRefused(detail, notice="The run was cancelled on the model's server.")
    if status == "expired" or code in _MAY_PASS:
        return RunLost(detail)
    if is_about_context(code, None, message):
        return ContextTooLong(detail)
    return BackendRefused(detail)
