"""What is sent past the model's library is what the library would send, and fails as it would."""

import json

import httpx2
import pytest

from bot.backends.clients import Client
from bot.core.errors import BotError
from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.fakes.openai_talk import BACKENDS, KEY, Talk

STARTING = r"/(responses|chat/completions)$"
FAULTS = {
    "busy": Fault.rate_limited(7),
    "no credit": Fault.quota_exceeded(),
    "refused": Fault(status=403, message="no"),
    "failing": Fault(status=500, message="oops"),
    "cut off": Fault.dropped_before(),
    "a page": Fault.html(502),
}
each_backend = pytest.mark.parametrize("name", ["chat", "responses"])


class Recording(httpx2.AsyncHTTPTransport):
    def __init__(self) -> None:
        super().__init__(verify=False)
        self.posted: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith(("/responses", "/completions")):
            self.posted.append(request)
        return await super().handle_async_request(request)


async def error_of(talk: Talk) -> tuple[type[BotError], str, float | None]:
    with pytest.raises(BotError) as caught:
        await talk.ask("and then?")
    error = caught.value
    return type(error), error.notice, getattr(error, "retry_after", None)


@each_backend
async def test_the_second_request_is_as_the_library_made_the_first(
    openai_server: FakeOpenAI, name: str
) -> None:
    recording = Recording()
    async with httpx2.AsyncClient(transport=recording) as http:
        client = Client(base_url=openai_server.base_url, api_key=KEY, http_client=http)
        talk = Talk(BACKENDS[name](client))
        await talk.ask("Grüße 👋")
        await talk.ask("Grüße 👋")
    first, second = recording.posted
    own = {"content-length"}
    assert {*first.headers.items()} - {*second.headers.items()} <= {
        (key, first.headers[key]) for key in own
    }
    assert first.url == second.url
    assert json.loads(first.content).keys() == json.loads(second.content).keys()
    assert first.extensions["timeout"] == second.extensions["timeout"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@each_backend
async def test_the_second_request_fails_as_the_first_would(
    openai_server: FakeOpenAI, openai_client: Client, name: str, fault: Fault
) -> None:
    warm = Talk(BACKENDS[name](openai_client))
    await warm.ask("hi")
    openai_server.fail("POST", STARTING, fault)
    second = await error_of(warm)
    openai_server.fail("POST", STARTING, fault)
    assert await error_of(Talk(BACKENDS[name](openai_client))) == second
    assert len(openai_server.runs) == 1
