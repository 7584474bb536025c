"""Settings: where they come from, which one holds, and what is refused."""

import os
import re
import traceback
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.config import Settings, load_settings, setting_names, unknown_names
from bot.core.errors import ConfigError
from bot.platforms import require_complete, set_up

SECRET = "sk-nobody-may-see-this"
EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)


def write_env(text: str) -> None:
    Path(".env").write_text(text, encoding="utf-8")


def key_of(settings: Settings) -> str | None:
    key = settings.openai_api_key
    return key.get_secret_value() if key else None


def test_the_example_names_exactly_the_settings_that_exist() -> None:
    named = re.findall(r"^#([A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(setting_names())


def test_the_example_changes_nothing_as_it_is() -> None:
    before = load_settings()
    write_env(EXAMPLE.read_text(encoding="utf-8"))
    assert load_settings() == before
    write_env(EXAMPLE.read_text(encoding="utf-8").replace("#", ""))
    assert load_settings() == before


def test_the_settings_have_the_names_people_know() -> None:
    assert {
        *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "BACKEND", "BACKEND_FOREGROUND"),
        *("DATABASE_URL", "LOG_LEVEL", "LOG_FORMAT"),
        *("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"),
        *("DISCORD_TOKEN", "DISCORD_API_URL", "DISCORD_GATEWAY_URL"),
        *("OPENAI_API_KEY_FILE", "SLACK_BOT_TOKEN_FILE", "SLACK_APP_TOKEN_FILE"),
        *("SLACK_SIGNING_SECRET_FILE", "DISCORD_TOKEN_FILE"),
    } <= set(setting_names())


def test_without_any_setting_there_are_defaults() -> None:
    settings = load_settings()
    assert settings.database_path() == Path("homeroom.db")
    assert settings.backend_name == "demo"
    assert set_up(settings) == []
    require_complete(settings)


