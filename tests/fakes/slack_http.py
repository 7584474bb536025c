"""Signed HTTP: the same things as over a socket, posted to the address of the app."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from tests.fakes import JSON
from tests.fakes.slack_post import Envelope, PostOffice

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


def signed(secret: str, body: str, at: int | None = None) -> dict[str, str]:
    """The two headers that say a body comes from Slack."""
    stamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }


async def http_deliver(
    url: str, secret: str, body: str | JSON, headers: dict[str, str] | None = None
) -> Answer:
    """Post a body as Slack would; a dict goes as JSON, a text as the form it is."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = FORM if isinstance(body, str) and not body.startswith("{") else "application/json"
    given = {"Content-Type": kind} | signed(secret, text) | (headers or {})
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.post(url, data=text.encode(), headers=given) as response,
    ):
        return Answer(response.status, await response.text())


class HttpCarrier:
    """Posts everything to one address, without waiting for one answer before the next."""

    ready = True

    def __init__(self, post: PostOffice, url: str, secret: str) -> None:
        self._post = post
        self._url = url
        self._secret = secret
        self._running: set[asyncio.Task[None]] = set()

    async def carry(self, envelope: Envelope) -> bool:
        task = asyncio.create_task(self._send(envelope))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return True

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _send(self, envelope: Envelope) -> None:
        try:
            body = _body(envelope)
            answer = await http_deliver(self._url, self._secret, body, _retry(envelope))
        except (aiohttp.ClientError, TimeoutError):
            return
        if answer.status == 200:
            self._post.acknowledge(envelope.id, 0, _payload(answer.text))


def _body(envelope: Envelope) -> str:
    if envelope.type == "events_api":
        return json.dumps(envelope.payload)
    if envelope.type == "slash_commands":
        return urlencode(envelope.payload)
    return urlencode({"payload": json.dumps(envelope.payload)})


def _retry(envelope: Envelope) -> dict[str, str]:
    if not envelope.retry_attempt:
        return {}
    return {
        "X-Slack-Retry-Num": str(envelope.retry_attempt),
        "X-Slack-Retry-Reason": f"http_{envelope.retry_reason}",
    }


def _payload(text: str) -> JSON | None:
    if not text:
        return None
    try:
        payload = json.loads(text)
    except ValueError:
        return {"text": text}
    return payload if isinstance(payload, dict) else None
