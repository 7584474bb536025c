"""One turn, whatever happens to it on its way."""

import asyncio
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from bot.backends.chat import ChatBackend
from bot.core.along import Along
from bot.core.answers import AnswerEvents
from bot.core.errors import TransientError
from bot.core.messages import Author
from bot.core.prompts import Prompt
from bot.core.turns import State, Turn
from bot.work.retries import RetryPolicy
from bot.work.runner import TurnRunner
from tests.fakes.openai_server import Fault
from tests.fakes.platform import LIVE, PLATFORM
from tests.unit.world import MODEL, Bot, Hasty, World, WrappedTurns, locked, message, until

STOPPED = "*Stopped.*"
GAVE_UP = "I have tried for long enough"
TOO_LONG = "did not come to an end in time"
POST_RUN = ("POST", "/v1/responses$")


async def test_each_step_of_a_turn_is_saved_before_the_next(world: World, bot: Bot) -> None:
    world.server.hold()
    bot.adapter.hold("post")
    question = await bot.say("hi")
    run = await bot.run_of(question)
    row = await bot.row(question)
    assert (row["state"], row["is_submitted"], row["answer"]) == ("pending", 1, None)
    assert [run] == [run.id for run in world.runs(question)]
    world.server.release()
    await until(lambda: "post" in bot.adapter.calls)
    row = await bot.row(question)
    assert (row["state"], row["answer"], row["done_at"]) == ("answered", "You said: hi", None)
    bot.adapter.release("post")
    await bot.idle()
    row = await bot.row(question)
    assert (row["state"], row["step"], row["kind"]) == ("done", "delivered", "answer")
    assert world.platform.reply(question) == ["You said: hi"]


async def test_the_intent_is_on_the_disk_when_a_run_is_started(world: World, bot: Bot) -> None:
    world.server.fail(*POST_RUN, Fault(delay=0.1))
    question = await bot.say("hi")
    await until(lambda: _posted_runs(world) == 1)
    assert (await bot.row(question))["is_submitted"] == 1
    await bot.idle()


async def test_the_run_is_on_the_disk_when_it_is_polled(world: World, bot: Bot) -> None:
    world.server.fail("GET", "/v1/responses/", Fault(delay=0.1))
    question = await bot.say("hi")
    await until(lambda: "GET" in [seen.method for seen in world.server.requests])
    assert (await bot.row(question))["run"] == world.server.runs[0].id
    await bot.idle()


async def test_a_run_that_is_polled_is_stopped_and_cancelled(world: World, bot: Bot) -> None:
    world.server.hold()
    question = await bot.say("hi")
    await bot.run_of(question)
    assert await bot.ask("/stop") == "Stopped."
    assert world.platform.reply(question) == [STOPPED]
    assert [run.status for run in world.runs(question)] == ["cancelled"]


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_a_stop_keeps_what_was_written_so_far(world: World, backend: str) -> None:
    world.server.hold()
    async with world.bot(backend, limits=LIVE) as bot:
        question = await bot.say("hi")
        await until(lambda: world.platform.reply(question) != [])
        [written] = world.platform.reply(question)
        await bot.ask("/stop")
        await until(lambda: [run.status for run in world.runs(question)] == ["cancelled"])
    assert written
    assert world.platform.reply(question) == [f"{written.strip()}\n\n{STOPPED}"]


async def test_a_run_that_is_being_started_is_stopped_once_its_id_is_known(
    world: World, bot: Bot
) -> None:
    world.server.hold()
    world.server.fail(*POST_RUN, Fault(delay=0.2))
    question = await bot.say("hi")
    await until(lambda: _posted_runs(world) == 1)
    assert await bot.ask("/stop") == "Stopped."
    assert world.platform.reply(question) == [STOPPED]
    assert [run.status for run in world.runs(question)] == ["cancelled"]


async def test_a_run_whose_start_stays_unknown_is_stopped_and_not_started_again(
    world: World, bot: Bot
) -> None:
    world.server.hold()
    world.server.fail(*POST_RUN, Fault(delay=0.2, drop="after"))
    question = await bot.say("hi")
    await until(lambda: _posted_runs(world) == 1)
    assert await bot.ask("/stop") == "Stopped."
    assert world.platform.reply(question) == [STOPPED]
    assert len(world.runs(question)) == 1


