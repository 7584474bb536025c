"""Whatever lies where, and whoever asks: nothing of a place is found, or shown, in another."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.courses import Role
from bot.core.materials import Draft, Passage, for_role
from bot.core.messages import ConversationKey
from bot.core.ports.finder import Finder
from bot.core.ports.storage import Storage
from bot.rules.finding import MOST_GIVEN, give
from bot.work.embedding import Embedding
from tests.contract.conftest import Opener
from tests.contract.finders import FINDERS, Meanings
from tests.contract.talk import NOW, say

_PARTS = st.sampled_from(["a", "b", "a:b", "a%", "_", "ab"])
_KEYS = st.builds(ConversationKey, st.sampled_from(["p", "q"]), _PARTS, _PARTS, _PARTS)
_PLACES = st.builds(lambda key, level: key.scopes()[level], _KEYS, st.integers(0, 3))
_SCOPES = _PLACES | st.builds(for_role, _PLACES, st.sampled_from(Role))


class End(Enum):
    """What became of a document."""

    KEPT, REPLACED, REMOVED = range(3)


@dataclass(frozen=True)
class Reach:
    """Who asks where, and what is open to her besides: for her role, or from her courses."""

    key: ConversationKey
    more: Sequence[str]

    @property
    def scopes(self) -> Sequence[str]:
        return tuple(dict.fromkeys((*self.key.scopes(), *self.more)))


_REACHES = st.builds(Reach, _KEYS, st.lists(_SCOPES, max_size=2))


@pytest.mark.parametrize("way", FINDERS)
def test_material_is_found_counted_and_cited_in_its_scope_alone(
    open_storage: Opener, tmp_path: Path, way: str
) -> None:
    with asyncio.Runner() as loop:
        opened = open_storage(tmp_path)
        storage = loop.run(opened.__aenter__())
        embedder = Meanings()
        finder = FINDERS[way](storage, embedder)
        embedding = Embedding(storage.vectors, embedder, lambda: NOW)

        @settings(max_examples=20, deadline=None)
        @given(
            ends=st.dictionaries(_SCOPES, st.sampled_from(End), min_size=1, max_size=6),
            reaches=st.lists(_REACHES, max_size=4),
        )
        def check(ends: Mapping[str, End], reaches: Sequence[Reach]) -> None:
            loop.run(_check(storage, ends, reaches, finder, embedding))

        check()
        loop.run(opened.__aexit__(None, None, None))


async def _check(
    storage: Storage,
    ends: Mapping[str, End],
    reaches: Sequence[Reach],
    finder: Finder,
    embedding: Embedding,
) -> None:
    for number, scope in enumerate(ends):
        await _add(storage, scope, f"Essays of place{number} are due.")
    await embedding.finish()
    for number, (scope, end) in enumerate(ends.items()):
        if end is End.REPLACED:
            await _add(storage, scope, f"Essays of newer{number} are due.")
        elif end is End.REMOVED:
            assert await storage.materials.remove(scope, "Syllabus")
    await embedding.finish()
    for reach in reaches:
        await _look(storage, reach, ends, finder)
    for scope, end in ends.items():
        assert await storage.materials.remove(scope, "Syllabus") is (end is not End.REMOVED)


async def _add(storage: Storage, scope: str, text: str) -> None:
    draft = Draft(scope=scope, name="Syllabus", digest=text)
    await storage.materials.add(draft, [Passage(text=text)], NOW)


async def _look(storage: Storage, reach: Reach, ends: Mapping[str, End], finder: Finder) -> None:
    word = {End.KEPT: "place", End.REPLACED: "newer"}
    theirs = {
        f"{word[end]}{at}": scope
        for at, (scope, end) in enumerate(ends.items())
        if end in word and scope in reach.scopes
    }
    found = await finder.find("When are essays due?", reach.scopes)
    texts = {one.passage.text.split()[2] for one in found}
    assert texts <= {*theirs}
    assert len(texts) == min(len(theirs), MOST_GIVEN)
    listed = await storage.materials.documents(reach.scopes)
    assert sorted(one.scope for one in listed) == sorted(theirs.values())
    bound = await storage.choices.of(reach.scopes)
    assert {one.scope for one in bound} == {*theirs.values()}
    receipt = await storage.turns.add(say("due?", reach.key), NOW)
    assert receipt.turn_id
    given = await give(storage.materials, receipt.turn_id, found)
    assert [one.number for one in given] == list(range(1, len(texts) + 1))
