"""What a class asks about, in words that give nobody away.

People are counted, and not questions. A theme needs five who asked about it and five who did not; a
word of it needs five of those, and has to be one that anybody may say (`sayable`). Numbers are told
in steps, since two reports can be subtracted from one another. Where fewer than fifteen ask, only
totals are told.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from bot.core.digests import Asking, Digest, Theme
from bot.rules.sayable import words_of

FEWEST = 5  # people
_FEWEST_ACTIVE = 15
_STEP = 10
_WORDS_OF_KEY = 3
_SHARED = 2  # words that make two groups one
_MOST_THEMES = 12

Key = frozenset[str]


def step(people: int) -> str:
    if people < FEWEST:
        return f"fewer than {FEWEST}" if people else "none"
    if people < _STEP:
        return f"{FEWEST}–{_STEP - 1}"
    least = people // _STEP * _STEP
    return f"{least}–{least + _STEP - 1}"


def candidates(askings: Sequence[Asking]) -> Collection[str]:
    """The words that enough people used."""
    return {word for word, people in _users(askings).items() if len(people) >= FEWEST}


def digest_of(
    askings: Sequence[Asking], sayable: Collection[str], since: float, until: float
) -> Digest:
    """`sayable`: of the candidates, the words that may be said."""
    active = {asking.person for asking in askings}
    is_counted = len(active) >= FEWEST
    return Digest(
        since=since,
        until=until,
        people=step(len(active)),
        questions=step(len(askings)) if is_counted else step(min(len(askings), FEWEST - 1)),
        unanswered=_people(askings, lambda asking: asking.is_unanswered),
        bad=_people(askings, lambda asking: asking.is_bad),
        themes=tuple(_themes(askings, sayable)) if len(active) >= _FEWEST_ACTIVE else (),
    )


def _themes(askings: Sequence[Asking], sayable: Collection[str]) -> Sequence[Theme]:
    groups = _merged(_groups(askings, sayable))
    active = len({asking.person for asking in askings})
    found = []
    for keys, members in groups:
        people = {asking.person for asking in members}
        users = _users(members)
        used = (word for word in frozenset().union(*keys) if len(users[word]) >= FEWEST)
        words = sorted(used, key=lambda word: (-len(users[word]), word))[:_WORDS_OF_KEY]
        if words and len(people) >= FEWEST and active - len(people) >= FEWEST:
            found.append((len(people), _theme(tuple(words), members)))
    found.sort(key=lambda one: (-one[0], one[1].words))
    return [theme for _, theme in found[:_MOST_THEMES]]


def _theme(words: tuple[str, ...], members: Sequence[Asking]) -> Theme:
    return Theme(
        words=words,
        people=step(len({asking.person for asking in members})),
        unanswered=_people(members, lambda asking: asking.is_unanswered),
        bad=_people(members, lambda asking: asking.is_bad),
    )


def _people(askings: Sequence[Asking], of: Callable[[Asking], bool]) -> str:
    return step(len({asking.person for asking in askings if of(asking)}))


def _groups(askings: Sequence[Asking], sayable: Collection[str]) -> Mapping[Key, Sequence[Asking]]:
    """By the rarest words that may be said."""
    users = _users(askings)
    groups: dict[Key, list[Asking]] = defaultdict(list)
    for asking in askings:
        words = sorted(
            {word for word in words_of(asking.text) if word in sayable},
            key=lambda word: (len(users[word]), word),
        )
        if words:
            groups[frozenset(words[:_WORDS_OF_KEY])].append(asking)
    return groups


def _merged(
    groups: Mapping[Key, Sequence[Asking]],
) -> Iterator[tuple[Sequence[Key], Sequence[Asking]]]:
    """A group goes to the first larger one with which it shares enough words."""
    homes: dict[Key, list[Key]] = {}
    for key in sorted(groups, key=lambda key: (-len(groups[key]), sorted(key))):
        home = next((one for one in homes if len(one & key) >= _SHARED), key)
        homes.setdefault(home, []).append(key)
    for keys in homes.values():
        yield keys, [asking for key in keys for asking in groups[key]]


def _users(askings: Sequence[Asking]) -> Mapping[str, Collection[str]]:
    users: dict[str, set[str]] = defaultdict(set)
    for asking in askings:
        for word in words_of(asking.text):
            users[word].add(asking.person)
    return users
