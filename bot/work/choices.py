"""What is set where a conversation is, in one look at the database, or none."""

from collections import defaultdict
from collections.abc import Sequence

from bot.core.catalogue import Binding, Chosen
from bot.core.messages import ConversationKey
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Choices, Storage
from bot.core.recent import RecentMap
from bot.homeroom_toml import AssistantFile

_HOLDS = 1.0  # seconds until what another process chose is noticed


async def read_chosen(
    storage: Storage,
    assistants: AssistantFile,
    key: ConversationKey,
    person: str = "",
    reach: Sequence[str] = (),
) -> Chosen:
    """`person`: who asks; what she chose for herself is known then as well.

    `reach`: where material is found from there, if not in its scopes alone.
    """
    scopes, catalogue = key.scopes(), assistants.current()
    own = catalogue.table.own_scope(key, person) if person else ""
    looked = [*(reach or scopes), *([own] if own else [])]
    return Chosen(scopes, catalogue, await storage.choices.of(looked), own, reach)


class KnownChoices:
    """`Choices`, and for a moment what they were: one question is looked at several times."""

    def __init__(self, choices: Choices, clock: Clock) -> None:
        self._choices = choices
        self._clock = clock
        self._known = RecentMap[str, tuple[float, Sequence[Binding]]]()
        self._saves = 0

    async def save(self, scope: str, name: str, value: str, now: float) -> None:
        try:
            await self._choices.save(scope, name, value, now)
        finally:
            self.refresh(scope)

    def refresh(self, scope: str) -> None:
        self._saves += 1
        self._known.drop(scope)

    async def of(self, scopes: Sequence[str]) -> Sequence[Binding]:
        """What is chosen while it looks is not remembered."""
        fresh = {scope: known for scope in scopes if (known := self._fresh(scope)) is not None}
        missing = [scope for scope in scopes if scope not in fresh]
        if missing:
            saves, now = self._saves, self._clock()
            found = _by_scope(await self._choices.of(missing), missing)
            fresh.update(found)
            if saves == self._saves:
                for scope, bindings in found.items():
                    self._known.put(scope, (now, bindings))
        return [binding for scope in scopes for binding in fresh[scope]]

    def _fresh(self, scope: str) -> Sequence[Binding] | None:
        known = self._known.get(scope)
        if known is None or not 0 <= self._clock() - known[0] < _HOLDS:
            return None
        return known[1]


def _by_scope(found: Sequence[Binding], scopes: Sequence[str]) -> dict[str, list[Binding]]:
    by_scope = defaultdict[str, list[Binding]](list)
    for binding in found:
        by_scope[binding.scope].append(binding)
    return {scope: by_scope[scope] for scope in scopes}
