"""Assistants: named instructions, model and sampling, kept by us in `homeroom.toml`."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import ConfigError, UnknownAssistant

log = structlog.get_logger()

FILE = Path("homeroom.toml")
DEFAULT = "Homeroom"
INSTRUCTIONS = "You are Homeroom, a friendly and honest assistant. Answer briefly and clearly."


class Assistant(BaseModel):
    """Who answers, and how. Settings that are not given are the model's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = DEFAULT
    instructions: str = INSTRUCTIONS
    model: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_output_tokens: int | None = Field(default=None, ge=16)
    history_tokens: int = Field(
        default=6000, ge=0
    )  # of history sent along where we keep it ourselves

    def sampling(self) -> dict[str, float]:
        given = {"temperature": self.temperature, "top_p": self.top_p}
        return {name: value for name, value in given.items() if value is not None}


class _File(BaseModel):
    """The shape of `homeroom.toml`."""

    model_config = ConfigDict(extra="forbid")

    assistants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    bindings: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The assistants there are, and what each scope of the platforms is bound to."""

    assistants: Mapping[str, Assistant] = field(default_factory=dict)
    bindings: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str) -> Assistant:
        """The assistant of that name, in any casing."""
        for known, assistant in self.assistants.items():
            if known.casefold() == name.casefold():
                return assistant
        known_names = ", ".join(self.assistants)
        raise UnknownAssistant(
            notice=f"There is no assistant called “{name}”. There is: {known_names}."
        )

    def closest(self, scopes: Sequence[str], chosen: Mapping[str, str]) -> Assistant:
        """The assistant bound to the closest scope; what people chose there comes before the file.

        A binding to an assistant that is no longer there is passed over.
        """
        for scope in scopes:
            for name in (chosen.get(scope, ""), self.bindings.get(scope, "")):
                if name in self.assistants:
                    return self.assistants[name]
        return self.assistants[DEFAULT]


class AssistantFile:
    """`homeroom.toml`: read again when it changes; after a mistake the last good one stays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._catalogue = _catalogue({}, "", path)

    def load(self) -> Catalogue:
        """Read the file, raising ConfigError with key and place of a mistake."""
        self._stamp = _stamp(self.path)
        self._catalogue = read_catalogue(self.path)
        return self._catalogue

    def current(self) -> Catalogue:
        """The catalogue in force: the newest that was without a mistake."""
        if _stamp(self.path) != self._stamp:
            try:
                self.load()
            except ConfigError as error:
                log.warning("assistants_rejected", error=str(error))
            else:
                log.info("assistants_loaded", count=len(self._catalogue.assistants))
        return self._catalogue

    def add(self, assistant: Assistant) -> None:
        """Append an assistant; refuses a name that is taken."""
        taken = read_catalogue(self.path).assistants
        if assistant.name.casefold() in {name.casefold() for name in taken} - {DEFAULT.casefold()}:
            raise ConfigError(f"{self.path}: there is an assistant called {assistant.name} already")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_as_toml(assistant))


def read_catalogue(path: Path) -> Catalogue:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    return _catalogue(data, text, path)


def _catalogue(data: dict[str, Any], text: str, path: Path) -> Catalogue:
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_first_mistake(error, (), text, path)) from error
    assistants = {DEFAULT: Assistant()}
    for name, settings in file.assistants.items():
        try:
            assistants[name] = Assistant.model_validate({"name": name, **settings})
        except ValidationError as error:
            place = ("assistants", name)
            raise ConfigError(_first_mistake(error, place, text, path)) from error
    for scope, name in file.bindings.items():
        if name not in assistants:
            line = _line_of(text, ("bindings", scope))
            raise ConfigError(
                f"{path}{line}: bindings.{scope}: there is no assistant called {name}"
            )
    return Catalogue(assistants, file.bindings)


def _first_mistake(error: ValidationError, place: tuple[str, ...], text: str, path: Path) -> str:
    mistake = error.errors()[0]
    keys = (*place, *(str(key) for key in mistake["loc"]))
    return f"{path}{_line_of(text, keys)}: {'.'.join(keys)}: {mistake['msg']}"


def _line_of(text: str, keys: tuple[str, ...]) -> str:
    """`, line n` of the last key, looked for below its table's header; empty if not found."""
    table = r"\s*\.\s*".join(_key(key) for key in keys[:-1])
    header = re.compile(rf"^\s*\[\s*{table}\s*\]")
    setting = re.compile(rf"^\s*{_key(keys[-1])}\s*=")
    is_inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            is_inside = bool(header.match(line))
        elif is_inside and setting.match(line):
            return f", line {number}"
    return ""


def _key(key: str) -> str:
    return rf"""["']?{re.escape(key)}["']?"""


def _as_toml(assistant: Assistant) -> str:
    settings = assistant.model_dump(exclude={"name"}, exclude_defaults=True)
    lines = [f"{key} = {_quoted(value)}" for key, value in settings.items()]
    return "\n".join(["", f"[assistants.{_quoted(assistant.name)}]", *lines, ""])


def _quoted(value: object) -> str:
    """A TOML value: JSON writes the same, except that it leaves DEL as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size)
