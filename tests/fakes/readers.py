"""Who looks at the page, as far as courses say."""

from collections.abc import Mapping

from adapters.web.pages import Reads
from bot.classroom.people import Roll
from bot.classroom.readers import Readers
from bot.classroom.register import Register
from bot.core.ports.adapter import Adapter
from bot.platforms import TABLE
from storage.store import Store


def readers(store: Store, adapters: Mapping[str, Adapter] | None = None) -> Reads:
    courses = store.storage.courses
    return Readers(Roll(Register(courses), courses, adapters or {}, TABLE)).reader
