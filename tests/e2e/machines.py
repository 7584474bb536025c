"""Processes over one PostgreSQL, and what stands in it."""

import psycopg

from tests.e2e.program import Program, Running, until


async def worker(program: Program) -> Running:
    running = await program.start("run", "--roles", "worker")
    await until(lambda: "started" in running.err)
    return running


def select(program: Program, query: str) -> list[str]:
    with psycopg.connect(program.settings["DATABASE_URL"]) as connection:
        return [row[0] for row in connection.execute(query.encode())]


async def all_done(program: Program, count: int) -> None:
    await until(
        lambda: (
            select(program, "SELECT step FROM turns WHERE state = 'done'") == ["delivered"] * count
        )
    )


def runs(program: Program) -> list[str]:
    return select(program, "SELECT run FROM turns WHERE run IS NOT NULL")
