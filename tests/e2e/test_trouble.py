"""What a server does wrong is told to the person in words, and to the operator with ids."""

import json

from tests.e2e.program import KEY, SECRET, Program, until
from tests.fakes.openai_server import FakeOpenAI, Fault

QUESTION = "a question that nobody else should read"


WRONG_KEY = Fault(status=401, code="invalid_api_key", message=f"Incorrect API key: {SECRET}.")
UNKNOWN_MODEL = Fault(status=404, code="model_not_found", message=f"No model for: {QUESTION}")


async def test_what_the_operator_has_to_mend_is_told_without_key_or_question(
    hosted: Program, server: FakeOpenAI
) -> None:
    server.fail("POST", "/v1/", WRONG_KEY)
    server.fail("POST", "/v1/", UNKNOWN_MODEL)
    server.fail("POST", "/v1/", Fault.quota_exceeded(), times=9)  # the library asks again
    hosted.settings |= {"LOG_FORMAT": "json"}
    ended = await hosted.run("chat", given=f"{QUESTION}\n" * 3)
    about_key, about_model, about_credit, rest = ended.out.split("\n\n")
    assert (" key" in about_key, " model" in about_model) == (True, True)
    assert (" credit" in about_credit, rest) == (True, "")
    lines = [json.loads(line) for line in ended.err.splitlines()[1:]]
    told = [(line["event"], line["turn"], line["level"]) for line in lines]
    assert told == [("turn_failed", number, "warning") for number in (1, 2, 3)]
    assert {line["conversation"] for line in lines} == {KEY}
    assert SECRET not in ended.out + ended.err
    assert QUESTION not in ended.err


async def test_no_log_line_ever_holds_a_key_or_what_was_said(
    hosted: Program, server: FakeOpenAI
) -> None:
    answer = "an answer that nobody else should read"
    server.answer = lambda _: answer
    server.fail("POST", "/v1/responses", Fault(status=500, message=f"{SECRET} {QUESTION}"))
    hosted.settings |= {"LOG_LEVEL": "debug", "LOG_FORMAT": "json"}
    ended = await hosted.run("chat", given=f"{QUESTION}\n")
    assert answer in ended.out
    events = {json.loads(line)["event"] for line in ended.err.splitlines()[1:]}
    assert {"message_accepted", "turn_claimed", "answer_saved", "reply_delivered"} <= events
    assert not any(words in ended.err for words in (SECRET, QUESTION, answer))


async def test_a_server_that_is_away_for_a_moment_is_told_once_and_answers_when_it_is_back(
    hosted: Program, server: FakeOpenAI
) -> None:
    running = await hosted.start("chat")
    await running.say("one")
    await until(lambda: running.out)
    await server.stop()
    await running.say("two")
    await until(lambda: running.err.count("turn_postponed") == 2)
    await server.start()
    await until(lambda: "You said: two" in running.out)
    _, notice, answer, rest = running.out.split("\n\n")
    assert "cannot be reached" in notice
    assert (answer, rest) == ("You said: two", "")
    assert [run.input_text for run in server.runs] == ["one", "two"]


async def test_a_mistake_in_the_assistants_while_it_runs_leaves_the_last_good_ones_in_force(
    program: Program, server: FakeOpenAI
) -> None:
    file = program.folder / "homeroom.toml"
    file.write_text('[assistants.Homeroom]\ninstructions = "first"\n')
    running = await program.start("chat")
    await running.say("one")
    await until(lambda: "one" in running.out)
    file.write_text('[assistants.Homeroom]\ninstructions = "second"\n')
    await running.say("two")
    await until(lambda: "two" in running.out)
    file.write_text('[assistants.Homeroom]\ninstructions = "third"\ntemperature = 9\n')
    await running.say("three")
    await until(lambda: "three" in running.out)
    told = [run.request["messages"][0]["content"].split()[0] for run in server.runs]
    assert told == ["first", "second", "second"]
    assert "line 3" in running.err


async def test_piped_input_is_told_when_patience_ends(hosted: Program, server: FakeOpenAI) -> None:
    await server.stop()
    ended = await hosted.run("chat", "--patience", "1", given="one\n")
    assert "I have tried for long enough" in ended.out
