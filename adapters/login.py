"""Who sits at the machine, and in which language it speaks to her."""

import os
from getpass import getuser


def login_name() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "you"


def login_language() -> str:
    """A tag such as `de_DE`; empty where the machine is set to none."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides
    return next((told for name in names if (told := os.environ.get(name))), "").partition(".")[0]
