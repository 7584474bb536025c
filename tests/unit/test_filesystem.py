"""What kind of file system a database lies on."""

from pathlib import Path

import pytest

from storage.filesystem import network_file_system

MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/share rw - nfs4 server:/share rw,vers=4.2
31 30 8:2 / /srv/share/local rw - xfs /dev/sdb1 rw
32 22 0:41 / /mnt/my\040files rw - cifs //server/files rw
33 22 0:42 / /home/ada/remote rw - fuse.sshfs ada@server: rw
34 22 0:43 / /mnt/over rw - nfs server:/over rw
35 22 0:44 / /mnt/over rw - tmpfs none rw
half a line
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/var/homeroom.db", None),
        ("/srv/share/homeroom.db", "nfs4"),
        ("/srv/shared/homeroom.db", None),
        ("/srv/share/local/deep/homeroom.db", None),
        ("/mnt/my files/homeroom.db", "cifs"),
        ("/home/ada/remote/homeroom.db", "fuse.sshfs"),
        ("/mnt/over/homeroom.db", None),
    ],
)
def test_the_innermost_file_system_counts(tmp_path: Path, place: str, kind: str | None) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert network_file_system(Path(place), mounts) == kind


def test_where_nothing_is_known_nothing_is_said(tmp_path: Path) -> None:
    assert network_file_system(tmp_path, tmp_path / "nowhere") is None
