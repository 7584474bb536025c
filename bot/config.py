"""Settings, from the environment and `.env`, under the names people know."""

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.core.assistants import HostedTool
from bot.core.errors import ConfigError
from bot.core.redaction import Redactor
from bot.secret_files import ENCODING, ENV_FILE, SecretFiles, dotenv, is_secret

BackendName = Literal["responses", "chat", "assistants", "demo"]
_SHARED = ("postgresql://", "postgres://")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

_AnyCase = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


def _address(plain: str, secure: str) -> AfterValidator:
    def check(value: str) -> str:
        if not value.startswith((f"{plain}://", f"{secure}://")):
            raise PydanticCustomError("address", f"it has to begin with {plain}:// or {secure}://")
        return value

    return AfterValidator(check)


_HttpUrl = Annotated[str, _address("http", "https")]
_SocketUrl = Annotated[str, _address("ws", "wss")]


_AT_ONCE: Mapping[BackendName, int] = {"responses": 500, "assistants": 200, "chat": 32, "demo": 2}
# What the server behind a backend does itself; in the foreground, what leaves nothing there.
_HOSTED_FOREGROUND: Collection[HostedTool] = ("web_search", "image_generation")
_PROGRAMS: HostedTool = "code_interpreter"
_HOSTED: Mapping[BackendName, Collection[HostedTool]] = {
    "responses": (*_HOSTED_FOREGROUND, _PROGRAMS, "file_search"),
    "assistants": (_PROGRAMS,),
}

_PASSWORD = re.compile(r"://[^/:@]*:([^@]+)@")  # within an address


