"""Logs for the operator, on standard error: what happened, with ids, never with words or tokens.

Message texts and secrets are kept out by not passing them: log calls name ids, lengths and
error classes. Events are past-tense snake_case.
"""

import logging
import sys

import structlog
from structlog.typing import Processor


def set_up_logs(level: str, style: str) -> None:
    """One line per event; `style` is `console` or `json`. Vendors' libraries: warnings only."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, force=True)
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
