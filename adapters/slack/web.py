"""Slack's Web API: all that answering takes is called through here, within the budget."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.bodies import JSON, part, text
from adapters.slack.budget import Budget
from adapters.slack.errors import DEAD_TOKEN, code_of, slack_errors
from bot.core.errors import PlatformUnavailable
from bot.core.headers import time_told

_PATIENCE = 20.0  # seconds a call may wait for its turn; the turn itself is tried again later


class Workspaces(Protocol):
    """The workspaces this bot is installed in."""

    async def open(self) -> None:
        """Before anything else. Raises ConfigError when what is set will never serve."""

    async def client(self, team: str) -> AsyncWebClient:
        """A client with the bot's token there. None of them repeats a request by itself."""

    async def bot(self, team: str) -> str:
        """The bot's own user id there."""

    async def replace(self, team: str, token: str) -> bool:
        """Slack refused this token: whether there is another by now."""

    async def meet(self, body: Any) -> None:
        """Keep what a body tells of the place it comes from, before it is taken."""

    def app_options(self) -> dict[str, Any]:
        """What bolt's app has to know of them: a client, or how to authorise."""

    async def close(self) -> None: ...


class Web:
    def __init__(self, workspaces: Workspaces, budget: Budget | None = None) -> None:
        self._workspaces = workspaces
        self.budget = budget or Budget()
        self.told_time: Callable[[float, float], None] = _unheard

    async def call(
        self,
        method: str,
        team: str,
        *,
        patience: float = _PATIENCE,
        order: float = 0.0,
        **arguments: Any,
    ) -> JSON:
        """Call a method, waiting for the budget and out a 429 as long as `patience` lasts.

        Of those who wait for the same, the lower `order` goes first.


        Raises PlatformUnavailable or Rejected when it certainly was not done, OutcomeUnknown
        when it may have been.
        """
        budget, channel = self.budget, str(arguments.get("channel", ""))
        until = budget.now() + patience
        while True:
            left = max(0.0, until - budget.now())
            await budget.take(method, team, channel, left, order)
            try:
                answer = await self._send(method, team, arguments)
            except PlatformUnavailable as error:
                if error.retry_after is None:
                    raise
                budget.refused(method, team, channel, error.retry_after)
                if budget.now() + error.retry_after > until:
                    raise
            else:
                budget.took(method, team, channel)
                return answer

    async def pages(self, method: str, team: str, **arguments: Any) -> AsyncIterator[JSON]:
        """All that a method lists, page by page. Raises as `call` does."""
        cursor: str | None = None
        while True:
            page = await self.call(method, team, cursor=cursor, **arguments)
            yield page
            cursor = text(part(page, "response_metadata"), "next_cursor")
            if not cursor:
                return

    async def _send(self, method: str, team: str, arguments: JSON) -> JSON:
        client = await self._workspaces.client(team)
        with slack_errors():
            try:
                return await self._ask(client, method, arguments)
            except SlackApiError as error:
                is_dead = code_of(error) in DEAD_TOKEN
                if not (is_dead and await self._workspaces.replace(team, str(client.token))):
                    raise
            return await self._ask(await self._workspaces.client(team), method, arguments)

    async def _ask(self, client: AsyncWebClient, method: str, arguments: JSON) -> JSON:
        begun_at = time.monotonic()
        response = await getattr(client, method.replace(".", "_"))(**arguments)
        at = time_told(response.headers.get("Date") or response.headers.get("date"))
        if at is not None:
            self.told_time(at, time.monotonic() - begun_at)
        return response.data if isinstance(response.data, dict) else {}


def _unheard(at: float, waited: float) -> None:
    """Before anybody listens."""
