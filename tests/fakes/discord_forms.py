"""Forms as Discord takes them: which shapes it refuses, and what is sent off."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.fakes import JSON
from tests.fakes.discord_faults import invalid
from tests.fakes.discord_things import walk

PARTS, TITLE_CHARS, LABEL_CHARS, ID_CHARS = 5, 45, 45, 100
MOST_CHOSEN, MOST_OPTIONS, MOST_TYPED = 25, 25, 4000
TEXT_DISPLAY, LABEL, TEXT_INPUT, STRING_SELECT = 10, 18, 4, 3
SELECTS = frozenset({3, 5, 6, 7, 8})
PRESET = {5: {"user"}, 6: {"role"}, 7: {"user", "role"}, 8: {"channel"}}


def check_form(form: JSON) -> None:
    """Refuse what Discord refuses, with its code for a form."""
    parts = form.get("components") or []
    sizes = [(form.get("title"), TITLE_CHARS), (form.get("custom_id"), ID_CHARS)]
    if not 1 <= len(parts) <= PARTS or not all(_fits(text, most) for text, most in sizes):
        raise invalid("data.components", "BASE_TYPE_BAD_LENGTH", "This form does not fit.")
    for part in parts:
        if part["type"] == LABEL and not _fits(part.get("label"), LABEL_CHARS):
            raise invalid("data.components", "BASE_TYPE_BAD_LENGTH", "This form does not fit.")
        _check_entry(part.get("component") or {})


def _check_entry(entry: JSON) -> None:
    kind = entry.get("type")
    most_typed = entry.get("max_length", MOST_TYPED)
    is_typed = most_typed > MOST_TYPED or len(entry.get("value") or "") > most_typed
    if kind == TEXT_INPUT and is_typed:
        raise invalid("data.components", "NUMBER_TYPE_MAX", "This form does not fit.")
    if kind not in SELECTS:
        return
    least, most = entry.get("min_values", 1), entry.get("max_values", 1)
    options = entry.get("options") or []
    is_sound = 0 <= least <= most <= MOST_CHOSEN
    is_sound &= len(_defaults(entry)) <= most
    if entry.get("default_values"):
        is_sound &= {one["type"] for one in entry["default_values"]} <= PRESET[kind]
    # What has to be filled in cannot be left empty.
    is_sound &= not (entry.get("required", True) and least == 0)
    if kind == STRING_SELECT:
        is_sound &= 1 <= len(options) <= MOST_OPTIONS
    if not is_sound:
        raise invalid("data.components", "BASE_TYPE_BAD_VALUE", "This form does not fit.")


def _fits(text: Any, most: int) -> bool:
    return isinstance(text, str) and 1 <= len(text) <= most


def filled_in(form: JSON, values: Mapping[str, Any]) -> list[JSON]:
    """The form as it is sent off. What was not named is left as it was."""
    known = {part["custom_id"]: part for part in walk(form["components"]) if "custom_id" in part}
    if missing := values.keys() - known.keys():
        raise LookupError(f"the form has no {missing}, only {sorted(known)}")
    needed = [name for name, part in known.items() if part.get("required", True)]
    if empty := [one for one in needed if not (values.get(one) or _is_preset(known[one]))]:
        raise LookupError(f"{empty} have to be filled in")
    return [_filled(part, values) for part in form["components"]]


def chosen_in(values: Mapping[str, Any]) -> Iterable[Any]:
    """All that was chosen and not typed."""
    return [one for value in values.values() if isinstance(value, list) for one in value]


def left_in(form: JSON, values: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """What stood in the form and was left there: kinds and ids."""
    for part in walk(form["components"]):
        if part.get("custom_id") not in values:
            for one in part.get("default_values") or ():
                yield one["type"], int(one["id"])


def _filled(part: JSON, values: Mapping[str, Any]) -> JSON:
    shown: JSON = {"type": part["type"], "id": part.get("id", 1)}
    if "component" in part:
        return shown | {"component": _filled(part["component"], values)}
    if "components" in part:
        return shown | {"components": [_filled(one, values) for one in part["components"]]}
    if "custom_id" not in part:
        return shown
    shown["custom_id"] = part["custom_id"]
    given = values.get(part["custom_id"])
    if part["type"] not in SELECTS:
        return shown | {"value": part.get("value", "") if given is None else given}
    return shown | {"values": _defaults(part) if given is None else [_id(one) for one in given]}


def _is_preset(part: JSON) -> bool:
    return part["type"] not in SELECTS | {TEXT_INPUT} or bool(part.get("value") or _defaults(part))


def _id(chosen: Any) -> str:
    return chosen if isinstance(chosen, str) else str(chosen.id)


def _defaults(part: JSON) -> list[str]:
    marked = [one["value"] for one in part.get("options") or () if one.get("default")]
    return marked + [str(one["id"]) for one in part.get("default_values") or ()]
