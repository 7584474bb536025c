"""Tools whose effects are counted in a file that outlives the program, in a third of the questions.

Such a question has two calls at once: `mark`, which must not be made twice, and `look`, which may.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.chaos.ledger import Loss, Wrong
from tests.chaos.words import number_in
from tests.fakes import JSON
from tests.fakes.openai_server import FakeOpenAI

_ONE_IN = 3
_DOUBT = "may have happened"
_EFFECTS = "effects.txt"
_TOOLS = f'''
from pathlib import Path

_EFFECTS = Path(__file__).with_name("{_EFFECTS}")


async def mark(number: int) -> str:
    """Mark a question."""
    with _EFFECTS.open("a") as effects:
        effects.write(f"{{number}} ")
    return "marked"


async def look(number: int) -> str:
    """Look at a question."""
    return "looked at"
'''
_TABLE = """
[tools]
files = ["effects.py"]

[tools.look]
repeatable = true

[assistants.Homeroom]
tools = ["mark", "look"]
"""


def furnish(folder: Path) -> str:
    """Write the tools down; returns what `homeroom.toml` says of them."""
    (folder / "effects.py").write_text(_TOOLS)
    return _TABLE


def wants(text: str, outputs: int) -> Sequence[tuple[str, str]]:
    number = number_in(text)
    if outputs or number is None or number % _ONE_IN:
        return ()
    arguments = json.dumps({"number": number})
    return ("mark", arguments), ("look", arguments)


def audit_effects(folder: Path, model: FakeOpenAI, answered: Iterable[int]) -> list[Loss]:
    """No call made twice, and none lost: where it was not made, the model was told of the doubt."""
    path = folder / _EFFECTS
    made = Counter(map(int, path.read_text().split() if path.exists() else ()))
    doubted = set(_doubted(model))
    twice = [Loss(Wrong.MADE_TWICE, n, f"{count} times") for n, count in made.items() if count > 1]
    wished = [number for number in answered if number % _ONE_IN == 0]
    lost = [number for number in wished if not made[number] and number not in doubted]
    return [*twice, *(Loss(Wrong.NOT_MADE, number, "and nobody was told") for number in lost)]


def _doubted(model: FakeOpenAI) -> Iterator[int]:
    """The questions of whose calls the model was told that they may have happened."""
    of_call = {
        call["id"]: int(json.loads(call["arguments"])["number"])
        for run in model.runs
        for call in run.calls
    }
    for request in model.requests:
        for item in _outputs(request.body or {}):
            call = item.get("call_id") or item.get("tool_call_id")
            if _DOUBT in str(item) and call in of_call:
                yield of_call[call]


def _outputs(body: JSON) -> Sequence[JSON]:
    """Outputs of calls, in a request of whichever API."""
    given = body.get("input") or body.get("messages") or body.get("tool_outputs") or ()
    return [item for item in given if isinstance(item, dict)]
