"""What a function gives back, as an output: words, files, or whatever JSON can say."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from bot.core.files import File
from bot.core.tools import Output


def unknown(name: str) -> Output:
    return Output(f"There is no tool called {name}.", is_error=True)


def as_output(result: Any) -> Output:
    """Raises PydanticSerializationError for what cannot be written down."""
    if isinstance(result, Output):
        return result
    if result is None:
        return Output("Done.")
    if isinstance(result, str):
        return Output(result)
    files = _files(result)
    if files:
        return Output(", ".join(file.name for file in files), files)
    return Output(to_json(result).decode())


def _files(result: Any) -> tuple[File, ...]:
    several: Sequence[Any] = result if isinstance(result, list | tuple) else [result]
    return tuple(several) if all(isinstance(one, File) for one in several) else ()
