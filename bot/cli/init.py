"""`init`: from nothing to a `.env` that is complete, by questions."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping

import click
from dotenv import dotenv_values

from bot.cli.doctor import show
from bot.cli.home import at_home
from bot.core.checks import Level
from bot.core.errors import ConfigError
from bot.doctor import check_all
from bot.logs import set_up_logs
from bot.secret_files import ENV_FILE

Answers = dict[str, str]

_PRIVATE = 0o600
_MODELS = {
    "openai": "a key of OpenAI's",
    "server": "another server: llama.cpp, Ollama, vLLM, LM Studio",
    "demo": "the small demonstration model, or none yet",
}
_SLACK = """
Open this address, choose a workspace and create the app:

{link}

Then: Basic Information > App-Level Tokens, one with connections:write (xapp-…); Install App, and
reinstall it once, for the bot's token (xoxb-…)."""
_DISCORD = """
At https://discord.com/developers/applications: New Application, then Bot > Reset Token."""


@click.command(short_help="Set it up, by questions.")
@at_home
def init() -> None:
    """Ask what it needs, write it into .env for your eyes alone, and check it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("init asks questions; where nobody answers, copy .env.example to .env")
    if ENV_FILE.exists():
        raise ConfigError(f"{ENV_FILE} is here already, and stays as it is: homeroom doctor")
    answers: Answers = {}
    for ask in (_ask_model, _ask_slack, _ask_discord):
        ask(answers)
    write(answers)
    click.echo(f"\n{ENV_FILE} is written; nobody else may read it.\n")
    if asyncio.run(_check()):
        click.echo("\nAll is there. Start it: homeroom run")
    else:
        click.echo(f"\nMend what is marked, in {ENV_FILE}, and look again: homeroom doctor")
        sys.exit(1)


def _ask_model(answers: Answers) -> None:
    click.echo("Which model is to answer?")
    for name, words in _MODELS.items():
        click.echo(f"  {name:7} {words}")
    kind = click.prompt("Model", type=click.Choice(list(_MODELS)), default="demo")
    if kind == "openai":
        answers["OPENAI_API_KEY"] = _secret("Key (sk-…)", _begins("sk-"))
    if kind == "server":
        address = click.prompt("Address, such as http://127.0.0.1:11434/v1", value_proc=_address)
        answers["OPENAI_BASE_URL"] = address
    if kind != "demo":
        answers["OPENAI_MODEL"] = click.prompt("Name of the model", value_proc=_word)


def _ask_slack(answers: Answers) -> None:
    if not click.confirm("\nIs it to talk in Slack?", default=False):
        return
    # Imported here: Slack's library takes a while, which `--help` need not wait for.
    from adapters.slack import manifest as app  # noqa: PLC0415

    click.echo(_SLACK.format(link=app.link(app.manifest())))
    answers["SLACK_APP_TOKEN"] = _secret("The app's token (xapp-…)", _begins("xapp-"))
    answers["SLACK_BOT_TOKEN"] = _secret("The bot's token (xoxb-…)", _begins("xoxb-"))


def _ask_discord(answers: Answers) -> None:
    if not click.confirm("\nIs it to talk on Discord?", default=False):
        return
    from adapters.discord.invite import application_id_of, invite_url  # noqa: PLC0415

    def token(value: str) -> str:
        if application_id_of(value) is None:
            raise click.UsageError("that is no bot's token of Discord's")
        return value

    click.echo(_DISCORD)
    answers["DISCORD_TOKEN"] = _secret("The bot's token", token)
    number = application_id_of(answers["DISCORD_TOKEN"]) or ""
    click.echo(f"\nThis address adds it to a server:\n\n{invite_url(number)}")


def _secret(question: str, check: Callable[[str], str]) -> str:
    """It is not shown while it is typed."""
    return str(
        click.prompt(question, hide_input=True, value_proc=lambda value: check(_word(value)))
    )


def _begins(start: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not value.startswith(start):
            raise click.UsageError(f"it has to begin with {start}")
        return value

    return check


def _address(value: str) -> str:
    if not value.strip().startswith(("http://", "https://")):
        raise click.UsageError("it has to begin with http:// or https://")
    return _word(value)


def _word(value: str) -> str:
    """As it is pasted, with whatever is around it."""
    value = value.strip()
    if not value or not value.isprintable() or " " in value:
        raise click.UsageError("it has to be one word")
    return value


def write(answers: Mapping[str, str]) -> None:
    """Raises ConfigError where there is a file already, or cannot be one."""
    text = "".join(f"{name}={_quoted(value)}\n" for name, value in answers.items())
    text = f"# Written by homeroom init; .env.example says what else there is.\n{text}"
    try:
        file = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except OSError as error:
        raise ConfigError(f"{ENV_FILE} cannot be written ({error.strerror})") from error
    with open(file, "w", encoding="utf-8") as opened:  # noqa: PTH123 - it is open already
        opened.write(text)
    if dict(dotenv_values(ENV_FILE)) != dict(answers):
        raise ConfigError(f"{ENV_FILE} does not say what was typed: look into it")


def _quoted(value: str) -> str:
    """Between single quotes nothing has a meaning but these two."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


async def _check() -> bool:
    """Whether nothing is in the way."""
    set_up_logs("error", "console")
    is_sound = True
    async for check in check_all():
        show(check)
        is_sound = is_sound and check.level is not Level.FAILURE
    return is_sound
