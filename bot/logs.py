"""Logs for the operator, on standard error: what happened, with ids, never with words or tokens.

Message texts and secrets are kept out by not passing them: log calls name ids, lengths and
error classes. Events are past-tense snake_case.
"""

import logging
import sys
from contextlib import suppress

import structlog
from structlog.typing import Processor

from bot.core.redaction import Redactor


class _StandardError:
    """Standard error as it is at the time: a prompt may have put itself before it.

    A line that cannot be written, as on a full disk, is left out: no work ends over it.
    """

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(self._redact(text))
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def set_up_logs(level: str, style: str, redact: Redactor | None = None) -> None:
    """One line per event; `style` is `console` or `json`. Vendors' libraries: warnings only.

    `redact` leaves out what must not be said, also of what vendors write and of tracebacks.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The other formatters show local variables: keys and what people said.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    target = _StandardError(redact or Redactor())
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=target),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    foreign = logging.StreamHandler(target)
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=[drop, renderer], foreign_pre_chain=shared)
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[foreign], force=True)
    logging.captureWarnings(capture=True)
