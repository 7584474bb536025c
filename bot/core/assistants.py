"""Assistants: named instructions, model and sampling, kept by us in `homeroom.toml`."""

import json
import tomllib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.errors import ConfigError, UnknownAssistant

log = structlog.get_logger()

FILE = Path("homeroom.toml")
DEFAULT = "Homeroom"
INSTRUCTIONS = "You are Homeroom, a friendly and honest assistant. Answer briefly and clearly."

_NO_SETTING = "there is no such setting"
_NAME_TAKEN = "a name is not empty, and differs from all others in more than casing"


class Assistant(BaseModel):
    """Who answers, and how. Settings that are not given are the model's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = DEFAULT
    instructions: str = INSTRUCTIONS
    model: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_output_tokens: int | None = Field(default=None, ge=16)
    # Of the history that is sent along where we keep it ourselves:
    history_tokens: int = Field(default=6000, ge=0)

    def sampling(self) -> dict[str, float]:
        given = {"temperature": self.temperature, "top_p": self.top_p}
        return {name: value for name, value in given.items() if value is not None}


class _Settings(BaseModel):
    """What can be set for a scope; people may choose the same in a conversation."""

    model_config = ConfigDict(extra="forbid")

    follow: Literal["mention", "thread", "channel"] | None = None
    stream: Literal["on", "off"] | None = None
    # Who may ask, over all scopes a conversation lies in (bot/rules/access.py):
    allow: str | None = None
    deny: str | None = None
    answers: Literal["on", "off"] | None = None  # whether the bot answers there at all
    limit: Annotated[int, Field(ge=0)] | None = None  # questions a person may ask in an hour
    # On Discord: a thread for each question.
    threads: Literal["on", "off"] | None = None
    # In Slack:
    guests: Literal["on", "off"] | None = None
    shared_channels: Literal["on", "off"] | None = None  # those of several organisations
    bots: str | None = None  # ids of other bots that may ask


class _File(BaseModel):
    """The shape of `homeroom.toml`."""

    model_config = ConfigDict(extra="forbid")

    assistants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    bindings: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, _Settings] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The assistants there are, and what each scope of the platforms is bound to."""

    assistants: Mapping[str, Assistant] = field(default_factory=dict)
    bindings: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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

    def setting(self, scopes: Sequence[str], name: str, chosen: Mapping[str, str]) -> str | None:
        """A setting of the closest scope that has one, by the same rule."""
        return next(iter(self.all_settings(scopes, name, chosen)), None)

    def all_settings(
        self, scopes: Sequence[str], name: str, chosen: Mapping[str, str]
    ) -> list[str]:
        """What is set in each of the scopes, the closest first."""
        values = (
            value
            for scope in scopes
            for value in (chosen.get(scope), self.settings.get(scope, {}).get(name))
        )
        return [value for value in values if value is not None]


class AssistantFile:
    """`homeroom.toml`: read again when it changes; after a mistake the last good one stays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, ...] | None = None
        self._catalogue = _catalogue("", path)

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
        """Append an assistant; refuses a name that is taken, and what would spoil the file."""
        text = _read(self.path)
        _catalogue(text, self.path)
        given = _parse(text, self.path).get("assistants", {})
        if assistant.name.casefold() in {name.casefold() for name in given}:
            raise ConfigError(f"{self.path}: there is an assistant called {assistant.name} already")
        addition = _as_toml(assistant)
        _catalogue(text + addition, self.path)
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(addition)
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be written ({error.strerror})") from error


def read_catalogue(path: Path) -> Catalogue:
    return _catalogue(_read(path), path)


def _read(path: Path) -> str:
    """The whole file; one that is not there is empty."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error


def _catalogue(text: str, path: Path) -> Catalogue:
    try:
        file = _File.model_validate(_parse(text, path))
    except ValidationError as error:
        raise _mistake(error, (), text, path) from error
    assistants = {DEFAULT: Assistant()}
    for name, settings in file.assistants.items():
        if not name.strip() or _is_taken(name, assistants):
            raise _refusal(_NAME_TAKEN, ("assistants", name), text, path)
        assistants[name] = _assistant(name, settings, text, path)
    for scope, name in file.bindings.items():
        if name not in assistants:
            reason = f"there is no assistant called {name}"
            raise _refusal(reason, ("bindings", scope), text, path)
    settings = {scope: _words(one) for scope, one in file.settings.items()}
    return Catalogue(assistants, file.bindings, settings)


def _words(settings: _Settings) -> dict[str, str]:
    """As people choose them in a conversation, too."""
    return {name: str(value) for name, value in settings.model_dump(exclude_none=True).items()}


def _is_taken(name: str, assistants: Mapping[str, Assistant]) -> bool:
    """In another casing, that is: TOML itself refuses the same name twice."""
    return name.casefold() in {other.casefold() for other in assistants if other != name}


def _assistant(name: str, settings: dict[str, Any], text: str, path: Path) -> Assistant:
    place = ("assistants", name)
    if "name" in settings:
        raise _refusal("the name stands in the table's head", (*place, "name"), text, path)
    try:
        return Assistant.model_validate({"name": name, **settings})
    except ValidationError as error:
        raise _mistake(error, place, text, path) from error


def _mistake(error: ValidationError, place: tuple[str, ...], text: str, path: Path) -> ConfigError:
    """The first thing that is wrong with a part of the file."""
    mistake = error.errors(include_input=False)[0]
    reason = _NO_SETTING if mistake["type"] == "extra_forbidden" else mistake["msg"]
    return _refusal(reason, (*place, *map(str, mistake["loc"])), text, path)


def _refusal(reason: str, keys: tuple[str, ...], text: str, path: Path) -> ConfigError:
    return ConfigError(f"{path}{_line_of(text, keys)}: {'.'.join(keys)}: {reason}")


def _line_of(text: str, keys: tuple[str, ...]) -> str:
    """`, line n`, where these keys stand: the first line without which the file lacks them."""
    lines = text.split("\n")
    count = bisect_left(
        range(len(lines) + 1), x=True, key=lambda count: _has(_parsed_up_to(lines, count), keys)
    )
    return f", line {count}" if count <= len(lines) else ""


def _parsed_up_to(lines: Sequence[str], count: int) -> dict[str, Any]:
    """What so many lines say, with those that the last of them needs to be whole."""
    for end in range(count, len(lines) + 1):
        with suppress(tomllib.TOMLDecodeError):
            return tomllib.loads("\n".join(lines[:end]))
    return {}


def _has(data: object, keys: Sequence[str]) -> bool:
    if not keys:
        return True
    return isinstance(data, dict) and keys[0] in data and _has(data[keys[0]], keys[1:])


def _as_toml(assistant: Assistant) -> str:
    settings = assistant.model_dump(exclude={"name"}, exclude_defaults=True)
    lines = [f"{key} = {_quoted(value)}" for key, value in settings.items()]
    return "\n".join(["", f"[assistants.{_quoted(assistant.name)}]", *lines, ""])


def _quoted(value: object) -> str:
    """A TOML value: JSON writes the same, except that it leaves DEL as it is."""
    written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return written.encode("utf-8", "replace").decode()  # no file takes a lone surrogate


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
