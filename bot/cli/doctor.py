"""`doctor`: whether everything is there that it takes."""

import asyncio
import sys
from dataclasses import asdict

import click

from bot.cli.opening import echo_json
from bot.core.checks import Check, Level
from bot.core.text import clean
from bot.doctor import check_all
from bot.logs import set_up_logs

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failure": ("✗", "red")}


@click.command(short_help="Check that everything is there.")
@click.option("--json", "as_json", is_flag=True, help="An array, for programs.")
def doctor(as_json: bool) -> None:
    """Check configuration, database and model; the exit code is 1 if one of them fails."""
    set_up_logs("error", "console")

    async def collect() -> list[Check]:
        return [check async for check in check_all(may_ask=True)]

    checks = asyncio.run(collect())
    if as_json:
        echo_json([asdict(check) for check in checks])
    else:
        for check in checks:
            show(check)
    sys.exit(any(check.level is Level.FAILURE for check in checks))


def show(check: Check) -> None:
    mark, colour = _MARKS[check.level]
    finding = " ".join(clean(check.finding).split())  # some libraries explain themselves at length
    click.echo(f"{click.style(mark, fg=colour)} {check.name}: {finding}")
    if check.mend:
        click.echo(f"  → {check.mend}")
