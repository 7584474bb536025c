"""The whole program in Slack by signed HTTP, and in several workspaces."""

import re
import signal
from collections.abc import AsyncIterator

import aiohttp
import pytest
from cryptography.fernet import Fernet
from yarl import URL

from tests.e2e.program import Program, Running, until
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET, FakeSlack

ALICE = "U01ALICE"


@pytest.fixture
async def slack(hosted: Program) -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        hosted.settings |= {
            "SLACK_API_URL": slack.api_url,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "HTTP_PORT": "0",
        }
        yield slack


@pytest.fixture
def one(hosted: Program, slack: FakeSlack) -> Program:
    hosted.settings["SLACK_BOT_TOKEN"] = slack.bot.token
    return hosted


@pytest.fixture
def many(hosted: Program, slack: FakeSlack) -> Program:
    hosted.settings |= {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SECRET_KEY": Fernet.generate_key().decode(),
    }
    return hosted


async def listening(program: Program, slack: FakeSlack) -> tuple[Running, URL]:
    """The program, as soon as it says where it listens; Slack posts there from now on."""
    running = await program.start("run")
    await until(lambda: "listening" in running.err or running.code is not None)
    found = re.search(r"listening\s.*?(http://127\.0\.0\.1:\d+)", running.err)
    assert found, running.err
    address = URL(found[1])
    slack.deliver_over_http(str(address / "slack/events"))
    return running, address


async def stopped(running: Running) -> None:
    running.send(signal.SIGTERM)
    assert await running.ended() == 0
    assert "Unclosed" not in running.err
    assert "Traceback" not in running.err


async def install(slack: FakeSlack, address: URL) -> None:
    async with aiohttp.ClientSession() as browser:

        async def follow(url: URL, cookie: str = "") -> aiohttp.ClientResponse:
            return await browser.get(url, headers={"Cookie": cookie}, allow_redirects=False)

        asked = await follow(address / "slack/install")
        back = str(address / "slack/oauth_redirect")
        page = URL(asked.headers["Location"]).update_query(redirect_uri=back)
        agreed = await follow(page)
        cookie = asked.headers["Set-Cookie"].partition(";")[0]
        done = await follow(URL(agreed.headers["Location"]), cookie)
        assert done.status == 200


def answers(slack: FakeSlack, question: str) -> list[str]:
    """The answers that are finished: in a thread of their question."""
    said = slack.messages(slack.dm(ALICE), question)
    done = [message for message in said if message.bot_id and not message.streaming]
    return [message.shown for message in done if "You said" in message.shown]


async def test_a_question_by_http_is_answered(one: Program, slack: FakeSlack) -> None:
    running, _ = await listening(one, slack)
    question = await slack.say(slack.dm(ALICE), ALICE, "hello")
    await until(lambda: answers(slack, question))
    await stopped(running)


async def test_what_slack_says_while_nobody_listens_is_answered_once(
    one: Program, slack: FakeSlack, server: FakeOpenAI
) -> None:
    running, _ = await listening(one, slack)
    await running.kill()
    question = await slack.say(slack.dm(ALICE), ALICE, "hello")
    await until(lambda: slack.envelopes)
    again, _ = await listening(one, slack)
    slack.redeliver_unacked()
    slack.redeliver_unacked()
    await until(lambda: answers(slack, question))
    await stopped(again)
    assert (len(answers(slack, question)), len(server.runs)) == (1, 1)


async def test_an_installation_outlives_the_program_and_its_token_is_not_in_the_file(
    many: Program, slack: FakeSlack
) -> None:
    running, address = await listening(many, slack)
    await install(slack, address)
    await stopped(running)
    again, _ = await listening(many, slack)
    question = await slack.say(slack.dm(ALICE), ALICE, "hello")
    await until(lambda: answers(slack, question))
    await stopped(again)
    files = [path.read_bytes() for path in many.folder.iterdir() if path.is_file()]
    assert b"slack:installation:T01TEST" in b"".join(files)
    assert slack.bot.token.encode() not in b"".join(files)


async def test_another_key_than_that_of_the_tokens_ends_the_program_with_one_line(
    many: Program, slack: FakeSlack
) -> None:
    running, address = await listening(many, slack)
    await install(slack, address)
    await stopped(running)
    many.settings["SECRET_KEY"] = Fernet.generate_key().decode()
    await refused(many, "SECRET_KEY does not open the tokens of Slack in the database")


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-x"}, "SLACK_BOT_TOKEN: Slack refuses this token (invalid_auth)"),
        ({"SLACK_APP_TOKEN": "xapp-x"}, "SLACK_APP_TOKEN: Slack refuses this token (invalid_auth)"),
        ({"HTTP_PORT": "taken"}, "HTTP_HOST and HTTP_PORT: 127.0.0.1:taken is taken"),
    ],
)
async def test_what_slack_or_the_machine_refuses_ends_the_program_with_one_line(
    one: Program, slack: FakeSlack, wrong: dict[str, str], line: str
) -> None:
    one.settings |= {name: value.replace("taken", str(slack.port)) for name, value in wrong.items()}
    await refused(one, line.replace(":taken", f":{slack.port}"))


async def refused(program: Program, line: str) -> None:
    ended = await program.run("run")
    assert ended.code == 2
    assert ended.err.splitlines()[-1] == f"homeroom: {line}"
    assert "Traceback" not in ended.err
