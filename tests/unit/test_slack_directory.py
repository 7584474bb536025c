"""What Slack says of its people is kept, and what somebody may do by it is not kept for long."""

from adapters.slack.directory import Directory


async def test_what_may_not_grow_old_is_waited_for_anew() -> None:
    said = iter(["member", "no member"])

    async def look_up(team: str, name: str) -> str:
        return next(said)

    directory = Directory(look_up, lasts=-1.0)
    assert await directory.get(("T1", "S1")) == "member"
    assert await directory.get(("T1", "S1")) == "no member"


async def test_anything_else_is_used_while_it_is_renewed() -> None:
    async def look_up(team: str, name: str) -> str:
        return "new"

    directory = Directory(look_up)
    directory.put(("T1", "U1"), "old", is_fresh=False)
    assert await directory.get(("T1", "U1")) == "old"
    await directory.close()
