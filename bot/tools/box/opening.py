"""Which box there is: only one that was tried, and held."""

import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from bot.config import Settings
from bot.core.errors import BotError, ConfigError
from bot.core.messages import Attachment, Message
from bot.core.ports.adapter import Fetch
from bot.tools.box import probe
from bot.tools.box.bubblewrap import PATH, Bubblewrap
from bot.tools.box.port import BoxLimits, CodeBox
from bot.tools.box.seccomp import MACHINES
from bot.tools.box.toolbox import CodeToolbox

_PATIENCE = 90.0  # seconds for a box to be tried, where there is a lot of other work


class UnfitBox(ConfigError):
    """There is no box that holds."""


def open_code(settings: Settings, fetch: Fetch) -> CodeToolbox:
    """Opens nothing yet: whether there is a box is found out when a program is to be run."""
    return CodeToolbox(partial(open_box, settings.code, settings.code_libraries), fetch)


async def no_files(_: Message, __: Attachment) -> bytes:
    """Where nobody has attached any."""
    return b""


async def open_box(choice: str, libraries: Path, limits: BoxLimits | None = None) -> CodeBox:
    """`choice`: auto, or the name of one. Raises UnfitBox, which says why of each."""
    reasons = []
    for name, tried in _BOXES.items():
        if choice in ("auto", name):
            try:
                return await tried(libraries, limits or BoxLimits())
            except BotError as error:
                reasons.append(f"{name}: {error}")
    raise UnfitBox("; ".join(reasons) or "CODE=off")


async def _bubblewrap(libraries: Path, limits: BoxLimits) -> CodeBox:
    for program in ("bwrap", "taskset", "python3"):
        if not shutil.which(program, path=PATH):
            raise UnfitBox(f"there is no {program} in {PATH}")
    if os.uname().machine not in MACHINES:
        raise UnfitBox(f"no filter of system calls is known for {os.uname().machine}")
    box = Bubblewrap(libraries, BoxLimits(seconds=_PATIENCE))
    forbidden = [str(Path.cwd()), str(Path(__file__).parent), "/etc/passwd", "/sys/kernel"]
    program = Path(probe.__file__).read_text("utf-8")
    ran = await box.run(program, {"forbidden": "\n".join(forbidden).encode()})
    if ran.wrong or ran.said.split("\n")[:1] != ["held"]:
        seen = " ".join(f"{ran.wrong} {ran.said}".split())
        raise UnfitBox(f"it does not hold ({seen[-300:]})")
    return Bubblewrap(libraries, limits)


async def _monty(_: Path, limits: BoxLimits) -> CodeBox:
    try:
        from bot.tools.box.monty import Monty  # noqa: PLC0415 - its library is an extra
    except ImportError as error:
        raise UnfitBox("the extra is not installed (homeroom[code])") from error
    return Monty(limits)


_BOXES: Mapping[str, Callable[[Path, BoxLimits], Awaitable[CodeBox]]] = {
    "bubblewrap": _bubblewrap,
    "monty": _monty,
}