async def test_no_run_is_started_once_the_stop_is_heard(world: World) -> None:
    class StopAtIntent(WrappedTurns):
        async def save(self, turn: Turn, along: Along | None = None) -> None:
            await self.inner.save(turn, along)
            if turn.is_submitted and turn.state is State.PENDING:
                bot.worker.stop(turn.conversation_id, turn.message.author.id, turn.id + 1)

    async with world.bot(wrap_storage=StopAtIntent.around) as bot:
        assert await bot.ask("hi") == STOPPED
    assert world.server.runs == []


async def test_a_turn_that_waits_for_its_next_attempt_is_stopped_at_once(world: World) -> None:
    world.server.fail(*POST_RUN, Fault.rate_limited(retry_after=1e9))
    async with world.bot(retries=Hasty(patience=1e10)) as bot:
        question = await bot.say("hi")
        await bot.row_when(question, lambda row: row["due_at"])
        assert await bot.ask("/stop") == "Stopped."
    assert world.platform.reply(question) == [STOPPED]
    assert world.runs(question) == []


async def test_a_stop_ends_what_waits_and_nothing_that_comes_later(world: World, bot: Bot) -> None:
    world.server.hold()
    waiting = [await bot.say(text) for text in ("one", "two", "three")]
    await bot.run_of(waiting[0])
    stop = await bot.say("/stop")
    later = await bot.say("four")
    await bot.run_of(later)
    world.server.release()
    await bot.idle()
    assert world.platform.replies(waiting) == [[STOPPED]] * 3
    assert world.platform.reply(stop) == ["Stopped."]
    assert world.platform.reply(later) == ["You said: four"]
    assert [run.input_text for run in world.server.runs] == ["one", "four"]


async def test_a_stop_is_for_what_the_same_person_asked(world: World, bot: Bot) -> None:
    bob = Author("u2", "Bob")
    world.server.hold()
    question = await bot.say("hi")
    await bot.run_of(question)
    waiting, stop = (replace(message(text), author=bob) for text in ("and I?", "/stop"))
    for said in (waiting, stop):
        await bot.intake.accept(said)
    assert [run.status for run in world.runs(question)] != ["cancelled"]
    world.server.release()
    await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]
    assert world.platform.replies([waiting, stop]) == [[STOPPED], ["Stopped."]]


async def test_a_stop_for_all_is_for_what_anybody_asked(world: World, bot: Bot) -> None:
    world.server.hold()
    question = await bot.say("hi")
    await bot.run_of(question)
    stops = [replace(message("/stop all"), author=Author("u2", "Bob")) for _ in range(2)]
    for stop in stops:
        await bot.intake.accept(stop)
    await bot.idle()
    assert world.platform.reply(question) == [STOPPED]
    assert world.platform.replies(stops) == [["Stopped."], ["There is nothing to stop."]]


async def test_a_stop_is_heard_of_whom_no_database_would_take_the_name(
    world: World, bot: Bot
) -> None:
    odd = Author("u\x00\ud8003", "Odd")
    world.server.hold()
    question, stop = (replace(message(text), author=odd) for text in ("hi", "/stop"))
    await bot.intake.accept(question)
    await bot.run_of(question)
    await bot.intake.accept(stop)
    await bot.idle()
    assert world.platform.replies([question, stop]) == [[STOPPED], ["Stopped."]]


async def test_a_stop_does_not_undo_a_command_before_it(world: World, bot: Bot) -> None:
    world.server.hold()
    await bot.run_of(await bot.say("hi"))
    new = await bot.say("/new")
    await bot.ask("/stop")
    assert world.platform.reply(new)[0].startswith("A new conversation.")


async def test_a_stop_that_comes_with_the_answer_leaves_the_answer(world: World) -> None:
    class StopAtAnswer(WrappedTurns):
        async def save(self, turn: Turn, along: Along | None = None) -> None:
            await self.inner.save(turn, along)
            if turn.state is State.ANSWERED:
                bot.worker.stop(turn.conversation_id, turn.message.author.id, turn.id + 1)

    async with world.bot(wrap_storage=StopAtAnswer.around) as bot:
        assert await bot.ask("hi") == "You said: hi"


