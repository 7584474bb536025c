"""Which messages of a shared place are meant for the bot."""

import pytest

from bot.core.messages import Author, ConversationKey, Message
from bot.rules.following import Follow, is_addressed, is_for_bot, read_follow
from tests.fakes.door import FakeDoor

KEY = ConversationKey("slack", "T1", "C1", "1.0")
KNOWN = Message(KEY, "T1:C1:1.0", Author("U1", "Ann"), "hello")


@pytest.mark.parametrize("follow", list(Follow))
def test_what_is_said_to_the_bot_alone_or_by_its_name_is_always_for_it(follow: Follow) -> None:
    assert is_addressed(follow, is_private=True, mentions_bot=False, is_known_thread=False)
    assert is_addressed(follow, is_private=False, mentions_bot=True, is_known_thread=False)


@pytest.mark.parametrize(
    ("follow", "is_known", "expected"),
    [
        (Follow.MENTION, True, False),
        (Follow.THREAD, True, True),
        (Follow.THREAD, False, False),
        (Follow.CHANNEL, False, True),
    ],
)
def test_without_a_mention_the_setting_decides(
    follow: Follow, *, is_known: bool, expected: bool
) -> None:
    said = is_addressed(follow, is_private=False, mentions_bot=False, is_known_thread=is_known)
    assert said is expected


@pytest.mark.parametrize("value", [None, "", "sometimes", "THREAD"])
def test_a_setting_that_says_nothing_known_follows_threads(value: str | None) -> None:
    assert read_follow(value) is Follow.THREAD


@pytest.mark.parametrize(
    ("setting", "is_in_thread", "expected"),
    [
        (None, True, True),
        (None, False, False),
        ("mention", True, False),
        ("channel", False, True),
    ],
)
async def test_the_door_is_asked_for_the_setting_and_for_the_thread(
    setting: str | None, *, is_in_thread: bool, expected: bool
) -> None:
    door = FakeDoor(accepted=[KNOWN])
    if setting:
        await door.set("slack:T1:C1", "follow", setting)
    is_for = await is_for_bot(
        door, KEY, is_private=False, mentions_bot=False, is_in_thread=is_in_thread
    )
    assert is_for is expected
