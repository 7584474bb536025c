"""The boxes there are, each tried by the same hostile programs."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from bot.tools.box.bubblewrap import Bubblewrap
from bot.tools.box.opening import UnfitBox, open_box
from bot.tools.box.port import BoxLimits, CodeBox, Ran

ROOT = Path(__file__).parents[2]
NOWHERE = Path("/nonexistent")
OTHERS = 65_200  # ids that no account has
PYTHON = "/usr/bin/python3"
LIBRARIES = sysconfig.get_path("purelib")


@dataclass
class BoxOfAnotherUser:
    """What a bot that is not root has."""

    limits: BoxLimits
    name: str = "bubblewrap"
    can: str = ""

    async def run(self, code: str, files: Mapping[str, bytes]) -> Ran:
        order = {
            "libraries": str(NOWHERE),
            "limits": asdict(self.limits),
            "code": code,
            "files": {name: b64encode(data).decode() for name, data in files.items()},
        }
        process = await asyncio.create_subprocess_exec(
            "setpriv", f"--reuid={OTHERS}", f"--regid={OTHERS}", "--clear-groups",
            PYTHON, "-m", "tests.box.elsewhere",
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": LIBRARIES},
        )  # fmt: skip
        back, _ = await process.communicate(json.dumps(order).encode())
        found = json.loads(back)
        there = {name: b64decode(data) for name, data in found["files"].items()}
        return Ran(found["said"], found["wrong"], there)


_unfit: dict[str, str] = {}  # why, of each kind that was tried; nothing where it holds


async def box_of(kind: str, limits: BoxLimits) -> CodeBox:
    """Skips the test where there is none."""
    if kind == "another user's":
        _require_another_user()
        await box_of("bubblewrap", limits)
        return BoxOfAnotherUser(limits)
    if kind not in _unfit:
        _unfit[kind] = ""
        try:
            await open_box(kind, NOWHERE)
        except UnfitBox as error:
            _unfit[kind] = str(error)
    if "hold" in _unfit[kind]:
        pytest.fail(_unfit[kind])
    if _unfit[kind]:
        pytest.skip(_unfit[kind])
    return Bubblewrap(NOWHERE, limits) if kind == "bubblewrap" else _monty(limits)


def _monty(limits: BoxLimits) -> CodeBox:
    from bot.tools.box.monty import Monty  # noqa: PLC0415 - its library is an extra

    return Monty(limits)


def _require_another_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("the tests are not run by root, so they are another user's already")
    if not (shutil.which("setpriv") and Path(PYTHON).exists()):
        pytest.skip(f"it takes setpriv and {PYTHON}")
    asked = subprocess.run([PYTHON, "-V"], capture_output=True, text=True, check=True).stdout
    if asked.split(".")[:2] != ["Python 3", str(sys.version_info.minor)]:
        pytest.skip(f"it takes a {PYTHON} of this version, and not {asked}")
    if not all(path.stat().st_mode & 0o5 == 0o5 for path in (ROOT, *ROOT.parents)):
        pytest.skip(f"others may not read {ROOT}")
