"""What an owner wants to know when something seems wrong."""

import time
from typing import Any


def health(client: Any) -> str:
    heard = time.monotonic() - client.heard_at
    return "\n".join(
        [
            f"- {len(client.shards)} shards, {client.latency * 1000:.0f} ms away",
            f"- last event {heard:.0f} s ago, {client.readies} new sessions since the start",
            f"- {client.budget.spent} of 1,000 identifies today",
            f"- {client.gate.invalid_requests} invalid requests in ten minutes",
            f"- message content: {'read' if client.reads_messages else 'not granted'}",
        ]
    )
