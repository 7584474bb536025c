"""A model's words as Slack shows them.

Whoever shows the preview of a link asks its server for it, and so tells that server what stands in
the address. Previews are switched off; where they cannot be, in a stream, an address is none until
the answer is whole.
"""

from functools import partial

from bot.rules.rendering import one_line, render, render_beginning
from bot.rules.rendering.guards import unlinked
from bot.rules.rendering.surfaces import Surface

title = partial(one_line, surface=Surface())


def shown(text: str, asker: str) -> str:
    """Markdown for a message; `asker`: the id of the one person whose mention stays alive."""
    return render(text, _surface(asker))


def streamed(text: str, asker: str) -> str:
    """What of a text that is still being written can be shown for good."""
    return unlinked(render_beginning(text, _surface(asker)))


def is_linked(text: str) -> bool:
    return unlinked(text) != text


def _surface(asker: str) -> Surface:
    return Surface(f"<@{asker}>" if asker else "")
