"""What is piped in is answered, in order, and written down."""

from pathlib import Path

from tests.e2e.program import HOMEROOM, KEY, Program, until
from tests.fakes.openai_server import FakeOpenAI


def answers(*questions: str) -> str:
    return "".join(f"You said: {question}\n\n" for question in questions)


async def test_two_questions_give_two_answers_and_the_next_start_goes_on(bare: Program) -> None:
    first = await bare.run(
        "run",
        given="What year was the USA founded?\nCould you give me a little more detail on this?\n",
    )
    assert first.code == 0, first.err
    assert first.err.splitlines() == [
        "No tokens, so we talk here · demonstration model, 135 M parameters, often wrong"
    ]
    again = await bare.run("run", given="And who was the first president?\nThank you.\n")
    assert again.code == 0, again.err
    turns = await bare.turns()
    assert [turn["state"] for turn in turns] == ["done"] * 4
    assert [turn["answer"]["kind"] for turn in turns] == ["answer"] * 4
    assert turns[0]["message"]["text"] == "What year was the USA founded?"
    for turn, out in zip(turns, [first.out] * 2 + [again.out] * 2, strict=True):
        assert turn["answer"]["answer"] in out
    # The earlier turns went along as history.
    assert turns[2]["usage"]["input_tokens"] > turns[0]["usage"]["input_tokens"]


async def test_a_conversation_at_the_server_goes_on_after_a_restart(
    hosted: Program, server: FakeOpenAI
) -> None:
    await hosted.run("chat", given="one\n")
    await hosted.run("chat", given="two\n")
    assert len({run.conversation for run in server.runs}) == 1
    assert [turn["state"] for turn in await hosted.turns()] == ["done", "done"]


async def test_channels_and_threads_are_conversations_of_their_own(
    program: Program, server: FakeOpenAI
) -> None:
    await program.run("chat", "--user", "ada", given="one\n")
    await program.run("chat", "--user", "ada", "--channel", "maths", "--thread", "t 1", given="a\n")
    assert [len(run.request["messages"]) for run in server.runs] == [2, 2]  # no history
    turns = await program.turns("console:local:maths:t%201")
    assert [turn["message"]["author_name"] for turn in turns] == ["ada"]


async def test_twenty_lines_at_once_are_answered_in_order(
    program: Program, server: FakeOpenAI
) -> None:
    lines = [f"line {number}" for number in range(20)]
    ended = await program.run("chat", given="\n".join(lines))  # no newline at the end
    assert ended.out == answers(*lines)
    assert [run.input_text for run in server.runs] == lines


async def test_empty_input_ends_at_once(program: Program, server: FakeOpenAI) -> None:
    ended = await program.run("chat")
    assert (ended.code, ended.out, server.requests) == (0, "", [])


async def test_strange_text_is_answered(program: Program, server: FakeOpenAI) -> None:
    strange = {
        b"nul \x00 inside": "nul  inside",
        b"escape \x1b[31mred": "escape [31mred",
        b"not utf-8: \xff\xfe": "not utf-8: \ufffd\ufffd",
        b"lone surrogate: \xed\xa0\x80": "lone surrogate: \ufffd\ufffd\ufffd",
        "right to left: \u202eשלום\u200f".encode(): "right to left: שלום\u200f",
        b"windows\r": "windows",
    }
    ended = await program.run("chat", given=b"\n".join(strange))
    assert (ended.code, ended.out) == (0, answers(*strange.values()))
    assert [run.input_text for run in server.runs] == [*strange.values()]


async def test_a_line_that_is_no_question_is_refused_and_the_next_is_answered(
    program: Program, server: FakeOpenAI
) -> None:
    unusable = [b"", b"  \t ", b"x" * 1_000_000, b"x" * 5_000_000]
    ended = await program.run("chat", given=b"\n".join([*unusable, b"hello"]))
    assert ended.out.count("Your message was empty") == 2
    assert ended.out.count("characters") == 2
    assert ended.out.endswith("You said: hello\n\n")
    assert [run.input_text for run in server.runs] == ["hello"]
    assert max(map(len, ended.out.splitlines())) < 200


async def test_escape_codes_of_a_model_never_reach_the_terminal(
    program: Program, server: FakeOpenAI
) -> None:
    server.answer = lambda _: "\x1b]0;title\x07red \x1b[31m\x9b31m end\x00"
    ended = await program.run("chat", given="hello\n")
    assert ended.out == "]0;titlered [31m31m end\n\n"
    shown = await program.run("threads", "show", KEY)
    as_json = await program.run("threads", "show", KEY, "--json")
    for text in (shown.out, as_json.out):
        assert not set(text) & {"\x1b", "\x07", "\x9b", "\x00"}


async def test_it_stays_small(hosted: Program) -> None:
    running = await hosted.start_other(HOMEROOM, "chat")
    await running.say("hello")
    await until(lambda: "You said: hello" in running.out)
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    [kilobytes] = [int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line]
    assert kilobytes < 110_000
