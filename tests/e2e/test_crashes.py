"""Killed, told to stop, started again: each question is answered once."""

import signal

import pytest

from tests.e2e.program import HOMEROOM, Program, Running, until
from tests.fakes.openai_server import FakeOpenAI


async def asked_and_held(program: Program, server: FakeOpenAI, *lines: str) -> Running:
    """A program whose first question is with the server, which does not answer yet."""
    server.hold()
    running = await program.start("chat")
    await running.say(*lines)
    await until(lambda: server.runs)
    await until(lambda: len(program.texts()) == len(lines))
    if "BACKEND" not in program.settings:
        await until(program.runs)
    return running


async def test_a_run_survives_a_kill_and_is_paid_for_once(
    hosted: Program, server: FakeOpenAI
) -> None:
    running = await asked_and_held(hosted, server, "hello")
    assert hosted.runs() == [server.runs[0].id]
    await running.kill()
    server.release()
    again = await hosted.run("chat")
    assert (running.out, again.out) == ("", "You said: hello\n\n")
    assert len(server.runs) == 1
    turn = (await hosted.turns())[0]
    assert (turn["state"], turn["epoch"], len(turn["posts"])) == ("done", 2, 1)


async def test_a_completion_that_died_with_the_program_is_asked_for_again(
    program: Program, server: FakeOpenAI
) -> None:
    running = await asked_and_held(program, server, "hello")
    await running.kill()
    server.release()
    again = await program.run("chat")
    assert (running.out, again.out) == ("", "You said: hello\n\n")
    assert [run.input_text for run in server.runs] == ["hello", "hello"]


async def test_lines_that_waited_when_the_program_was_killed_are_answered_in_order(
    hosted: Program, server: FakeOpenAI
) -> None:
    running = await asked_and_held(hosted, server, "one", "two", "three")
    await running.kill()
    server.release()
    again = await hosted.run("chat", given="four\n")
    said = [f"You said: {number}" for number in ("one", "two", "three", "four")]
    assert again.out == "\n\n".join([*said, ""])
    assert [run.input_text for run in server.runs] == ["one", "two", "three", "four"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_short_work_is_finished_when_the_program_is_told_to_stop(
    number: signal.Signals, hosted: Program, server: FakeOpenAI
) -> None:
    running = await asked_and_held(hosted, server, "hello", "later")
    running.send(number)
    server.release()
    assert await running.ended() == 0, running.err
    assert running.out == "You said: hello\n\n"
    assert [turn["state"] for turn in await hosted.turns()] == ["done", "pending"]


async def test_long_work_is_left_to_the_next_start(hosted: Program, server: FakeOpenAI) -> None:
    running = await asked_and_held(hosted, server, "hello")
    running.send(signal.SIGTERM)
    assert await running.ended() == 0, running.err
    assert running.out == ""
    server.release()
    again = await hosted.run("chat")
    assert again.out == "You said: hello\n\n"
    assert len(server.runs) == 1


async def test_a_reader_that_goes_away_does_not_crash_the_program(
    program: Program, server: FakeOpenAI
) -> None:
    running = await asked_and_held(program, server, "hello")
    await running.kill()
    server.release()
    shell = await program.start_other(
        "bash", "-c", f"set -o pipefail; '{HOMEROOM}' chat </dev/null | true"
    )
    assert await shell.ended() == 0
    assert "Traceback" not in shell.err
    assert [turn["step"] for turn in await program.turns()] == ["undeliverable"]


async def test_a_second_program_on_the_same_database_names_the_first(program: Program) -> None:
    running = await program.start("chat")
    await running.say("hello")
    await until(lambda: running.out)
    second = await program.run("chat")
    assert second.code == 2
    assert f"process {running.process.pid}" in second.err
    assert "Traceback" not in second.err
    # Commands that only look are not kept out.
    assert len(await program.json("threads", "list")) == 1


async def test_a_database_that_is_moved_away_ends_the_program_with_its_name(
    hosted: Program,
) -> None:
    running = await hosted.start("chat")
    await running.say("one")
    await until(lambda: "You said: one" in running.out)
    away = hosted.folder / "away"
    away.mkdir()
    for file in hosted.folder.glob("homeroom.db*"):
        file.rename(away / file.name)
    await running.say("two")
    assert await running.ended() == 2
    assert "homeroom.db was removed or moved" in running.err
    assert "You said: two" not in running.out
