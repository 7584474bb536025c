"""The models that a server says it has."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx2
from openai import AsyncOpenAI

from bot.backends.error_bodies import failure_in
from bot.backends.failures import UnknownModel, Where, judge
from bot.backends.openai_errors import openai_errors, place_of
from bot.backends.reading import word
from bot.backends.requests import is_error
from bot.backends.tolerant import as_text, parsed
from bot.core.errors import BackendRefused, BotError
from bot.words import say

_MOST_NAMED = 12
_PATIENCE = 10.0  # seconds


async def check_model(client: AsyncOpenAI, model: str) -> None:
    """Raises BotError where the server is not usable, UnknownModel where it has others only."""
    models = await list_models(client)
    if models and model not in models:
        raise UnknownModel(f"there is no model {model}, but {named(models)}")


async def list_models(client: AsyncOpenAI) -> list[str]:
    """The ids; none where the server keeps no list."""
    return [name for entry in await list_entries(client) if (name := word(entry.get("id")))]


async def list_entries(client: AsyncOpenAI) -> list[Mapping[str, Any]]:
    """What a server says of its models. The body is read as it comes.

    To the library, an error that comes with status 200 is an empty list.
    """
    patient = client.with_options(timeout=_PATIENCE, max_retries=0)
    with openai_errors():
        response = await patient.get("/models", cast_to=httpx2.Response)
        body: Any = parsed(as_text(response.content))
    if isinstance(body, dict) and is_error(body):
        raise judge(failure_in(body, Where.BODY, **place_of(response)))
    entries = body.get("data") or body.get("models") if isinstance(body, dict) else body
    found = entries if isinstance(entries, list) else []
    return [entry for entry in found if isinstance(entry, Mapping)]


async def naming_models(client: AsyncOpenAI, error: UnknownModel) -> BackendRefused:
    """The same error, with the names of the models there are, where a list can be had."""
    models: list[str] = []
    with suppress(BotError):
        models = await list_models(client)
    there_are = say("It has: {models}.", models=named(models)) if models else ""
    mend = say("The operator has to set OPENAI_MODEL.")
    return BackendRefused(
        str(error), notice=" ".join(filter(None, (error.notice, there_are, mend)))
    )


def named(models: list[str]) -> str:
    more = len(models) - _MOST_NAMED
    return ", ".join(models[:_MOST_NAMED]) + (
        say(" and {more} more", more=more) if more > 0 else ""
    )
