"""What comes with status 200 and is no answer is said to be what it is."""

from collections.abc import AsyncIterator

import pytest

from bot.backends.chat import ChatBackend
from bot.backends.clients import open_chat_client
from bot.core.errors import BackendRefused, ContextTooLong, OutcomeUnknown
from tests.fakes.openai_talk import MODEL, Talk, closing
from tests.fakes.openai_wire import STOP, Say, WireServer, chunk, stream
from tests.patience import PATIENCE

SSE = "text/event-stream"
STRANGE = {
    "html that says so": (Say(b"<html>Log in</html>", 200, "text/html"), "A web page"),
    "html that calls itself JSON": (Say(b"<!DOCTYPE html><p>hi", 200), "A web page"),
    "html as a stream": (Say(b"\n\n<html>x</html>", 200, SSE), "A web page"),
    "soap": (Say(b"<?xml version='1.0'?><Fault/>", 200, "text/xml"), "XML"),
    "xml that calls itself JSON": (Say(b"\xef\xbb\xbf<Error><Code>No</Code></Error>"), "XML"),
    "a word": (Say(b"OK", 200, "text/plain"), "Plain text"),
    "a sentence as a stream": (Say(b"Hello from the proxy.\n", 200, SSE), "Plain text"),
    "no utf-8": (Say(b"\xff\xfe\x00Oops", 200, "text/plain"), "Plain text"),
    "nothing": (Say(b"", 200), "nothing at all"),
    "blank lines": (Say(b"\r\n \n\n", 200, SSE), "nothing at all"),
}


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    async with WireServer() as server:
        yield server


@pytest.fixture
async def talk(wire: WireServer) -> AsyncIterator[Talk]:
    client = open_chat_client(wire.base_url, "k", PATIENCE)
    async with closing(ChatBackend(client, MODEL)) as backend:
        yield Talk(backend)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("shape", STRANGE)
async def test_the_third_is_believed_and_named(
    wire: WireServer, talk: Talk, shape: str, *, live: bool
) -> None:
    said, named = STRANGE[shape]
    wire.answer = lambda _: said
    asking = talk.asking("Where?", live=live)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown) as tried:
            await asking.go()
        assert "no answer" in tried.value.notice
    with pytest.raises(BackendRefused) as believed:
        await asking.go()
    assert named in believed.value.notice
    assert "Log in" not in str(believed.value)


async def test_what_passes_is_answered(wire: WireServer, talk: Talk) -> None:
    says = iter([Say(b""), Say(b"wait"), stream(chunk("Paris."), STOP)])
    wire.answer = lambda _: next(says)
    assert (await talk.asking("Where?", live=True).persist()).text == "Paris."


@pytest.mark.parametrize(
    ("words", "kind", "named"),
    [
        (b"Incorrect API key provided", BackendRefused, "key"),
        (b"prompt is too long: 9000 tokens > 4096 maximum", ContextTooLong, "more text"),
        (b"Model 'x' not found", BackendRefused, "model"),
    ],
)
async def test_plain_words_that_say_what_it_is_about_are_believed_at_once(
    wire: WireServer, talk: Talk, words: bytes, kind: type[Exception], named: str
) -> None:
    wire.answer = lambda _: Say(words, 200, "text/plain")
    with pytest.raises(kind) as caught:
        await talk.ask("Where?")
    assert named in getattr(caught.value, "notice", "")


@pytest.mark.parametrize("cut", [b'{"choices": [{"mess', b'data: {"choices', b": ping\n\n", b"["])
async def test_a_cut_is_tried_for_as_long_as_patience_lasts(
    wire: WireServer, talk: Talk, cut: bytes
) -> None:
    wire.answer = lambda _: Say(cut)
    asking = talk.asking("Where?")
    for _ in range(4):
        with pytest.raises(OutcomeUnknown):
            await asking.go()
