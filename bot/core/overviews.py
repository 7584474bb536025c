"""A course as its staff look at it on the page: no question, and nobody's name."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.cards import Matter
from bot.core.courses import Course, Window
from bot.core.digests import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Times are seconds since the epoch."""

    course: Course
    waiting: Mapping[Matter, int]  # for staff: how many
    oldest_at: float | None  # of those
    windows: tuple[Window, ...]  # of exams, the last ones
    hearts: int  # that students have used since yesterday at this time
    used: tuple[float, ...]  # of each budget: a share, with what is put aside for open turns
    digest: Digest | None  # the last one that was told