async def test_many_stops_at_once_are_as_good_as_one(world: World, bot: Bot) -> None:
    world.server.hold()
    question = await bot.say("hi")
    await bot.run_of(question)
    stops = [message("/stop") for _ in range(3)]
    await asyncio.gather(*map(bot.intake.accept, stops))
    await bot.idle()
    assert world.platform.reply(question) == [STOPPED]
    assert all(len(reply) == 1 for reply in world.platform.replies(stops))


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_a_person_is_told_once_of_a_server_that_is_down(world: World, backend: str) -> None:
    await world.server.stop()
    async with world.bot(backend) as bot:
        question = await bot.say("hi")
        await bot.row_when(question, lambda row: row["failures"] > 3)
        await world.server.start()
        await bot.idle()
    [post] = world.platform.posts_to(question)
    notice, answer = post.texts
    assert "cannot be reached" in notice
    assert answer == "You said: hi"
    assert len(world.runs(question)) == 1


async def test_a_person_is_told_when_patience_runs_out(world: World) -> None:
    world.server.fail(*POST_RUN, Fault.rate_limited(), times=99)
    async with world.bot(retries=Hasty(patience=1.4)) as bot:
        assert GAVE_UP in await bot.ask("hi")
    assert _posted_runs(world) == 2


async def test_a_run_that_never_ends_is_cancelled_at_its_deadline(world: World) -> None:
    world.server.hold()
    async with world.bot(deadline=0.3) as bot:
        question = await bot.say("hi")
        await bot.idle()
    assert TOO_LONG in world.platform.reply(question)[0]
    assert [run.status for run in world.runs(question)] == ["cancelled"]


@pytest.mark.parametrize("last_status", ["completed", "cancelled"])
async def test_a_run_past_its_deadline_is_looked_at_once_more(
    world: World, last_status: str
) -> None:
    """The process may have been down when the deadline passed, and when the run ended."""
    world.server.hold()
    async with world.bot() as bot:
        question = await bot.say("hi")
        await bot.run_of(question)
        await bot.queue.drain(0)
        await bot.database.fetch("UPDATE turns SET run_at = run_at - 1000", {})
    if last_status == "completed":
        world.server.release()
    async with world.bot(deadline=0.5) as bot:
        await bot.idle()
    assert [run.status for run in world.runs(question)] == [last_status]
    [reply] = world.platform.reply(question)
    assert (reply == "You said: hi") is (last_status == "completed")
    assert (TOO_LONG in reply) is (last_status == "cancelled")


async def test_a_lost_run_is_started_once_more(world: World, bot: Bot) -> None:
    world.server.next_run(status="failed", error_code="server_error")
    question = await bot.say("hi")
    await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]
    assert [run.status for run in world.runs(question)] == ["failed", "completed"]


async def test_a_run_that_is_lost_twice_is_given_up(world: World, bot: Bot) -> None:
    for _ in range(2):
        world.server.next_run(status="failed", error_code="server_error")
    question = await bot.say("hi")
    await bot.idle()
    assert GAVE_UP in world.platform.reply(question)[0]
    assert len(world.runs(question)) == 2


async def test_a_forgotten_session_is_opened_anew_at_once(world: World, bot: Bot) -> None:
    await bot.ask("hi")
    async with world.client() as client:
        await client.conversations.delete(str(world.server.runs[0].conversation))
    assert await bot.ask("again") == "You said: again"
    first, second = world.server.runs
    assert first.conversation != second.conversation
    assert not [status for _, status, _ in bot.adapter.statuses if status == "trying again"]


async def test_a_start_that_may_have_happened_is_looked_for_not_repeated(
    world: World, bot: Bot
) -> None:
    world.server.fail(*POST_RUN, Fault.dropped_after())
    question = await bot.say("hi")
    await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]
    assert len(world.runs(question)) == 1


