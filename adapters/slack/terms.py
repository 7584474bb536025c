"""What Slack adds to the table of settings: how its ids look, and settings of its own."""

from bot.core.outsiders import OUTSIDERS
from bot.core.setting_values import Breadth, OneOf, Setting, Terms, Words

NAME = "slack"
_CHANNEL, _SPACE = "[CDG][A-Z0-9]+", "[TE][A-Z0-9]+"

TERMS = Terms(
    platform=NAME,
    space="workspace",
    surface="You are writing in Slack, where neither wide tables nor LaTeX can be read.",
    ways=(
        "`/ask` asks from anywhere, and only you see the answer.",
        "Mention me in a channel: I answer in a thread, and follow it from then on.",
        "Write to me directly: there every message is meant for me.",
        "*Ask about this message* is in a message's menu.",
    ),
    managing="You run this workspace: my Home tab sets where I answer, whom, and how much.",
    ids={Breadth.SPACE: _SPACE, Breadth.CHANNEL: _CHANNEL},
    traits={"user": "[UW][A-Z0-9]+", "group": "S[A-Z0-9]+", "channel": _CHANNEL, "space": _SPACE},
    settings=(
        OUTSIDERS,
        Setting(
            name="conversation",
            words="Who shares a conversation; each answer stands in the thread of its question",
            values=OneOf(
                {
                    "person": "Each person's questions in a channel are one conversation.",
                    "channel": "All who talk in a channel share one conversation.",
                    "thread": "Each question begins a thread, which is a conversation.",
                }
            ),
            default="thread",
        ),
        Setting(
            name="guests",
            words="Whether guests of the workspace may ask",
            values=OneOf({"on": "Guests may ask.", "off": "Guests may not ask."}),
            default="off",
        ),
        Setting(
            name="shared_channels",
            words="Whether I answer in channels shared with other organisations",
            values=OneOf(
                {
                    "on": "I answer in channels shared with other organisations.",
                    "off": "I do not answer in channels shared with other organisations.",
                }
            ),
            default="off",
        ),
        Setting(
            name="bots",
            words="Ids of other bots that may ask, a few times until a person speaks again",
            values=Words("Bots that may ask: {}.", "No other bot may ask."),
            default="",
        ),
    ),
)
