"""What differs between the places where words are shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Surface:
    own_mention: str = ""  # of the person who asked: the only one that stays alive
    shows_tables: bool = True  # else they become blocks of code
    has_names_that_call: bool = False  # `@everyone` calls without a bracket
    has_long_fences: bool = True  # of more than three backticks
    deepest_heading: int = 6  # what is deeper is bold
