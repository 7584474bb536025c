"""A typed Python function becomes a tool: its signature and docstring say all there is to know."""

import asyncio
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from traceback import extract_tb
from typing import Any, TypeVar, get_type_hints

import structlog
from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import ArgsKwargs

from bot.core.errors import ConfigError, Refusal
from bot.core.tool_settings import SERVER_MARK, ToolLimits
from bot.core.tools import Call, Output, Tool, Use
from bot.tools.arguments import ArgumentsRefused, in_words, read_arguments
from bot.tools.results import as_output

log = structlog.get_logger()

T = TypeVar("T", bound=Callable[..., Any])

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_OF_PARAMETER = re.compile(r"\s*:?(?:param )?(\w+)(?: \([^)]*\))?: +(.+)")
_HEADS = {"args:", "arguments:", "parameters:"}
_LIMITS = "__homeroom_limits__"


def tool(  # noqa: PLR0913 - each a limit of its own
    *,
    seconds: float | None = None,
    most: int | None = None,
    may: str | None = None,
    status: str | None = None,
    confirm: bool | None = None,
    repeatable: bool | None = None,
) -> Callable[[T], T]:
    """Limits that a function's maker gives it; `[tools.NAME]` in `homeroom.toml` has the last word.

    `seconds` and `most` calls a turn; `may`: who may have it used (`role:4`, as in the setting
    `allow`); `status`: what people see meanwhile; `confirm`: the asker is asked first;
    `repeatable`: killed in the middle, it may be done again.
    """
    limits = ToolLimits(
        seconds=seconds, most=most, may=may, status=status, confirm=confirm, repeatable=repeatable
    )

    def mark(function: T) -> T:
        setattr(function, _LIMITS, limits)
        return function

    return mark


@dataclass(frozen=True, slots=True)
class Function:
    """One that an assistant can call."""

    tool: Tool
    run: Callable[..., Any]
    takes: TypeAdapter[Any]  # what it is called with, out of what a model wrote
    wants_use: bool

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Function":
        """Raises ConfigError where a model could not call it."""
        signature, wants_use = _signature(function)
        try:
            takes = TypeAdapter(_stand_in(signature))
            schema = takes.json_schema()
        except (PydanticUserError, TypeError) as error:
            raise ConfigError(f"its arguments cannot be told to a model ({error})") from error
        name, told = function.__name__, _told(function, signature)
        if not told[""]:
            raise ConfigError(f"{name}: needs a docstring, which tells the model what it is for")
        described = Tool(
            name=name,
            description=told[""],
            parameters=_described(schema, told),
        )
        limits = getattr(function, _LIMITS, ToolLimits())
        return cls(limits.applied(described), function, takes, wants_use)

    async def __call__(self, call: Call, use: Use) -> Output:
        """Whatever goes wrong in it is an output."""
        try:
            given = self.takes.validate_python(ArgsKwargs((), read_arguments(call.arguments)))
        except ArgumentsRefused as error:
            return Output(str(error), is_error=True)
        except ValidationError as error:
            return Output(in_words(error), is_error=True)
        try:
            return as_output(await self._run((use,) if self.wants_use else (), given))
        except Exception as error:  # noqa: BLE001 - it is somebody else's
            return self._failed(error)

    async def _run(self, first: Sequence[Use], given: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(self.run):
            return await self.run(*first, **given)
        return await _in_thread(lambda: self.run(*first, **given))

    def _failed(self, error: Exception) -> Output:
        """What it raised on purpose is said to the model; else the log has its place."""
        if isinstance(error, Refusal):
            return Output(error.notice, is_error=True)
        if type(error) is ValueError:
            return Output(str(error) or "That value does not fit.", is_error=True)
        frame = extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        log.warning("tool_failed", tool=self.tool.name, error=type(error).__name__, place=place)
        return Output(f"{self.tool.name} failed. It is not known what it has done.", is_error=True)


def _signature(function: Callable[..., Any]) -> tuple[inspect.Signature, bool]:
    """What the model gives, and whether the first one is a `Use`."""
    name = function.__name__
    if not _NAME.fullmatch(name) or SERVER_MARK in name:
        raise ConfigError(f"{name}: a name has at most 64 letters, and no {SERVER_MARK}")
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise ConfigError(f"{name}: {error}") from error
    signature = inspect.signature(function)
    given = [
        one.replace(annotation=hints.get(one.name, one.annotation))
        for one in signature.parameters.values()
    ]
    wants_use = bool(given) and given[0].annotation is Use
    given = given[wants_use:]
    for one in given:
        _require_fillable(name, one)
    return inspect.Signature(given), wants_use


def _require_fillable(name: str, parameter: inspect.Parameter) -> None:
    if parameter.kind not in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}:
        raise ConfigError(f"{name}: no model can fill in {parameter}")
    if parameter.annotation is parameter.empty:
        raise ConfigError(f"{name}: {parameter.name} needs a type")


def _stand_in(signature: inspect.Signature) -> Any:
    """With the same signature; it gives back what it is called with."""

    def given(**arguments: Any) -> Mapping[str, Any]:
        return arguments

    stand_in: Any = given
    stand_in.__signature__ = signature
    stand_in.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    return stand_in


def _told(function: Callable[..., Any], signature: inspect.Signature) -> dict[str, str]:
    """What the docstring says: of each parameter by its name, and all the rest under no name."""
    told: dict[str, str] = {}
    rest: list[str] = []
    for line in (inspect.getdoc(function) or "").splitlines():
        match = _OF_PARAMETER.fullmatch(line)
        if match and match[1] in signature.parameters:
            told[match[1]] = match[2].strip()
        elif line.strip().casefold() not in _HEADS:
            rest.append(line)
    return {**told, "": "\n".join(rest).strip()}


def _described(schema: dict[str, Any], told: Mapping[str, str]) -> Mapping[str, Any]:
    return {**schema, "properties": dict(_properties(schema.get("properties", {}), told))}


def _properties(
    properties: Mapping[str, Any], told: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in properties.items():
        words = {"description": told[name]} if name in told else {}
        yield name, {**words, **{key: one for key, one in value.items() if key != "title"}}


async def _in_thread(run: Callable[[], Any]) -> Any:
    """In a thread that nobody waits for: one that hangs would else keep the program from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = copy_context()

    def settle(answer: Callable[[], None]) -> None:
        if not future.done():
            answer()

    def work() -> None:
        try:
            result = context.run(run)
            answer = lambda: future.set_result(result)  # noqa: E731
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            failure = error
            answer = lambda: future.set_exception(failure)  # noqa: E731
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, answer)

    Thread(target=work, daemon=True).start()
    return await future
