"""`.env`, and secrets that stand in files of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.core.errors import ConfigError

ENV_FILE = Path(".env")
ENCODING = "utf-8-sig"  # some editors begin a file with a mark


class SecretFiles(PydanticBaseSettingsSource):
    """`OPENAI_API_KEY_FILE=/run/secrets/key` and its like."""

    def __init__(self, settings: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
        super().__init__(settings)
        self._variables = {name.upper(): value for name, value in variables.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{field_name.upper()}_FILE"
        path = self._variables.get(variable)
        if not path or not is_secret(field):
            return None, field_name, False
        try:
            return Path(path).read_text(encoding=ENCODING).strip(), field_name, False
        except (OSError, ValueError):
            # The path is not repeated: it may be the secret itself, set by mistake.
            raise ConfigError(f"{variable} names a file that cannot be read") from None

    def __call__(self) -> dict[str, Any]:
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value}


def is_secret(field: FieldInfo) -> bool:
    return SecretStr in getattr(field.annotation, "__args__", ())


def dotenv() -> dict[str, str | None]:
    return dotenv_values(ENV_FILE, encoding=ENCODING) if ENV_FILE.is_file() else {}
