"""What stands in a text, by an adapter's word, for a person or a thing of its platform."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """`written`: exactly as it stands there, such as `@Ann`, an id, or a link to a message."""

    written: str
    person: str = ""  # whose name or id that is; empty where nobody knows, or it is no person's
    name: str = ""  # the part of it that is a name; empty where it is an id
    instead: str = ""  # what a model is told in its place, where it is no person's
