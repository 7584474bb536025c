"""`research`: what was asked in a course, without words and names."""

import csv
import sys

import click

from bot.cli.opening import open_settings, with_store
from bot.core.errors import ConfigError
from bot.rules.research import COLUMNS, for_research
from bot.views.usage import as_cell
from storage.store import Store


@click.command(short_help="Export a course's questions without names.")
@click.argument("course")
def research(course: str) -> None:
    """Write a course's questions as CSV: a row each, for research.

    COURSE is its name. Words are never in it, times are days, and each person is called by a
    name that is drawn for this one export: it cannot be made again, by nobody. Staff are left
    out. It is still about people: in a small course a day and a vote may tell who it was.
    """
    rows = with_store(open_settings(), lambda store: _rows(store, course))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([as_cell(cell) for cell in row] for row in rows)


async def _rows(store: Store, name: str) -> list[tuple[str, ...]]:
    courses = {one.name: one for one in await store.storage.courses.all()}
    if name not in courses:
        raise ConfigError(f"there is no course {name!r}; known: {', '.join(courses) or 'none'}")
    course = courses[name]
    return for_research(await store.records.asked_in(course.id), course.zone)
