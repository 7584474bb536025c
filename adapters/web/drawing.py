"""Templates into pages. Whatever is put into one is escaped; Markdown becomes HTML in one place."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import quote

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.web.guard import VISITOR
from bot.core.errors import BotError, Refusal
from bot.core.messages import ConversationKey
from bot.core.text import clean
from bot.rules.rendering.html import as_html

log = structlog.get_logger()

_BARS = (600.0, 120.0)  # width and height of a plot, in units of its own


def draw(template: str, **values: Any) -> str:
    return _templates().get_template(template).render(**values)


def page(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    shown = draw(template, visitor=request.get(VISITOR), path=request.path, **values)
    return web.Response(text=shown, content_type="text/html", status=status)


def refused(request: web.Request, words: str, status: int) -> web.Response:
    return page(request, "refused.html", status=status, words=words)


def told(handler: Handler) -> Handler:
    """What cannot be shown is said in words, with what can be done about it."""

    async def tell(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            return refused(request, "That is more than I take at a time.", 413)
        except ValueError:
            return refused(request, "There is nothing of that name.", 404)
        except Refusal as error:
            return refused(request, error.notice, 400)
        except BotError as error:
            log.warning("page_not_shown", path=request.path, error=str(error))
            return refused(request, f"That cannot be looked up now: {error}.", 503)

    return tell


@cache
def _templates() -> Environment:
    # Not by the file's name: what is put into an SVG is escaped as well.
    loader = PackageLoader("adapters.web")
    templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.filters |= {
        "words": lambda text: Markup(as_html(text or "")),  # noqa: S704 - written tag by tag
        "plain": lambda text: clean(str(text or "")),
        "at": _at,
        "span": _span,
        "money": _money,
        "place": _place,
        "path": lambda text: quote(str(text), safe=""),
        "bars": bars,
        "html": Markup,  # what was drawn before
    }
    return templates


def _at(seconds: float | None) -> Markup:
    if not seconds:
        return Markup()
    when = datetime.fromtimestamp(seconds, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        when.isoformat(timespec="seconds"), when.strftime("%Y-%m-%d %H:%M:%S")
    )


def _span(seconds: float | None) -> str:
    """How long something takes or took, in two figures or so."""
    if seconds is None:
        return "–"
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - figures


def _money(cost: Decimal | None) -> str:
    return "unknown" if cost is None else f"${cost:.4f}" if 0 < cost < 1 else f"${cost:.2f}"


def _place(key: str) -> str:
    """A conversation's key as people read it."""
    try:
        parts = ConversationKey.parse(key)
    except ValueError:
        return clean(key)
    named = (parts.platform, parts.space, parts.channel, parts.thread)
    return clean(" › ".join(part for part in named if part))


def bars(values: Sequence[tuple[str, float, str]], title: str) -> Markup:
    """A plot: for each a label, a height, and what is said of it. The table says it in numbers."""
    width, height = _BARS
    highest = max((value for _, value, _ in values), default=0.0) or 1.0
    step = width / max(len(values), 1)
    bar = Markup(
        '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
        "<title>{}: {}</title></rect>"
    )
    drawn = Markup().join(
        bar.format(
            number * step + step * 0.1,
            height - value / highest * height,
            step * 0.8,
            value / highest * height,
            label,
            said,
        )
        for number, (label, value, said) in enumerate(values)
    )
    return Markup(
        '<svg class="plot" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}" '
        'preserveAspectRatio="none">{}</svg>'
    ).format(width, height, title, drawn)
