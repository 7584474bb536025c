"""A Python that has read the libraries of others, and starts the program by a fork of itself.

A start costs a third of a `homeroom` typed by hand, or less: what others wrote was read once, and
the program's own code where no lines are counted (else it is read anew, and measured).
`children.py` is the other side. What comes in over the socket is an order (arguments, folder,
environment) with four files: what the program reads, where it writes, where its faults go, and
where its number and then its exit code are told.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

LIBRARIES = (
    "aiohttp.web", "aiosqlite", "asyncio", "click", "coverage", "discord", "dotenv", "jinja2",
    "markdown_it.tree", "mdit_py_plugins.dollarmath", "openai.types.beta", "pi_heif", "psycopg",
    "pydantic_settings", "procrastinate", "pylatexenc.latex2text", "rich.progress", "rich.table",
    "slack_bolt.adapter.socket_mode.aiohttp", "slack_bolt.async_app", "structlog", "tzdata",
)  # fmt: skip
OWN = (
    "adapters.discord.opening", "adapters.slack.opening", "bot.app", "bot.backends.opening",
    "bot.cli.chat", "bot.cli.copy", "bot.cli.doctor", "bot.cli.service", "bot.cli.threads",
)  # fmt: skip
_MOST = 1 << 18  # bytes of an order
_FILES = 4


def serve(orders: socket.socket) -> list[str]:
    """Returns in a child, with what it was told to run; the nursery itself ends with its client."""
    born: dict[int, socket.socket] = {}
    woken, waking = socket.socketpair()
    waking.settimeout(0)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking.fileno())
    while True:
        ready, _, _ = select.select([orders, woken], [], [])
        if woken in ready:
            woken.recv(4096)
            _tell_who_ended(born)
        if orders not in ready:
            continue
        written, files, _, _ = socket.recv_fds(orders, _MOST, _FILES)
        if not written:
            raise SystemExit
        told = socket.socket(fileno=files.pop())
        if pid := os.fork():
            born[pid] = told
            told.send(b"%d" % pid)
            for file in files:
                os.close(file)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (orders, woken, waking, told, *born.values()):
            end.close()
        return _become(json.loads(written), files)


def _tell_who_ended(born: dict[int, socket.socket]) -> None:
    while born:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with born.pop(pid) as told, suppress(ConnectionError):  # nobody may want to know
            told.send(b"%d" % os.waitstatus_to_exitcode(status))


def _become(order: dict[str, Any], files: list[int]) -> list[str]:
    """The process that was ordered, as if it had been started anew."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    return list(order["command"])


if __name__ == "__main__":
    del sys.path[0]  # this file's folder: it is none of the program's
    for module in LIBRARIES if "measured" in sys.argv else LIBRARIES + OWN:
        import_module(module)
    gc.collect()
    gc.freeze()
    sys.argv = serve(socket.socket(fileno=int(sys.argv[1])))
    import coverage

    coverage.process_startup(force=True)
    from bot.cli import main

    main()
