"""Bolt's app: the inbox before everything, the agent view's opening, and an end for the rest."""

import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.core.errors import StorageUnavailable, brief

log = structlog.get_logger()

GREETING = "What can I help you with?"
PROMPTS = (
    ("Explain something", "Explain to me, step by step: "),
    ("Check my understanding", "Ask me three questions about a topic I name: "),
    ("Help me write", "Help me to write a short text about "),
    ("Find my mistake", "Find the mistake in this: "),
)
# For bolt, which warns at every start of a token that it finds in the environment and needs not.
_ERRORS = logging.getLogger("homeroom.slack.bolt")
_ERRORS.setLevel(logging.ERROR)

_EVERYTHING = re.compile(".*")

Inbox = Callable[..., Awaitable[BoltResponse]]


def build_app(
    options: dict[str, Any],
    inbox: Inbox,
    meet: Callable[[Any], Awaitable[None]],
    prompts: Sequence[tuple[str, str]] = PROMPTS,
    register: Sequence[Callable[[AsyncApp], None]] = (),
) -> AsyncApp:
    """`meet` is told of each body first of all.

    `register` adds listeners of others; bolt runs the first that matches, so ours come last.
    """
    first = _meeting(meet, inbox)
    app = AsyncApp(name="homeroom", logger=_ERRORS, before_authorize=first, **options)
    app.error(note_fault)
    for add in register:
        add(app)
    _offer_prompts(app, prompts)
    _acknowledge_the_rest(app)
    return app


async def note_fault(error: Exception) -> None:
    """One line, whoever can send what nobody has thought of."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    log.error("event_not_taken", error=brief(error), at=place)


def _meeting(meet: Callable[[Any], Awaitable[None]], inbox: Inbox) -> Inbox:
    async def first(body: Any, next_: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        try:
            await meet(body)
        except StorageUnavailable as error:
            log.error("workspace_not_kept", error=str(error))  # noqa: TRY400
            return BoltResponse(status=503)
        return await inbox(body, next_)

    return first


def _offer_prompts(app: AsyncApp, prompts: Sequence[tuple[str, str]]) -> None:
    """In the agent view no thread is announced: what opens is the Messages tab."""
    offered = [{"title": title, "message": message} for title, message in prompts[:4]]

    async def is_messages_tab(event: dict[str, Any]) -> bool:
        return event.get("tab") == "messages"

    async def offer(set_suggested_prompts: Callable[..., Awaitable[object]]) -> None:
        await set_suggested_prompts(prompts=offered, title=GREETING)

    app.event("app_home_opened", matchers=[is_messages_tab])(offer)


def _acknowledge_the_rest(app: AsyncApp) -> None:
    """What nobody listens to would not be acknowledged, and be sent three times more."""

    async def nothing(ack: Callable[[], Awaitable[object]]) -> None:
        await ack()

    app.event(_EVERYTHING)(nothing)
    for listens in (app.action, app.shortcut, app.view, app.options, app.command):
        listens(_EVERYTHING)(nothing)
