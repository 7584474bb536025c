"""What is done about a failure: one judgement over all that a server says, and where it says it.

* again later: a TransientError. OutcomeUnknown, unless it is certain that nothing was begun.
* left out and once more: Unwanted, which names a part of the request that we can do without.
* shortened and once more: ContextTooLong; and Unexplained, which may be that in other words.
* final: BackendRefused, with words for the person and, in `str()`, for the operator.

HTTP's status alone decides little: gateways put the truth into the body, into a stream that began
with 200, or into `type`.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from bot.backends import wordings
from bot.core.errors import (
    BackendRefused,
    BackendUnavailable,
    BotError,
    ContextTooLong,
    OutcomeUnknown,
    RunLost,
    SessionLost,
    StoreLost,
)
from bot.words import say

_LOCK_WAIT = 2.0  # seconds; the server says "in a few seconds"


class Where(Enum):
    """How a failure came."""

    RESPONSE = auto()  # with a status
    BODY = auto()  # in place of an answer, with status 200
    EVENT = auto()  # in a stream
    RUN = auto()  # a run that ended so


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a server said. `status` 0: only that something failed."""

    where: Where
    status: int = 0
    code: str = ""
    kind: str = ""
    param: str = ""
    message: str = ""
    address: str = ""
    request_id: str = ""
    retry_after: float | None = None
    has_key: bool = True  # whether one was sent
    sent: frozenset[str] = frozenset()  # the parts of the request that it can be sent without

    @property
    def detail(self) -> str:
        """For the operator. Without the words where those may repeat the key."""
        words = "" if self.status == 401 else self.message  # noqa: PLR2004
        told = (str(self.status or ""), self.code, self.kind, self.param, words)
        place = " ".join(filter(None, (self.address, self.request_id)))
        return " ".join([*filter(None, told), f"({place})"])

    @property
    def names(self) -> set[str]:
        return {self.code.lower(), self.kind.lower()} - {""}


class Unwanted(BackendRefused):
    """The AI service does not take a part of this request."""

    def __init__(self, detail: str, part: str) -> None:
        self.part = part
        super().__init__(detail)


class UnknownModel(BackendRefused):
    """The AI service does not know the model this bot is set to use."""


class Unexplained(BackendRefused):
    """The AI service refused this request. The operator can find out why."""


class Repeatable(OutcomeUnknown):
    """The AI service had an error. I will try again and answer here."""

    def __init__(
        self,
        detail: str,
        words: str,
        retry_after: float | None = None,
        *,
        notice: str | None = None,
        believed: str = "",
    ) -> None:
        self.words = words  # the same a third time are a refusal,
        self.believed = believed or SAME  # and the person is told this
        super().__init__(detail, notice=notice, retry_after=retry_after)


def recognised(failure: Failure) -> BotError | None:
    """Where a code, or words, say what it is about."""
    looks = (_as_lock, _as_over, _as_length, _as_credit, _as_key, _as_model, _as_part)
    return next(filter(None, (look(failure) for look in looks)), None)


def judge(failure: Failure, missing: type[BotError] | None = None) -> BotError:
    """The error of ours that says what is done. `missing`: what a 404 means here."""
    if found := recognised(failure):
        return found
    if failure.status == 404 and missing:  # noqa: PLR2004
        return missing(failure.detail)
    if failure.where is Where.RUN:
        return RunLost(failure.detail) if _is_passing(failure) else _as_refusal(failure)
    if failure.status == 429 or any(map(wordings.BUSY_CODE.search, failure.names)):  # noqa: PLR2004
        return BackendUnavailable(failure.detail, notice=BUSY, retry_after=failure.retry_after)
    return _as_unknown(failure) if _may_pass(failure) else _as_refusal(failure)


def is_too_long(failure: Failure) -> bool:
    """Whether a server says that the input does not fit; not all of them have a code for it."""
    if failure.names & wordings.LENGTH_CODES:
        return True
    if failure.status in wordings.NEVER_LENGTH or wordings.THROTTLED.search(failure.message):
        return False
    if failure.status == 429:  # noqa: PLR2004 - mostly the tokens of a minute
        return bool(re.search("too (?:large|long)", failure.message, re.IGNORECASE))
    return wordings.says_too_long(failure.message)


def _as_lock(failure: Failure) -> BotError | None:
    """An earlier run is alive, perhaps our own: keep the intent, wait, and look again."""
    if failure.code != "conversation_locked" and not wordings.ACTIVE_RUN.search(failure.message):
        return None
    return OutcomeUnknown(failure.detail, notice=BUSY, retry_after=_LOCK_WAIT)


