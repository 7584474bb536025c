"""Files that people send: fetched from Slack alone, and only what they are said to be."""

from dataclasses import replace

import pytest

from bot.core.errors import TransientError
from bot.core.files import MOST_BYTES, FileRefused
from bot.core.messages import Attachment, Message
from tests.fakes.slack_server import FakeSlack, Fault
from tests.integration.slack_bot import ALICE, CHANNEL, SlackBot

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def sent(
    bot: SlackBot, content: bytes, mime: str = "text/plain", name: str = "a.txt"
) -> tuple[Message, Attachment]:
    """A message with a file, as it came through the door."""
    file = bot.slack.add_file(name, content, mime)
    await bot.slack.say(CHANNEL, ALICE, "<@U0BOT> look", files=[file])
    (message,) = await bot.door.messages()
    (attachment,) = message.attachments
    return message, attachment


async def refused(bot: SlackBot, message: Message, attachment: Attachment) -> str:
    """Why a file is not taken, in the words for the person."""
    with pytest.raises(FileRefused) as refusal:
        await bot.adapter.fetch(message, attachment)
    return refusal.value.notice


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"hello", "text/plain"),
        (b"print(1)", "text/x-python"),
        (b"{}", "application/json"),
        (PNG, "image/png"),
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"<html></html>", "text/html"),
    ],
)
async def test_a_file_is_fetched_with_the_bots_token(
    bot: SlackBot, content: bytes, mime: str
) -> None:
    assert await bot.adapter.fetch(*await sent(bot, content, mime)) == content


async def test_the_token_goes_to_no_other_host_and_by_no_other_way(
    slack: FakeSlack, bot: SlackBot
) -> None:
    message, attachment = await sent(bot, b"hello")
    async with FakeSlack() as other:
        elsewhere = replace(attachment, url=f"{other.origin}/files-pri/T01TEST-F1/a.txt")
        assert "from there" in await refused(bot, message, elsewhere)
        assert not other.calls
    secure = attachment.url.replace("http:", "https:")
    hosts = ("files.slack.com.evil.example", "evil.example", "slack.com")
    for url in (secure, *(f"https://{host}/a.txt" for host in hosts)):
        assert "from there" in await refused(bot, message, replace(attachment, url=url))


async def test_what_is_too_large_is_not_even_asked_for(slack: FakeSlack, bot: SlackBot) -> None:
    message, attachment = await sent(bot, b"hello")
    large = replace(attachment, size=MOST_BYTES + 1)
    assert "larger than 10 MB" in await refused(bot, message, large)
    assert not slack.called("files.download")


async def test_what_is_larger_than_it_says_is_not_read_to_its_end(bot: SlackBot) -> None:
    message, attachment = await sent(bot, b"x" * (MOST_BYTES + 1))
    assert "larger than 10 MB" in await refused(bot, message, replace(attachment, size=5))


async def test_a_page_in_place_of_the_file_means_that_a_scope_is_missing(
    slack: FakeSlack, bot: SlackBot
) -> None:
    message, attachment = await sent(bot, b"hello")
    slack.scopes = slack.scopes - {"files:read"}
    assert "lacks the scope files:read" in await refused(bot, message, attachment)


async def test_a_file_that_cannot_be_fetched_at_the_moment_is_asked_for_again(
    slack: FakeSlack, bot: SlackBot
) -> None:
    message, attachment = await sent(bot, b"hello")
    slack.fail("files.download", Fault.dropped_before(), times=9)
    with pytest.raises(TransientError):
        await bot.adapter.fetch(message, attachment)
    slack.faults.clear()
    assert await bot.adapter.fetch(message, attachment) == b"hello"


async def test_a_file_that_slack_does_not_show_is_left(slack: FakeSlack, bot: SlackBot) -> None:
    message, attachment = await sent(bot, b"hello")
    slack.state.files.clear()
    assert "does not show me a.txt" in await refused(bot, message, attachment)
    unseen = replace(attachment, url="")  # of another organisation
    assert "does not show me a.txt" in await refused(bot, message, unseen)
