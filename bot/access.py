"""Who may ask, and where: lists that allow and lists that deny."""

from collections.abc import Collection, Sequence


def permits(traits: Sequence[str], allow: Collection[str], deny: Collection[str]) -> bool:
    """Whether somebody with these traits may ask.

    A trait is a kind and an id: `server:1`, `category:2`, `channel:3`, `role:4`, `user:5`. A
    thread has its channel's traits besides its own, so it inherits. One denied trait is enough
    to be refused, whatever is allowed. Where nothing is allowed by name, all that is not denied
    is; else one allowed trait is enough.
    """
    if any(trait in deny for trait in traits):
        return False
    return not allow or any(trait in allow for trait in traits)


def parse_rules(value: str | None) -> frozenset[str]:
    """A list as it is written in a setting: `role:4, channel:3`."""
    return frozenset((value or "").replace(",", " ").split())
