"""What a bot finds in its folder: as it comes, with tools, or with tools that nobody uses."""

from pathlib import Path

PRODUCTS = ("product", "tooled", "unused", "coding")
_SETTINGS = "[settings]\ndiscord.limit = 0\nslack.limit = 0\n"
_MINE = '''
async def look(number: int) -> str:
    """Look."""
    return f"looked at {number}"
'''
_FILES = "[tools]\nfiles = ['mine.py']\n"
_MORE = {
    "tooled": f"{_FILES}[assistants.Homeroom]\ntools = ['look']\n",
    "unused": f"{_FILES}[assistants.Other]\ntools = ['look']\n",
    "coding": "[assistants.Homeroom]\ntools = ['run_python']\n",
}


def furnish(folder: Path, kind: str) -> None:
    (folder / "mine.py").write_text(_MINE)
    (folder / "homeroom.toml").write_text(_SETTINGS + _MORE.get(kind, ""))
