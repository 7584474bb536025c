"""What belongs to a course is kept as long as its students were told."""

from tests.unit.test_class_desk import said
from tests.unit.test_humans import ask, course
from tests.unit.world import Bot, World

__all__ = ["course"]


async def test_what_is_older_than_that_is_deleted_where_it_is_held(
    world: World, course: Bot
) -> None:
    await ask(course, "old")
    await course.database.fetch("UPDATE turns SET accepted_at = 1 WHERE text = 'old'", {})
    await ask(course, "new")
    await course.ports.classroom.keeping.purge()
    texts = [row["text"] for row in await course.database.fetch("SELECT text FROM turns", {})]
    assert "old" not in texts
    assert "new" in texts


async def test_another_place_keeps_its_own(world: World, course: Bot) -> None:
    await said(course, "hello", channel="elsewhere")
    await course.database.fetch("UPDATE turns SET accepted_at = 1 WHERE text = 'hello'", {})
    await course.ports.classroom.keeping.purge()
    texts = [row["text"] for row in await course.database.fetch("SELECT text FROM turns", {})]
    assert "hello" in texts
