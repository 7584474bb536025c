"""`homeroom.toml`: the assistants, what they can do, and what the operator sets for scopes."""

import tomllib
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from bot.core.assistants import DEFAULT, Assistant, HostedTool
from bot.core.budgets import parse_budgets
from bot.core.catalogue import ASSISTANT, Catalogue
from bot.core.errors import ConfigError, Refusal
from bot.core.prices import HostedPrices, ModelPrice
from bot.core.settings import SettingsTable
from bot.core.tool_settings import ServerName, ServerSettings, ToolSettings
from bot.stamps import Stamp, stamp_of
from bot.toml_text import line_of, quoted

log = structlog.get_logger()

FILE = Path("homeroom.toml")

_NO_SETTING = "there is no such setting"
_WANTED = {int: "it has to be a number, without quotation marks", str: "it has to be text"}
_OF_KEY = "[key]"  # how pydantic says that a table's name is wrong, and not what stands in it
_BUDGET = "it is written like this: 500000 tokens a day, 20 USD a month"
_NAME_TAKEN = "a name is not empty, and differs from all others in more than casing"

_NOT_HOSTED = (
    "the server that BACKEND names does not do {names} itself, or not without keeping anything: "
    "take it out, or name a server of tools that does it"
)

Keys = tuple[str, ...]


def _as_budget(written: str) -> str:
    try:
        parse_budgets(written)
    except ValueError:
        raise PydanticCustomError("budget", _BUDGET) from None
    return written


class _Shape(BaseModel):
    """The tables of the file; `bindings` is another way to write the setting `assistant`."""

    model_config = ConfigDict(extra="forbid")

    budget: Annotated[str, AfterValidator(_as_budget)] = ""
    assistants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    bindings: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    tools: ToolSettings = Field(default_factory=ToolSettings)
    servers: dict[ServerName, ServerSettings] = Field(default_factory=dict)
    prices: dict[str, ModelPrice] = Field(default_factory=dict)
    hosted_prices: HostedPrices = Field(default_factory=dict)


class AssistantFile:
    """`homeroom.toml`: read again when it changes; after a mistake the last good one stays.

    `hosts`: what the model's server can do itself; all else of that is a mistake. None: who knows.
    """

    def __init__(
        self, path: Path, table: SettingsTable, hosts: Collection[HostedTool] | None = None
    ) -> None:
        self.path = path
        self.table = table
        self._hosts = hosts
        self._stamp: Stamp = None
        self._catalogue = _Reader("", path, table).catalogue()

    def load(self) -> Catalogue:
        """Read the file, raising ConfigError with key and place of a mistake."""
        self._stamp = stamp_of(self.path)
        catalogue = read_catalogue(self.path, self.table)
        for name, one in catalogue.assistants.items():
            if self._hosts is not None and (wished := {*one.hosted} - {*self._hosts}):
                reason = _NOT_HOSTED.format(names=" and ".join(sorted(wished)))
                raise self.mistake(reason, ("assistants", name, "hosted"))
        self._catalogue = catalogue
        return catalogue

    def current(self) -> Catalogue:
        """The catalogue in force: the newest that was without a mistake."""
        if stamp_of(self.path) != self._stamp:
            try:
                self.load()
            except ConfigError as error:
                log.warning("assistants_rejected", error=str(error))
            else:
                log.info("assistants_loaded", count=len(self._catalogue.assistants))
        return self._catalogue

    def mistake(self, reason: str, keys: Keys) -> ConfigError:
        """What is wrong with the file as it stands, with the line of it."""
        return _refusal(_read(self.path), self.path, reason, keys)

    def add(self, assistant: Assistant) -> None:
        """Append an assistant; refuses a name that is taken, and what would spoil the file."""
        text = _read(self.path)
        reader = _Reader(text, self.path, self.table)
        reader.catalogue()
        if assistant.name.casefold() in {name.casefold() for name in reader.shape.assistants}:
            raise ConfigError(f"{self.path}: there is an assistant called {assistant.name} already")
        addition = _as_toml(assistant)
        _Reader(text + addition, self.path, self.table).catalogue()
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(addition)
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be written ({error.strerror})") from error


def read_catalogue(path: Path, table: SettingsTable) -> Catalogue:
    return _Reader(_read(path), path, table).catalogue()


