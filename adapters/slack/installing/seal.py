"""Tokens at rest: encrypted under SECRET_KEY."""

from bot.core.errors import ConfigError


class Seal:
    """The first key seals, all of them open: so a key is changed without losing anything."""

    def __init__(self, secret_key: str) -> None:
        # Imported here: these are 7 MB, which only a bot needs that is installed by OAuth.
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet  # noqa: PLC0415

        self._unfit = InvalidToken
        try:
            keys = [Fernet(key) for key in secret_key.replace(",", " ").split()]
            self._keys = MultiFernet(keys)  # of none at all there is no such thing
        except ValueError as error:
            raise ConfigError("SECRET_KEY: no such key; `homeroom slack key` makes one") from error
        self._newest = keys[0]

    def close(self, text: str) -> str:
        return self._newest.encrypt(text.encode()).decode()

    def open(self, sealed: str, lives: int | None = None) -> str | None:
        """What was sealed; None where no key fits, or where it is older than `lives` seconds."""
        try:
            return self._keys.decrypt(sealed.encode(), ttl=lives).decode()
        except self._unfit:
            return None

    def is_newest(self, sealed: str) -> bool:
        try:
            self._newest.extract_timestamp(sealed.encode())
        except self._unfit:
            return False
        return True
