"""Talking on the page: every word is a form that is sent off, so it works without scripts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import quote

from aiohttp import web
from aiohttp.web_request import FileField

from adapters.web.adapter import PLATFORM, WebAdapter, web_key
from adapters.web.drawing import draw, page, refused, told
from adapters.web.feed import LiveStreams, Pieces
from adapters.web.guard import VISITOR, Guard
from bot.core.commands import parse_command
from bot.core.controls import FORMS, PRESSES, Button, Press, below_preview
from bot.core.errors import BotError, StorageUnavailable
from bot.core.files import MOST_BYTES, MOST_FILES, FileRefused, media_type
from bot.core.forms import Form, filled
from bot.core.messages import Attachment, Author, ConversationKey, Message
from bot.core.ports.records import Choice
from bot.core.ports.views import TurnView, Views
from bot.core.turns import State

_A_PAGE = 50  # turns, and conversations in a list
_LIVE = 12  # turns that are kept up to date
_SILENCE = 2.0  # seconds until the rows are looked at unasked: another process may have written
_PACE = 0.1  # seconds between two drawings
_THREAD = "{thread:[A-Za-z0-9_-]{1,40}}"


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn as it is drawn: out of its row, and what the row does not say yet."""

    view: TurnView
    text: str
    doing: str
    buttons: tuple[Button, ...]
    form: Form | None  # what is asked besides, once its button was pressed
    is_press: bool  # of a button: what it says is nothing to read


Drawn = dict[str, tuple[ShownTurn, str]]


