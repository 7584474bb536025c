"""The shapes of JSON: what stands where, and of what kind; two servers compared by them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from tests.thirdparty.local_slack import until

JSON = dict[str, Any]
Shape = dict[str, str]
Shapes = Mapping[str, Shape]
T = TypeVar("T")


@dataclass
class Script(ABC):
    """Acts and calls, and the shape of what came of each, under a name of its own."""

    shapes: dict[str, Shape] = field(default_factory=dict, init=False)

    async def act(self, act: Awaitable[T], kinds: Mapping[str, str]) -> T:
        """Let people do something, and note what the bot is told of it, by its kind."""
        self.forget()
        done = await act
        for name, kind in kinds.items():
            self.shapes[name] = shape(await until(partial(self.find, kind)))
        return done

    async def answer(self, name: str, call: Awaitable[Any]) -> None:
        self.shapes[name] = shape(await call)

    @abstractmethod
    def forget(self) -> None:
        """What was told so far."""

    @abstractmethod
    async def find(self, kind: str) -> JSON | None:
        """Something of this kind that was told since."""


def shape(value: object, path: str = "") -> Shape:
    """Every place in a JSON with the kind of what stands there; of a list its first item."""
    shapes: Shape = {path: _kind(value)}
    if isinstance(value, Mapping):
        for name, inner in value.items():
            shapes |= shape(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        shapes |= shape(value[0], f"{path}[]")
    return shapes


def differing(ours: Shapes, theirs: Shapes) -> list[tuple[str, str, str, str]]:
    """The places where something of another kind stands; nothing is of every kind."""
    both = [(name, at, kind, theirs[name].get(at, _NONE)) for name, at, kind in _places(ours)]
    return [place for place in both if len({_NONE, *place[2:]}) > 2]


def unexplained(
    these: Shapes, others: Shapes, reasons: Mapping[str, str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """The places of these alone for which there is no reason; the reasons that hold for none."""
    alone = [(name, at) for name, at, _ in _places(these) if at not in others[name]]
    without = [(name, at) for name, at in alone if not _reason(reasons, at)]
    used = {_reason(reasons, at) for _, at in alone}
    return without, [pattern for pattern in reasons if pattern not in used]


_NONE = "NoneType"


def _kind(value: object) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return "int" if is_number else type(value).__name__


def _reason(reasons: Mapping[str, str], path: str) -> str | None:
    return next((pattern for pattern in reasons if re.fullmatch(pattern, path)), None)


def _places(shapes: Shapes) -> Iterator[tuple[str, str, str]]:
    for name, shape_ in shapes.items():
        for path, kind in shape_.items():
            yield name, path, kind
