"""Bolt's app: the inbox before everything, the agent view's opening, and an end for the rest."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

GREETING = "What can I help you with?"
PROMPTS = (
    ("Explain something", "Explain to me, step by step: "),
    ("Check my understanding", "Ask me three questions about a topic I name: "),
    ("Help me write", "Help me to write a short text about "),
    ("Find my mistake", "Find the mistake in this: "),
)
_EVERYTHING = re.compile(".*")


def build_app(
    options: dict[str, Any],
    inbox: Callable[..., Awaitable[BoltResponse]],
    prompts: Sequence[tuple[str, str]] = PROMPTS,
    register: Sequence[Callable[[AsyncApp], None]] = (),
) -> AsyncApp:
    """`register` adds listeners of others; bolt runs the first that matches, so ours come last."""
    app = AsyncApp(name="homeroom", before_authorize=inbox, **options)
    for add in register:
        add(app)
    _offer_prompts(app, prompts)
    _acknowledge_the_rest(app)
    return app


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
