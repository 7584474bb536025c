"""Functions of the operator's own, out of files; read again when one of them changes."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import isfunction
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

import structlog

from bot.core.assistants import Assistant
from bot.core.errors import ConfigError
from bot.core.messages import Message
from bot.core.ports.toolbox import Toolbox
from bot.core.text import plural
from bot.core.tools import Call, Output, Tool, Use
from bot.stamps import Stamp, stamp_of
from bot.tools.functions import Function
from bot.tools.results import unknown

log = structlog.get_logger()

Functions = Mapping[str, Function]


class FunctionToolbox:
    """After a mistake in a file the functions that were known stay."""

    def __init__(
        self,
        paths: Callable[[], Sequence[Path]],
        built_in: Sequence[Function],
        is_taken: Callable[[str], bool],
    ) -> None:
        """`is_taken`: whether another toolbox has a tool of that name."""
        self._paths = paths
        self._is_taken = is_taken
        self._built_in = {one.tool.name: one for one in built_in}
        self._known: Functions = self._built_in
        self._stamps: Mapping[Path, Stamp] = {}
        self._reading = asyncio.Lock()

    def load(self) -> Mapping[Path, Functions]:
        """Raises ConfigError with the line of what is wrong; it is told once."""
        paths = self._paths()
        self._stamps = _stamps(paths)
        by_path = {path: functions_of(path) for path in paths}
        known = dict(self._built_in)
        for path, functions in by_path.items():
            if taken := [name for name in functions if name in known or self._is_taken(name)]:
                raise ConfigError(f"{path}: there is a tool called {taken[0]} already")
            known.update(functions)
        self._known = known
        return by_path

    def holds(self, name: str) -> bool:
        return name in self._known

    def parts(self) -> Sequence[Toolbox]:
        return [self]

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        await self._refresh()
        return [function.tool for function in self._known.values()]

    async def use(self, call: Call, use: Use) -> Output:
        await self._refresh()
        function = self._known.get(call.tool)
        return await function(call, use) if function else unknown(call.tool)

    async def check(self) -> Sequence[str]:
        by_path = await asyncio.to_thread(self.load)
        return [f"{path}: {plural(len(found), 'function')}" for path, found in by_path.items()]

    async def close(self) -> None:
        """Nothing to do."""

    async def _refresh(self) -> None:
        async with self._reading:
            if _stamps(self._paths()) == self._stamps:
                return
            try:
                await asyncio.to_thread(self.load)  # it may import what takes long
            except ConfigError as error:
                log.warning("tools_rejected", error=str(error))
            else:
                log.info("tools_loaded", count=len(self._known))


def functions_of(path: Path) -> Functions:
    """What is defined in a file under a name that does not begin with `_`.

    Raises ConfigError with the line of what is wrong.
    """
    module = _module(path)
    return {
        name: _function(path, one)
        for name, one in vars(module).items()
        if isfunction(one) and one.__module__ == module.__name__ and not name.startswith("_")
    }


def _stamps(paths: Sequence[Path]) -> Mapping[Path, Stamp]:
    return {path: stamp_of(path) for path in paths}


def _module(path: Path) -> ModuleType:
    """Run anew each time. Under a name that is nobody else's: a file may be called `json.py`."""
    module = ModuleType(f"homeroom_tools.{path.stem}")
    module.__file__ = str(path)
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module  # where types look for the names they are made of
    try:
        _run(path, module)
    except ConfigError:
        if before is not None:
            sys.modules[module.__name__] = before
        raise
    return module


def _run(path: Path, module: ModuleType) -> None:
    try:
        exec(compile(path.read_bytes(), path, "exec", dont_inherit=True), vars(module))  # noqa: S102 - the operator's own
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except SyntaxError as error:
        raise ConfigError(f"{path}, line {error.lineno}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        line = "".join(f", line {number}" for number in _lines(path, error))
        raise ConfigError(f"{path}{line}: {type(error).__name__}: {error}") from error


def _lines(path: Path, error: BaseException) -> Iterator[int | None]:
    """The innermost line of this very file, if it came that far."""
    ours = [frame for frame in extract_tb(error.__traceback__) if frame.filename == str(path)]
    yield from (frame.lineno for frame in ours[-1:])


def _function(path: Path, function: Any) -> Function:
    try:
        return Function.of(function)
    except ConfigError as error:
        line = function.__code__.co_firstlineno
        raise ConfigError(f"{path}, line {line}: {error}") from error
