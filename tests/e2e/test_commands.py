"""Every command that looks at, checks or changes what is kept."""

import csv
import json
import sqlite3

from tests.e2e.program import KEY, SECRET, Program
from tests.fakes.openai_server import FakeOpenAI


async def test_a_conversation_at_a_server_is_shown_and_deleted_there_first(
    hosted: Program, server: FakeOpenAI
) -> None:
    server.polls = 1
    await hosted.run("chat", "--user", "ada", given="hello\n/help\n")
    run = server.runs[0]

    listed = await hosted.json("threads", "list")
    assert [(one["key"], one["turns"], one["open"]) for one in listed] == [(KEY, 2, 0)]
    assert str(run.conversation) in listed[0]["session"]

    shown = await hosted.json("threads", "show", KEY)
    assert [session["session"] for session in shown["sessions"]] == [run.conversation]
    turn = shown["turns"][0]
    assert (turn["run"], turn["message"]["text"], turn["state"]) == (run.id, "hello", "done")
    assert turn["changes"][0]["at"].endswith("+00:00")
    assert turn["usage"]["output_tokens"] > 0
    plain = (await hosted.run("threads", "show", KEY)).out
    assert all(words in plain for words in (run.id, "ada: hello", "You said: hello", "tokens in"))

    await server.stop()
    refused = await hosted.run("threads", "delete", KEY)
    assert (refused.code, "nothing is deleted" in refused.err) == (1, True)
    assert len(hosted.texts()) == 2
    await server.start()
    deleted = await hosted.run("threads", "delete", KEY)
    assert (deleted.code, deleted.out) == (0, f"{KEY} is forgotten\n")
    gone = [seen.path for seen in server.requests if seen.method == "DELETE"]
    assert f"/v1/conversations/{run.conversation}" in gone
    assert f"/v1/responses/{run.id}" in gone
    assert hosted.texts() == []


async def test_the_objects_of_an_assistants_server_are_shown_and_can_be_forgotten_here_only(
    program: Program, server: FakeOpenAI
) -> None:
    program.settings |= {"BACKEND": "assistants"}
    answered = await program.run("chat", given="hello\n")
    assert answered.out == "You said: hello\n\n"
    shown = await program.json("threads", "show", KEY)
    (thread,) = [session["session"] for session in shown["sessions"]]
    assert thread.startswith("thread_")
    assert shown["turns"][0]["run"] == server.runs[0].id
    assert shown["assistants"][0]["value"].startswith("asst_")

    # Here only: the server is not asked, and need not be there.
    await server.stop()
    assert (await program.run("threads", "delete", KEY, "--local")).code == 0
    for verb, key in (("show", KEY), ("delete", KEY), ("show", "nonsense")):
        refused = await program.run("threads", verb, key)
        assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert [seen for seen in server.requests if seen.method == "DELETE"] == []


async def test_usage_shows_each_dimension_and_says_when_a_price_is_unknown(
    program: Program, server: FakeOpenAI
) -> None:
    await program.run("chat", "--user", "ada", given="one\ntwo\n")
    program.settings["OPENAI_MODEL"] = "gpt-4o-mini"
    await program.run("chat", "--user", "bob", given="three\n")

    by_model = {row["model"]: row for row in await program.json("usage")}
    assert by_model["fake-model"]["cost_usd"] == "unknown"
    assert by_model["fake-model"]["runs"] == 2
    row = by_model["gpt-4o-mini"]
    parts = ("history", "instructions", "tools", "material", "new")
    assert sum(row[f"{part}_tokens"] for part in parts) == row["input_tokens"]
    assert row["cached_tokens"] > 0
    table = (await program.run("usage", "--by", "user,channel,model")).out.splitlines()
    assert table[0].split()[:4] == ["user", "channel", "model", "runs"]
    ada = next(line.split() for line in table if "console:ada" in line)
    assert (ada[1], ada[2], ada[-1]) == (KEY[:-1], "fake-model", "unknown")
    as_csv = (await program.run("usage", "--by", "user", "--csv")).out
    rows = list(csv.DictReader(as_csv.splitlines()))
    assert [(row["user"], row["runs"]) for row in rows] == [
        ("console:ada", "2"),
        ("console:bob", "1"),
    ]


