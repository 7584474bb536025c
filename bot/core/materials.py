"""Course material: documents that people gave, in passages that can be found, shown and cited."""

from dataclasses import dataclass

MOST_CHARS_OF_PASSAGE = 1200
BELOW = " › "  # between a heading and what stands below it


def for_role(scope: str, role: str) -> str:
    """The scope of what is for one role and those above it; no place has a name like that."""
    return f"{scope}@{role}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document that is read, found and cited as one."""

    text: str
    place: str = ""  # "page 3", "slide 4", "sheet Marks"
    heading: str = ""  # the path of headings it stands below


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read of a document, or which document, and the clause that says why."""

    place: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document as somebody hands it in: what is kept, once its passages are."""

    scope: str
    name: str  # which document of its scope it is: another one of this name takes its place
    digest: str  # of its content
    added_by: str = ""  # the id of a person; empty: the operator
    address: str = ""  # where people can read it, if anywhere
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that is kept, in the version that is in force."""

    id: int
    scope: str
    name: str
    version: int
    digest: str
    added_by: str
    added_at: float
    address: str
    passages: int
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A passage as it was found: where it stands, and in which version of what."""

    passage_id: int
    passage: Passage
    name: str
    version: int
    address: str = ""
    is_replaced: bool = False  # there is a newer version of its document
    number: int = 0  # by which an answer names it

    @property
    def title(self) -> str:
        """What people call it, and where in it."""
        is_one_of_several = self.version > 1 or self.is_replaced
        version = f"version {self.version}" if is_one_of_several else ""
        return ", ".join(filter(None, [self.name, version, self.passage.place]))
