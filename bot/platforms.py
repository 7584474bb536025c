"""The platforms there are: one list, which all ask who need to know one."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from adapters.discord import platform as discord
from adapters.discord.terms import TERMS as DISCORD
from adapters.slack import platform as slack
from adapters.slack.terms import TERMS as SLACK
from bot.config import Settings
from bot.core.checks import Check
from bot.core.ports.adapter import Adapter
from bot.core.ports.memory import Memory
from bot.core.ports.sign_in import SignIn
from bot.core.setting_values import Terms
from bot.core.settings import SettingsTable


@dataclass(frozen=True, slots=True)
class Platform:
    terms: Terms  # its name, and what it adds to the settings
    is_set_up: Callable[[Settings], bool]
    require: Callable[[Settings], None]  # raises ConfigError for what is half filled in
    open: Callable[[Settings, Memory], Adapter]
    check: Callable[[Settings], AsyncIterator[Check]]  # for the doctor; never raises
    sign_in: Callable[[Settings], SignIn | None]  # on the page, where that is set up

    @property
    def name(self) -> str:
        return self.terms.platform


PLATFORMS: Sequence[Platform] = (
    Platform(SLACK, slack.is_set_up, slack.require, slack.open_adapter, slack.check, slack.sign_in),
    Platform(
        DISCORD,
        discord.is_set_up,
        discord.require,
        discord.open_adapter,
        discord.check,
        discord.sign_in,
    ),
)

# The terminal is where one talks if there are no tokens: nothing has to be set up for it, nor for
# the page.
_OWN = [
    Terms(platform=name, surface=f"You are writing {where}.", defaults={"limit": "0"})
    for name, where in (("console", "in a terminal"), ("web", "on a web page"))
]
TABLE = SettingsTable([*_OWN, *(one.terms for one in PLATFORMS)])


def set_up(settings: Settings) -> Sequence[Platform]:
    """Those there are tokens for."""
    return [one for one in PLATFORMS if one.is_set_up(settings)]


def require_complete(settings: Settings) -> None:
    """Refuse what is half filled in, naming what is missing. Raises ConfigError."""
    settings.require_model()
    for platform in set_up(settings):
        platform.require(settings)


def sign_ins(settings: Settings) -> Sequence[SignIn]:
    """Where people may sign in on the page. Raises ConfigError for what is half filled in."""
    return [way for one in PLATFORMS if (way := one.sign_in(settings)) is not None]


def open_platforms(settings: Settings, memory: Memory) -> list[Adapter]:
    return [platform.open(settings, memory) for platform in set_up(settings)]
