"""The command line over PostgreSQL, and the way there from a file."""

from tests.e2e.program import KEY, Program, until
from tests.fakes.openai_server import FakeOpenAI
from tests.postgres import Postgres


async def test_a_file_is_copied_and_the_conversation_goes_on(
    hosted: Program, postgres: Postgres
) -> None:
    url = postgres.create()
    assert (await hosted.run("chat", given="one\n")).out == "You said: one\n\n"
    copied = await hosted.run("copy", "--from", "sqlite:///homeroom.db", "--to", url)
    assert copied.code == 0, copied.err
    assert "turns: 1 rows, verified" in copied.out
    hosted.settings["DATABASE_URL"] = url
    assert (await hosted.run("chat", given="two\n")).out == "You said: two\n\n"
    assert [turn["message"]["text"] for turn in await hosted.turns()] == ["one", "two"]
    again = await hosted.run("copy", "--from", "sqlite:///homeroom.db", "--to", url)
    assert (again.code, "not empty" in again.err) == (2, True), again.err


async def test_a_file_in_use_is_not_copied(hosted: Program, postgres: Postgres) -> None:
    running = await hosted.start("chat")
    await running.say("hello")
    await until(lambda: running.out)
    copied = await hosted.run("copy", "--from", "sqlite:///homeroom.db", "--to", postgres.create())
    assert (copied.code, "in use" in copied.err) == (2, True), copied.err


async def test_two_terminals_do_not_share_a_database(hosted: Program, postgres: Postgres) -> None:
    hosted.settings["DATABASE_URL"] = postgres.create()
    running = await hosted.start("chat")
    await running.say("hello")
    await until(lambda: running.out)
    second = await hosted.run("chat")
    assert (second.code, "terminal" in second.err) == (2, True), second.err


async def test_the_commands_work_with_postgresql(hosted: Program, postgres: Postgres) -> None:
    hosted.settings["DATABASE_URL"] = postgres.create()
    assert (await hosted.run("chat", given="hello\n")).code == 0
    assert len(await hosted.json("threads", "list")) == 1
    assert [row["runs"] for row in await hosted.json("usage")] == [1]
    checks = {check["name"]: check for check in await hosted.json("doctor")}
    assert checks["database"]["finding"].startswith("PostgreSQL is sound")
    assert "up to date" in (await hosted.run("migrate")).out
    copied = await hosted.run("backup", "copy.db")
    assert (copied.code, "pg_dump" in copied.err) == (2, True), copied.err
    assert (await hosted.run("threads", "delete", KEY)).code == 0
    assert await hosted.json("threads", "list") == []


async def test_without_the_extra_it_is_named(hosted: Program) -> None:
    """And nothing of it is imported where a file is all there is."""
    (hosted.folder / "psycopg.py").write_text("raise ModuleNotFoundError(name='psycopg')")
    hosted.settings["PYTHONPATH"] = str(hosted.folder)
    assert (await hosted.run("chat", given="hello\n")).out == "You said: hello\n\n"
    hosted.settings["DATABASE_URL"] = "postgresql:///x"
    for command in ("chat", "migrate", "doctor"):
        ended = await hosted.run(command)
        assert ended.code, ended.out
        assert "homeroom[postgres]" in ended.err + ended.out
        assert "Traceback" not in ended.err


async def test_an_answer_waits_for_its_own_window_over_a_shared_database(
    hosted: Program, server: FakeOpenAI, postgres: Postgres
) -> None:
    hosted.settings["DATABASE_URL"] = postgres.create()
    server.hold()
    left = await hosted.start("chat", "--channel", "one")
    await left.say("mine")
    await until(lambda: server.runs)
    await left.kill()
    server.release()
    other = await hosted.run("chat", "--channel", "two", given="yours\n")
    assert (other.code, other.out) == (0, "You said: yours\n\n"), other.err
    assert (await hosted.run("chat", "--channel", "one")).out == "You said: mine\n\n"
