"""Who is answered when: order, one run at a time, stops, starts and ends of the process."""

import asyncio
from dataclasses import replace

from structlog.testing import capture_logs

from bot.core.errors import PlatformUnavailable
from bot.core.messages import ConversationKey
from bot.core.turns import Turn
from tests.fakes.platform import LIVE
from tests.patience import PATIENCE
from tests.unit.world import Bot, World, WrappedTurns, locked, message, until

STOPPED = "*Stopped.*"


async def test_twenty_messages_at_once_are_answered_in_order_one_at_a_time(
    world: World, bot: Bot
) -> None:
    most = 0

    def answer(text: str) -> str:
        nonlocal most
        most = max(most, 1 + sum(run.active for run in world.server.runs))
        return f"You said: {text}"

    world.server.answer = answer
    questions = [message(str(number)) for number in range(20)]
    for question in questions:
        await bot.intake.accept(question)
    await bot.idle()
    assert most == 1
    assert world.platform.order(questions[0].key) == [question.id for question in questions]
    assert world.platform.replies(questions) == [[f"You said: {n}"] for n in range(20)]


async def test_two_conversations_are_answered_in_parallel(world: World, bot: Bot) -> None:
    world.server.hold()
    questions = [await bot.say(text, channel=text) for text in ("one", "two")]
    await until(lambda: sum(run.active for run in world.server.runs) == 2)
    world.server.release()
    await bot.idle()
    assert world.platform.replies(questions) == [["You said: one"], ["You said: two"]]


async def test_a_slow_conversation_holds_up_no_other(world: World, bot: Bot) -> None:
    world.server.hold()
    await bot.run_of(await bot.say("slow", channel="slow"))
    usage = await bot.say("/usage", channel="quick")
    await until(lambda: world.platform.reply(usage) != [])
    assert [run.active for run in world.server.runs] == [True]


async def test_a_stop_between_the_claim_and_the_work_is_heard(world: World) -> None:
    class SlowClaim(WrappedTurns):
        async def claim(self, conversation_id: int, now: float) -> Turn | None:
            turn: Turn | None = await self.inner.claim(conversation_id, now)
            claimed.set()
            await heard.wait()
            return turn

    claimed, heard = asyncio.Event(), asyncio.Event()
    async with world.bot(wrap_storage=SlowClaim.around) as bot:
        question = await bot.say("hi")
        await claimed.wait()
        stop = await bot.say("/stop")
        heard.set()
        await bot.idle()
    assert world.platform.replies([question, stop]) == [[STOPPED], ["Stopped."]]
    assert world.runs(question) == []


async def test_a_drained_run_is_taken_up_again_and_not_paid_for_twice(world: World) -> None:
    world.server.hold()
    async with world.bot() as bot:
        question = await bot.say("hi")
        run = await bot.run_of(question)
    for _ in range(7):  # more often than a turn may be begun
        async with world.bot() as bot:
            await bot.row_when(question, lambda row: row["attempts"])
            await bot.queue.drain(0)
            row = await bot.row(question)
            assert (row["state"], row["attempts"], row["run"]) == ("pending", 0, run)
    world.server.release()
    async with world.bot() as bot:
        await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]
    assert len(world.runs(question)) == 1


async def test_a_drain_waits_for_no_platform_that_hangs(world: World) -> None:
    world.server.hold()
    async with world.bot(limits=LIVE) as bot:
        bot.adapter.hold("post")
        question = await bot.say("hi")
        await until(lambda: "post" in bot.adapter.calls)
        async with asyncio.timeout(PATIENCE):
            await bot.queue.drain(0)
    world.server.release()
    async with world.bot(limits=LIVE) as bot:
        await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]


async def test_nothing_is_begun_while_the_worker_drains(world: World) -> None:
    async with world.bot() as bot:
        await bot.queue.drain(0)
        question = await bot.say("hi")
        assert (await bot.row(question))["epoch"] == 0
    async with world.bot() as bot:
        await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]


async def test_a_conversation_of_a_platform_that_is_not_there_waits(bot: Bot) -> None:
    question = replace(message("hi"), key=ConversationKey("elsewhere", "s", "c"))
    await bot.storage.turns.add(question, 0.0)
    await bot.crew.start()
    await bot.idle()
    assert (await bot.row(question))["epoch"] == 0


async def test_a_locked_database_is_asked_again_later(world: World, bot: Bot) -> None:
    question = message("hi")
    conversation = (await bot.storage.turns.add(question, 0.0)).conversation_id
    await bot.database.fetch("PRAGMA busy_timeout = 1", {})
    with capture_logs() as logs, locked(world.path):
        due_at = await bot.worker.work(conversation)
    assert [log["event"] for log in logs] == ["storage_unavailable"]
    assert due_at is not None
    await bot.worker.work(conversation)
    assert world.platform.reply(question) == ["You said: hi"]


async def test_a_fault_in_the_work_is_logged_and_tried_again(world: World) -> None:
    class Faulty(WrappedTurns):
        is_faulty = True

        async def claim(self, conversation_id: int, now: float) -> Turn | None:
            if self.is_faulty:
                self.is_faulty = False
                raise KeyError("oops")
            turn: Turn | None = await self.inner.claim(conversation_id, now)
            return turn

    with capture_logs() as logs:
        async with world.bot(wrap_storage=Faulty.around) as bot:
            assert await bot.ask("hi") == "You said: hi"
    assert [log["event"] for log in logs if log.get("exc_info")] == ["work_crashed"]


async def test_a_reply_that_waits_does_not_overtake(world: World, bot: Bot) -> None:
    bot.adapter.fail("post", PlatformUnavailable(), times=3)
    questions = [await bot.say(text) for text in ("one", "two")]
    await bot.idle()
    assert world.platform.order(questions[0].key) == [question.id for question in questions]
