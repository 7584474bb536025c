"""What Discord adds to the table of settings: how its ids look, and settings of its own."""

from bot.core.outsiders import OUTSIDERS
from bot.core.setting_values import Breadth, OneOf, Setting, Terms

NAME = "discord"
_ID = r"\d{1,20}"

TERMS = Terms(
    platform=NAME,
    space="server",
    surface="You are writing in Discord, where neither wide tables nor LaTeX can be read.",
    ways=(
        "`/ask` asks from anywhere; with `private: True` only you see the answer.",
        "Mention me in a channel, or reply to an answer of mine.",
        "Write to me directly: there every message is meant for me.",
        "*Ask about this message* is in a message's menu, under *Apps*.",
    ),
    managing="You run this server: `/homeroom` sets where I answer, whom, and how much.",
    person=Breadth.PLATFORM,
    ids={Breadth.SPACE: rf"{_ID}|dm", Breadth.CHANNEL: _ID},
    traits=dict.fromkeys(("server", "category", "channel", "role", "user"), _ID),
    defaults={"stream": "off"},
    settings=(
        OUTSIDERS,
        Setting(
            name="conversation",
            words="Who shares a conversation in a channel; a thread is shared by those in it",
            values=OneOf(
                {
                    "person": "Each person has a conversation of their own in a channel.",
                    "channel": "All who talk in a channel share one conversation.",
                    "thread": "Each question opens a thread, which is a conversation.",
                }
            ),
            default="person",
        ),
        Setting(
            name="threads",
            words="Whether a thread is opened for each question",
            values=OneOf(
                {
                    "on": "I open a thread for each question.",
                    "off": "I open no threads.",
                }
            ),
            default="off",
        ),
    ),
)
