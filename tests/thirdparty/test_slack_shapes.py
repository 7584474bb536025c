"""Our fake Slack beside one that others wrote: the same acts, told in the same shapes."""

import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack_server import APP_TOKEN, FakeSlack
from tests.thirdparty.local_slack import APP, open_local_slack
from tests.thirdparty.servers import LOCAL_SLACK, needs
from tests.thirdparty.shapes import Shapes, differing, unexplained
from tests.thirdparty.slack_script import Ours, Theirs, acted

pytestmark = [needs(LOCAL_SLACK), pytest.mark.asyncio(loop_scope="module")]

# Each place that only one of them has, and why that is no fault of ours.
ONLY_OURS = {
    r"payload\.(enterprise|enterprise_id|context_\w+|event_context)": "it knows no organisations",
    r".*\.client_msg_id": "Slack's own apps send it; we tell duplicates by it",
    r".*(event|message|messages\[\])\.team": "Slack says whose message it is",
    r".*\.bot_profile.*": "Slack says which bot it is",
    r"payload\.event\.parent_user_id": "Slack says who began the thread",
    r"payload\.event\.(hidden|channel_type)": "Slack says it of edits and deletions as well",
    r"(message|messages\[\])\.metadata.*": "it keeps none; we find our own posts by it",
    r"user\.is_(ultra_)?restricted": "it knows no guests",
    r"user\.profile\.email": "these people there have none",
    r"channel\.(context_team_id|is_ext_shared|is_mpim)": "it knows no shared channels",
    r"response_metadata.*": "it answers with one page",
    r"req_method": "Slack names the method that it does not know",
}
ONLY_THEIRS = {
    r".*(message|messages\[\])\.channel": "Slack leaves it out of a message; nobody reads it",
    r".*files\[\]\..*": "Slack says more of a file as well; nobody reads it",
    r"payload\.event\.(upload|display_as_bot)": "Slack does as well; nobody reads it",
    r"channel\.(topic|purpose).*": "Slack does as well; nobody reads it",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ours() -> Shapes:
    async with FakeSlack() as slack:
        slack.events.echoes = False  # it does not tell the bot of its own messages
        web = AsyncWebClient(slack.bot.token, slack.api_url)
        return await acted(Ours(slack), web, APP_TOKEN)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theirs(tmp_path_factory: pytest.TempPathFactory) -> Shapes:
    async with open_local_slack(tmp_path_factory.mktemp("slack")) as slack:
        web = AsyncWebClient(APP["botToken"], slack.api_url)
        return await acted(Theirs(slack), web, APP["appToken"])


async def test_both_tell_the_same_and_answer_the_same_calls(ours: Shapes, theirs: Shapes) -> None:
    assert ours.keys() == theirs.keys()


async def test_what_both_have_is_of_the_same_kind(ours: Shapes, theirs: Shapes) -> None:
    assert differing(ours, theirs) == []


async def test_what_only_ours_has_is_what_slack_has(ours: Shapes, theirs: Shapes) -> None:
    assert unexplained(ours, theirs, ONLY_OURS) == ([], [])


async def test_what_only_theirs_has_is_read_by_nobody(ours: Shapes, theirs: Shapes) -> None:
    assert unexplained(theirs, ours, ONLY_THEIRS) == ([], [])
