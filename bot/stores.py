"""Opens the database that the settings name."""

from contextlib import AbstractAsyncContextManager

from bot.config import Settings
from storage.store import Store, open_file, open_server


def open_store(settings: Settings) -> AbstractAsyncContextManager[Store]:
    if settings.is_shared:
        return open_server(settings.database_url)
    return open_file(settings.database_path())
