"""Setting something for a place, with the words for whoever does."""

from bot.core.messages import ConversationKey, Message
from bot.core.ports.door import Door
from bot.words import say


async def choose(  # noqa: PLR0913 - who sets what, where, and what holds there
    door: Door, key: ConversationKey, scope: str, name: str, written: str, *, by: Message
) -> str:
    """Set it; returns what holds from now on, and whether something else wins at `key`.

    Raises a Refusal, with the reason, for what nobody, or not its author, can set there.
    """
    await door.set(scope, name, written, by=by)
    chosen = await door.settings(key)
    table = chosen.catalogue.table
    values, place = table.find(name, key.platform).values, table.place(scope)
    value, wins = chosen.by_people(scope, name) or "", chosen.in_force(name)
    words = say("{said} That holds in {place} from now on.", said=values.said(value), place=place)
    return (
        words
        if wins == value
        else say("{words} Here another setting wins: {said}", words=words, said=values.said(wins))
    )
