"""Files that hold what people said are their owner's alone."""

from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600


def make_private(path: Path) -> None:
    """Whatever the umask; what SQLite makes beside a file has the same permissions."""
    with suppress(OSError):  # where it cannot be made, or is another's, opening it says so
        path.touch(PRIVATE)
        path.chmod(PRIVATE)
