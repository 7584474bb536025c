"""Tries the model: whether its server is there, and whether it calls a tool when told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress

from bot.config import Settings
from bot.core.answers import CallsMade, RunStarted, SessionOpened
from bot.core.assistants import Assistant
from bot.core.checks import Check, Level
from bot.core.errors import BackendRefused, BotError, ConfigError
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.backend import Backend
from bot.core.ports.memory import Memory
from bot.core.prompts import Exchange, Prompt
from bot.core.tools import Tool
from bot.homeroom_toml import FILE, read_catalogue
from bot.platforms import TABLE

_PATIENCE = 20.0  # seconds for the model's server
_PING = Tool(
    name="ping", description="Call this now.", parameters={"type": "object", "properties": {}}
)
_ORDER = "Call the tool ping now. Write nothing."
_MESSAGE = Message(
    ConversationKey("console", "local", "doctor"), "ping", Author("doctor", "doctor"), _ORDER
)


async def calls_tools(backend: Backend) -> bool:
    """Costs a short question or two, and leaves nothing at the server. Raises BotError.

    Forced to, a model shows what its server hands on; where the server does not take that, or goes
    on in words, the model is told in words alone.
    """
    with suppress(BackendRefused):
        if await _calls(backend, is_forced=True):
            return True
    return await _calls(backend, is_forced=False)


async def _calls(backend: Backend, *, is_forced: bool) -> bool:
    prompt = Prompt(
        turn_id=0,
        conversation_id=0,
        message=_MESSAGE,
        words=_ORDER,
        assistant=Assistant(instructions=_ORDER),
        recall=_nothing,
        tools=(_PING,),
        must_call=is_forced,
    )
    session = run = None
    try:
        async with aclosing(backend.answer(prompt)) as events:
            async for event in events:
                match event:
                    case SessionOpened(opened):
                        session = opened
                    case RunStarted(started):
                        run = started
                    case CallsMade():
                        return True
    finally:
        await _clean_up(backend, session, run)
    return False


async def _clean_up(backend: Backend, session: str | None, run: str | None) -> None:
    with suppress(BotError):
        if run:
            await backend.cancel(session, run)
    with suppress(BotError):
        if session:
            await backend.forget(session, [run] if run else [])


async def _nothing() -> Sequence[Exchange]:
    return ()


async def check_model(settings: Settings, *, may_ask: bool) -> AsyncIterator[Check]:
    """`may_ask`: also what costs a short question, where assistants have tools."""
    # Imported here: the model's library takes most of a second.
    from bot.backends.demo import how_to_install  # noqa: PLC0415
    from bot.backends.opening import open_backend  # noqa: PLC0415

    try:
        backend = open_backend(settings, NothingKept())
    except BotError as error:
        yield Check("model", Level.FAILURE, str(error), how_to_install())
        return
    try:
        answered = await _answering(backend.check)
        yield answered
        if may_ask and answered.level is Level.OK and _has(lambda one: one.tools):
            yield await _answering(lambda: _tried(backend))
    finally:
        await backend.close()


async def check_moderation(settings: Settings) -> Check | None:
    """Asks it about a harmless word; None where there is none to ask."""
    from bot.backends.opening import open_moderator  # noqa: PLC0415 - as above

    moderator = open_moderator(settings)
    if moderator is None:
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            await moderator.flags("hello")
    except (BotError, TimeoutError) as error:
        words = f"nobody's question is looked at for danger: {error or 'no answer in time'}"
        return Check("moderation", Level.FAILURE, words, _MEND_MODERATION)
    finally:
        await moderator.close()
    return Check("moderation", Level.OK, f"{settings.moderation_model} looks at questions")


async def _answering(look: Callable[[], Awaitable[str]]) -> Check:
    try:
        async with asyncio.timeout(_PATIENCE):
            return Check("model", Level.OK, await look())
    except CallsNothing:
        return Check("model", Level.WARNING, _CALLS_NOTHING, _MEND_TOOLS)
    except BackendRefused as error:
        return Check("model", Level.FAILURE, f"{error.notice} {error}", _MEND_REFUSAL)
    except BotError as error:
        return Check("model", Level.FAILURE, str(error), _MEND_CONNECTION)
    except TimeoutError:
        return Check("model", Level.FAILURE, f"no answer in {_PATIENCE:.0f} s", _MEND_CONNECTION)


async def _tried(backend: Backend) -> str:
    if await calls_tools(backend):
        return "it called a tool when it was told to"
    raise CallsNothing


class CallsNothing(BotError):
    """The model answered in words when it was to call a tool."""


def _has(what: Callable[[Assistant], object]) -> bool:
    """Whether there is an assistant with that."""
    with suppress(ConfigError):
        return any(what(one) for one in read_catalogue(FILE, TABLE).assistants.values())
    return False


class NothingKept:
    def __init__(self, known: Memory | None = None) -> None:
        self._known = known

    async def remember(self, name: str, value: str) -> None:
        """A check leaves nothing behind."""

    async def replace(self, name: str, known: str, value: str) -> bool:
        return True

    async def recall(self, name: str) -> str | None:
        return await self._known.recall(name) if self._known else None


_CALLS_NOTHING = "it was told to call a tool, and answered in words: with it assistants do nothing"
_MEND_TOOLS = "use another model, or a server that hands it the tools (llama.cpp: --jinja)"
_MEND_MODERATION = "check MODERATION_URL, MODERATION_MODEL and MODERATION_API_KEY in .env"
_MEND_REFUSAL = "check OPENAI_API_KEY, OPENAI_MODEL and BACKEND in .env"
_MEND_CONNECTION = "check OPENAI_BASE_URL in .env, and that the server runs"
