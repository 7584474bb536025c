"""In which language somebody is spoken to."""

import asyncio
from contextlib import suppress

from bot.core.catalogue import LANGUAGE, Chosen
from bot.core.errors import BotError
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter, Lingual
from bot.core.ports.storage import Storage
from bot.homeroom_toml import AssistantFile
from bot.words import Language, language_of
from bot.work.choices import read_chosen

_PATIENCE = 1.0  # seconds: nobody waits long for an answer, to have its notices in her language


async def language_for(message: Message, adapter: Adapter, chosen: Chosen) -> Language:
    """Hers by choice, else by her platform, else the one of the place."""
    told = None
    if message.author.id and isinstance(adapter, Lingual):
        with suppress(BotError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                told = language_of(await adapter.language_of(message))
    own = language_of(chosen.own(LANGUAGE))
    return own or told or language_of(chosen.value(LANGUAGE)) or Language.ENGLISH


async def language_at(
    message: Message, adapter: Adapter, storage: Storage, assistants: AssistantFile
) -> Language:
    """The same, where it is not known yet what is set there."""
    key = message.key.subject()
    try:
        chosen = await read_chosen(storage, assistants, key, message.author.id)
    except BotError:
        chosen = Chosen(key.scopes(), assistants.current())
    return await language_for(message, adapter, chosen)
