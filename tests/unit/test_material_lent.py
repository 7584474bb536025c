"""Course material that the model's server searches itself: kept in step, and cited as ours."""

from collections.abc import AsyncIterator

import pytest

from bot.backends.vector_stores import VectorStores
from bot.core.errors import BotError
from bot.core.materials import Draft, Passage
from bot.core.ports.storage import Storage
from bot.rules.citing import NOT_IN_MATERIAL
from bot.work.lending import Lending
from tests.fakes.openai_server import Fault
from tests.fakes.platform import PLATFORM
from tests.unit.hosted_stage import toml
from tests.unit.killing import Killer, MortalTransport, is_killed, mortal
from tests.unit.tooling import rewrite
from tests.unit.world import Bot, World

HERE = f"{PLATFORM}:school:general"
LATE = Passage(text="Late essays lose ten points a day.", place="page 3", heading="Late work")
EXAM = Passage(text="The exam takes ninety minutes.", place="page 5", heading="Exams")
ASKED = "What happens to late essays?"
CITED = "They lose ten points. [1]\n\nSources:\n[1] Syllabus.pdf, page 3 · Late work\n\n"
USED = "*(used: file_search)*"


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    rewrite(world.path.with_name("homeroom.toml"), toml("file_search"))
    world.server.does = lambda _: ("look",)
    world.server.answer = lambda _: "They lose ten points."
    async with world.bot() as bot:
        yield bot


async def add(bot: Bot, *passages: Passage, scope: str = HERE, name: str = "Syllabus.pdf") -> None:
    draft = Draft(scope=scope, name=name, digest=str(passages))
    await bot.storage.materials.add(draft, passages or [LATE, EXAM], 1.0)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def one_round(
    world: World, storage: Storage, *, clock: Clock | None = None, is_wished: bool = True
) -> None:
    async with world.client() as client:
        stores = VectorStores(client)
        await Lending(storage, stores, clock or Clock(), lambda: is_wished).finish()


async def lent(world: World, bot: Bot, rounds: int = 2) -> None:
    for _ in range(rounds):
        await one_round(world, bot.storage)


def there(world: World) -> list[bytes]:
    """What can be searched at the server."""
    files = world.server.files.stored
    return [files[file].data for store in world.server.stores.all.values() for file in store.files]


async def test_what_the_server_has_found_is_cited_as_ours(world: World, bot: Bot) -> None:
    await add(bot)
    await lent(world, bot)
    assert await bot.ask(ASKED) == CITED + USED
    [run] = world.server.runs
    [store] = world.server.stores.all
    [tool] = run.request["tools"]
    assert (tool["type"], tool["vector_store_ids"]) == ("file_search", [store])
    assert "ten points" not in run.input_text  # nothing goes along besides


async def test_until_it_is_there_it_is_found_here(world: World, bot: Bot) -> None:
    await add(bot)
    world.server.stores.slow = 2
    await lent(world, bot, rounds=1)
    assert (await bot.ask(ASKED)).endswith("page 3 · Late work")
    assert "ten points" in world.server.runs[-1].input_text
    assert "tools" not in world.server.runs[-1].request
    await lent(world, bot, rounds=2)
    assert USED in await bot.ask(ASKED)


async def test_what_was_removed_is_found_nowhere_from_then_on(world: World, bot: Bot) -> None:
    await add(bot)
    await add(bot, EXAM, name="Exam.pdf")
    await lent(world, bot)
    await bot.storage.materials.remove(HERE, "Syllabus.pdf")
    world.server.answer = lambda text: "yes" if "ten points" in text else "no"
    assert (await bot.ask(ASKED)).startswith("no")  # at once, whatever the server has
    assert "tools" not in world.server.runs[-1].request
    world.server.fail("DELETE", "/files/", Fault(status=500, message="Not now."))
    with pytest.raises(BotError):
        await lent(world, bot, rounds=1)
    await lent(world, bot, rounds=1)
    assert len(there(world)) == len(world.server.files.stored) == 1
    assert b"ten points" not in there(world)[0]


async def test_a_document_that_was_replaced_is_there_in_its_new_words(
    world: World, bot: Bot
) -> None:
    await add(bot)
    await lent(world, bot)
    await add(bot, Passage(text="Late essays lose five points.", place="page 1"))
    await lent(world, bot)
    [text] = there(world)
    assert b"five points" in text
    assert len(world.server.files.stored) == 1


