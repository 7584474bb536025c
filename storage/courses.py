"""Courses, who is in them, their exam windows, and what was done in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bot.core.courses import AuditLine, Course, Member, Plan, Role, Stage, Then, Window
from storage.course_end import end_course
from storage.database import Fetch, Row
from storage.statements import IN_SCOPE

_ALL = "SELECT id, name, zone, stage, plan, pseudonyms, version FROM courses ORDER BY id"
_SCOPES = "SELECT scope, course FROM course_scopes ORDER BY scope"
_VERSION = """
SELECT (SELECT coalesce(sum(version), 0) FROM courses) AS courses,
       (SELECT count(*) FROM course_scopes) AS scopes
"""
_ADD = """
INSERT INTO courses (name, zone, stage, plan, pseudonyms, created_at)
VALUES (:name, :zone, :stage, :plan, :pseudonyms, :now)
RETURNING id, version
"""
_SAVE = """
UPDATE courses SET name = :name, zone = :zone, stage = :stage, plan = :plan, version = version + 1
WHERE id = :id AND version = :version
RETURNING version
"""
_HOLD = """
INSERT INTO course_scopes (scope, course) VALUES (:scope, :course)
ON CONFLICT (scope) DO UPDATE SET course = excluded.course
    WHERE course_scopes.course = excluded.course
RETURNING scope
"""
_LEAVE = "DELETE FROM course_scopes WHERE scope = :scope AND course = :course"
_MEMBER = "SELECT * FROM members WHERE course = :course AND person = :person"
_OF_PERSON = "SELECT * FROM members WHERE person = :person ORDER BY course"
_BY_HAND = """
SELECT * FROM members WHERE course = :course AND role IS NOT NULL ORDER BY person
"""
_DROP_MEMBER = "DELETE FROM members WHERE course = :course AND person = :person"
_WINDOWS = "SELECT * FROM windows WHERE course = :course ORDER BY starts_at, id"
_NEWEST = "SELECT details FROM turns ORDER BY id DESC LIMIT 50"
_NOTE = """
INSERT INTO audit (course, at, who, verb, subject, was, became)
VALUES (:course, :at, :who, :verb, :subject, :was, :became)
"""
_AUDIT = """
SELECT course, at, who, verb, subject, was, became FROM audit
WHERE course = :course ORDER BY id DESC LIMIT :limit
"""
_AUDIT_OF = """
SELECT course, at, who, verb, subject, was, became FROM audit
WHERE subject = :subject AND verb = :verb ORDER BY id
"""

_PERSONS = ("role", "told_at", "told", "agrees", "agreed_at", "is_of_age", "assignment")
_AS_WRITTEN = ("course", "person", "told_at", "told", "agreed_at", "assignment")
_ENROL = f"""
INSERT INTO members (course, person, {", ".join(_PERSONS)})
VALUES (:course, :person, {", ".join(f":{name}" for name in _PERSONS)})
ON CONFLICT (course, person) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _PERSONS)}
"""
_SET = "INSERT INTO members (course, person, {names}) VALUES (:course, :person, {values})"
_TELL = f"""
{_SET.format(names="told, told_at", values=":told, :now")}
ON CONFLICT (course, person) DO UPDATE SET told = excluded.told, told_at = excluded.told_at
"""
_DECIDE = f"""
{_SET.format(names="agrees, agreed_at, is_of_age", values=":agrees, :now, :agrees")}
ON CONFLICT (course, person) DO UPDATE SET
    agrees = excluded.agrees, agreed_at = excluded.agreed_at, is_of_age = excluded.is_of_age
"""
_APPOINT = f"""
{_SET.format(names="role", values=":role")}
ON CONFLICT (course, person) DO UPDATE SET role = excluded.role
"""
_CHOOSE = f"""
{_SET.format(names="assignment", values=":assignment")}
ON CONFLICT (course, person) DO UPDATE SET assignment = excluded.assignment
"""
_CONCERNED = f"""{IN_SCOPE} AND (
    CAST(:person AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM turns
        WHERE conversation_id = conversations.id AND author_id = :person))
"""
_BEGIN_ANEW = f"""
UPDATE conversations SET begins_after = coalesce(
    (SELECT max(id) FROM turns WHERE conversation_id = conversations.id), begins_after)
WHERE {_CONCERNED}
"""
_END_SESSIONS = f"""
UPDATE sessions SET ended_at = :now
WHERE ended_at IS NULL AND conversation_id IN (SELECT id FROM conversations WHERE {_CONCERNED})
"""
_OF_WINDOW = {
    name: f'"{name}"'  # "then" is a word of SQL's
    for name in (
        *("course", "label", "local_start", "local_end", "zone", "starts_at", "ends_at"),
        *("then", "announced_by", "on_at", "off_at", "released_at"),
    )
}
_ANNOUNCE = f"""
INSERT INTO windows ({", ".join(_OF_WINDOW.values())})
VALUES ({", ".join(f":{name}" for name in _OF_WINDOW)})
RETURNING id, version
"""
_SAVE_WINDOW = f"""
UPDATE windows SET {", ".join(f"{quoted} = :{name}" for name, quoted in _OF_WINDOW.items())},
    version = version + 1
