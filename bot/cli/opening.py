"""What every command begins with, and how it shows what it found."""

import asyncio
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from bot.config import Settings, load_settings
from bot.core.text import clean
from bot.logs import set_up_logs
from bot.stores import open_store
from storage.store import Store

T = TypeVar("T")

# What JSON leaves as it is, and nobody sees.
_UNSEEN = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


class Since(click.ParamType[float]):
    """A span of time before now: 30m, 24h, 7d, 4w."""

    name = "span"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        match = re.fullmatch(r"(\d+)([mhdw])", str(value))
        if not match:
            self.fail(f"{value!r} is no span of time such as 24h or 7d", param, ctx)
        return time.time() - int(match[1]) * _SECONDS[match[2]]


def open_settings(level: str = "warning") -> Settings:
    """The settings in force, with logs set up; `level` holds unless LOG_LEVEL is set."""
    settings = load_settings()
    set_up_logs(settings.log_level or level, settings.log_format, settings.redactor())
    return settings


def with_store(settings: Settings, action: Callable[[Store], Awaitable[T]]) -> T:
    """Run an action on the opened database."""

    async def run() -> T:
        async with open_store(settings) as store:
            return await action(store)

    return asyncio.run(run())


def echo(text: str) -> None:
    """A line for a terminal: whatever others have named, it only says."""
    click.echo(clean(text))


def echo_json(value: object) -> None:
    written = json.dumps(value, indent=2, ensure_ascii=False)
    click.echo(_UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], written))


def echo_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table as wide as the terminal; in a pipe nothing is ever cut or wrapped."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*map(clean, row))
    width = None if sys.stdout.isatty() else 1000
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def as_time(seconds: float | None) -> str | None:
    """A point in time as people and programs read it: ISO 8601, UTC."""
    if not seconds:  # nor is 1970 a time at which anything was due
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def with_times(value: Any) -> Any:
    """The same record with each time (`at`, `…_at`) written as `as_time` does."""
    if isinstance(value, list | tuple):
        return [with_times(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: as_time(one) if _is_time(name, one) else with_times(one)
        for name, one in value.items()
    }


def _is_time(name: str, value: object) -> bool:
    return isinstance(value, float | None) and (name == "at" or name.endswith("_at"))
