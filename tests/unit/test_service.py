"""The unit of systemd's, and what else keeps the bot running."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import homeroom
from bot.cli.service import own_unit, system_unit
from bot.core.errors import ConfigError

ROOT = Path(__file__).parents[2]


def verified(unit: str, tmp_path: Path) -> str:
    """What systemd complains of; its exit code says nothing of a key that it does not know."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze")
    path = tmp_path / "homeroom.service"
    path.write_text(unit)
    command = ["systemd-analyze", "verify", "--man=no", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("folder", ["home", "a folder with 100% spaces"])
def test_systemd_has_nothing_to_say_about_the_units(folder: str, tmp_path: Path) -> None:
    home = tmp_path / folder
    assert verified(system_unit(home, "daemon"), tmp_path) == ""
    assert verified(own_unit(home), tmp_path) == ""
    assert "Unknown key" in verified(system_unit(home, "daemon") + "[Service]\nNo=1\n", tmp_path)


def test_the_unit_is_exposed_to_little(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze")
    path = tmp_path / "homeroom.service"
    path.write_text(system_unit(tmp_path, "daemon"))
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(path)]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout


def test_a_unit_is_written_and_what_comes_next_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(homeroom, ["service", "install", "--user"])
    assert (done.exit_code, "enable --now homeroom" in done.output) == (0, True)
    unit = (tmp_path / ".config/systemd/user/homeroom.service").read_text()
    assert f'ExecStart="{Path(sys.executable).with_name("homeroom")}" run' in unit
    assert f'--home "{tmp_path}"' in unit


def test_root_s_folder_is_refused_and_so_is_a_name_that_cannot_be_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="useradd"):
        system_unit(tmp_path, "root")
    with pytest.raises(ConfigError, match="such a name"):
        own_unit(tmp_path / 'a"b')