async def test_the_doubt_about_a_start_outlives_a_later_refusal(world: World, bot: Bot) -> None:
    """An ambiguous start, then one that certainly was none: the first may have run since."""
    world.server.hold()
    world.server.fail(*POST_RUN, Fault.dropped_after())
    world.server.fail(*POST_RUN, Fault.rate_limited(retry_after=500))
    question = await bot.say("hi")
    await bot.row_when(question, lambda row: row["failures"] == 2)
    world.server.release()
    await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]
    assert len(world.runs(question)) == 1


async def test_a_message_that_was_begun_too_often_gets_a_notice(world: World) -> None:
    question = await _left_with(world, attempts=5)
    async with world.bot() as bot:
        await bot.idle()
    assert GAVE_UP in world.platform.reply(question)[0]
    assert len(world.runs(question)) == 1


async def test_a_delivery_that_was_begun_too_often_is_abandoned(world: World) -> None:
    async with world.bot() as bot:
        bot.adapter.hold("post")
        question = await bot.say("hi")
        await until(lambda: "post" in bot.adapter.calls)
        await bot.queue.drain(0)
        await bot.database.fetch("UPDATE turns SET attempts = 5", {})
    async with world.bot() as bot:
        await bot.idle()
        assert (await bot.row(question))["step"] == "undeliverable"
    assert world.platform.posts == []


async def test_a_fault_of_ours_is_answered_for_and_logged(world: World) -> None:
    class Faulty(ChatBackend):
        async def answer(self, prompt: Prompt) -> AnswerEvents:
            raise KeyError("oops")
            yield  # makes it a generator

    with capture_logs() as logs:
        async with world.bot(Faulty(world.client(), MODEL)) as bot:
            assert await bot.ask("hi") == "Something went wrong on my side."
    assert [log["event"] for log in logs if log.get("exc_info")] == ["turn_crashed"]


async def test_a_status_that_cannot_be_shown_costs_no_answer(world: World, bot: Bot) -> None:
    bot.adapter.fail("show_status", KeyError("oops"), times=99)
    with capture_logs() as logs:
        assert await bot.ask("hi") == "You said: hi"
    assert "status_not_shown" in {log["event"] for log in logs}


async def test_a_backend_that_ends_without_an_answer_is_asked_again(world: World) -> None:
    class Speechless(ChatBackend):
        is_speechless = True

        async def answer(self, prompt: Prompt) -> AnswerEvents:
            if self.is_speechless:
                self.is_speechless = False
                return
            async for event in super().answer(prompt):
                yield event

    async with world.bot(Speechless(world.client(), MODEL)) as bot:
        assert await bot.ask("hi") == "You said: hi"


@pytest.mark.parametrize(
    ("text", "level"),
    [("", "info"), ("/dance", "info"), ("x" * 100_001, "info"), ("hi", "warning")],
)
async def test_only_what_the_operator_can_mend_is_a_warning(
    world: World, bot: Bot, text: str, level: str
) -> None:
    world.server.fail(*POST_RUN, Fault(status=401, message="hi is no key"))
    with capture_logs() as logs:
        await bot.ask(text)
    [failure] = [log for log in logs if log["event"] in ("message_refused", "turn_failed")]
    assert failure["log_level"] == level
    assert failure["turn"] == 1


async def test_no_words_of_a_message_are_logged(world: World, bot: Bot) -> None:
    refusal = Fault(status=400, message="your input 'xyzzy' is not allowed")
    world.server.fail(*POST_RUN, refusal)
    with capture_logs() as logs:
        for text in ("xyzzy", "hello xyzzy", "/xyzzy", "/assistant xyzzy"):
            await bot.ask(text)
    assert logs
    assert "xyzzy" not in str(logs)


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_an_answer_waits_for_a_database_that_is_locked(world: World, backend: str) -> None:
    world.server.hold()
    async with world.bot(backend) as bot:
        await bot.database.fetch("PRAGMA busy_timeout = 1", {})
        question = await bot.say("hi")
        await until(lambda: world.runs(question) != [])
        with capture_logs() as logs, locked(world.path):
            world.server.release()
            await until(lambda: [log["event"] for log in logs].count("turn_not_saved") == 3)
        await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]
    assert len(world.runs(question)) == 1


