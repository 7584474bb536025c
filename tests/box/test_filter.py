"""The filter of system calls, carried out here as the kernel would."""

import errno
import struct

import pytest

from bot.tools.box.seccomp import MACHINES, REFUSED, filter_of

ALLOWED, KILLED = 0x7FFF0000, 0x80000000
CLONE, SOCKET = {"x86_64": 56, "aarch64": 220}, {"x86_64": 41, "aarch64": 198}
READ = {"x86_64": 0, "aarch64": 63}


def refused(error: int) -> int:
    return 0x00050000 | error


def verdict(machine: str, number: int, first: int = 0, told: int | None = None) -> int:
    """What the kernel would do with a call."""
    name = MACHINES[machine][0] if told is None else told
    data = struct.pack("<IIQQ", number, name, 0, first)
    program = list(struct.iter_unpack("<HBBI", filter_of(machine)))
    at = value = 0
    while True:
        code, if_so, if_not, constant = program[at]
        at += 1
        match code:
            case 0x20:
                [value] = struct.unpack_from("<I", data, constant)
            case 0x15:
                at += if_so if value == constant else if_not
            case 0x35:
                at += if_so if value >= constant else if_not
            case 0x54:
                value &= constant
            case 0x06:
                return int(constant)


@pytest.mark.parametrize("machine", MACHINES)
def test_each_call_that_is_refused_is_refused_on_each_machine(machine: str) -> None:
    column = MACHINES[machine][1]
    for name, numbers in REFUSED.items():
        if (number := numbers[column]) is not None:
            assert verdict(machine, number) == refused(errno.EPERM), name


@pytest.mark.parametrize("machine", MACHINES)
def test_processes_are_begun_and_namespaces_are_not(machine: str) -> None:
    assert verdict(machine, CLONE[machine], 17) == ALLOWED
    assert verdict(machine, CLONE[machine], 0x003D0F00) == ALLOWED  # a thread
    for flag in (0x00020000, 0x02000000, 0x10000000, 0x40000000):
        assert verdict(machine, CLONE[machine], flag | 17) == refused(errno.EPERM)
    assert verdict(machine, 435) == refused(errno.ENOSYS)


@pytest.mark.parametrize("machine", MACHINES)
def test_sockets_are_those_within_the_box(machine: str) -> None:
    assert verdict(machine, SOCKET[machine], 1) == ALLOWED
    for family in (2, 10, 16, 38, 40):
        assert verdict(machine, SOCKET[machine], family) == refused(errno.EACCES)
    assert verdict(machine, READ[machine]) == ALLOWED


def test_calls_under_other_numbers_are_none() -> None:
    assert verdict("x86_64", 0x40000000 | 250) == refused(errno.ENOSYS)
    assert verdict("x86_64", 0, told=0x40000003) == KILLED


def test_for_a_machine_nobody_knows_there_is_no_filter() -> None:
    with pytest.raises(KeyError):
        filter_of("vax")
