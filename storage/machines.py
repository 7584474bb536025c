"""Opens PostgreSQL: all of it that the rest of the program sees.

Imported only where DATABASE_URL names it, for its libraries are an extra.
"""

from storage.engine import PostgresQueue
from storage.jobs import PostgresTurns
from storage.postgres import PostgresDatabase
from storage.postgres_schema import examine, migrate
from storage.rations import SharedRation
from storage.seats import Seats, only_seat

__all__ = [
    "PostgresDatabase",
    "PostgresQueue",
    "PostgresTurns",
    "Seats",
    "SharedRation",
    "examine",
    "migrate",
    "only_seat",
]
