import gc
from collections.abc import Iterator

import pytest

from tests.postgres import Postgres, running_postgres


def pytest_collection_finish() -> None:
    """All that was read stays until the end: it need not be looked through at each collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests of this process; each takes a database of its own."""
    with running_postgres() as server:
        yield server
