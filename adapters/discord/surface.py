"""A model's words as Discord shows them: it has no tables, and three depths of headings."""

from dataclasses import replace
from functools import partial

from adapters.discord.translating import with_names
from bot.rules.rendering import one_line, render
from bot.rules.rendering.surfaces import Surface

_SURFACE = Surface(
    shows_tables=False, has_names_that_call=True, has_long_fences=False, deepest_heading=3
)
title = partial(one_line, surface=_SURFACE)


def shown(text: str, asker: str = "", locale: str = "") -> str:
    """Markdown for a message; `asker`: the id of the one person whose mention stays alive.

    `locale`: in which she reads Discord.
    """
    surface = replace(_SURFACE, own_mention=f"<@{asker}>" if asker else "")
    return render(with_names(text, locale), surface)