SOURCES = ["environment", "environment_file", "env", "env_file"]  # the first one holds


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_the_environment_comes_before_the_file_and_a_value_before_its_file(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SOURCES:
        Path(name).write_text(f"{name}\n", encoding="utf-8")
    lines = {
        "env": "OPENAI_API_KEY=env",
        "env_file": "OPENAI_API_KEY_FILE=env_file",
    }
    write_env("\n".join(lines.get(name, "") for name in SOURCES[first:]))
    if first == 0:
        monkeypatch.setenv("OPENAI_API_KEY", "environment")
    if first <= 1:
        monkeypatch.setenv("OPENAI_API_KEY_FILE", "environment_file")
    assert key_of(load_settings()) == SOURCES[first]


def test_no_secret_is_told_nor_the_password_within_an_address() -> None:
    files = [name.removesuffix("_FILE") for name in setting_names() if name.endswith("_FILE")]
    lines = [f"{name}=the {name} that nobody knows" for name in files]
    write_env("\n".join([*lines, "DATABASE_URL=postgresql://bot:unspoken%20word@db.example/x"]))
    told = load_settings().redactor()("\n".join([*lines, "said: unspoken word"]))
    assert told.count("[secret]") == len(files) + 1
    assert "nobody" not in told
    assert "unspoken" not in told


def test_every_secret_may_stand_in_a_file() -> None:
    Path("secret").write_text(f"\ufeff{SECRET}\n", encoding="utf-8")
    files = [name for name in setting_names() if name.endswith("_FILE")]
    write_env("\n".join(f"{name}=secret" for name in files))
    settings = load_settings()
    for name in files:
        value = getattr(settings, name.removesuffix("_FILE").lower())
        assert value.get_secret_value() == SECRET


@pytest.mark.parametrize("empty", ["", "  ", '""'])
def test_an_empty_value_is_no_value(empty: str) -> None:
    before = load_settings()
    names = [name for name in setting_names() if not name.endswith("_FILE")]
    write_env("\n".join(f"{name}={empty}" for name in names))
    assert load_settings() == before


def test_an_empty_variable_leaves_the_file_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("secret").write_text(SECRET, encoding="utf-8")
    write_env("OPENAI_MODEL=some-model\nOPENAI_API_KEY_FILE=secret")
    monkeypatch.setenv("OPENAI_MODEL", "")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", "")
    assert load_settings().openai_model == "some-model"
    assert key_of(load_settings()) == SECRET


def test_a_pasted_value_is_meant_without_the_space_around_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {SECRET}\n")
    assert key_of(load_settings()) == SECRET


def test_a_choice_is_taken_in_any_casing() -> None:
    write_env("LOG_LEVEL=WARNING\nLOG_FORMAT=JSON\nBACKEND=Chat\nbackend_foreground=True")
    settings = load_settings()
    assert (settings.log_level, settings.log_format) == ("warning", "json")
    assert (settings.backend, settings.backend_foreground) == ("chat", True)


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_a_name() -> None:
    write_env("\ufeffOPENAI_MODEL=some-model")
    assert load_settings().openai_model == "some-model"
    assert unknown_names() == []


@pytest.mark.parametrize(
    ("lines", "backend"),
    [
        ("", "demo"),
        ("OPENAI_MODEL=some-model", "demo"),
        ("OPENAI_API_KEY=key", "responses"),
        ("OPENAI_API_KEY=key\nOPENAI_BASE_URL=http://127.0.0.1/v1", "responses"),
        ("OPENAI_BASE_URL=http://127.0.0.1/v1", "chat"),
        ("OPENAI_API_KEY=key\nBACKEND=chat", "chat"),
        ("OPENAI_API_KEY=key\nBACKEND=demo", "demo"),
    ],
)
def test_the_backend_is_the_one_that_the_settings_speak_of(lines: str, backend: str) -> None:
    write_env(lines)
    assert load_settings().backend_name == backend


MANY = "SLACK_CLIENT_ID=1\nSLACK_CLIENT_SECRET=1\nSLACK_SIGNING_SECRET=1\nSECRET_KEY=1"


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ("OPENAI_API_KEY=key", "OPENAI_MODEL"),
        ("OPENAI_BASE_URL=http://127.0.0.1/v1", "OPENAI_MODEL"),
        ("BACKEND=responses\nOPENAI_MODEL=m", "OPENAI_API_KEY"),
        ("BACKEND=chat\nOPENAI_MODEL=m", "OPENAI_BASE_URL"),
        ("BACKEND=assistants\nOPENAI_MODEL=m\nOPENAI_API_KEY=key", "OPENAI_BASE_URL"),
        ("SLACK_BOT_TOKEN=xoxb-1", "SLACK_APP_TOKEN"),
        ("SLACK_APP_TOKEN=xapp-1", "SLACK_BOT_TOKEN"),
        ("SLACK_SIGNING_SECRET=1", "SLACK_BOT_TOKEN"),
        ("SLACK_CLIENT_ID=1", "SLACK_CLIENT_SECRET"),
        ("SLACK_CLIENT_SECRET=1", "SLACK_CLIENT_ID"),
        ("SLACK_CLIENT_ID=1\nSLACK_CLIENT_SECRET=1", "SLACK_SIGNING_SECRET"),
        ("SLACK_CLIENT_ID=1\nSLACK_CLIENT_SECRET=1\nSLACK_SIGNING_SECRET=1", "SECRET_KEY"),
        (f"{MANY}\nSLACK_BOT_TOKEN=xoxb-1", "SLACK_BOT_TOKEN"),
    ],
)
def test_half_filled_settings_are_refused_naming_what_is_missing(lines: str, missing: str) -> None:
    write_env(lines)
    with pytest.raises(ConfigError, match=missing):
        require_complete(load_settings())


@pytest.mark.parametrize(
    "lines",
    [
        "OPENAI_API_KEY=key\nOPENAI_MODEL=m",
        "OPENAI_BASE_URL=http://127.0.0.1/v1\nOPENAI_MODEL=m",
        "BACKEND=assistants\nOPENAI_BASE_URL=http://127.0.0.1/v1\nOPENAI_MODEL=m",
        "BACKEND=responses\nOPENAI_BASE_URL=http://127.0.0.1/v1\nOPENAI_MODEL=m",
        "SLACK_BOT_TOKEN=xoxb-1\nSLACK_APP_TOKEN=xapp-1",
        "SLACK_BOT_TOKEN=xoxb-1\nSLACK_SIGNING_SECRET=1",
        MANY,
        "DISCORD_TOKEN=1",
    ],
)
def test_complete_settings_are_taken(lines: str) -> None:
    write_env(lines)
    settings = load_settings()
    require_complete(settings)
    assert {line.partition("=")[0].lower() for line in lines.splitlines()} <= (
        settings.model_fields_set
    )


