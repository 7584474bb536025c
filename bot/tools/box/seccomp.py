"""What the kernel refuses to whatever runs in the box: a filter of its calls (`man 2 seccomp`).

Namespaces take away what can be seen; this takes away what no namespace covers (keyrings, the
kernel's less travelled ways) and what would use memory or processors that nobody counts.
"""

import errno
import platform
import struct
from collections.abc import Iterator, Mapping

_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _MACHINE, _FIRST = 0, 4, 16  # where they stand in `struct seccomp_data`
_ALIEN = 0x40000000  # x32's calls: the same under other numbers
_UNIX = 1  # sockets within the box; all others, also those no namespace covers, are refused
_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET

MACHINES: Mapping[str, tuple[int, int]] = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# Numbers on x86_64 and on aarch64; None where there is no such call.
_SOCKET, _CLONE, _CLONE3 = (41, 198), (56, 220), (435, 435)
REFUSED: Mapping[str, tuple[int | None, int | None]] = {
    # keyrings, which the whole machine shares
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # into other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    # into the kernel
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "syslog": (103, 116), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "swapon": (167, 224), "swapoff": (168, 225), "ioperm": (173, None), "iopl": (172, None),
    "modify_ldt": (154, None), "personality": (135, 92), "lookup_dcookie": (212, 18),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "fanotify_init": (300, 262),
    # mounts and namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "open_tree": (428, 428), "mount_setattr": (442, 442),
    "unshare": (272, 97), "setns": (308, 268),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # memory that stays when the process is gone, or stands in no process's account
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "mbind": (237, 235),
    # more of the processors than were given
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
}  # fmt: skip


def filter_of(machine: str | None = None) -> bytes:
    """The filter as the kernel, and so bubblewrap, takes it. Raises KeyError for other machines."""
    return b"".join(struct.pack("<HBBI", *one) for one in _program(machine or platform.machine()))


def _program(machine: str) -> Iterator[tuple[int, int, int, int]]:
    """Instructions: code, how many to leap over if so, and if not, and the number."""
    name, column = MACHINES[machine]
    yield _LOAD, 0, 0, _MACHINE
    yield _EQUAL, 1, 0, name
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    if machine == "x86_64":
        yield from _refuse(_AT_LEAST, _ALIEN, errno.ENOSYS)
    for numbers in REFUSED.values():
        if (number := numbers[column]) is not None:
            yield from _refuse(_EQUAL, number, errno.EPERM)
    # Its flags lie where no filter can look: without it, programs take `clone`.
    yield from _refuse(_EQUAL, _CLONE3[column], errno.ENOSYS)
    yield _EQUAL, 0, 5, _CLONE[column]
    yield _LOAD, 0, 0, _FIRST
    yield _AND, 0, 0, _NAMESPACES
    yield _EQUAL, 1, 0, 0
    yield _RETURN, 0, 0, _ERROR | errno.EPERM
    yield _RETURN, 0, 0, _ALLOW
    yield _EQUAL, 0, 3, _SOCKET[column]
    yield _LOAD, 0, 0, _FIRST
    yield _EQUAL, 1, 0, _UNIX
    yield _RETURN, 0, 0, _ERROR | errno.EACCES
    yield _RETURN, 0, 0, _ALLOW


def _refuse(how: int, number: int, error: int) -> Iterator[tuple[int, int, int, int]]:
    yield how, 0, 1, number
    yield _RETURN, 0, 0, _ERROR | error
