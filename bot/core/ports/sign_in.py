"""Where somebody has an account already: who she is there is who she is on the page."""

import base64
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One way there and back; without the verifier the code is worth nothing."""

    state: str
    verifier: str
    back: str  # the address one comes back to

    @property
    def challenge(self) -> str:
        """Of the verifier, as S256 (RFC 7636)."""
        digest = sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`person`: a person, as in a course, such as `slack:T1:U1`."""

    person: str
    name: str


class SignIn(Protocol):
    platform: str
    name: str  # as people call it

    def address(self, trip: Trip) -> str:
        """Where one agrees that we learn who one is, and nothing else."""

    async def account(self, trip: Trip, code: str) -> Account:
        """Who came back with this code. Raises BotError: it is not good, or nobody answers."""
