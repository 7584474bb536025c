"""Settings as questions: one for each of the table, which every platform draws in its own way."""

from dataclasses import replace

from bot.core.catalogue import ASSISTANT, Chosen
from bot.core.forms import Asks, Field
from bot.core.setting_values import Count, OneOf, Setting

_COUNTS = (0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000)  # offered where one is picked

_CHARS = 3000  # of words that are typed


def field_of(setting: Setting) -> Field:
    """What can be answered, whatever is in force."""
    asked = Field(name=setting.name, label=setting.words, is_required=False, most=_CHARS)
    match setting.values:
        case OneOf(options=said):
            return replace(asked, asks=Asks.ONE, options=[*said], said=said)
        case Count(most=most):
            return replace(asked, asks=Asks.COUNT, most=most)
    return replace(asked, hint=setting.values.form.replace("`", ""))


def field_in(setting: Setting, chosen: Chosen, scope: str) -> Field:
    """With what is in force; of words that are typed, what people set for this very scope."""
    asked, value = field_of(setting), chosen.value(setting.name)
    if setting.name == ASSISTANT:
        names = [*chosen.catalogue.assistants]
        return replace(asked, asks=Asks.ONE, options=names, value=chosen.assistant.name)
    if asked.asks is Asks.COUNT:
        counts = sorted({int(value), *(one for one in _COUNTS if one <= asked.most)})
        said = {str(one): setting.values.said(str(one)) for one in counts}
        return replace(asked, options=[*said], said=said, value=value)
    if asked.asks is Asks.ONE:
        return replace(asked, value=value)
    return replace(asked, value=chosen.by_people(scope, setting.name) or "")
