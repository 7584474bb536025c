"""Bots that answer one another come to an end, wherever they stand and whoever restarts."""

from adapters.slack.others import OtherBots
from bot.core.messages import ConversationKey
from tests.fakes.memory import FakeMemory

DAY = 86_400.0


def _thread(number: int, channel: str = "C1") -> ConversationKey:
    return ConversationKey("slack", "T1", channel, str(number))


async def _asked(others: OtherBots, numbers: range, channel: str = "C1") -> list[bool]:
    return [
        await others.may_ask(_thread(number, channel), {"B1", "A1"}, f"m{channel}{number}")
        for number in numbers
    ]


async def test_thirty_messages_at_the_top_of_a_channel_are_five_questions() -> None:
    others = OtherBots(FakeMemory(), lambda: 0.0)
    assert sum(await _asked(others, range(30))) == 5
    assert sum(await _asked(others, range(30), "C2")) == 5


async def test_what_is_told_twice_counts_once() -> None:
    others = OtherBots(FakeMemory(), lambda: 0.0)
    assert await _asked(others, range(5)) == await _asked(others, range(5))


async def test_a_restart_begins_no_new_round_and_a_persons_word_does() -> None:
    memory = FakeMemory()
    await _asked(OtherBots(memory, lambda: 0.0), range(5))
    again = OtherBots(memory, lambda: 0.0)
    assert not any(await _asked(again, range(5, 10)))
    await again.person_spoke(_thread(77))
    assert sum(await _asked(OtherBots(memory, lambda: 0.0), range(10, 20))) == 5


async def test_a_day_has_its_own_end_whatever_people_say() -> None:
    now = [0.0]
    others = OtherBots(FakeMemory(), lambda: now[0])
    taken = 0
    for round_ in range(40):
        taken += sum(await _asked(others, range(round_ * 5, round_ * 5 + 5)))
        await others.person_spoke(_thread(0))
    assert taken == 100
    now[0] = DAY
    assert all(await _asked(others, range(900, 905)))
