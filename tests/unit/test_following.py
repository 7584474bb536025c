"""Which messages of a shared place are meant for the bot."""

import pytest

from bot.core.messages import Author, ConversationKey, Message
from bot.rules.following import Follow, is_for_bot
from tests.fakes.door import FakeDoor

KEY = ConversationKey("slack", "T1", "C1", "1.0")
KNOWN = Message(KEY, "T1:C1:1.0", Author("U1", "Ann"), "hello")


@pytest.mark.parametrize("follow", list(Follow))
async def test_what_is_said_to_the_bot_alone_or_by_its_name_is_always_for_it(
    follow: Follow,
) -> None:
    assert await is_heard(FakeDoor(), follow, is_addressed=True)


@pytest.mark.parametrize(
    ("follow", "is_known", "expected"),
    [
        (Follow.MENTION, True, False),
        (Follow.THREAD, True, True),
        (Follow.THREAD, False, False),
        (Follow.CHANNEL, False, True),
        (None, True, True),
        (None, False, False),
    ],
)
async def test_without_a_mention_the_setting_decides(
    follow: Follow | None, *, is_known: bool, expected: bool
) -> None:
    door = FakeDoor(accepted=[KNOWN] if is_known else [])
    assert await is_heard(door, follow, is_in_thread=True) is expected


async def test_outside_of_a_thread_nothing_follows() -> None:
    assert not await is_heard(FakeDoor(accepted=[KNOWN]), Follow.THREAD)


async def is_heard(
    door: FakeDoor, follow: Follow | None, *, is_addressed: bool = False, is_in_thread: bool = False
) -> bool:
    if follow:
        await door.set("slack:T1:C1", "follow", follow)
    follows = (await door.settings(KEY)).value("follow")
    return await is_for_bot(
        door, KEY, follows, is_addressed=is_addressed, is_in_thread=is_in_thread
    )
