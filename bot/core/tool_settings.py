"""What the operator says about tools: which files have them, and how each may be used."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bot.core.setting_values import parse_rules
from bot.core.tools import Tool

SERVER_MARK = "__"  # between a server's name and what it calls its tool


def _readable(rules: str | None) -> str | None:
    """What names nobody lets nobody use it: that is seldom meant, and easily misspelt."""
    for rule in parse_rules(rules):
        kind, mark, number = rule.partition(":")
        if not (kind and mark and number):
            raise PydanticCustomError("rule", "it is a list such as user:1, role:2")
    return rules


class ToolLimits(BaseModel):
    """How a tool may be used; what is not given is as its maker said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float | None = Field(default=None, gt=0, le=600)
    most: int | None = Field(default=None, ge=1, le=100)
    may: Annotated[str | None, AfterValidator(_readable)] = None
    status: str | None = Field(default=None, max_length=100)
    confirm: bool | None = None
    repeatable: bool | None = None

    def applied(self, tool: Tool) -> Tool:
        said = {
            "seconds": self.seconds,
            "most": self.most,
            "may": self.may,
            "status": self.status,
            "must_confirm": self.confirm,
            "is_repeatable": self.repeatable,
        }
        given: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
        return replace(tool, **given) if given else tool


class ServerSettings(BaseModel):
    """A server of tools that others wrote: a program of one's own, or an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: tuple[str, ...] = ()  # a program and its arguments, spoken to over its pipes
    address: str = ""  # of streamable HTTP
    environment: tuple[str, ...] = ()  # names of variables the program gets; none of ours else
    token: str = ""  # the name of the variable with the token that the address wants
    trusted: bool = False  # what it says about its own tools is believed
    start_seconds: float = Field(default=30.0, gt=0, le=600)

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if bool(self.command) == bool(self.address):
            raise PydanticCustomError("server", "it has either a command or an address")
        if self.address and not self.address.startswith(("http://", "https://")):
            raise PydanticCustomError("server", "an address begins with http:// or https://")
        if self.address and self.environment:
            raise PydanticCustomError("server", "only a command has an environment")
        if self.token and not self.address:
            raise PydanticCustomError("server", "only an address takes a token")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        return (*self.environment, *filter(None, [self.token]))


ServerName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class ToolSettings(BaseModel):
    """The table `tools`: a list of files, and beside it a table for each tool."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, ToolLimits] = Field(init=False)

    files: tuple[str, ...] = ()  # of functions; seen from where `homeroom.toml` lies

    @property
    def limits(self) -> Mapping[str, ToolLimits]:
        """By what names a tool, or several: `roll_dice`, `calendar:*`."""
        return self.__pydantic_extra__

    def limited(self, tool: Tool) -> Tool:
        for pattern, limits in self.limits.items():
            if is_meant(tool.name, (pattern,)):
                tool = limits.applied(tool)
        return tool


def is_meant(name: str, patterns: Collection[str]) -> bool:
    """Whether a tool is among those named: `roll_dice`, `calendar:list_events`, `calendar:*`."""
    return any(fnmatchcase(name, pattern.replace(":", SERVER_MARK, 1)) for pattern in patterns)
