"""What Discord adds to the table of settings: how its ids look, and settings of its own."""

from bot.core.settings import Level, OneOf, Setting, Terms

NAME = "discord"
_ID = r"\d{1,20}"

TERMS = Terms(
    platform=NAME,
    space="server",
    person=Level.PLATFORM,
    ids={Level.SPACE: rf"{_ID}|dm", Level.CHANNEL: _ID},
    traits=dict.fromkeys(("server", "category", "channel", "role", "user"), _ID),
    defaults={"stream": "off"},
    settings=(
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
