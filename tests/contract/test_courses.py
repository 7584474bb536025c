"""What every storage keeps its word on about courses."""

from dataclasses import replace

from bot.core.courses import AuditLine, Course, Member, Role, Stage, Then, Window
from bot.core.erasures import Erasure
from bot.core.ports.storage import Storage
from tests.contract.talk import NOW

COURSE = Course(name="CS 101", zone="Europe/Berlin", pseudonym_key="s3")
PERSON = "test:class:u1"


async def begun(storage: Storage) -> Course:
    return replace(COURSE, id=await storage.courses.add(COURSE, NOW), version=1)


def window(course: Course) -> Window:
    return Window(
        course=course.id,
        local_start="2026-12-04 09:00",
        local_end="2026-12-04 11:00",
        zone="UTC",
        starts_at=100.0,
        ends_at=200.0,
        announced_by=PERSON,
    )


async def test_a_course_is_kept_with_its_plan_and_places(storage: Storage) -> None:
    course = (await begun(storage)).planned(teachers=("test:user:u1",), keep=180, consent=False)
    assert await storage.courses.save(course)
    for scope in ("test:class:b", "test:class:a"):
        assert await storage.courses.hold(course.id, scope)
    kept = replace(course, version=2, scopes=("test:class:a", "test:class:b"))
    assert await storage.courses.all() == [kept]
    await storage.courses.leave(course.id, "test:class:b")
    assert [one.scopes for one in await storage.courses.all()] == [("test:class:a",)]


async def test_whoever_saves_an_older_version_is_told_so(storage: Storage) -> None:
    course = await begun(storage)
    assert await storage.courses.save(replace(course, name="A"))
    assert not await storage.courses.save(replace(course, name="B"))
    assert [one.name for one in await storage.courses.all()] == ["A"]


async def test_a_place_belongs_to_one_course(storage: Storage) -> None:
    first, second = await begun(storage), await begun(storage)
    assert [await storage.courses.hold(one.id, "test:class") for one in (first, second, first)] == [
        *(True, False, True)
    ]


async def test_each_change_makes_another_version(storage: Storage) -> None:
    seen = [await storage.courses.version()]
    course = await begun(storage)
    seen.append(await storage.courses.version())
    await storage.courses.hold(course.id, "test:class")
    seen.append(await storage.courses.version())
    await storage.courses.save(replace(course, stage=Stage.OPEN))
    seen.append(await storage.courses.version())
    assert len(set(seen)) == len(seen)


async def test_what_is_known_of_a_person_is_kept_as_it_is_now(storage: Storage) -> None:
    course = await begun(storage)
    member = Member(course=course.id, person=PERSON, told_at=NOW, told="d1")
    assert await storage.courses.member(course.id, PERSON) is None
    await storage.courses.enrol(member)
    agreed = replace(member, agrees=False, agreed_at=NOW + 1, is_of_age=True, role=Role.TEACHER)
    assert await storage.courses.by_hand(course.id) == []
    await storage.courses.enrol(agreed)
    assert await storage.courses.member(course.id, PERSON) == agreed
    assert await storage.courses.by_hand(course.id) == [agreed]
    await storage.courses.drop(course.id, PERSON)
    assert await storage.courses.member(course.id, PERSON) is None


async def test_a_window_is_announced_and_changed_by_one(storage: Storage) -> None:
    announced = window(await begun(storage))
    number = await storage.courses.announce(announced)
    kept = replace(announced, id=number, version=1)
    assert await storage.courses.windows(kept.course) == [kept]
    assert not kept.is_on
    changed = replace(kept, on_at=NOW, then=Then.HINTS)
    assert await storage.courses.save_window(changed)
    assert not await storage.courses.save_window(replace(kept, off_at=NOW))
    assert await storage.courses.windows(kept.course) == [replace(changed, version=2)]


async def test_an_erased_person_leaves_no_name_in_a_course(storage: Storage) -> None:
    course = await begun(storage)
    await storage.courses.enrol(Member(course=course.id, person=PERSON, agrees=True))
    await storage.courses.announce(window(course))
    for who, subject in ((PERSON, "x"), ("x", PERSON)):
        line = AuditLine(course=course.id, at=NOW, who=who, verb="role", subject=subject)
        await storage.courses.note(line)
    await storage.people.erase(Erasure("test:class", "u1", (), 10**9, NOW), "nobody", NOW)
    assert await storage.courses.member(course.id, PERSON) is None
    assert [one.announced_by for one in await storage.courses.windows(course.id)] == ["nobody"]
    lines = await storage.courses.audit(course.id, 5)
    assert [(one.who, one.subject) for one in lines] == [("x", "nobody"), ("nobody", "x")]


async def test_what_was_done_about_a_person_is_found(storage: Storage) -> None:
    course = await begun(storage)
    for verb, subject in (("opened", PERSON), ("role", PERSON), ("opened", "x")):
        line = AuditLine(course=course.id, at=NOW, who="tom", verb=verb, subject=subject)
        await storage.courses.note(line)
    [found] = await storage.courses.audit_of(PERSON, "opened")
    assert (found.who, found.subject, found.verb) == ("tom", PERSON, "opened")
