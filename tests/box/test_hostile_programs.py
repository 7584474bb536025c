"""Whatever a program tries, it stays in its box, takes what it was given, and is ended."""

import asyncio
import contextlib
import errno
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.tools.box.port import BoxLimits, CodeBox, Ran
from bot.tools.box.seccomp import MACHINES, REFUSED
from tests.box.conftest import box_of
from tests.box.processes import running_below
from tests.patience import PATIENCE

LIMITS = BoxLimits(
    seconds=60.0, starting=20.0, memory=220 << 20, chars=2000, files=5, bytes=4 << 20
)
KINDS = ("bubblewrap", "another user's", "monty")
SECRET = "sk-of-the-operator-alone"


@pytest.fixture(params=KINDS)
async def box(request: pytest.FixtureRequest) -> CodeBox:
    return await box_of(request.param, LIMITS)


@pytest.fixture(params=KINDS[:2])
async def namespace(request: pytest.FixtureRequest) -> CodeBox:
    """A box with a whole system in it."""
    return await box_of(request.param, LIMITS)


async def succeeded(box: CodeBox, code: str) -> list[str]:
    """What a program that collects its successes in `done` was able to do."""
    ran = await box.run(f"import json\ndone = []\n{code}\nprint(json.dumps(done))", {})
    assert not ran.wrong, ran
    return [str(one) for one in json.loads(ran.said)]


async def test_a_program_reads_its_files_and_leaves_others(box: CodeBox) -> None:
    code = """
with open("given.csv") as file:
    rows = file.read().split()
with open("made.csv", "w") as file:
    file.write(rows[1])
print(len(rows), "rows")
"""
    ran = await box.run(code, {"given.csv": b"a,b\n1,2\n", "plots/one.txt": b"1"})
    assert ran == Ran(
        "2 rows\n", "", {"given.csv": b"a,b\n1,2\n", "made.csv": b"1,2", "plots/one.txt": b"1"}
    )


async def test_a_program_with_a_mistake_says_where(box: CodeBox) -> None:
    ran = await box.run("print('so far')\n1/0", {})
    assert ran.wrong
    assert ran.said.startswith("so far")
    assert "line 2" in f"{ran.said}{ran.wrong}"
    assert "ZeroDivisionError" in f"{ran.said}{ran.wrong}"


