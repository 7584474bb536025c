"""The arguments of a call: what a model wrote, and what is wrong with it in words it can mend."""

import json
from typing import Any

from pydantic import ValidationError


class ArgumentsRefused(Exception):
    """They do not fit; `str()` tells the model why."""


def read_arguments(written: str) -> dict[str, Any]:
    """An object. Nothing at all is an empty one, and one that was encoded twice is meant once."""
    try:
        found = json.loads(written) if written.strip() else {}
        if isinstance(found, str):
            found = json.loads(found) if found.strip() else {}
    except (ValueError, RecursionError) as error:
        raise ArgumentsRefused(f"The arguments are no JSON ({error}). Send an object.") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ArgumentsRefused("The arguments have to be a JSON object, with a value for each.")
    return found


def in_words(error: ValidationError) -> str:
    mistakes = "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return f"These arguments do not fit. {mistakes}. Nothing was done; call it again."
