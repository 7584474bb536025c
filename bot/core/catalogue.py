"""What holds in a place: the assistants there are, what the file sets, and what people chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.assistants import DEFAULT, FILE_SEARCH, Assistant
from bot.core.errors import UnknownAssistant
from bot.core.prices import HostedPrices, ModelPrice
from bot.core.setting_values import Breadth, Setter
from bot.core.settings import SettingsTable
from bot.core.tool_settings import ServerSettings, ToolSettings
from bot.words import say

ASSISTANT, LIMIT, LANGUAGE = "assistant", "limit", "language"  # the settings
PLAIN = "plain"  # that somebody chose for herself: `on`, or not
MATERIAL = "material"  # no setting: that somebody gave material to a scope


@dataclass(frozen=True, slots=True)
class Binding:
    """What a person set for a scope, and when (seconds since the epoch)."""

    scope: str
    name: str
    value: str
    bound_at: float


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the operator has written down: assistants, and settings of scopes."""

    table: SettingsTable
    assistants: Mapping[str, Assistant] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tools: ToolSettings = field(default_factory=ToolSettings)
    servers: Mapping[str, ServerSettings] = field(default_factory=dict)
    prices: Mapping[str, ModelPrice] = field(default_factory=dict)  # by model
    hosted_prices: HostedPrices = field(default_factory=dict)
    budget: str = ""  # of all platforms together

    @property
    def has_lent(self) -> bool:
        """Whether an assistant has its material searched by the model's server."""
        return any(FILE_SEARCH in one.hosted for one in self.assistants.values())

    def find(self, name: str) -> Assistant:
        """The assistant of that name, in any casing."""
        for known, assistant in self.assistants.items():
            if known.casefold() == name.casefold():
                return assistant
        known_names = ", ".join(self.assistants)
        raise UnknownAssistant(
            notice=say(
                "There is no assistant called “{name}”. There is: {known_names}.",
                name=name,
                known_names=known_names,
            )
        )

    def read(self, scope: str, name: str, written: str) -> str:
        """A value as it is kept. Raises a Refusal for what nobody can set there."""
        value = self.table.read(scope, name, written)
        return self.find(value).name if name == ASSISTANT else value

    def is_for_askers(self, scope: str, name: str) -> bool:
        """Whether a setting may be made by whoever talks there."""
        return self.table.find(name, scope.partition(":")[0]).setter is Setter.ASKER


class Chosen:
    """All that is set for the scopes of a conversation: read once, for whatever follows.

    The closest scope wins, and in a scope what people set comes before the file. But what somebody
    chose in a conversation yields to what was set for its channel, server or platform afterwards:
    those who run a place have the last word.
    """

    def __init__(
        self,
        scopes: Sequence[str],
        catalogue: Catalogue,
        bindings: Sequence[Binding] = (),
        person: str = "",
        reach: Sequence[str] = (),
    ) -> None:
        """`person`: the scope of whoever asks; `reach`: as the attribute."""
        self._person = person
        self.scopes = scopes
        self.reach = reach or scopes  # the scopes whose material is found from here
        self.catalogue = catalogue
        self._bindings = {(one.scope, one.name): one for one in bindings}

    @property
    def assistant(self) -> Assistant:
        """Who answers; one who is no longer there is passed over."""
        known = self.catalogue.assistants
        names = (name for name in self.all(ASSISTANT) if name in known)
        return known[next(names, DEFAULT)]

    @property
    def has_material(self) -> bool:
        return any(name == MATERIAL for _, name in self._bindings)

    def value(self, name: str) -> str:
        """What holds: the closest scope's, else the platform's default."""
        return next(iter(self.all(name)), self.default(name))

    def in_force(self, name: str) -> str:
        """The same, but of limits the smallest: all of them count."""
        limits = self.limits()
        return str(min(limits.values())) if name == LIMIT and limits else self.value(name)

    def limits(self) -> Mapping[str, int]:
        """By scope the smaller one: what people set there, or what stands in the file.

        The default holds where nobody has set anything, not even that there is none.
        """
        each = {
            scope: [int(value) for value in self.each(scope, LIMIT) if int(value)]
            for scope in self.scopes
        }
        if not self.all(LIMIT) and (default := int(self.default(LIMIT))):
            return {self.scopes[-1]: default}
        return {scope: min(limits) for scope, limits in each.items() if limits}

    def own(self, name: str) -> str:
        """What whoever asks has chosen for herself, wherever she is; empty where she has not."""
        return self.by_people(self._person, name) or ""

    def is_on(self, name: str) -> bool:
        return self.value(name) == "on"

    def default(self, name: str) -> str:
        return self.catalogue.table.default(name, self.scopes[-1])

    def all(self, name: str) -> list[str]:
        """What is set in each of the scopes, the closest first."""
        return [value for scope in self.scopes for value in self.each(scope, name)]

    def each(self, scope: str, name: str) -> list[str]:
        """What is set for this very scope: by people, and by the file."""
        values = (self.by_people(scope, name), self.catalogue.settings.get(scope, {}).get(name))
        return [value for value in values if value is not None]

    def by_people(self, scope: str, name: str) -> str | None:
        """What people set for this very scope, unless it was overruled."""
        binding = self._bindings.get((scope, name))
        return binding.value if binding and not self._is_overruled(binding) else None

    def _is_overruled(self, binding: Binding) -> bool:
        if binding.scope.count(":") < Breadth.CONVERSATION - 1:
            return False
        wider = (self._bindings.get((scope, binding.name)) for scope in self.scopes)
        return any(other.bound_at > binding.bound_at for other in wider if other)