async def test_no_file_of_the_machine_can_be_read(box: CodeBox, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(SECRET)
    tmp_path.chmod(0o755)
    paths = ["/etc/passwd", "/etc/shadow", f"{tmp_path}/.env", f"..{tmp_path}/.env", __file__]
    code = f"""
for path in {paths!r}:
    try:
        done.append(path + open(path).read())
    except OSError:
        pass
"""
    assert await succeeded(box, code) == []


async def test_nothing_outside_can_be_written(box: CodeBox, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    paths = ["/x", "/usr/x", "/bin/x", "/dev/x", "/root/x", "/proc/x", f"{tmp_path}/x", "../x"]
    paths += [f"/proc/sys/{one}" for one in ("kernel/core_pattern", "vm/drop_caches")]
    code = f"""
for path in {paths!r}:
    try:
        open(path, "w").write("1")
        done.append(path)
    except OSError:
        pass
"""
    assert await succeeded(box, code) == []
    assert list(tmp_path.iterdir()) == []


async def test_no_switch_of_the_kernel_can_be_turned(namespace: CodeBox) -> None:
    code = """
import os
for place, _, names in os.walk("/proc/sys"):
    for name in names:
        try:
            os.close(os.open(os.path.join(place, name), os.O_WRONLY))
            done.append(os.path.join(place, name))
        except OSError:
            pass
"""
    assert await succeeded(namespace, code) == []


async def test_no_token_is_seen(box: CodeBox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    code = """
import os
try:
    print(os.environ)
except Exception as error:
    print(error)
try:
    for pid in os.listdir("/proc"):
        try:
            print(open("/proc/" + pid + "/environ").read())
            print(open("/proc/" + pid + "/cmdline").read())
        except Exception as error:
            pass
except Exception as error:
    print(error)
"""
    assert SECRET not in (await box.run(code, {})).said


@contextlib.asynccontextmanager
async def _listener() -> AsyncIterator[tuple[int, list[object]]]:
    heard: list[object] = []

    def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(writer)
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], heard


async def test_nobody_can_be_called(box: CodeBox) -> None:
    async with _listener() as (port, heard):
        code = f"""
try:
    import socket
    for family in (socket.AF_INET, socket.AF_INET6, 40, 16, 38):  # vsock, netlink, alg
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            try:
                socket.socket(family, kind)
                done.append(family)
            except OSError:
                pass
    socket.create_connection(("127.0.0.1", {port}), 1)
    done.append("connected")
except (ImportError, OSError):
    pass
"""
        assert await succeeded(box, code) == []
        assert heard == []


@pytest.mark.parametrize("kind", KINDS)
async def test_output_without_end_is_cut_and_ended(kind: str) -> None:
    box = await box_of(kind, replace(LIMITS, seconds=2.0))
    ran = await box.run("while True:\n    print('a' * 5000)", {"kept.txt": b"1"})
    assert "limit" in ran.wrong or "longer than" in ran.wrong
    assert len(ran.said) == LIMITS.chars
    assert ran.files == {"kept.txt": b"1"}


async def test_memory_is_bounded(box: CodeBox) -> None:
    ran = await box.run("x = []\nwhile True:\n    x.append('a' * 5_000_000)", {})
    assert "memory" in f"{ran.said}{ran.wrong}".lower()


async def test_memory_of_all_processes_together_is_bounded(namespace: CodeBox) -> None:
    code = """
import os, time
for _ in range(5):
    if os.fork() == 0:
        held = b"a" * (80 << 20)
        time.sleep(60)
time.sleep(60)
"""
    ran = await namespace.run(code, {"kept.txt": b"1"})
    assert "MB of memory" in ran.wrong
    assert ran.files == {"kept.txt": b"1"}


async def test_processes_are_bounded_and_none_is_left(namespace: CodeBox) -> None:
    code = """
import os, time
count = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(600)
        count += 1
except OSError:
    print(count)
"""
    ran = await namespace.run(code, {})
    assert 0 < int(ran.said) < LIMITS.processes
    assert not ran.wrong


async def test_the_disk_is_bounded_wherever_it_can_be_written(namespace: CodeBox) -> None:
    """That a small one fills up, and no more, is the kernel's business; see below."""
    code = """
import os
room = {}
for place, folders, _ in os.walk("/"):
    if place == "/":
        folders[:] = [one for one in folders if one not in ("proc", "usr")]
    try:
        with open(f"{place}/mine", "wb") as file:
            about = os.statvfs(place)
            room[os.fstat(file.fileno()).st_dev] = about.f_blocks * about.f_frsize
    except OSError:
        pass
print(len(room), sum(room.values()))
"""
    ran = await namespace.run(code, {})
    places, room = map(int, ran.said.split())
    assert places == 3
    assert LIMITS.bytes < room <= LIMITS.bytes + (32 << 20)


async def test_a_small_disk_fills_up_and_what_fits_is_kept(box: CodeBox) -> None:
    code = """
try:
    with open("big.txt", "w") as file:
        for _ in range(20):
            file.write("a" * 1_000_000)
except OSError as error:
    print("full")
"""
    ran = await box.run(code, {})
    assert ran.said == "full\n"
    assert sum(map(len, ran.files.values())) <= LIMITS.bytes


async def test_every_call_that_is_refused_is_refused(namespace: CodeBox) -> None:
    column = MACHINES[os.uname().machine][1]
    numbers = {name: both[column] for name, both in REFUSED.items() if both[column] is not None}
    code = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for name, number in {numbers!r}.items():
    ctypes.set_errno(0)
    if libc.syscall(number, 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != {errno.EPERM}:
        done.append(name)
"""
    assert await succeeded(namespace, code) == []


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="its numbers are those of x86_64")
async def test_there_is_no_way_to_more_rights_around_the_filter(namespace: CodeBox) -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number, first in ((56, 0x10000000), (56, 0x20000000 | 17), (435, 0), (0x40000000 | 250, 0)):
    ctypes.set_errno(0)
    print(libc.syscall(number, first, 0, 0, 0, 0), ctypes.get_errno())
"""
    ran = await namespace.run(code, {})
    answers = [f"-1 {one}" for one in (errno.EPERM, errno.EPERM, errno.ENOSYS, errno.ENOSYS)]
    assert ran.said.splitlines() == answers, ran


async def test_a_program_that_ends_its_keeper_ends_alone(namespace: CodeBox) -> None:
    for code in ("import os; os.kill(os.getppid(), 9)", "import os; os.kill(-1, 9)"):
        ran = await namespace.run(code, {"kept.txt": b"1"})
        assert ran.wrong
        assert ran.files == {"kept.txt": b"1"}
    assert (await namespace.run("print(1)", {})).said == "1\n"


async def test_a_program_that_stops_its_keeper_is_ended_all_the_same() -> None:
    limits = BoxLimits(seconds=1.0, starting=3.0)
    box = await box_of("bubblewrap", limits)
    ran = await box.run("import os; os.kill(os.getppid(), 19)", {"kept.txt": b"1"})
    assert (ran.wrong, ran.files) == (limits.too_long, {"kept.txt": b"1"})


async def test_what_a_program_forges_leads_nowhere(namespace: CodeBox) -> None:
    code = """
import os, struct, time
out = open(f"/proc/{os.getppid()}/fd/1", "wb", buffering=0)
for name, data in (("said", b"x"), ("ended", b"0"), ("../../out", b"1"), ("/etc/out", b"1"),
                   ("a/../../out", b"1"), ("nul\\0", b"1"), ("", b"1"), ("fine", b"1")):
    name = name.encode()
    out.write(struct.pack("!HI", len(name), len(data)) + name + data)
os.kill(os.getppid(), 9)
time.sleep(60)
"""
    ran = await namespace.run(code, {})
    assert ran.files in ({}, {"fine": b"1"}), ran  # a pipe of root is not opened by others
    assert (await namespace.run("print(1)", ran.files)).said == "1\n"


async def test_only_files_come_back_and_few(namespace: CodeBox) -> None:
    code = """
import os
os.symlink("/etc/passwd", "link")
os.symlink("/usr", "folder")
os.mkfifo("pipe")
with open("sparse", "wb") as file:
    file.truncate(4 << 20)
with open("z.txt", "w") as file:
    file.write("small")
os.makedirs("deep/" + "d/" * 50)
for number in range(50):
    open(f"a{number:02}.txt", "w").write("1")
"""
    ran = await namespace.run(code, {})
    assert not ran.wrong
    assert set(ran.files) == {f"a{number:02}.txt" for number in range(LIMITS.files)}


async def test_what_runs_on_is_ended_with_the_program(namespace: CodeBox) -> None:
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
print("done")
"""
    ran = await namespace.run(code, {})
    assert (ran.said, ran.wrong) == ("done\n", "")


@pytest.mark.parametrize("kind", ["bubblewrap", "monty"])
async def test_a_program_that_is_stopped_is_gone(kind: str) -> None:
    box = await box_of(kind, BoxLimits(seconds=500.0))
    running = asyncio.create_task(box.run("while True:\n    pass", {}))
    async with asyncio.timeout(PATIENCE):
        while not running_below("bwrap", "monty"):  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(0.02)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        while running_below("bwrap", "monty"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_no_more_programs_run_at_once_than_there_is_room() -> None:
    box = await box_of("bubblewrap", BoxLimits())
    code = "import os, time; print(sorted(os.sched_getaffinity(0)), os.nice(0)); time.sleep(0.2)"
    most = max(1, len(os.sched_getaffinity(0)) // 2)
    at_once = 0
    running = [asyncio.create_task(box.run(code, {})) for _ in range(4)]
    while not all(one.done() for one in running):
        at_once = max(at_once, len(running_below("bwrap")))
        await asyncio.sleep(0.02)
    assert at_once <= most
    processors, nice = {one.result().said.split("] ")[0] for one in running}, running[0].result()
    assert len(processors) <= most
    assert nice.said.endswith("10\n")
