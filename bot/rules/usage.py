"""What people are told of how much was used."""

from collections.abc import Sequence

from bot.core.ports.storage import Used
from bot.core.text import plural


def usage_of_place(used: Sequence[tuple[str, Used]], place: str) -> str:
    """By person, whoever used most first."""
    if not used:
        return f"Nobody has had an answer in {place} yet."
    lines = [f"- {name or 'someone'}: {_counted(one)}" for name, one in used]
    return "\n".join([f"In {place}, those who used most:", "", *lines])


def _counted(used: Used) -> str:
    counts = f"{used.input_tokens:,} tokens in, {used.output_tokens:,} out"
    return f"{plural(used.runs, 'answer')}, {counts}"
