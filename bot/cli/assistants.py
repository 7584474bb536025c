"""`assistants`: who can answer, as `homeroom.toml` has it."""

import click
from pydantic import ValidationError

from bot.cli.opening import echo_json, echo_table, open_settings
from bot.core.assistants import Assistant
from bot.core.catalogue import ASSISTANT, Catalogue
from bot.core.errors import UnknownAssistant
from bot.homeroom_toml import FILE, AssistantFile
from bot.platforms import TABLE


@click.group(short_help="Who can answer, as homeroom.toml has it.")
def assistants() -> None:
    """Named instructions, model and sampling settings, kept in homeroom.toml."""


@assistants.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_assistants(as_json: bool) -> None:
    """List the assistants and where they answer."""
    catalogue = _file().load()
    if as_json:
        echo_json([assistant.model_dump() for assistant in catalogue.assistants.values()])
        return
    rows = (_row(assistant, catalogue) for assistant in catalogue.assistants.values())
    echo_table(("name", "model", "bound to"), rows)


@assistants.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def show(name: str, as_json: bool) -> None:
    """Show all settings of an assistant."""
    try:
        assistant = _file().load().find(name)
    except UnknownAssistant as error:
        raise click.ClickException(error.notice) from error
    settings = assistant.model_dump()
    if as_json:
        echo_json(settings)
        return
    for key, value in settings.items():
        click.echo(f"{key}: {_in_words(value)}")


@assistants.command()
@click.option("--name", required=True)
@click.option("--instructions", required=True)
@click.option("--model")
@click.option("--temperature", type=click.FloatRange(0, 2))
@click.option("--top-p", type=click.FloatRange(0, 1, min_open=True))
@click.option("--max-output-tokens", type=click.IntRange(16))
@click.option("--history-tokens", type=click.IntRange(0))
@click.option("--tool", "tools", multiple=True, help="What it may use; several, or “calendar:*”.")
def create(**settings: str | float | tuple[str, ...] | None) -> None:
    """Write a new assistant to homeroom.toml."""
    given = {key: value for key, value in settings.items() if value is not None}
    given["name"] = str(given["name"]).strip()
    if not given["name"]:
        raise click.BadParameter("it is empty", param_hint="--name")
    try:
        assistant = Assistant.model_validate(given)
    except ValidationError as error:
        raise click.ClickException(str(error.errors()[0]["msg"])) from error
    file = _file()
    file.add(assistant)
    click.echo(
        f"{assistant.name} stands in {file.path}; choose it with /assistant {assistant.name}"
    )


def _in_words(value: object) -> object:
    if isinstance(value, list | tuple):
        return ", ".join(value) or "(none)"
    return "(the model’s own)" if value is None else value


def _row(assistant: Assistant, catalogue: Catalogue) -> tuple[str, ...]:
    scopes = (
        scope for scope, one in catalogue.settings.items() if one.get(ASSISTANT) == assistant.name
    )
    return (assistant.name, assistant.model or "(the one that is set)", ", ".join(scopes))


def _file() -> AssistantFile:
    open_settings()
    return AssistantFile(FILE, TABLE)
