"""The command line: `homeroom`, or `python -m bot`."""

import os
import sys

import click

from bot.cli.assistants import assistants
from bot.cli.box import box
from bot.cli.chat import chat, run
from bot.cli.copy import copy
from bot.cli.database import backup, migrate, restore
from bot.cli.discord import discord
from bot.cli.doctor import doctor
from bot.cli.healthy import healthy
from bot.cli.home import at_home, show_version
from bot.cli.init import init
from bot.cli.materials import materials
from bot.cli.page import page
from bot.cli.service import service
from bot.cli.slack import slack
from bot.cli.threads import threads
from bot.cli.tools import tools
from bot.cli.usage import usage
from bot.core.errors import ConfigError, StartAnew, StorageUnavailable
from bot.tools.servers import ServerUnavailable


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version)
@at_home
def homeroom() -> None:
    """A small, durable assistant for Slack, Discord and the terminal."""


for command in (
    init, run, chat, page, doctor, healthy, service, slack, discord, threads, assistants, tools,
    box, materials, usage, migrate, backup, restore, copy,
):  # fmt: skip
    homeroom.add_command(command)


def main() -> None:
    """Run a command; what is not usable is said in one line, with exit code 2."""
    os.umask(0o077)  # what it writes holds what people said
    try:
        homeroom()
    except StartAnew as error:
        click.echo(f"homeroom: {error}", err=True)
        sys.exit(os.EX_TEMPFAIL)
    except (ConfigError, StorageUnavailable, ServerUnavailable) as error:
        click.echo(f"homeroom: {error}", err=True)
        sys.exit(2)
