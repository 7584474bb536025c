"""`usage`: tokens and cost."""

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import click

from bot.cli.channels import named
from bot.cli.opening import Since, echo_json, echo_table, open_settings, with_store
from bot.config import Settings
from bot.core.messages import ConversationKey
from bot.core.ports.records import UsageRecord
from bot.core.prices import in_dollars
from bot.homeroom_toml import FILE, read_catalogue
from bot.platforms import TABLE, open_platforms
from bot.prices import OwnPrices, price_of
from bot.views.usage import as_cell

Row = dict[str, Any]

_DIMENSIONS = ("user", "channel", "model", "assistant")
_TOOL, _CHANNEL = "tool", "channel"
_NOBODYS: Mapping[str, str] = {}
_COUNTS = (
    "runs", "uncounted", "input_tokens", "history_tokens", "instructions_tokens", "tools_tokens",
    "material_tokens", "new_tokens", "cached_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip


@click.command(short_help="Show tokens and cost.")
@click.option("--since", type=Since(), default="7d", show_default=True)
@click.option(
    "--by",
    "by",
    default="model",
    show_default=True,
    help="Any of user, channel, model, assistant; or tool.",
)
@click.option("--json", "as_json", is_flag=True)
@click.option("--csv", "as_csv", is_flag=True)
def usage(since: float, by: str, *, as_json: bool, as_csv: bool) -> None:
    """Show tokens and cost, and what the input was made of.

    No server says which part of the input was what: history, instructions, tools, material and
    new are estimates, which make up the input. By tool: how often each was called.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv: choose one of them")
    style = "json" if as_json else "csv" if as_csv else None
    dimensions = [name.strip() for name in by.split(",") if name.strip()]
    if dimensions == [_TOOL]:
        tools = with_store(open_settings(), lambda store: store.records.tools(since))
        _show([asdict(one) for one in tools], ["tool", "calls", "failed", "tokens"], style)
        return
    if unknown := set(dimensions) - set(_DIMENSIONS):
        known = ", ".join(_DIMENSIONS)
        raise click.BadParameter(f"{', '.join(unknown)}: choose among {known}, or {_TOOL} alone")
    settings = open_settings()
    found = with_store(settings, lambda store: store.records.usage(since))
    names = _named(settings, found) if _CHANNEL in dimensions else {}
    own = read_catalogue(FILE, TABLE).prices
    rows = summed([priced(record, own, names) for record in found], dimensions)
    _show(rows, [*dimensions, *_COUNTS, "cost_usd"], style)


def _show(rows: Sequence[Row], columns: Sequence[str], style: str | None) -> None:
    if style == "json":
        echo_json(rows)
    elif style == "csv":
        writer = csv.DictWriter(sys.stdout, columns)
        writer.writeheader()
        writer.writerows([{name: as_cell(value) for name, value in row.items()} for row in rows])
    else:
        headings = [name.replace("_", " ") for name in columns]
        echo_table(headings, ([str(row[name]) for name in columns] for row in rows))


def summed(rows: Sequence[Row], dimensions: Sequence[str]) -> list[Row]:
    """Rows with the same dimensions as one. The cost of a sum is unknown if a part of it is."""
    totals: dict[tuple[str, ...], Row] = {}
    for row in rows:
        group = tuple(str(row[name]) for name in dimensions)
        empty = {**dict(zip(dimensions, group, strict=True)), **dict.fromkeys(_COUNTS, 0)}
        total = totals.setdefault(group, {**empty, "cost_usd": Decimal(0)})
        for name in _COUNTS:
            total[name] += row[name]
        known = total["cost_usd"] is not None and row["cost_usd"] is not None
        total["cost_usd"] = total["cost_usd"] + row["cost_usd"] if known else None
    return [{**total, "cost_usd": _money(total["cost_usd"])} for total in totals.values()]


def _named(settings: Settings, found: Sequence[UsageRecord]) -> Mapping[str, str]:
    keys = [record.key for record in found]
    return with_store(
        settings, lambda store: named(open_platforms(settings, store.storage.memos), keys)
    )


def priced(
    record: UsageRecord, own: OwnPrices | None = None, names: Mapping[str, str] = _NOBODYS
) -> Row:
    """A record of the database with its dimensions named and its cost; `names`: of channels.

    What no cost was kept of is priced as it would be now. A run whose tokens nobody counted has a
    cost nobody knows.
    """
    key, used = ConversationKey.parse(record.key), record.used
    return {
        **asdict(used),
        "user": f"{key.platform}:{record.author_name}",
        _CHANNEL: names.get(key.scopes()[1], key.scopes()[1]),
        "model": record.model or "unknown",
        "assistant": record.assistant or "unknown",
        "new_tokens": used.new_tokens,
        "cost_usd": in_dollars(used.cost) if not used.unpriced else _price_now(record, own),
    }


def _price_now(record: UsageRecord, own: OwnPrices | None) -> Decimal | None:
    """Of runs alike to the token, each for itself: long ones cost more a token."""
    used = record.used
    if used.uncounted:
        return None
    each = price_of(
        record.backend,
        record.model,
        input_tokens=used.input_tokens // used.runs,
        cached=used.cached_tokens // used.runs,
        output_tokens=used.output_tokens // used.runs,
        own=own,
    )
    return None if each is None else each * used.runs


def _money(cost: Decimal | None) -> str:
    return "unknown" if cost is None else f"{cost:.6f}"
