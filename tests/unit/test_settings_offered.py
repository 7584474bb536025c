"""What those who run a place can set there by hand is the same on Slack and on Discord."""

from typing import cast

import pytest

from adapters.discord.admin import HomeroomGroup
from adapters.discord.inbox import DiscordInbox
from adapters.slack.home.tab import OF_CHANNEL, OF_WORKSPACE
from adapters.slack.home.view import Facts, SettingPlace, tab
from bot.core.assistants import Assistant
from bot.core.catalogue import Catalogue, Chosen
from bot.core.messages import ConversationKey
from bot.core.setting_values import Breadth, Rules, Setter, Setting
from bot.core.settings import SETTINGS
from bot.platforms import TABLE

IN_HAND = [one for one in SETTINGS if one.setter is not Setter.OPERATOR]
OF_A_CHANNEL = [one for one in IN_HAND if one.narrowest >= Breadth.CHANNEL]


def words(settings: list[Setting]) -> set[str]:
    return {one.words for one in settings}


@pytest.mark.parametrize(
    ("place", "offered", "expected"),
    [("T1", OF_WORKSPACE, IN_HAND), ("C1", OF_CHANNEL, OF_A_CHANNEL)],
)
def test_the_home_tab_offers_all_that_is_set_by_hand(
    place: str, offered: list[Setting], expected: list[Setting]
) -> None:
    scopes = ConversationKey("slack", "T1", "C1").scopes()
    chosen = Chosen(scopes, Catalogue(TABLE, {"Homeroom": Assistant(name="Homeroom")}), ())
    direct = SettingPlace("C1", (), chosen)
    blocks = [*tab(Facts(direct, shown=SettingPlace(place, offered, chosen)))]
    drawn = [one.get("label") or one["text"] for one in blocks if "block_id" in one]
    own = words([*TABLE.terms["slack"].settings])
    assert {one["text"] for one in drawn} - own == words(expected)


def test_homeroom_on_discord_offers_the_same() -> None:
    commands = {
        one.name: one.description for one in HomeroomGroup(cast("DiscordInbox", None)).commands
    }
    lists = words([one for one in IN_HAND if isinstance(one.values, Rules)])
    own = words([*TABLE.terms["discord"].settings])
    besides = {commands[name] for name in ("usage", "access", "export", "health")}
    assert {*commands.values()} - own - besides == words(IN_HAND) - lists