class Settings(BaseSettings):
    """All there is to set. The environment comes before `.env`; an empty value is no value.

    A secret may stand in a file of its own, named by the same variable with `_FILE` behind it.
    """

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        env_file_encoding=ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    openai_api_key: SecretStr | None = None
    openai_base_url: _HttpUrl | None = None
    openai_model: str | None = None
    backend: Annotated[BackendName | None, _AnyCase] = None
    backend_foreground: bool = False
    turns_at_once: Annotated[int | None, Field(ge=1, le=10_000)] = None
    database_url: str = "sqlite:///homeroom.db"

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_client_id: str | None = None
    slack_workspaces: Annotated[str | None, Field(pattern=r"^[TE]\w+([, ]+[TE]\w+)*$")] = None
    slack_client_secret: SecretStr | None = None
    secret_key: SecretStr | None = None
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 3000
    slack_api_url: _HttpUrl | None = None

    discord_token: SecretStr | None = None
    discord_application_id: Annotated[str | None, Field(pattern=r"^\d{5,20}$")] = None
    discord_message_content: bool = False
    discord_api_url: _HttpUrl | None = None
    discord_gateway_url: _SocketUrl | None = None

    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    web_token: Annotated[SecretStr | None, Field(min_length=20)] = None
    web_origin: _HttpUrl | None = None
    web_slack_client_id: str | None = None
    web_slack_client_secret: SecretStr | None = None
    web_discord_client_id: Annotated[str | None, Field(pattern=r"^\d{5,20}$")] = None
    web_discord_client_secret: SecretStr | None = None

    transcription_url: _HttpUrl | None = None
    transcription_model: str = "whisper-1"
    transcription_api_key: SecretStr | None = None

    moderation_url: _HttpUrl | None = None
    moderation_model: str = "omni-moderation-latest"
    moderation_api_key: SecretStr | None = None

    embedding_url: _HttpUrl | None = None
    embedding_model: str = "text-embedding-3-small"
    embedding_api_key: SecretStr | None = None
    embedding_bundled: bool = False
    embedding_floor: Annotated[float, Field(ge=-1, le=1)] = 0.35

    code: Annotated[Literal["auto", "bubblewrap", "monty", "off"], _AnyCase] = "auto"
    code_libraries: Path = Path("/opt/homeroom-box")

    otel_exporter_otlp_endpoint: _HttpUrl | None = None

    log_level: Annotated[Literal["debug", "info", "warning", "error"] | None, _AnyCase] = None
    log_format: Annotated[Literal["console", "json"], _AnyCase] = "console"

    def redactor(self) -> Redactor:
        """Leaves all secrets that are set out of what is logged or kept about an error."""
        values = [getattr(self, name) for name in type(self).model_fields]
        secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        found = [_PASSWORD.search(value) for value in values if isinstance(value, str)]
        return Redactor([*secrets, *(unquote(word[1]) for word in found if word)])

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            env_settings,
            SecretFiles(settings_cls, os.environ),
            dotenv_settings,
            SecretFiles(settings_cls, dotenv()),
        )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        """What was pasted with spaces or a line's end around it is meant without."""
        stripped = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in values.items()
        }
        return {name: value for name, value in stripped.items() if value != ""}

    @property
    def backend_name(self) -> BackendName:
        """The backend that is set, else the one that the other settings speak of."""
        if self.backend:
            return self.backend
        if self.openai_api_key:
            return "responses"
        return "chat" if self.openai_base_url else "demo"

    @property
    def hosts(self) -> Collection[HostedTool]:
        """What the model's server can do itself."""
        if self.backend_foreground and self.backend_name == "responses":
            return _HOSTED_FOREGROUND
        return _HOSTED.get(self.backend_name, ())

    @property
    def knows_meanings(self) -> bool:
        """Whether somebody says what texts mean."""
        return self.embedding_bundled or self.embedding_url is not None

    @property
    def at_once(self) -> int:
        """How many turns are at work in a process: a server of one's own takes few at once."""
        return self.turns_at_once or _AT_ONCE[self.backend_name]

    @property
    def is_shared(self) -> bool:
        """Whether several machines may work with the database."""
        return self.database_url.startswith(_SHARED)

    def database_path(self) -> Path:
        """Where the SQLite file is."""
        scheme, _, path = self.database_url.partition(":///")
        # What stands there instead is not repeated: it may hold a password.
        if scheme != "sqlite" or not path or path == ":memory:":
            raise ConfigError("DATABASE_URL: only sqlite:///FILE and postgresql://… are supported")
        return Path(path)

    @property
    def page_address(self) -> str:
        """Where people find the page."""
        return self.web_origin or f"http://{self.web_host}:{self.web_port}"

    def require_page(self) -> None:
        """Refuse a page that strangers could open."""
        if self.web_token is None and self.web_host not in _LOOPBACK:
            raise ConfigError("WEB_HOST is open to others, so WEB_TOKEN (20 characters) is needed")

    def require_model(self) -> None:
        """Refuse a model that is half filled in, naming what is missing."""
        if self.backend_name == "demo":
            return
        if self.backend == "responses" and not (self.openai_api_key or self.openai_base_url):
            raise ConfigError("BACKEND=responses needs OPENAI_API_KEY, which is not set")
        if self.backend == "chat" and not (self.openai_base_url or self.openai_api_key):
            raise ConfigError("BACKEND=chat needs OPENAI_BASE_URL (or OPENAI_API_KEY)")
        if self.backend == "assistants" and not self.openai_base_url:
            raise ConfigError("BACKEND=assistants needs OPENAI_BASE_URL: OpenAI's own are gone")
        if not self.openai_model:
            raise ConfigError("OPENAI_MODEL is not set: name the model that is to answer")


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; ConfigError names the first that is not usable."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        mistake = error.errors(include_input=False)[0]
        name = str(mistake["loc"][0]).upper() if mistake["loc"] else "settings"
        reason = _REASONS.get(mistake["type"], mistake["msg"])
        raise ConfigError(f"{name}: {reason.format(**mistake.get('ctx', {}))}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{ENV_FILE}: cannot be read as text") from error


_REASONS = {
    "literal_error": "it has to be {expected}",
    "too_short": "it has to have {min_length} characters or more",
    "string_pattern_mismatch": "it has to be a number as Discord gives them",
    "bool_parsing": "it has to be true or false",
    "int_parsing": "it has to be a number",
}


def variable(name: str) -> str | None:
    """What somebody else's program is to get: out of the environment, else of `.env`."""
    return os.environ.get(name) or dotenv().get(name) or None


def unknown_names() -> list[str]:
    """Names in `.env` that are no settings: a misspelling is easily overlooked."""
    known = set(setting_names())
    return sorted(name for name in dotenv() if name.upper() not in known)


def setting_names() -> list[str]:
    """Every variable that is read, the `_FILE` variants included."""
    names = []
    for name, field in Settings.model_fields.items():
        names.append(name.upper())
        if is_secret(field):
            names.append(f"{name.upper()}_FILE")
    return names
