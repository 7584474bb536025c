"""Whatever lies where, and whoever asks: nothing of a place is found, or shown, in another."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.materials import Draft, Passage
from bot.core.messages import ConversationKey
from bot.core.ports.finder import Finder
from bot.core.ports.storage import Storage
from bot.rules.finding import give
from bot.work.embedding import Embedding
from tests.contract.conftest import Opener
from tests.contract.finders import FINDERS, Meanings
from tests.contract.talk import NOW, say

_PARTS = st.sampled_from(["a", "b", "a:b", "a%", "_", "ab"])
_KEYS = st.builds(ConversationKey, st.sampled_from(["p", "q"]), _PARTS, _PARTS, _PARTS)
_SCOPES = st.builds(lambda key, level: key.scopes()[level], _KEYS, st.integers(0, 3))


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
            scopes=st.lists(_SCOPES, min_size=1, max_size=6, unique=True),
            keys=st.lists(_KEYS, max_size=4),
        )
        def check(scopes: Sequence[str], keys: Sequence[ConversationKey]) -> None:
            loop.run(_check(storage, scopes, keys, finder, embedding))

        check()
        loop.run(opened.__aexit__(None, None, None))


async def _check(
    storage: Storage,
    scopes: Sequence[str],
    keys: Sequence[ConversationKey],
    finder: Finder,
    embedding: Embedding,
) -> None:
    for number, scope in enumerate(scopes):
        passage = Passage(text=f"Essays of place{number} are due.")
        await storage.materials.add(Draft(scope=scope, name="Syllabus", digest="d"), [passage], NOW)
    await embedding.finish()
    for key in keys:
        await _look(storage, key, scopes, finder)
    for scope in scopes:
        assert await storage.materials.remove(scope, "Syllabus")


async def _look(
    storage: Storage, key: ConversationKey, scopes: Sequence[str], finder: Finder
) -> None:
    theirs = {f"place{at}" for at, scope in enumerate(scopes) if scope in key.scopes()}
    found = await finder.find("When are essays due?", key.scopes())
    assert {one.passage.text.split()[2] for one in found} == theirs
    listed = await storage.materials.documents(key.scopes())
    assert {one.scope for one in listed} == {scope for scope in scopes if scope in key.scopes()}
    bound = await storage.choices.of(key.scopes())
    assert {one.scope for one in bound} == {one.scope for one in listed}
    receipt = await storage.turns.add(say("due?", key), NOW)
    assert receipt.turn_id
    given = await give(storage.materials, receipt.turn_id, found)
    assert [one.number for one in given] == list(range(1, len(theirs) + 1))