async def test_a_turn_that_someone_else_claimed_is_left_alone(world: World, bot: Bot) -> None:
    question = message("hi")
    receipt = await bot.storage.turns.add(question, 0.0)
    turn = await bot.storage.turns.claim(receipt.conversation_id, 0.0)
    assert turn
    await bot.storage.turns.claim(receipt.conversation_id, 0.0)
    with capture_logs() as logs:
        await TurnRunner(turn, bot.ports).run()
    assert "turn_taken_over" in [log["event"] for log in logs]
    assert (await bot.row(question))["state"] == "pending"
    assert world.platform.posts == []
    assert world.runs(question) == []


def _posted_runs(world: World) -> int:
    paths = [seen.path for seen in world.server.requests if seen.method == "POST"]
    return paths.count("/v1/responses")


async def _left_with(world: World, attempts: int) -> Any:
    """A question in mid-run, as a process leaves it that was begun so often."""
    world.server.hold()
    async with world.bot() as bot:
        question = await bot.say("hi")
        await bot.run_of(question)
        await bot.queue.drain(0)
        await bot.database.fetch("UPDATE turns SET attempts = :n", {"n": attempts})
    world.server.release()
    return question


async def test_what_a_broken_stream_says_is_not_logged(world: World) -> None:
    words = 'data: {"error": {"message": "flagged: my secret words"}}\n\n'
    broken = Fault(status=200, body=words, content_type="text/event-stream")
    world.server.fail("POST", r"/responses$", broken)
    with capture_logs() as logs:
        async with world.bot(limits=LIVE) as bot:
            assert await bot.ask("hi") == "You said: hi"
    assert "turn_postponed" in {entry["event"] for entry in logs}
    assert "secret words" not in str(logs)


@pytest.mark.parametrize("is_late", [False, True], ids=["there already", "later"])
async def test_who_waits_behind_a_question_that_is_tried_again_is_shown_why(
    world: World, *, is_late: bool
) -> None:
    await world.server.stop()
    async with world.bot() as bot:
        first = await bot.say("one")
        if is_late:
            await bot.row_when(first, lambda row: row["failures"] > 3)
        second = await bot.say("two")
        await bot.row_when(first, lambda row: row["failures"] > 5)
        await world.server.start()
        await bot.idle()
    shown = [detail for asked, _, detail in bot.adapter.statuses if asked == second.id]
    assert [detail for detail in shown if "tried again" in detail] == [
        "behind a question that is tried again"
    ]
    assert world.platform.replies([first, second]) == [["You said: one"], ["You said: two"]]


class Thrice(RetryPolicy):
    """Three attempts; notes how many there were before each wait."""

    seen: ClassVar[list[int]] = []

    def next_attempt(
        self, error: TransientError, failures: int, reruns: int, waited: float
    ) -> float | None:
        self.seen.append(failures)
        return 0.001 if failures < 2 else None


async def test_those_behind_do_not_wait_an_hour_each_for_a_server_that_is_down(
    world: World,
) -> None:
    Thrice.seen.clear()
    await world.server.stop()
    async with world.bot(retries=Thrice()) as bot:
        questions = [await bot.say(text) for text in ("one", "two", "three")]
        await bot.idle()
    assert Thrice.seen == [0, 1, 2, 2, 2]  # each is tried, in order, and told
    assert [GAVE_UP in world.platform.reply(one)[0] for one in questions] == [True] * 3


@pytest.mark.parametrize(
    ("setting", "reply"),
    [
        ("", "Paris."),
        ('[assistants.Open]\nthoughts = "show"\n', "> First this.\n> Then that.\n\nParis."),
    ],
)
async def test_thoughts_are_kept_and_shown_only_where_the_assistant_says_so(
    world: World, setting: str, reply: str
) -> None:
    bound = setting and f'{setting}[bindings]\n{PLATFORM} = "Open"\n'
    world.path.with_name("homeroom.toml").write_text(bound, "utf-8")
    world.server.answer = lambda _: "<think>First this.\n\nThen that.</think>Paris."
    async with world.bot("chat", limits=LIVE) as bot:
        question = await bot.say("Where?")
        await bot.idle()
        row = await bot.row(question)
        assert (row["answer"], bool(row["thoughts"])) == ("Paris.", bool(setting))
        await bot.ask("And?", "elsewhere")
    assert world.platform.reply(question) == [reply]