class _Reader:
    """The text of a file; whatever is wrong with it is told with its line and key."""

    def __init__(self, text: str, path: Path, table: SettingsTable) -> None:
        self._text = text
        self._path = path
        self.table = table
        try:
            self.shape = _Shape.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from error
        except ValidationError as error:
            raise self._mistake(error, ()) from error

    def catalogue(self) -> Catalogue:
        catalogue = Catalogue(self.table, self._assistants())
        settings: dict[str, dict[str, str]] = {}
        for scope, given in self.shape.settings.items():
            self._require_scope(scope)
            settings[scope] = {
                name: self._value(catalogue, scope, name, value) for name, value in given.items()
            }
        for scope, name in self.shape.bindings.items():
            bound = self._bound(catalogue, scope, name)
            settings[scope] = {ASSISTANT: bound, **settings.get(scope, {})}
        return Catalogue(
            self.table,
            catalogue.assistants,
            settings,
            self.shape.tools,
            self.shape.servers,
            self.shape.prices,
            self.shape.hosted_prices,
            self.shape.budget,
        )

    def _assistants(self) -> Mapping[str, Assistant]:
        assistants = {DEFAULT: Assistant()}
        for name, settings in self.shape.assistants.items():
            if not name.strip() or _is_taken(name, assistants):
                raise self._refusal(_NAME_TAKEN, ("assistants", name))
            assistants[name] = self._assistant(name, settings)
        return assistants

    def _assistant(self, name: str, settings: dict[str, Any]) -> Assistant:
        place = ("assistants", name)
        if "name" in settings:
            raise self._refusal("the name stands in the table's head", (*place, "name"))
        try:
            assistant = Assistant.model_validate({"name": name, **settings})
        except ValidationError as error:
            raise self._mistake(error, place) from error
        for tool in assistant.tools:
            server, mark, _ = tool.partition(":")
            if mark and not any(fnmatchcase(known, server) for known in self.shape.servers):
                raise self._refusal(f"there is no server called {server}", (*place, "tools"))
        return assistant

    def _require_scope(self, scope: str) -> None:
        try:
            self.table.level(scope)
        except Refusal as error:
            raise self._refusal(error.notice, ("settings", scope)) from error

    def _value(self, catalogue: Catalogue, scope: str, name: str, written: object) -> str:
        """Numbers are written as numbers, and all else as text."""
        keys = ("settings", scope, name)
        wanted = self.table.written_as(name, scope)
        if wanted is None:
            raise self._refusal(_NO_SETTING, keys)
        if type(written) is not wanted:
            raise self._refusal(_WANTED[wanted], keys)
        try:
            return catalogue.read(scope, name, str(written))
        except Refusal as error:
            raise self._refusal(error.notice, keys) from error

    def _bound(self, catalogue: Catalogue, scope: str, name: str) -> str:
        keys = ("bindings", scope)
        if name not in catalogue.assistants:
            raise self._refusal(f"there is no assistant called {name}", keys)
        try:
            return catalogue.read(scope, ASSISTANT, name)
        except Refusal as error:
            raise self._refusal(error.notice, keys) from error

    def _mistake(self, error: ValidationError, place: Keys) -> ConfigError:
        """The first thing that is wrong with a part of the file."""
        mistake = error.errors(include_input=False)[0]
        reason = _NO_SETTING if mistake["type"] == "extra_forbidden" else mistake["msg"]
        keys = (str(one) for one in mistake["loc"] if one != _OF_KEY)
        return self._refusal(reason, (*place, *keys))

    def _refusal(self, reason: str, keys: Keys) -> ConfigError:
        return _refusal(self._text, self._path, reason, keys)


def _refusal(text: str, path: Path, reason: str, keys: Keys) -> ConfigError:
    line = line_of(text, keys)
    place = f", line {line}" if line is not None else ""
    return ConfigError(f"{path}{place}: {'.'.join(keys)}: {reason}")


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


def _is_taken(name: str, assistants: Mapping[str, Assistant]) -> bool:
    """In another casing, that is: TOML itself refuses the same name twice."""
    return name.casefold() in {other.casefold() for other in assistants if other != name}


def _as_toml(assistant: Assistant) -> str:
    settings = assistant.model_dump(exclude={"name"}, exclude_defaults=True)
    lines = [f"{key} = {quoted(value)}" for key, value in settings.items()]
    return "\n".join(["", f"[assistants.{quoted(assistant.name)}]", *lines, ""])
