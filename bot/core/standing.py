"""What a person is in the place where she acts, as her platform tells it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Each rank holds the lesser ones: who runs a place also tidies it up."""

    refusal: str = ""  # why the platform's own rules keep her out, in words for her
    is_moderator: bool = False  # tidies up after others there
    is_manager: bool = False  # sets how the bot behaves there
    is_administrator: bool = False  # may read there all that is said


EVERYTHING = Standing(is_moderator=True, is_manager=True, is_administrator=True)
"""Of whoever sits at the machine itself."""
