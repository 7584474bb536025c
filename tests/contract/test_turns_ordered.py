"""In which order every storage gives out the turns of a conversation that several share."""

from dataclasses import replace

from bot.core.messages import Author
from bot.core.ports.storage import Storage
from tests.contract.talk import ADA, BOB, KEY, NOW, add, claim, say


async def order_of_work(storage: Storage, conversation: int) -> list[str]:
    """The words of what is open, each answered in its turn."""
    said = []
    while turn := await storage.turns.claim(conversation, NOW):
        said.append(turn.message.text)
        await storage.turns.save(turn.cancelled(NOW))
    return said


async def ask(storage: Storage, author: Author, *texts: str) -> list[int]:
    """The places they are given."""
    receipts = [await storage.turns.add(replace(say(one), author=author), NOW) for one in texts]
    return [receipt.ahead for receipt in receipts]


async def test_who_has_more_than_five_open_stands_behind_the_others_with_the_rest(
    storage: Storage,
) -> None:
    many = [f"a{number}" for number in range(1, 13)]
    assert await ask(storage, ADA, *many) == list(range(12))
    assert await ask(storage, BOB, "b1", "b2") == [5, 6]
    assert await ask(storage, ADA, "a13") == [14]
    conversation, _ = await add(storage, replace(say("b3"), author=BOB))
    shown = await storage.looks.open_turns(KEY, 100)
    expected = [*many[:5], "b1", "b2", "b3", *many[5:], "a13"]
    assert [turn.message.text for turn in shown] == expected
    assert await order_of_work(storage, conversation) == expected


async def test_the_rest_is_not_kept_waiting_by_whoever_comes_later(storage: Storage) -> None:
    await ask(storage, ADA, *(f"a{number}" for number in range(1, 8)))
    conversation, _ = await add(storage, replace(say("b1"), author=BOB))
    for _ in range(6):
        await storage.turns.save((await claim(storage, conversation)).cancelled(NOW))
    await ask(storage, BOB, *(f"b{number}" for number in range(2, 9)))
    first_of_bob = [f"b{number}" for number in range(2, 7)]
    assert await order_of_work(storage, conversation) == ["a6", "a7", *first_of_bob, "b7", "b8"]


async def test_nobody_overtakes_themselves(storage: Storage) -> None:
    conversation, _ = await add(storage, replace(say("b1"), author=BOB))
    await ask(storage, ADA, *(f"a{number}" for number in range(1, 8)))
    await ask(storage, BOB, "b2")
    for _ in range(4):
        await storage.turns.save((await claim(storage, conversation)).cancelled(NOW))
    await ask(storage, ADA, "a8")
    assert await order_of_work(storage, conversation) == ["a4", "a5", "b2", "a6", "a7", "a8"]


async def test_whoever_has_no_more_than_five_open_stands_in_the_exact_order(
    storage: Storage,
) -> None:
    expected = []
    for number in range(5):
        for author in (ADA, BOB, Author("u3", "Cy")):
            await ask(storage, author, f"{author.name}{number}")
            expected.append(f"{author.name}{number}")
    conversation, _ = await add(storage, say("Ada5"))
    assert await order_of_work(storage, conversation) == [*expected, "Ada5"]


async def test_who_waits_behind_one_that_is_given_up_has_waited_since_she_asked(
    storage: Storage,
) -> None:
    conversation, _ = await add(storage, say("first"))
    await storage.turns.add(say("second"), NOW + 10)
    await storage.turns.add(say("third"), NOW + 30)
    elsewhere = replace(say("elsewhere"), key=replace(KEY, channel="another"))
    other, _ = await add(storage, elsewhere)
    first = (await claim(storage, conversation)).again(1.0, "it is down", NOW + 20)
    await storage.turns.save(first)
    again = await storage.turns.claim(conversation, NOW + 40)
    assert again
    await storage.turns.hand_on(again)
    await storage.turns.save(again.failed("I gave up.", "GaveUp", NOW + 40).delivered(NOW + 40))
    second = await storage.turns.claim(conversation, NOW + 40)
    assert second
    assert (second.message.text, second.failures, second.failing_since) == ("second", 1, NOW + 20)
    await storage.turns.save(second.cancelled(NOW + 40))
    third = await storage.turns.claim(conversation, NOW + 40)
    assert third
    assert (third.failures, third.failing_since) == (1, NOW + 30)
    assert (await claim(storage, other)).failures == 0