@pytest.mark.parametrize("name", ["BACKEND", "BACKEND_FOREGROUND", "LOG_LEVEL", "LOG_FORMAT"])
def test_a_value_that_is_no_choice_is_refused_by_name(name: str) -> None:
    write_env(f"{name}={SECRET}")
    with pytest.raises(ConfigError, match=f"^{name}: ") as caught:
        load_settings()
    assert SECRET not in _whole(caught.value)


@pytest.mark.parametrize(
    "name", ["OPENAI_BASE_URL", "SLACK_API_URL", "DISCORD_API_URL", "DISCORD_GATEWAY_URL"]
)
def test_an_address_without_its_scheme_is_refused_by_name(name: str) -> None:
    write_env(f"{name}=127.0.0.1:8080/{SECRET}")
    with pytest.raises(ConfigError, match=f"^{name}: ") as caught:
        load_settings()
    assert SECRET not in _whole(caught.value)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///homeroom.db", Path("homeroom.db")),
        ("sqlite:///some/where/my class.db", Path("some/where/my class.db")),
        ("sqlite:////var/lib/homeroom.db", Path("/var/lib/homeroom.db")),
    ],
)
def test_a_database_is_named_by_its_file(url: str, path: Path) -> None:
    assert load_settings(database_url=url).database_path() == path


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://homeroom:{SECRET}@host/db",
        SECRET,
        "sqlite://homeroom.db",
        "sqlite:///",
        "sqlite:///:memory:",
    ],
)
def test_another_database_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL") as caught:
        load_settings(database_url=url).database_path()
    assert SECRET not in _whole(caught.value)


@pytest.mark.parametrize("path", [SECRET, ".", "x" * 5000, "not-text"])
def test_a_secret_file_that_cannot_be_read_is_refused_without_repeating_its_name(
    path: str,
) -> None:
    Path("not-text").write_bytes(b"\xff\xfe\xfd")
    write_env(f"OPENAI_API_KEY_FILE={path}")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY_FILE") as caught:
        load_settings()
    assert SECRET not in _whole(caught.value)


def test_a_file_of_settings_that_is_no_text_is_refused() -> None:
    Path(".env").write_bytes(b"OPENAI_API_KEY=\xff\xfe")
    with pytest.raises(ConfigError, match=r"\.env"):
        load_settings()


def test_settings_do_not_show_their_secrets() -> None:
    write_env("\n".join(f"{name}={SECRET}" for name in setting_names() if _is_secret(name)))
    settings = load_settings()
    assert [platform.name for platform in set_up(settings)] == ["slack", "discord"]
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_misspelt_name_is_found() -> None:
    write_env("OPENAI_APIKEY=key\nOPENAI_MODEL=m\nslack_bot_token=x\nexport LOGLEVEL=info")
    assert unknown_names() == ["LOGLEVEL", "OPENAI_APIKEY"]


def test_nothing_is_written_into_the_environment() -> None:
    write_env("OPENAI_MODEL=some-model")
    load_settings()
    assert "OPENAI_MODEL" not in os.environ
    assert dotenv_values(".env") == {"OPENAI_MODEL": "some-model"}


def _is_secret(name: str) -> bool:
    return f"{name}_FILE" in setting_names()


def _whole(error: BaseException) -> str:
    """All that a log could show of an error, its causes included."""
    return "".join(traceback.format_exception(error)).replace(__file__, "")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("BACKEND=x", "BACKEND: it has to be 'responses', 'chat', 'assistants' or 'demo'"),
        ("BACKEND_FOREGROUND=perhaps", "BACKEND_FOREGROUND: it has to be true or false"),
        ("OPENAI_BASE_URL=127.0.0.1", "OPENAI_BASE_URL: it has to begin with http:// or https://"),
        ("DISCORD_GATEWAY_URL=http://x", "DISCORD_GATEWAY_URL: it has to begin with ws:// or wss:"),
        ("HTTP_PORT=many", "HTTP_PORT: it has to be a number"),
        ("DISCORD_APPLICATION_ID=x", "DISCORD_APPLICATION_ID: it has to be a number as Discord"),
    ],
)
def test_a_mistake_is_explained_in_words(line: str, reason: str) -> None:
    write_env(line)
    with pytest.raises(ConfigError, match=re.escape(reason)):
        load_settings()
