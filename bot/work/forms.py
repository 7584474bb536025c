"""The form behind a press. A form of a course opens with what is in force."""

import asyncio

import structlog

from bot.classroom.desk import CourseDesk
from bot.core.controls import FORMS
from bot.core.errors import BotError
from bot.core.forms import Form
from bot.core.messages import Message
from bot.core.ports.storage import Storage
from bot.homeroom_toml import AssistantFile
from bot.work.authority import Authority
from bot.work.choices import read_chosen

log = structlog.get_logger()

_PATIENCE = 1.5  # seconds: platforms wait three for a form
_OF_COURSE = "class"


class Forms:
    def __init__(
        self, storage: Storage, assistants: AssistantFile, authority: Authority, desk: CourseDesk
    ) -> None:
        self._storage = storage
        self._assistants = assistants
        self._authority = authority
        self._desk = desk

    async def behind(self, press: Message) -> Form | None:
        """None where no form opens. What cannot be told at once, or not to her, is left empty."""
        form = FORMS.get(press.command or "")
        if form is None or form.command != _OF_COURSE:
            return form
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._opened(form, press)
        except (BotError, TimeoutError) as error:
            log.info("form_left_empty", form=form.title, error=type(error).__name__)
            return form

    async def _opened(self, form: Form, press: Message) -> Form:
        chosen = await read_chosen(self._storage, self._assistants, press.key)
        standing = await self._authority.standing(press, chosen)
        return await self._desk.opened(form, press, standing)
