"""What was said: of whoever looks, and of others as far as she may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from adapters.web.drawing import page, refused, told
from adapters.web.guard import CONVERSATIONS, VISITOR
from adapters.web.pages import Sources, number_of
from bot.core.messages import ConversationKey
from bot.core.ports.records import Choice
from bot.core.ports.views import TurnLine, TurnView
from bot.core.sightings import Sighting
from bot.rules.readers import Reader
from bot.views.timeline import explained, timeline

log = structlog.get_logger()

_A_PAGE = 50  # rows
_MOST_SIGHTINGS = 20  # that are shown below what they are of


@dataclass(frozen=True, slots=True)
class ShownWords:
    """`answer`: empty where it was shown to nobody yet, and she does not run this place."""

    view: TurnView
    answer: str


class SaidPages:
    def __init__(self, sources: Sources) -> None:
        self._from = sources

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(CONVERSATIONS, told(self._list)),
            web.get(CONVERSATIONS + "/{key}", told(self._conversation)),
            web.get("/turns/{id:[0-9]{1,18}}", told(self._turn)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        words, before = request.query.get("q", "").strip(), number_of(request, "before")
        reader = await self._reader(request)
        if not reader.reads_all:
            return await self._hers(request, reader, words, before)
        if not words:
            lines = await self._from.views.conversations(Choice(before=before, most=_A_PAGE))
            older = lines[-1].newest if len(lines) == _A_PAGE else None
            return page(request, "conversations.html", lines=lines, older=older, words="")
        found = await self._from.views.found(words, before, _A_PAGE)
        return await self._found(request, found.turns, words, found.back_to)

    async def _hers(
        self, request: web.Request, reader: Reader, words: str, before: int | None
    ) -> web.Response:
        """What she said, and what was said before others in the courses she is in charge of."""
        views = self._from.views
        lines = {one.id: one for one in await views.said_by(reader.person, words, before, _A_PAGE)}
        for scope in reader.scopes():
            heard = await views.heard_in(scope, words, before, _A_PAGE)
            lines |= {one.id: one for one in heard if _may_read_line(reader, one)}
        newest = sorted(lines.values(), key=lambda one: -one.id)[:_A_PAGE]
        return await self._found(request, newest, words, None)

    async def _found(
        self, request: web.Request, lines: Sequence[TurnLine], words: str, back_to: float | None
    ) -> web.Response:
        await self._note(request, [line.id for line in lines])
        older = lines[-1].id if len(lines) == _A_PAGE else None
        shown: dict[str, Any] = {"lines": lines, "words": words, "back_to": back_to}
        return page(request, "found.html", **shown, older=older)

    async def _conversation(self, request: web.Request) -> web.Response:
        key = ConversationKey.parse(request.match_info["key"])
        reader = await self._reader(request)
        turns = await self._from.views.turns([key], number_of(request, "before"), _A_PAGE)
        shown = [_shown(reader, view) for view in turns if _may_read(reader, key, view)]
        if not shown:
            return refused(request, "There is no such conversation.", 404)
        seen = await self._note(request, [one.view.turn.id for one in shown], str(key))
        older = turns[0].turn.id if len(turns) == _A_PAGE else None
        drawn: dict[str, Any] = {"key": str(key), "turns": shown, "older": older}
        return page(request, "conversation.html", **drawn, seen=seen if reader.reads_all else None)

    async def _turn(self, request: web.Request) -> web.Response:
        """For those who run this place: what a model thought, and tools found, is told nobody."""
        view = await self._from.views.turn(int(request.match_info["id"]))
        if view is None:
            return refused(request, "There is no such turn.", 404)
        seen = await self._note(request, [view.turn.id], view.key)
        moments, why = timeline(view.turn), explained(view.turn.error)
        shown: dict[str, Any] = {"view": view, "turn": view.turn, "moments": moments, "why": why}
        return page(request, "turn.html", **shown, seen=seen)

    async def _reader(self, request: web.Request) -> Reader:
        visitor = request[VISITOR]
        return await self._from.reader(visitor.person, visitor.name, visitor.standing)

    async def _note(
        self, request: web.Request, turns: Sequence[int], key: str = ""
    ) -> Sequence[Sighting]:
        """Before they are shown: that she looks at them. Returns who has looked in a place."""
        visitor, sightings = request[VISITOR], self._from.sightings
        await sightings.note(visitor.person, visitor.name, turns, self._from.clock())
        log.info("words_viewed", by=visitor.person, turns=len(turns))
        return await sightings.at(key, _MOST_SIGHTINGS) if key else ()


def _may_read_line(reader: Reader, line: TurnLine) -> bool:
    key = ConversationKey.parse(line.key)
    return reader.may_read(key, line.author_id, is_heard=line.is_shared and line.command is None)


def _may_read(reader: Reader, key: ConversationKey, view: TurnView) -> bool:
    """What answers a command may have been told to one alone, also among others."""
    said = view.turn.message
    is_heard = view.is_shared and said.command is None
    return reader.may_read(key, said.author_id, is_heard=is_heard)


def _shown(reader: Reader, view: TurnView) -> ShownWords:
    is_told = view.is_posted or reader.reads_all
    return ShownWords(view, (view.turn.answer.answer or "") if is_told else "")
