"""What a turn keeps while somebody holds it, and what it has left."""

from dataclasses import replace

import pytest

from bot.core.turns import Turn
from bot.work.holding import HeldTurn
from bot.work.runner import TurnRunner
from tests.unit.world import Bot, Hasty, World, message

STARTED_AT = 1000.0


def _turn(**more: object) -> Turn:
    return replace(Turn(id=1, conversation_id=1, message=message("hi")), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("since", "left"), [(None, 600.0), (0.0, 600.0), (450.0, 150.0), (590.0, 30.0), (9e9, 30.0)]
)
async def test_a_run_that_is_taken_up_again_has_the_rest_of_its_deadline(
    bot: Bot, since: float | None, left: float
) -> None:
    """But for a last look, at a run that ended while nobody was there to see it."""
    now = STARTED_AT + (since or 0.0)
    ports = replace(bot.ports, deadline=600.0, clock=lambda: now)
    turn = _turn() if since is None else _turn(run="run", run_at=STARTED_AT)
    assert TurnRunner(turn, ports)._attempt._time_left() == left


@pytest.mark.parametrize(("run", "attempts"), [("run", 1), (None, 4)])
async def test_attempts_count_anew_only_where_going_on_costs_no_new_run(
    world: World, run: str | None, attempts: int
) -> None:
    async with world.bot(retries=Hasty(harmless_after=0.0)) as bot:
        turn = _turn(attempts=4, backend="chat", run=run)
        held = HeldTurn(turn, replace(bot.ports, retries=Hasty(harmless_after=0.0)))
        await held._vouch()
        assert held.turn.attempts == attempts
