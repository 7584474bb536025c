"""A course that is open, and a student who has agreed that her words go to a model."""

from tests.unit.test_class_desk import EVE, opened, said
from tests.unit.world import Bot


async def attended(bot: Bot) -> None:
    await opened(bot)
    await said(bot, "/agree", EVE)
