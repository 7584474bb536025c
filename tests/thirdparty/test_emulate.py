"""Installing the app by OAuth at a Slack that others wrote: the pages, the code, the token."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.installing.seal import Seal
from tests.e2e.program import Program
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import CLIENT_ID, CLIENT_SECRET, FakeSlack
from tests.thirdparty.homeroom import settings_of
from tests.thirdparty.local_slack import until
from tests.thirdparty.servers import EMULATE, NODE, emulate, free_port, needs
from tests.thirdparty.shapes import Shapes, differing, shape, unexplained

pytestmark = [needs(NODE, EMULATE), pytest.mark.asyncio(loop_scope="module")]
APP = {"client_id": "111.222", "client_secret": "the-secret", "name": "homeroom"}
KEY = Fernet.generate_key().decode()
TEAM = "T000000001"
BACK = "slack/oauth_redirect"  # where Slack sends people when they have agreed
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass
class Visitor:
    """Somebody with a browser; the cookie comes and goes as it does over https."""

    web: aiohttp.ClientSession
    home: URL
    program: Program
    cookie: str = ""

    async def agree(self) -> URL:
        """Go to Slack and agree; where she is sent then."""
        async with self.web.get(self.home / "slack/install", allow_redirects=False) as answer:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
            page = URL(answer.headers["Location"])
        # Slack knows the address of an app with only one; here it has to be said.
        async with self.web.get(page.update_query(redirect_uri=str(self.home / BACK))) as answer:
            form = dict(FIELD.findall(await answer.text()))
        agreed = page.with_path("/oauth/v2/authorize/callback").with_query(None)
        async with self.web.post(agreed, data=form, allow_redirects=False) as answer:
            return URL(answer.headers["Location"])

    async def come(self, url: URL) -> int:
        async with self.web.get(url, headers={"Cookie": self.cookie}) as answer:
            return answer.status

    async def is_well(self) -> bool:
        [running] = self.program.started
        assert running.code is None, running.err
        with suppress(aiohttp.ClientError):
            return await self.come(self.home / "healthz") == 200
        return False

    def installed(self) -> list[str]:
        """What is kept of the workspace."""
        kept = f"SELECT value FROM memos WHERE name = 'slack:installation:{TEAM}'"  # noqa: S608
        return self.program._select(kept)


@pytest.fixture(scope="module")
def home() -> URL:
    return URL(f"http://127.0.0.1:{free_port()}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack(tmp_path_factory: pytest.TempPathFactory, home: URL) -> AsyncIterator[str]:
    app = APP | {"redirect_uris": [str(home / BACK)]}
    async with emulate(tmp_path_factory.mktemp("emulate"), {"oauth_apps": [app]}) as origin:
        yield origin


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitor(
    slack: str, home: URL, model: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Visitor]:
    settings = settings_of(model) | {
        "SLACK_API_URL": f"{slack}/api/",
        "SLACK_CLIENT_ID": APP["client_id"],
        "SLACK_CLIENT_SECRET": APP["client_secret"],
        "SLACK_SIGNING_SECRET": "test-signing-secret",
        "SECRET_KEY": KEY,
        "HTTP_PORT": str(home.port),
    }
    program = Program(tmp_path_factory.mktemp("homeroom"), settings)
    await program.start("run")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as web:
        visitor = Visitor(web, home, program)
        await until(visitor.is_well)
        yield visitor
    await program.clean_up()


async def test_who_agrees_installs_the_app(visitor: Visitor, slack: str) -> None:
    assert await visitor.come(await visitor.agree()) == 200
    [sealed] = visitor.installed()
    token = re.search(r'"token": "([^"]+)"', Seal(KEY).open(sealed) or "")
    assert token
    who = await AsyncWebClient(token[1], f"{slack}/api/").auth_test()
    assert (who["ok"], who["team_id"]) == (True, TEAM)
    assert token[1].encode() not in b"".join(
        file.read_bytes() for file in visitor.program.folder.glob("homeroom.db*")
    )


async def test_who_comes_back_with_no_cookie_installs_nothing(visitor: Visitor) -> None:
    before, back = visitor.installed(), await visitor.agree()
    visitor.cookie = ""
    assert await visitor.come(back) == 400
    assert visitor.installed() == before


async def test_a_code_that_slack_did_not_give_installs_nothing(visitor: Visitor) -> None:
    before, back = visitor.installed(), await visitor.agree()
    assert await visitor.come(back.update_query(code="made-up")) == 401
    assert visitor.installed() == before


async def test_the_same_address_is_good_once(visitor: Visitor) -> None:
    back = await visitor.agree()
    assert [await visitor.come(back), await visitor.come(back)] == [200, 401]


async def test_our_fake_exchanges_a_code_for_the_same(visitor: Visitor, slack: str) -> None:
    theirs = await exchanged(slack, APP, await visitor.agree())
    async with FakeSlack() as fake:
        app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        page = URL(fake.origin) / "oauth/v2/authorize" % {"redirect_uri": "http://127.0.0.1"}
        async with visitor.web.get(page, allow_redirects=False) as answer:
            ours = await exchanged(fake.origin, app, URL(answer.headers["Location"]))
    assert differing(ours, theirs) == []
    assert unexplained(ours, theirs, {}) == ([], [])
    assert unexplained(theirs, ours, {}) == ([], [])


async def exchanged(origin: str, app: Mapping[str, str], back: URL) -> Shapes:
    """The shape of what Slack gives for the code in an address it sends people back to."""
    secrets = {name: app[name] for name in ("client_id", "client_secret")}
    web = AsyncWebClient(base_url=f"{origin}/api/")
    answer = await web.api_call("oauth.v2.access", data=secrets | {"code": back.query["code"]})
    return {"oauth.v2.access": shape(answer.data)}
