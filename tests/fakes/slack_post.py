"""The post office: everything Slack tells the app, delivered until it is acknowledged."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from tests.fakes import JSON


@dataclass(frozen=True)
class Ack:
    """An acknowledgement, `at` in seconds of the monotonic clock. Sockets count from 1."""

    at: float
    socket: int
    payload: JSON | None


@dataclass(kw_only=True, eq=False)
class Envelope:
    """One delivery. Delivered once more, the same thing comes in another envelope."""

    id: str
    type: str
    payload: JSON
    accepts_response: bool
    retry_attempt: int
    retry_reason: str
    at: float
    socket: int = 0  # 0 is HTTP
    acks: list[Ack] = field(default_factory=list)

    @property
    def acked(self) -> bool:
        return bool(self.acks)

    @property
    def event(self) -> JSON:
        """The event in it; nothing in a command or an interaction."""
        event: JSON = self.payload.get("event", {})
        return event

    def to_json(self) -> JSON:
        told: JSON = {"envelope_id": self.id, "type": self.type, "payload": self.payload}
        told["accepts_response_payload"] = self.accepts_response
        if self.type == "events_api":
            told |= {"retry_attempt": self.retry_attempt, "retry_reason": self.retry_reason}
        return told

    def recorded(self) -> JSON:
        return asdict(self) | {"acked": self.acked}


@dataclass(kw_only=True, eq=False)
class Parcel:
    """A thing the app is to be told, and every attempt at telling it."""

    type: str
    payload: JSON
    accepts_response: bool = False
    on_answer: Callable[[JSON], None] | None = None
    envelopes: list[Envelope] = field(default_factory=list)

    @property
    def acked(self) -> bool:
        return any(envelope.acked for envelope in self.envelopes)

    def wrap(self, reason: str) -> Envelope:
        envelope = Envelope(
            id=str(uuid.uuid4()),
            type=self.type,
            payload=self.payload,
            accepts_response=self.accepts_response,
            retry_attempt=len(self.envelopes),
            retry_reason=reason if self.envelopes else "",
            at=time.monotonic(),
        )
        self.envelopes.append(envelope)
        return envelope


class Carrier(Protocol):
    """A way to the app."""

    @property
    def ready(self) -> bool: ...

    async def carry(self, envelope: Envelope) -> bool:
        """Send it; say whether it has left."""


class PostOffice:
    """Keeps what could not be delivered, and what was not acknowledged."""

    def __init__(self) -> None:
        self.carrier: Carrier
        self.envelopes: list[Envelope] = []
        self._parcels: list[Parcel] = []
        self._sent: dict[str, tuple[Parcel, Envelope]] = {}
        self._outbox: deque[Parcel] = deque()
        self._reason = "timeout"
        self._held = False
        self._something = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._pump = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
            self._pump = None

    def put(self, parcel: Parcel) -> None:
        self._parcels.append(parcel)
        self._outbox.append(parcel)
        self.look()

    def look(self) -> None:
        """There may be something to do, or a way to do it."""
        self._something.set()

    def hold(self) -> None:
        self._held = True

    def release(self, *, backwards: bool = False) -> None:
        if backwards:
            self._outbox.reverse()
        self._held = False
        self.look()

    def redeliver(self, reason: str = "timeout", socket: int | None = None) -> int:
        """Send once more what was sent (over that socket) and not acknowledged."""
        late = [p for p in self._parcels if p.envelopes and not p.acked and p not in self._outbox]
        late = [p for p in late if socket in {None, p.envelopes[-1].socket}]
        self._reason = reason
        self._outbox.extendleft(reversed(late))
        self.look()
        return len(late)

    def again(self, envelope: Envelope) -> None:
        """Deliver a thing a second time although nobody asked for it."""
        parcel = next(p for p in self._parcels if envelope in p.envelopes)
        self.put(replace(parcel, on_answer=None, envelopes=[]))

    def acknowledge(self, envelope_id: str, socket: int, payload: JSON | None) -> None:
        if envelope_id in self._sent:
            self._note(*self._sent[envelope_id], Ack(time.monotonic(), socket, payload))

    def _note(self, parcel: Parcel, envelope: Envelope, ack: Ack) -> None:
        first = not parcel.acked
        envelope.acks.append(ack)
        if first and ack.payload and parcel.on_answer:
            parcel.on_answer(ack.payload)

    async def _deliver(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            while self._outbox and self.carrier.ready and not self._held:
                await self._send(self._outbox.popleft())

    async def _send(self, parcel: Parcel) -> None:
        if parcel.acked:  # while it was waiting to be sent once more
            return
        envelope = parcel.wrap(self._reason)
        self._sent[envelope.id] = parcel, envelope
        if await self.carrier.carry(envelope):
            self.envelopes.append(envelope)
        else:
            parcel.envelopes.remove(envelope)
            self._outbox.appendleft(parcel)
