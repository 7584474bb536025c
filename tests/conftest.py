import gc
import signal
from collections.abc import Iterator

import pytest

from tests.postgres import Postgres, running_postgres


def pytest_configure() -> None:
    """What a shell starts in the background is told to ignore Ctrl-C, and hands that on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """All that was read stays until the end: it need not be looked through at each collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests of this process; each takes a database of its own."""
    with running_postgres() as server:
        yield server
