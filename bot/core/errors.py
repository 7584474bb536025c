"""Every error of ours, sorted by what is done about it.

BotError
├─ TransientError         try again later
│  ├─ BackendUnavailable      the model's server did not take the request
│  ├─ PlatformUnavailable     the platform did not take the request
│  ├─ OutcomeUnknown          it may have been done: look before doing it again
│  │  └─ PlatformSilent           and it is the platform that does not say
│  ├─ RunLost                 the run is gone without an answer: start another, once
│  └─ StorageUnavailable      locked, full or read-only: nothing was written
├─ Refusal                tell the person, once
│  ├─ NotAllowed, EmptyMessage, MessageTooLong, UnknownCommand, UnknownAssistant,
│  │  InvalidSetting
│  ├─ BackendRefused          key, model, credit or content
│  ├─ ContextTooLong          the model cannot take this much text
│  └─ GaveUp                  tried for long enough
├─ SessionLost            open a new session and go on at once
├─ Withheld               keep the answer, and show a notice in its place
├─ Undeliverable          refused for good, as it was tried
│  ├─ NotEditable             this message cannot be changed, or is gone: post another
│  ├─ ShapeRefused            not in this shape: a plainer one may do
│  └─ WayClosed               not at this place: there may be another
├─ ConfigError            ends the bot: one line, exit code 2, no traceback
│  ├─ StorageDamaged          not a database, or one of a newer Homeroom
│  ├─ StorageGone             the file was moved, removed or replaced
│  └─ StartAnew               all is well, but for how it was started: exit code 75
└─ ProgrammingError       never shown
   ├─ InvalidStep             a step the turn's table does not have
   ├─ StatementRefused        the database does not understand what we ask of it
   └─ StaleTurn               the turn was taken over, or ended, by someone else

The docstring of a class is the notice a person is shown when no other words are given;
`str(error)` is for the operator.
"""

import inspect

from bot.words import say


def brief(error: BaseException) -> str:
    """What a library's error is, without its own words: they may hold the headers of a request."""
    status = getattr(error, "status", None) or getattr(error, "status_code", None)
    said = [type(error).__name__, str(status) if isinstance(status, int) else "", _reason(error)]
    return " ".join(word for word in said if word)


def _reason(error: BaseException | None) -> str:
    """What the system says: the innermost error is its own."""
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        error = error.__cause__ or error.__context__
    return ""


class BotError(Exception):
    """Something went wrong on my side."""

    def __init__(self, detail: str = "", *, notice: str | None = None) -> None:
        self.notice = say(notice or inspect.getdoc(type(self)) or "")
        super().__init__(detail or self.notice)


class TransientError(BotError):
    """That did not work yet. I will keep trying."""

    def __init__(
        self, detail: str = "", *, notice: str | None = None, retry_after: float | None = None
    ) -> None:
        self.retry_after = retry_after  # seconds, where the other side named them
        super().__init__(detail, notice=notice)


class BackendUnavailable(TransientError):
    """The AI service cannot be reached at the moment. I will keep trying and answer here."""


class PlatformUnavailable(TransientError):
    """The platform does not take messages at the moment."""


class OutcomeUnknown(TransientError):
    """The AI service is not answering. I keep trying; your answer will appear here."""


class PlatformSilent(OutcomeUnknown):
    """This place does not answer me at the moment. I keep trying; your answer will appear here."""


class RunLost(TransientError):
    """The AI service lost the answer. I am asking once more."""


class StorageUnavailable(TransientError):
    """I could not write that down, so I have not taken it. Please try again in a moment."""


class Refusal(BotError):
    """I cannot do that."""


class NotAllowed(Refusal):
    """You are not allowed to do that here."""


class EmptyMessage(Refusal):
    """Hello! Your message was empty, so here is who I am.

    I am a program that answers questions. An AI writes my answers, and they may be wrong. Try:

    - Explain photosynthesis to me, step by step.
    - Ask me three questions about fractions.
    - Find the mistake in this: 7 times 8 is 54.

    `/help` says what else I can do.
    """


class MessageTooLong(Refusal):
    """Your message is too long for me. Please send a shorter one, or a part of it."""


class UnknownCommand(Refusal):
    """I do not know that command. Try help."""


class UnknownAssistant(Refusal):
    """There is no assistant of that name."""


class InvalidSetting(Refusal):
    """That cannot be set."""


class BackendRefused(Refusal):
    """The AI service refused this request. The operator can find out why."""


class ContextTooLong(Refusal):
    """That is more text than this model can take at once. Please send a shorter message."""


class GaveUp(Refusal):
    """I could not get an answer. I have tried for long enough; please ask again later."""


class SessionLost(BotError):
    """The server has forgotten this conversation."""


class StoreLost(SessionLost):
    """The server has lost the course material that lay there."""


class Withheld(BotError):
    """I may not show this answer now."""


class Undeliverable(BotError):
    """There is no one here to tell any more."""


class NotEditable(Undeliverable):
    """That message cannot be changed any more."""


class ShapeRefused(Undeliverable):
    """The platform does not take an answer of this shape."""


class WayClosed(Undeliverable):
    """The platform takes no answer there."""


class ConfigError(BotError):
    """The configuration is not usable."""


class StorageDamaged(ConfigError):
    """The database is not usable."""


class StorageGone(ConfigError):
    """The database is not where it was."""


class StartAnew(ConfigError):
    """The bot has to be started anew."""


class ProgrammingError(BotError):
    """This is a fault in Homeroom."""


class InvalidStep(ProgrammingError):
    """A turn was asked to take a step it does not have."""


class StatementRefused(ProgrammingError):
    """The database refused a statement."""


class StaleTurn(ProgrammingError):
    """The turn belongs to someone else by now."""
