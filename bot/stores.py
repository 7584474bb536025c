"""Opens the database that the settings name."""

from contextlib import AbstractAsyncContextManager

from bot.config import Settings
from storage.store import Store, open_file, open_server


def open_store(settings: Settings) -> AbstractAsyncContextManager[Store]:
    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    if settings.is_shared:
        return open_server(settings.database_url, secret)
    return open_file(settings.database_path(), secret)
