"""The conversation that the pictures show, and the program that has it.

The answers were written beforehand: a stand-in for a model gives them. All else is real: the
program runs as a process, and what is drawn is what it posted.
"""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.program import Program
from tests.fakes.openai_server import FakeOpenAI

ALOUD, FURTHER, PRIVATELY = (
    "Why is the sky blue?",
    "And at sunset?",
    "Write that as a formula, please",
)
ANSWERS = {
    ALOUD: """\
Sunlight holds every colour, and air scatters **short waves** much more than long ones: blue \
light some *five times* as much as red. So blue reaches your eye from all over the sky.""",
    FURTHER: """\
Then the light has come through far more air:

- most of the **blue** has been scattered out of its way,
- what is left of it is **red and orange**.""",
    PRIVATELY: """\
Scattering grows with the fourth power of the frequency (*Rayleigh*):

```
I ~ 1 / wavelength**4
```""",
}
COLOURS = {"Ada": "#c2410c", "Ben": "#0f766e", "Homeroom": "#4338ca"}


@asynccontextmanager
async def running(platform: Mapping[str, str]) -> AsyncIterator[Program]:
    """`homeroom run`, set up for a platform and for the stand-in."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeOpenAI() as model:
            model.answer = lambda asked: next(a for q, a in ANSWERS.items() if q in asked)
            ours = {
                "OPENAI_API_KEY": "made-up",
                "OPENAI_BASE_URL": model.base_url,
                "OPENAI_MODEL": "stand-in",
            }
            program = Program(Path(folder), {**ours, **platform})
            try:
                await program.start("run")
                yield program
            finally:
                await program.clean_up()
