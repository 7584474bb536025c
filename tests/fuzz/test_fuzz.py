"""Nothing that strangers write makes a reader raise, hang, or say what it must not."""

import asyncio
import random
from contextlib import suppress
from typing import Any

from adapters.discord.events import parse_message
from adapters.slack.commands import parse_command_body
from adapters.slack.events import parse_event
from adapters.slack.reading import read
from bot.core.files import decoded, kind_of, media_type
from bot.core.text import clean, split
from bot.reading.lines import UnreadableDocument
from bot.reading.office import text_of
from bot.rules.rendering import render, render_beginning
from tests.fakes.slack_http import signed
from tests.fakes.slack_server import SIGNING_SECRET, FakeSlack
from tests.fuzz.mutations import many, spoiled, torn
from tests.integration.slack_lines import Listening, listening, one_workspace
from tests.unit.test_discord_events import CHANNEL, ME
from tests.unit.test_rendering import OWN, PIECES, PLAIN, SLACK, mentioned, nodes

SLACK_EVENT: Any = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "authorizations": [{"team_id": "T1", "enterprise_id": None, "user_id": "U0BOT"}],
    "event": {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "text": "<@U0BOT> hello <https://a.example|there>",
        "ts": "1.2",
        "thread_ts": "1.1",
        "blocks": [{"type": "rich_text", "elements": [{"type": "text", "text": "hi"}]}],
        "attachments": [{"text": "quoted", "fields": [{"title": "a", "value": "b"}]}],
        "files": [{"id": "F1", "name": "a.txt", "mimetype": "text/plain", "size": 1}],
    },
}
DISCORD_MESSAGE: Any = {
    "id": "5",
    "channel_id": "7",
    "type": 0,
    "content": "<@1> hello",
    "author": {"id": "2", "username": "ann", "global_name": "Ann"},
    "mentions": [{"id": "1", "username": "bot"}],
    "mention_roles": ["9"],
    "attachments": [{"id": "1", "filename": "a", "size": 1, "url": "https://a", "proxy_url": ""}],
    "embeds": [{"title": "t", "fields": [{"name": "n", "value": "v"}], "author": {"name": "x"}}],
    "message_snapshots": [{"message": {"content": "forwarded", "attachments": []}}],
    "poll": {"question": {"text": "q"}, "answers": [{"poll_media": {"text": "a"}}]},
    "components": [{"type": 1, "components": [{"type": 2, "label": "b"}]}],
}


def test_no_event_of_slacks_makes_its_parsers_raise() -> None:
    for body in many(lambda chance: spoiled(SLACK_EVENT, chance)):
        parse_event(body, "U0BOT")
        parse_command_body(body, 0.0)


def test_no_message_of_discords_makes_its_parser_raise() -> None:
    for body in many(lambda chance: spoiled(DISCORD_MESSAGE, chance)):
        parse_message(body, ME, CHANNEL)


def _text(chance: random.Random) -> str:
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 12)))


def test_whatever_a_model_writes_and_wherever_it_is_cut_only_says() -> None:
    for text in many(_text):
        for surface in (SLACK, PLAIN):
            whole = render(text, surface)
            assert not mentioned(whole), text
            assert not [node for node in nodes(whole) if node.type == "image"], text
            assert whole.startswith(render_beginning(text[: len(text) // 2], surface)), text
        assert OWN in render(OWN, SLACK)


def test_no_text_makes_reading_cleaning_or_cutting_raise() -> None:
    for text in many(_text):
        assert clean(read(text, "U0BOT")) == clean(clean(read(text, "U0BOT")))
        assert all(len(part) <= 40 for part in split(text, 40))


def test_no_file_makes_whoever_reads_it_raise() -> None:
    seeds = (b"\x89PNG\r\n\x1a\n123", b"%PDF-1.4", b"PK\x03\x04" + bytes(40), b"\xff\xfea\x00b\x00")
    for data in many(lambda chance: torn(chance.choice(seeds), chance)):
        media_type(data), decoded(data), kind_of(data)
        with suppress(UnreadableDocument):
            text_of(data)


HEAD = b"POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"


def _request(chance: random.Random) -> bytes:
    headers = "".join(f"{k}: {v}\r\n" for k, v in signed(SIGNING_SECRET, "{}").items()).encode()
    return torn(HEAD + headers + b"\r\n{}", chance)


async def test_no_request_ends_the_server() -> None:
    async with FakeSlack() as slack, listening(slack, one_workspace(slack)) as bot:
        for data in many(_request):
            await _send(bot, data)
        assert (await bot.get("/healthz"))[0] == 200


async def _send(bot: Listening, data: bytes) -> None:
    host, port = bot.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    writer.write_eof()
    with suppress(ConnectionError):
        await reader.read()
    writer.close()
