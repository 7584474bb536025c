"""A network in front of PostgreSQL that falls silent: nothing is closed, and nothing comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg.conninfo import conninfo_to_dict


class Network:
    """Forwards each connection until it falls silent; those made later go through."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._silence = asyncio.Event()
        self._lines: set[asyncio.Task[None]] = set()

    def fall_silent(self) -> None:
        """For all the connections there are."""
        self._silence.set()
        self._silence = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silence = self._silence
        there, back = await asyncio.open_unix_connection(self._socket)
        await asyncio.gather(_pump(reader, back, silence), _pump(there, writer, silence))


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silence: asyncio.Event
) -> None:
    try:
        while (data := await reader.read(65536)) and not silence.is_set():
            writer.write(data)
            await writer.drain()
        if silence.is_set():
            await reader.read()  # until who waits there has enough of it
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def network(url: str) -> AsyncIterator[tuple[Network, str]]:
    """Between the tests and a server; the URL leads through it."""
    given = conninfo_to_dict(url)
    between = Network(f"{given['host']}/.s.PGSQL.5432")
    server = await asyncio.start_server(between.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield between, f"postgresql://postgres@127.0.0.1:{port}/{given['dbname']}"
    finally:
        server.close()