def _as_over(failure: Failure) -> BotError | None:
    """The conversation holds a call without an output, or a container that is gone: it is over."""
    if wordings.GONE_STORE.search(failure.message):
        return StoreLost(failure.detail)
    words = (wordings.OPEN_CALL, wordings.GONE_CONTAINER)
    is_over = any(one.search(failure.message) for one in words)
    return SessionLost(failure.detail) if is_over else None


def _as_length(failure: Failure) -> BotError | None:
    return ContextTooLong(failure.detail) if is_too_long(failure) else None


def _as_credit(failure: Failure) -> BotError | None:
    """Of what is spent. "Quota" in a 429 may be that of a minute."""
    is_said = failure.status != 429 and wordings.CREDIT.search(failure.message)  # noqa: PLR2004
    is_coded = any(map(wordings.CREDIT_CODE.search, failure.names))
    if failure.status == 402 or is_coded or is_said or wordings.SPENT.search(failure.message):  # noqa: PLR2004
        return BackendRefused(failure.detail, notice=_NO_CREDIT)
    return None


def _as_key(failure: Failure) -> BotError | None:
    """Other people's refusals are not our key's: proxies, relays and regions say 403, too."""
    is_about_key = failure.status == 401 or failure.names & wordings.KEY_CODES  # noqa: PLR2004
    words = wordings.KEY if failure.status == 403 else wordings.WRONG_KEY  # noqa: PLR2004
    if not is_about_key and not words.search(failure.message):
        return None
    return BackendRefused(failure.detail, notice=_WRONG_KEY if failure.has_key else _NO_KEY)


def _as_model(failure: Failure) -> BotError | None:
    is_coded = bool(failure.names & wordings.MODEL_CODES)
    if is_coded or (
        failure.status in {0, 400, 404, 422} and wordings.MODEL.search(failure.message)
    ):
        return UnknownModel(failure.detail)
    return None


def _as_part(failure: Failure) -> BotError | None:
    """A part of the request that is refused: by its name, or in words.

    Where the status does not say that the request is at fault, the words have to.
    """
    said = f"{failure.param} {failure.message}"
    is_said = wordings.IS_NOT_TAKEN.search(said) and not wordings.PASSING.search(said)
    parts = wordings.PARTS if failure.status in {400, 415, 422} or is_said else ("images",)
    for part in parts:
        if part in failure.sent and (failure.param == part or wordings.PARTS[part].search(said)):
            return Unwanted(failure.detail, part)
    return None


def _may_pass(failure: Failure) -> bool:
    """Whether it may be otherwise in a while. A body in place of an answer mostly says no."""
    if failure.status:
        return failure.status in {408, 409} or failure.status >= 500  # noqa: PLR2004
    if wordings.ADDRESS.search(failure.message):
        return False
    return failure.where is Where.EVENT or _is_passing(failure)


def _is_passing(failure: Failure) -> bool:
    return bool(wordings.PASSING.search(f"{failure.code} {failure.kind} {failure.message}"))


def _as_unknown(failure: Failure) -> BotError:
    """Words that say themselves that it passes are believed; others, three times."""
    wait = failure.retry_after
    if (
        not failure.message
        or failure.status in {408, 409}
        or wordings.PASSING.search(failure.message)
    ):
        return OutcomeUnknown(failure.detail, retry_after=wait)
    return Repeatable(failure.detail, f"{failure.code} {failure.message}", wait)


def _as_refusal(failure: Failure) -> BotError:
    if failure.status in {301, 302, 303, 404, 405} or wordings.ADDRESS.search(failure.message):
        return BackendRefused(failure.detail, notice=_WRONG_ADDRESS)
    if failure.status in {400, 413, 422} and not failure.names & wordings.CONTENT_CODES:
        return Unexplained(failure.detail, notice=_refused(failure))
    return BackendRefused(failure.detail, notice=_refused(failure))


def _refused(failure: Failure) -> str:
    named = ", ".join(filter(None, (str(failure.status or ""), failure.code, failure.param)))
    reason = f" ({named})" if re.fullmatch(r"[\w ,.\[\]-]{1,80}", named) else ""
    return say(
        "The AI service refused this request{reason}. The operator can find out why.",
        reason=reason,
    )


_WRONG_KEY = "The AI service does not accept this bot's key. The operator has to mend that."
_NO_KEY = (
    "The AI service wants a key, and this bot has none. The operator has to set OPENAI_API_KEY."
)
NO_SIGHT = "The model of this bot cannot look at pictures. Please ask in words."
BUSY = "The AI service is busy. I will keep trying and answer here."
SAME = (
    "The AI service says the same error again and again, so I have stopped asking. "
    "Please ask in another way, or tell the operator."
)
_NO_CREDIT = "This bot has no credit left with the AI service. The operator has to mend that."

_WRONG_ADDRESS = (
    "The AI service knows no such address. "
    "The operator has to look at OPENAI_BASE_URL, which mostly ends in /v1."
)
