"""People who are in none of the places where the bot is at home, and write to it all the same."""

from bot.core.setting_values import Breadth, OneOf, Setter, Setting

OUTSIDERS = Setting(
    name="outsiders",
    words="Whether people of none of my places may ask me, directly or with an app of their own",
    values=OneOf(
        {
            "on": "People of none of my places may ask me directly.",
            "off": "Only people of the places where I am may ask me directly.",
        }
    ),
    default="off",
    setter=Setter.OPERATOR,
    narrowest=Breadth.SPACE,
)
