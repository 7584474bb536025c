"""Who may ask, and where: lists that allow and lists that deny."""

from collections.abc import Awaitable, Callable, Collection

from bot.core.catalogue import Chosen
from bot.core.setting_values import parse_rules

ALLOW, DENY = "allow", "deny"  # the settings that hold the lists
ANSWERS = "answers"  # the setting that switches the bot on and off

Traits = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Gives the traits of whoever asks, told what the lists name: what they do not name is not asked
for, since some traits (a person's groups) cost a request."""


async def permits_here(chosen: Chosen, traits_of: Traits) -> bool:
    """Whether somebody with these traits may ask here.

    The lists of all scopes count, people's as well as the file's: each list that allows has to
    permit, and what one of them denies is denied.
    """
    if not chosen.is_on(ANSWERS):
        return False
    allowed = [parse_rules(value) for value in chosen.all(ALLOW)]
    denied = parse_rules(" ".join(chosen.all(DENY)))
    traits = await traits_of(denied.union(*allowed))
    return permits(traits, (), denied) and all(permits(traits, each, ()) for each in allowed)


def permits(traits: Collection[str], allow: Collection[str], deny: Collection[str]) -> bool:
    """Whether somebody with these traits may ask.

    A trait is a kind and an id: `server:1`, `category:2`, `channel:3`, `role:4`, `user:5`. A
    thread has its channel's traits besides its own, so it inherits. One denied trait is enough
    to be refused, whatever is allowed. Where nothing is allowed by name, all that is not denied
    is; else one allowed trait is enough.
    """
    if any(trait in deny for trait in traits):
        return False
    return not allow or any(trait in allow for trait in traits)
