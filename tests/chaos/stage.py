"""The stage: both platforms and the model's server."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.effects import wants
from tests.chaos.words import answer_to, asked_in
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import APP_TOKEN, FakeSlack

ROOT = Path(__file__).parents[2]
_NOT_PAID = frozenset({"expired", "failed"})  # the server lost them: another may be started


@dataclass
class Stage:
    """What outlives the program."""

    model: FakeOpenAI
    slack: FakeSlack
    discord: FakeDiscord
    is_shared: bool = False  # whether several processes listen
    # By their refs, what could not be edited any more: another message has taken its place.
    superseded: set[str] = field(default_factory=set)

    def settings(self, backend: str) -> dict[str, str]:
        return {
            "BACKEND": backend,
            "OPENAI_API_KEY": "sk-chaos",
            "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_MODEL": "fake-model",
            "SLACK_BOT_TOKEN": self.slack.bot.token,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": self.slack.api_url,
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
            "PYTHONPATH": str(ROOT),
        }

    def paid(self) -> Counter[int]:
        """How often an answer to each question was paid for."""
        runs = [run for run in self.model.runs if run.status not in _NOT_PAID]
        answers, calls = (
            Counter(asked_in(run.input_text) for run in runs if bool(run.calls) is has_calls)
            for has_calls in (False, True)
        )
        paid = answers | calls  # the larger of both: one run may end in calls before the answer
        return Counter({number: count for number, count in paid.items() if number is not None})

    @property
    def connections(self) -> int:
        """How often a program has come to be connected."""
        handshakes = [*self.discord.identifies, *self.discord.resumes]
        return min(self.slack.sockets.opened, sum(shake.accepted for shake in handshakes))


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(FakeOpenAI())
        slack = await stack.enter_async_context(FakeSlack())
        discord = await stack.enter_async_context(FakeDiscord())
        model.answer = answer_to
        model.wants = wants
        discord.clock.ticking = True
        yield Stage(model, slack, discord)
