"""What every storage keeps its word on between processes."""

from pathlib import Path

import pytest

from bot.core.answers import Answer
from bot.core.errors import StaleTurn
from bot.core.posts import Post
from bot.core.turns import Session
from tests.contract.conftest import Opener
from tests.contract.talk import NOW, add, claim, say


async def test_what_one_process_did_another_one_finds(open_storage: Opener, tmp_path: Path) -> None:
    async with open_storage(tmp_path) as one, open_storage(tmp_path) as other:
        conversation, number = await add(one, say())
        held = await claim(other, conversation)
        await one.sessions.save(conversation, "chat", Session("s1", "c1"), NOW)
        await other.posts.intend(held, 0, Post(way="here"))
        taken = await claim(one, conversation)
        with pytest.raises(StaleTurn):
            await other.turns.save(held.answered(Answer("Hi"), NOW))
        await one.turns.save(taken.answered(Answer("Hello"), NOW))
    async with open_storage(tmp_path) as again:
        assert await again.sessions.current(conversation, "chat") == Session("s1", "c1")
        assert await again.posts.of(number) == {0: Post(way="here")}
        turn = await claim(again, conversation)
        assert (turn.answer, turn.epoch) == (Answer("Hello"), 3)
