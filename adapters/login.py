"""Who sits at the machine."""

from getpass import getuser


def login_name() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "you"
