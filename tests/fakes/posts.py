"""The parts of replies, kept in memory, with which a stage answers as the core does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from bot.core.controls import below_answer, below_preview
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter
from bot.core.posts import Part, Post, Saying, nonce_of_post
from bot.core.turns import Turn
from bot.work.parts import Parts


@dataclass
class FakePosts:
    """By turn and part. What was about to be posted outlives a process that is killed."""

    rows: dict[int, dict[int, Post]] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    async def of(self, turn_id: int) -> dict[int, Post]:
        return dict(self.rows.get(turn_id, {}))

    async def beside(self, turn: Turn) -> frozenset[str]:
        others = [posts for id_, posts in self.rows.items() if id_ != turn.id]
        return frozenset(post.ref for posts in others for post in posts.values() if post.ref)

    async def intend(self, turn: Turn, part: int, post: Post) -> None:
        self.rows.setdefault(turn.id, {})[part] = post

    async def save(self, turn_id: int, part: int, ref: str) -> None:
        rows = self.rows[turn_id]
        rows[part] = replace(rows[part], ref=ref)

    async def drop(self, turn_id: int, part: int) -> None:
        del self.rows[turn_id][part]

    def turn_of(self, question: Message) -> Turn:
        """Claimed again: nobody knows any more what an earlier process did."""
        if question.id not in self.questions:
            self.questions.append(question.id)
        number = self.questions.index(question.id) + 1
        return Turn(id=number, conversation_id=1, message=question, epoch=2)

    def forget(self, question: Message, part: int = 0) -> None:
        """Killed between the post and the saving of its ref; the intent stays."""
        rows = self.rows[self.turn_of(question).id]
        rows[part] = replace(rows[part], ref=None)

    def parts(self, adapter: Adapter, question: Message, clock: Callable[[], float]) -> Parts:
        storage = SimpleNamespace(posts=self)
        ports: Any = SimpleNamespace(storage=storage, clock=clock, holds=lambda: True)
        return Parts(adapter, ports, self.turn_of(question))

    async def answer(
        self, adapter: Adapter, question: Message, text: str, clock: Callable[[], float], **how: Any
    ) -> str:
        """Show a part, and give its ref."""
        number = how.pop("part", 0)
        is_final = how.pop("final", True)
        key = question.unique_key
        controls = below_answer(key) if is_final else below_preview(key)
        saying = Saying(text=text, is_final=is_final, controls=() if question.command else controls)
        await self.parts(adapter, question, clock).show(number, saying, anew=True)
        return self.rows[self.turn_of(question).id][number].ref or ""

    def sought(self, question: Message, number: int = 0) -> Part:
        """A part as it is looked for, without knowing where it stands."""
        rows = dict(self.rows.get(self.turn_of(question).id, {}))
        post = rows.pop(number, Post())
        others = {ref for one in rows.values() for ref in (one.ref, *one.dead) if ref}
        nonce = nonce_of_post(question, number, post)
        return Part(nonce, number, post.way, frozenset(others), post.intended_at)