async def test_an_assistant_that_is_created_is_listed_shown_and_answers(
    program: Program, server: FakeOpenAI
) -> None:
    created = await program.run(
        "assistants", "create", "--name", "History Tutor", "--instructions", 'Say "when".',
        "--model", "tutor-model", "--temperature", "0.5",
    )  # fmt: skip
    assert created.code == 0, created.err
    file = program.folder / "homeroom.toml"
    file.write_text(file.read_text() + '[bindings]\n"console" = "History Tutor"\n')
    names = [one["name"] for one in await program.json("assistants", "list")]
    assert names == ["Homeroom", "History Tutor"]
    shown = await program.json("assistants", "show", "history tutor")
    assert (shown["model"], shown["temperature"]) == ("tutor-model", 0.5)

    await program.run("chat", given="hello\n/assistant homeroom\nhello\n")
    requests = [run.request for run in server.runs]
    assert [request["model"] for request in requests] == ["tutor-model", "fake-model"]
    assert requests[0]["messages"][0]["content"].startswith('Say "when".\n\n')


async def test_a_database_is_migrated_and_backed_up_in_use(program: Program) -> None:
    first = await program.run("migrate")
    assert "applied 0001" in first.out
    assert "up to date" in (await program.run("migrate")).out
    await program.run("chat", given="hello\n")
    made = await program.run("backup", "copy.db")
    assert (made.code, "checked" in made.out) == (0, True)
    with sqlite3.connect(program.folder / "copy.db") as copy:
        assert copy.execute("SELECT text FROM turns").fetchall() == [("hello",)]
    copy.close()
    again = await program.run("backup", "copy.db")
    assert (again.code, again.err.count("\n")) == (2, 1)


async def test_the_doctor_finds_nothing_where_nothing_is_wrong(hosted: Program) -> None:
    ended = await hosted.run("doctor")
    assert ended.code == 0, ended.out
    names = [line.split(":")[0] for line in ended.out.splitlines()]
    assert names == [
        f"✓ {name}" for name in ("configuration", "assistants", "database", "model", "platforms")
    ]
    assert SECRET not in ended.out + ended.err


async def test_the_doctor_names_a_database_that_others_can_read(hosted: Program) -> None:
    await hosted.run("chat", given="hi\n")
    (hosted.folder / "homeroom.db").chmod(0o644)
    ended = await hosted.run("doctor")
    assert "can be read by others" in ended.out


async def test_a_backup_is_restored_and_the_next_start_goes_on_from_it(hosted: Program) -> None:
    await hosted.run("chat", given="one\n")
    await hosted.run("backup", "old.db")
    await hosted.run("chat", given="two\n")
    looked = await hosted.run("restore", "old.db", "--dry-run")
    assert ("1 message" in looked.out, hosted.texts()) == (True, ["one", "two"])
    restored = await hosted.run("restore", "old.db")
    assert (restored.code, hosted.texts()) == (0, ["one"])
    await hosted.run("chat", given="three\n")
    assert hosted.texts() == ["one", "three"]


async def test_the_doctor_looks_at_the_demonstration_model(bare: Program) -> None:
    ended = await bare.run("doctor")
    assert ended.code == 0, ended.out
    assert "often wrong" in ended.out


async def test_the_doctor_names_all_that_is_wrong_and_what_mends_it(
    hosted: Program, server: FakeOpenAI
) -> None:
    server.api_key = "another key"
    (hosted.folder / "homeroom.toml").write_text("[assistants.X]\ntop_p = 7\n")
    (hosted.folder / "homeroom.db").write_bytes(b"not a database " * 100)
    (hosted.folder / ".env").write_text("OPENAI_MODLE=m\n")
    ended = await hosted.run("doctor", "--json")
    assert ended.code == 1
    checks = json.loads(ended.out)
    found = {(check["name"], check["level"]): check["mend"] for check in checks}
    assert "homeroom.toml" in found["assistants", "failure"]
    assert "backup" in found["database", "failure"]
    assert "OPENAI_API_KEY" in found["model", "failure"]
    assert found["configuration", "warning"] == "compare with .env.example"
    assert SECRET not in ended.out + ended.err


async def test_the_doctor_asks_no_server_with_settings_that_are_half_filled_in(
    hosted: Program, server: FakeOpenAI
) -> None:
    del hosted.settings["OPENAI_MODEL"]
    hosted.settings["DATABASE_URL"] = "sqlite:////nowhere/homeroom.db"
    ended = await hosted.run("doctor")
    assert ended.code == 1
    assert "✗ configuration: OPENAI_MODEL" in ended.out
    assert "✗ database: /nowhere/homeroom.db" in ended.out
    assert ended.out.count("→") == 2
    assert server.requests == []