class Talk:
    def __init__(
        self, adapter: WebAdapter, views: Views, streams: LiveStreams, guard: Guard
    ) -> None:
        self._adapter = adapter
        self._views = views
        self._streams = streams
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        place = f"/talk/{_THREAD}"
        return [
            web.get("/talk", told(self._list)),
            web.get(place, told(self._show)),
            web.post(place, told(self._say)),
            web.get(f"{place}/live", told(self._live)),
            web.post(f"{place}/press", told(self._press)),
            web.post(f"{place}/form", told(self._fill)),
            web.get("/files/{turn:[0-9]{1,18}}/{number:[0-9]}", told(self._file)),
            web.get("/made/{turn:[0-9]{1,18}}/{ref:[0-9a-f]{1,64}}", told(self._made)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        name = request[VISITOR].name
        lines = await self._views.conversations(Choice(user=name, most=_A_PAGE))
        keys = [(line, ConversationKey.parse(line.key)) for line in lines]
        hers = [
            (line, key.thread)
            for line, key in keys
            if key.subject() == key and key == web_key(name, key.thread)
        ]
        return page(request, "talks.html", lines=hers, fresh=token_urlsafe(9))

    async def _show(
        self, request: web.Request, *, status: int = 200, words: str = "", wrong: str = ""
    ) -> web.Response:
        thread = request.match_info["thread"]
        drawn = await self._drawn(_key(request), thread, _A_PAGE)
        pieces = [html for _, html in drawn.values()]
        shown = {"pieces": pieces, "thread": thread, "nonce": token_urlsafe(9)}
        return page(request, "talk.html", status, **shown, words=words, wrong=wrong)

    async def _drawn(
        self, key: ConversationKey, thread: str, most: int, known: Drawn | None = None
    ) -> Drawn:
        """The newest turns by their elements' ids; what is as it was is not drawn again."""
        drawn: Drawn = {}
        for view in await self._views.turns([key, key.aside()], None, most):
            id_, shown = f"t{view.turn.id}", self._as_shown(view)
            before = (known or {}).get(id_)
            if before and before[0] == shown:
                drawn[id_] = before
            else:
                html = draw("said.html", shown=shown, thread=thread, nonce=token_urlsafe(9))
                drawn[id_] = shown, html
        return drawn

    def _as_shown(self, view: TurnView) -> ShownTurn:
        turn, board = view.turn, self._adapter.board
        key = turn.message.message_key
        is_open = turn.state != State.DONE
        # What was answered may be kept back until it is posted: the row alone shows nothing.
        drafts = "\n\n".join(part.text for part in view.parts if part.text)
        text = drafts or (view.is_posted and turn.answer.answer) or ""
        last = turn.changes[-1].status if turn.changes else "queued"
        doing = (board.doing(key) or last) if turn.state == State.PENDING else ""
        buttons = tuple(button for part in view.parts for button in part.controls)
        if is_open and not turn.message.command:
            buttons = below_preview(key)
        form = None if is_open else FORMS.get(turn.message.command or "")
        is_press = turn.message.command in PRESSES
        return ShownTurn(view, text, doing, buttons, form, is_press)

    async def _say(self, request: web.Request) -> web.Response:
        given = await request.post()
        command, text = parse_command(str(given.get("text", "")))
        try:
            files = [one for one in given.getall("file", []) if isinstance(one, FileField)]
            message = self._message(request, str(given.get("nonce", "")), text, command)
            message = await self._with_files(message, [one for one in files if one.filename])
            if text.strip() or command or message.attachments:
                await self._adapter.take(message)
        except (StorageUnavailable, FileRefused) as error:
            words = str(given.get("text", ""))
            return await self._show(request, status=503, words=words, wrong=error.notice)
        raise _back(request)

    async def _press(self, request: web.Request) -> web.Response:
        given = await request.post()
        button, nonce = str(given.get("button", "")), str(given.get("nonce", ""))
        press = Press.parse(button)
        if press is None:
            return refused(request, "There is no such button.", 400)
        message = self._message(request, nonce + button, press.words, press.command)
        await self._adapter.take(message)
        raise _back(request)

    async def _fill(self, request: web.Request) -> web.Response:
        given = {name: str(value) for name, value in (await request.post()).items()}
        command = given.pop("command", "")
        nonce, about = given.pop("nonce", ""), given.pop("about", "")
        form = next((form for form in FORMS.values() if form.command == command), None)
        if form is None:
            return refused(request, "There is no such form.", 400)
        values = {field.name: given.get(field.name, "")[: field.most] for field in form.fields}
        words = filled(about, values)
        await self._adapter.take(self._message(request, nonce, words, command))
        raise _back(request)

    def _message(self, request: web.Request, nonce: str, text: str, command: str | None) -> Message:
        """Its id is made of the form's: one that is sent off twice is one message."""
        name, key = request[VISITOR].name, _key(request)
        id_ = _nonce(str(key), nonce or token_urlsafe(9))
        return Message(key, id_, Author(name, name), text, command)

    async def _with_files(self, message: Message, files: Sequence[FileField]) -> Message:
        """What comes along, kept before the message says that it is there."""
        kept = []
        for number, file in enumerate(files[: MOST_FILES + 1]):
            if number == MOST_FILES:
                raise FileRefused.because(file.filename, f"I take {MOST_FILES} files at a time")
            data = file.file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise FileRefused.because(file.filename, "it is larger than 10 MB")
            file_id = f"{message.id}-{number}"
            await self._adapter.uploads.keep(file_id, message.key, message.author.id, data)
            kept.append(Attachment(file_id, file.filename, file.content_type, len(data), ""))
        return replace(message, attachments=tuple(kept))

    async def _live(self, request: web.Request) -> web.StreamResponse:
        key, thread = _key(request), request.match_info["thread"]
        known: Drawn = {}

        async def changes() -> AsyncIterator[Pieces]:
            with self._adapter.board.watched(str(key)) as changed:
                while True:
                    changed.clear()
                    with suppress(BotError):  # it is looked at again
                        known.update(await self._drawn(key, thread, _LIVE, known))
                    yield {id_: html for id_, (_, html) in known.items()}
                    await _either(changed, _SILENCE)
                    await asyncio.sleep(_PACE)

        return await self._streams.send(request, changes, self._guard.knows)

    async def _file(self, request: web.Request) -> web.Response:
        """Back as it came."""
        view = await self._view(request)
        files = dict(enumerate(view.files if view else ()))
        file = files.get(int(request.match_info["number"]))
        return await self._sent(request, file.id if file else "", file.name if file else "")

    async def _made(self, request: web.Request) -> web.Response:
        """What tools made of a question."""
        view, ref = await self._view(request), request.match_info["ref"]
        names = {part.ref: part.name for part in (view.parts if view else ()) if part.name}
        return await self._sent(request, ref if ref in names else "", names.get(ref, ""))

    async def _view(self, request: web.Request) -> TurnView | None:
        view = await self._views.turn(int(request.match_info["turn"]))
        is_ours = view is not None and ConversationKey.parse(view.key).platform == PLATFORM
        return view if is_ours else None

    async def _sent(self, request: web.Request, file_id: str, name: str) -> web.Response:
        """Never shown: what kind of file it is say its bytes, and a browser is not to guess."""
        data = await self._adapter.uploads.read(file_id) if file_id else None
        if data is None:
            return refused(request, "That file is not here.", 404)
        answer = web.Response(
            body=data, content_type=media_type(data) or "application/octet-stream"
        )
        answer.headers["Content-Disposition"] = (
            f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        )
        return answer


def _key(request: web.Request) -> ConversationKey:
    return web_key(request[VISITOR].name, request.match_info["thread"])


def _back(request: web.Request) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/talk/{request.match_info['thread']}#end")


def _nonce(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


async def _either(changed: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return
