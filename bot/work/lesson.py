"""What a course makes of a question: how the bot helps with it, and under which names."""

from collections.abc import Sequence
from dataclasses import replace

from bot.classroom.aliasing import Aliasing
from bot.classroom.exams import ExamRules
from bot.classroom.ladders import HintLadder
from bot.classroom.modes import Teaching, assignment_of, teaching_of
from bot.core.assignments import Assignment
from bot.core.endorsements import Endorsement
from bot.core.files import File
from bot.core.ports.clock import Clock
from bot.core.quoting import Quote
from bot.core.shares import Hearts
from bot.core.turns import Turn
from bot.rules.masking import Mask, NoMask
from bot.work.scene import Scene


class Lesson:
    def __init__(self, scene: Scene, ladder: HintLadder, clock: Clock) -> None:
        self._scene = scene
        self._ladder = ladder
        self._clock = clock
        self._teaching: Teaching | None = None
        self.exam = ExamRules()  # under which the model is asked
        self.files: Sequence[File] = ()  # that the model is shown
        self.endorsed: Sequence[Endorsement] = ()  # what staff of the course have answered
        self.offered: Sequence[Endorsement] = ()  # what staff answered to questions that are near
        self.hearts: Hearts | None = None  # that are left to the person, where they are counted

    async def assignment(self) -> Assignment | None:
        """Which one it is asked about, where staff hold one there or she has chosen one."""
        asker = await self._scene.asker()
        return assignment_of(self._scene.message, asker, self._clock()) if asker else None

    async def teaching(self, turn: Turn) -> Teaching | None:
        """How the bot is to help with it, as it was at the first look; None outside of a course."""
        asker = await self._scene.asker()
        if asker is None:
            return None
        if self._teaching is None:
            teaching = teaching_of(turn.message, asker, self._clock()).under(self.exam)
            rung = await self._ladder.rung(turn, asker, teaching, self.files)
            self._teaching = replace(teaching, rung=rung)
        return self._teaching


class Veil:
    """Through which the model is told who says what: in a course it learns no names."""

    def __init__(self, scene: Scene, aliasing: Aliasing) -> None:
        self._scene = scene
        self._aliasing = aliasing
        self.mask: Mask = NoMask()

    async def masked(self, turn: Turn, quotes: Sequence[Quote] = ()) -> Mask:
        """Settle what the model is told in place of names: in a course, aliases."""
        asker = await self._scene.asker()
        is_settled = not (quotes or isinstance(self.mask, NoMask))
        if asker is not None and not is_settled:
            self.mask = await self._aliasing.mask(turn, asker, quotes)
        return self.mask

    async def revealed(self, turn: Turn, text: str) -> str:
        """An answer as it is shown: with names, where the model was told aliases."""
        if isinstance(self.mask, NoMask):
            return await self._aliasing.revealed(turn, text)
        return self.mask.revealed(text)
