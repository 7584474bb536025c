"""On what kind of file system a file lies: SQLite's locks and its log need a local one.

Source: sqlite.org/wal.html ("WAL does not work over a network filesystem").
"""

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")  # proc(5); elsewhere than on Linux nothing is known
_NETWORK = re.compile(r"nfs\d?|cifs|smb\w*|9p|afs|ceph|gluster\w*|lustre|gpfs|beegfs|fuse\..*")
_OCTAL = re.compile(r"\\(\d{3})")


def network_file_system(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """Its name, where the file lies on one that other machines share; None: none, or not known."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    place = path.resolve()
    around = [mount for mount in map(_mount, lines) if mount and place.is_relative_to(mount[0])]
    around.sort(key=lambda mount: len(mount[0].parts))  # the innermost last; one covers another
    kind = around[-1][1] if around else ""
    return kind if _NETWORK.fullmatch(kind) else None


def _mount(line: str) -> tuple[Path, str] | None:
    """Where it is mounted, and its kind."""
    before, _, after = line.partition(" - ")
    fields, kind = before.split(" "), after.split(" ")[0]
    if len(fields) < 5 or not kind:  # noqa: PLR2004 - the fifth is the place
        return None
    return Path(_OCTAL.sub(lambda octal: chr(int(octal[1], 8)), fields[4])), kind
