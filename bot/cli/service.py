"""`service`: a unit of systemd's that keeps the bot running, and gives it no more than it needs."""

import sys
from pathlib import Path

import click

from bot.core.errors import ConfigError

_NAME = "homeroom.service"
_SYSTEM, _USER = Path("/etc/systemd/system"), Path(".config/systemd/user")

_UNIT = """\
[Unit]
Description=Homeroom, an assistant for Slack and Discord
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart="{program}" run --home "{home}"
WatchdogSec=60
Restart=always
RestartSec=2
# A setting that is not usable is not tried again and again.
RestartPreventExitStatus=2
TimeoutStopSec=15
UMask=0077
NoNewPrivileges=yes
{walls}
[Install]
WantedBy={target}
"""

_WALLS = """\
User={user}
ReadWritePaths="{home}"
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectHostname=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectKernelModules=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native

# Programs that assistants write run in bubblewrap only without the lines below (docs/code.md).
RestrictNamespaces=yes
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
ProtectKernelTunables=yes
ProtectKernelLogs=yes
ProtectProc=invisible
ProcSubset=pid
"""


@click.group(short_help="Keep it running, by systemd.")
def service() -> None:
    """A unit that starts the bot with the machine, and anew when it ends or stands still."""


@service.command()
@click.option("--user", "is_own", is_flag=True, help="For your own systemd; takes no root.")
@click.option("--print", "is_shown", is_flag=True, help="Only show it.")
def install(is_own: bool, is_shown: bool) -> None:
    """Write the unit for the bot whose .env lies here; it runs as the owner of this folder."""
    home = Path.cwd()
    unit = own_unit(home) if is_own else system_unit(home, home.owner())
    if is_shown:
        click.echo(unit, nl=False)
        return
    place = (Path.home() / _USER if is_own else _SYSTEM) / _NAME
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(unit, "utf-8")
    except OSError as error:
        mend = "" if is_own else ": try sudo, or --user"
        raise ConfigError(f"{place} cannot be written ({error.strerror}){mend}") from error
    control = "systemctl --user" if is_own else "systemctl"
    click.echo(f"{place} is written. Now:")
    click.echo(f"  {control} daemon-reload && {control} enable --now homeroom")
    click.echo(f"  journalctl {'--user ' if is_own else ''}-u homeroom -f")


def system_unit(home: Path, user: str) -> str:
    if user == "root":
        raise ConfigError(
            f"{home} belongs to root, and so would the bot: useradd --system homeroom, and "
            f"chown -R homeroom {home}"
        )
    walls = _WALLS.format(user=user, home=_quoted(home))
    return _filled(home, walls, "multi-user.target")


def own_unit(home: Path) -> str:
    """A user's systemd cannot take away what takes root to take away."""
    return _filled(home, "", "default.target")


def _filled(home: Path, walls: str, target: str) -> str:
    program = Path(sys.executable).with_name("homeroom")
    return _UNIT.format(program=_quoted(program), home=_quoted(home), walls=walls, target=target)


def _quoted(path: Path) -> str:
    """Within double quotes, where percent and backslash have a meaning (`man systemd.syntax`)."""
    written = str(path)
    if '"' in written or "\n" in written or "$" in written:
        raise ConfigError(f"{written}: systemd cannot be told of a folder with such a name")
    return written.replace("\\", "\\\\").replace("%", "%%")