async def test_with_the_last_document_of_a_scope_its_store_goes(world: World, bot: Bot) -> None:
    await add(bot)
    await lent(world, bot)
    await bot.storage.materials.remove(HERE, "Syllabus.pdf")
    await lent(world, bot, rounds=1)
    assert not world.server.stores.all
    assert not world.server.files.stored


async def test_where_no_assistant_wishes_it_nothing_stays_there(world: World, bot: Bot) -> None:
    await add(bot)
    await lent(world, bot)
    await one_round(world, bot.storage, is_wished=False)
    assert not world.server.stores.all
    assert not world.server.files.stored


async def test_only_stores_of_scopes_that_are_reached_are_searched(world: World, bot: Bot) -> None:
    await add(bot, EXAM)
    await add(bot, LATE, scope=f"{PLATFORM}:school:other", name="Others.pdf")
    await lent(world, bot)
    assert len(world.server.stores.all) == 2
    said = await bot.ask(ASKED)
    assert said.endswith(f"{NOT_IN_MATERIAL}\n\n{USED}")
    assert "Others" not in said


async def test_a_file_of_elsewhere_that_an_answer_names_is_not_cited(
    world: World, bot: Bot
) -> None:
    await add(bot)
    await add(bot, LATE, scope=f"{PLATFORM}:school:other", name="Others.pdf")
    await lent(world, bot)
    loans = await bot.storage.loans.all()
    [others] = [one.file for one in loans if one.scope.endswith("other")]
    world.server.answer = lambda _: f"Ten points【{others}】."
    said = await bot.ask("And what about seminars?")
    assert said.startswith("Ten points.")
    assert "Others" not in said


async def test_more_stores_than_a_server_takes_are_searched_here(world: World, bot: Bot) -> None:
    for scope in (HERE, f"{PLATFORM}:school", PLATFORM):
        await add(bot, scope=scope)
    await lent(world, bot)
    assert len(world.server.stores.all) == 3
    assert "Sources:" in await bot.ask(ASKED)
    assert "tools" not in world.server.runs[-1].request


async def test_a_store_that_is_gone_is_made_anew_and_the_question_is_answered(
    world: World, bot: Bot
) -> None:
    await add(bot)
    await lent(world, bot)
    world.server.stores.all.clear()
    assert (await bot.ask(ASKED)).endswith("page 3 · Late work")  # found here
    await lent(world, bot)
    assert len(there(world)) == len(world.server.files.stored) == 1
    assert USED in await bot.ask(ASKED)


async def test_what_the_server_cannot_read_is_found_here(world: World, bot: Bot) -> None:
    await add(bot)
    world.server.stores.unreadable = b"ten points"
    await lent(world, bot, rounds=3)
    assert "ten points" in (await bot.ask(ASKED)) + world.server.runs[-1].input_text
    assert "tools" not in world.server.runs[-1].request


async def test_of_a_document_the_passage_is_cited_that_the_sentence_is_from(
    world: World, bot: Bot
) -> None:
    await add(bot)
    await lent(world, bot)
    world.server.answer = lambda _: "It takes ninety minutes."
    assert "page 5 · Exams" in await bot.ask("How long does the exam take?")


async def test_killed_at_any_moment_each_document_is_there_once(world: World, bot: Bot) -> None:
    await add(bot)
    await add(bot, EXAM, name="Exam.pdf")
    clock, moment = Clock(), 1

    async def live(killer: Killer) -> None:
        world.wrap_transport = lambda transport: MortalTransport(transport, killer)
        for _ in range(2):
            await one_round(world, mortal(bot.storage, killer), clock=clock)

    while await is_killed(live, moment):
        clock.now += 1000
        await live(Killer())
        assert len(there(world)) == len(world.server.files.stored) == 2
        assert len(world.server.stores.all) == 1
        await one_round(world, bot.storage, is_wished=False)
        assert not world.server.files.stored
        moment += 2
    assert moment > 30


async def test_killed_while_it_is_taken_back_nothing_stays(world: World, bot: Bot) -> None:
    moment = 1

    async def take_back(killer: Killer) -> None:
        world.wrap_transport = lambda transport: MortalTransport(transport, killer)
        await one_round(world, mortal(bot.storage, killer), is_wished=False)

    await add(bot)
    while True:
        await lent(world, bot)
        assert there(world)
        if not await is_killed(take_back, moment):
            break
        await take_back(Killer())
        assert not world.server.files.stored
        assert not world.server.stores.all
        moment += 2
    assert moment > 12
