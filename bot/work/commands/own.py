"""What somebody chooses for herself, wherever she is: her language, and plain answers."""

from collections.abc import Mapping

from bot.core.catalogue import LANGUAGE, PLAIN
from bot.core.errors import InvalidSetting
from bot.core.prompts import Prompt
from bot.words import OWN_NAMES, Language, language_of, say, speaking, spoken
from bot.work.desk import Command, Desk

_AUTO = "auto"
_SPEAK = "I speak {language} to you. `/language` and one of {tags} changes that."
_NO_LANGUAGE = "I speak {tags}; `auto` is what your app is set to."
_BY_APP = "From your next message on I speak to you in the language of your app."
_PLAINLY = {
    "on": "I write plainly to you: each answer once and whole, without buttons.",
    "off": "I do not write plainly: answers may grow while you read, and have buttons.",
}
_HOW_PLAIN = "Write `/plain on`, or `/plain off`."


async def language(desk: Desk, prompt: Prompt) -> str:
    wish = " ".join(prompt.message.text.split()).casefold()
    tags = ", ".join(f"`{one}`" for one in (*Language, _AUTO))
    if not wish:
        return say(_SPEAK, language=OWN_NAMES[spoken()], tags=tags)
    if wish == _AUTO:
        await _choose(desk, prompt, LANGUAGE, "")
        return _BY_APP
    chosen = _named(wish) or language_of(wish)
    if chosen is None:
        raise InvalidSetting(notice=say(_NO_LANGUAGE, tags=tags))
    await _choose(desk, prompt, LANGUAGE, chosen)
    with speaking(chosen):
        return say(_SPEAK, language=OWN_NAMES[chosen], tags=tags)


async def plain(desk: Desk, prompt: Prompt) -> str:
    wish = prompt.message.text.strip().casefold()
    if wish not in _PLAINLY:
        raise InvalidSetting(notice=_HOW_PLAIN)
    await _choose(desk, prompt, PLAIN, wish)
    return _PLAINLY[wish]


async def _choose(desk: Desk, prompt: Prompt, name: str, value: str) -> None:
    message = prompt.message
    scope = desk.assistants.table.own_scope(message.key, message.author.id)
    await desk.storage.choices.save(scope, name, value, desk.clock())


def _named(wish: str) -> Language | None:
    """By its name in its own language, or in English."""
    names = {name.casefold(): one for one, name in OWN_NAMES.items()}
    return names.get(wish) or _ENGLISH_NAMES.get(wish)


_ENGLISH_NAMES = {one.name.casefold(): one for one in Language}
ON_OWN: Mapping[str, Command] = {"language": language, "plain": plain}
