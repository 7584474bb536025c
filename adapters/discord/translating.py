"""What Discord itself shows of the commands, in each language: names, options and descriptions."""

import re

import discord
from discord import app_commands

from bot.words import Language, in_language, language_of

_NAMES = {
    app_commands.TranslationContextLocation.command_name: "/",
    app_commands.TranslationContextLocation.group_name: "/",
    app_commands.TranslationContextLocation.parameter_name: ":",
}
"""The mark before a name in the dictionaries; the name of a menu has none."""

_LANGUAGES = {
    locale: language
    for locale in discord.Locale
    if (language := language_of(locale.value)) not in {None, Language.ENGLISH}
}
"""Looked up for each word of each command, in the three dozen languages of Discord."""

_TOLD = re.compile(r"(?<=`/)[a-z]+")


class Translator(app_commands.Translator):
    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """None where Discord shows the English."""
        language = _LANGUAGES.get(locale)
        if language is None:
            return None
        is_menu = isinstance(context.data, app_commands.ContextMenu)
        mark = "" if is_menu else _NAMES.get(context.location, "")
        sentence = f"{mark}{string.message}"
        words = in_language(sentence, language)
        return None if words == sentence else words.removeprefix(mark)


def with_names(text: str, locale: str) -> str:
    """Commands under the names that Discord shows whoever reads it in this language."""
    language = language_of(locale) or Language.ENGLISH
    return _TOLD.sub(lambda told: in_language(f"/{told[0]}", language).removeprefix("/"), text)
