"""Whether a file has changed."""

from pathlib import Path

Stamp = tuple[int, ...] | None


def stamp_of(path: Path) -> Stamp:
    """The same as long as the file is; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