WHERE id = :id AND version = :version
RETURNING version
"""


class SqlCourses:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def all(self) -> Sequence[Course]:
        places = await self._fetch(_SCOPES, {})
        return [_course_from(row, places) for row in await self._fetch(_ALL, {})]

    async def version(self) -> tuple[int, int]:
        [row] = await self._fetch(_VERSION, {})
        return int(row["courses"]), int(row["scopes"])

    async def add(self, course: Course, now: float) -> int:
        [row] = await self._fetch(_ADD, {**_of_course(course), "now": now})
        return int(row["id"])

    async def save(self, course: Course) -> bool:
        return bool(await self._fetch(_SAVE, _of_course(course)))

    async def hold(self, course: int, scope: str) -> bool:
        return bool(await self._fetch(_HOLD, {"scope": scope, "course": course}))

    async def leave(self, course: int, scope: str) -> None:
        await self._fetch(_LEAVE, {"scope": scope, "course": course})

    async def end(self, course: Course, besides: Sequence[str]) -> bool:
        return await end_course(self._fetch, course, besides)

    async def member(self, course: int, person: str) -> Member | None:
        for row in await self._fetch(_MEMBER, {"course": course, "person": person}):
            return _member_from(row)
        return None

    async def of_person(self, person: str) -> Sequence[Member]:
        return [_member_from(row) for row in await self._fetch(_OF_PERSON, {"person": person})]

    async def by_hand(self, course: int) -> Sequence[Member]:
        return [_member_from(row) for row in await self._fetch(_BY_HAND, {"course": course})]

    async def enrol(self, member: Member) -> None:
        values = asdict(member)
        for name in ("agrees", "is_of_age"):
            values[name] = None if values[name] is None else int(values[name])
        await self._fetch(_ENROL, values)

    async def tell(self, course: int, person: str, told: str, now: float) -> None:
        await self._fetch(_TELL, {"course": course, "person": person, "told": told, "now": now})

    async def decide(self, course: int, person: str, now: float, *, agrees: bool) -> None:
        values = {"course": course, "person": person, "now": now, "agrees": int(agrees)}
        await self._fetch(_DECIDE, values)

    async def appoint(self, course: int, person: str, role: Role | None) -> None:
        await self._fetch(_APPOINT, {"course": course, "person": person, "role": role})

    async def choose(self, course: int, person: str, assignment: str) -> None:
        values = {"course": course, "person": person, "assignment": assignment}
        await self._fetch(_CHOOSE, values)

    async def begin_anew(self, scope: str, now: float, person: str | None = None) -> None:
        values = {"below": f"{scope}:", "now": now, "person": person}
        for statement in (_BEGIN_ANEW, _END_SESSIONS):
            await self._fetch(statement, values)

    async def drop(self, course: int, person: str) -> None:
        await self._fetch(_DROP_MEMBER, {"course": course, "person": person})

    async def windows(self, course: int) -> Sequence[Window]:
        return [_window_from(row) for row in await self._fetch(_WINDOWS, {"course": course})]

    async def announce(self, window: Window) -> int:
        [row] = await self._fetch(_ANNOUNCE, asdict(window))
        return int(row["id"])

    async def save_window(self, window: Window) -> bool:
        return bool(await self._fetch(_SAVE_WINDOW, asdict(window)))

    async def newest_stamp(self) -> float | None:
        rows = await self._fetch(_NEWEST, {})
        stamps = [json.loads(row["details"]).get("sent_at") for row in rows]
        return max((stamp for stamp in stamps if stamp is not None), default=None)

    async def note(self, line: AuditLine) -> None:
        await self._fetch(_NOTE, asdict(line))

    async def audit(self, course: int, limit: int) -> Sequence[AuditLine]:
        rows = await self._fetch(_AUDIT, {"course": course, "limit": limit})
        return [AuditLine(**row) for row in rows]

    async def audit_of(self, subject: str, verb: str) -> Sequence[AuditLine]:
        rows = await self._fetch(_AUDIT_OF, {"subject": subject, "verb": verb})
        return [AuditLine(**row) for row in rows]


def _of_course(course: Course) -> Mapping[str, Any]:
    return {
        "id": course.id,
        "name": course.name,
        "zone": course.zone,
        "stage": course.stage,
        "plan": course.plan.written(),
        "pseudonyms": course.pseudonym_key,
        "version": course.version,
    }


def _course_from(row: Row, places: Sequence[Row]) -> Course:
    return Course(
        id=row["id"],
        name=row["name"],
        zone=row["zone"],
        stage=_stage(row["stage"]),
        plan=_plan(row["plan"]),
        pseudonym_key=row["pseudonyms"],
        version=row["version"],
        scopes=tuple(place["scope"] for place in places if place["course"] == row["id"]),
    )


def _stage(written: str) -> Stage:
    """What cannot be read is open, so that its exams are held."""
    return Stage(written) if written in set(Stage) else Stage.OPEN


def _plan(written: str) -> Plan:
    """Of one that cannot be read everybody is a student."""
    try:
        return Plan.parse(written)
    except (ValueError, TypeError, AttributeError):
        return Plan()


def _member_from(row: Row) -> Member:
    said = {name: row[name] for name in _AS_WRITTEN}
    return Member(
        **said,
        role=Role(row["role"]) if row["role"] else None,
        agrees=_yes(row["agrees"]),
        is_of_age=_yes(row["is_of_age"]),
    )


def _yes(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _window_from(row: Row) -> Window:
    """One whose mode cannot be read is closed."""
    then = Then(row["then"]) if row["then"] in set(Then) else Then.OFF
    return Window(**{**row, "then": then})
