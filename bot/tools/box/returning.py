"""What a program made, for people, and what its model is told of it."""

from collections.abc import Mapping

from bot.core.files import File, decoded
from bot.core.tools import Output
from bot.rules.handing import handed
from bot.tools.box.port import Ran

_MOST_TOLD = 5  # files that are left out
_LINES, _LINE = 15, 300  # of a table, for the model: so many lines, and characters of each


def output_of(ran: Ran, before: Mapping[str, bytes]) -> Output:
    """`before`: what lay in the folder. What is new there, or changed, is for the person."""
    made = {name: data for name, data in ran.files.items() if before.get(name) != data}
    files, refused = handed(made)
    left_out = [f"{name} was not given to the person: {why}." for name, why in refused]
    said = ran.said.strip() or ("" if ran.wrong else "The program printed nothing.")
    tables = [_beginning(file) for file in files if file.name.endswith((".csv", ".tsv"))]
    shown = f"Given to the person: {', '.join(file.name for file in files)}." if files else ""
    folder = f"In the folder: {', '.join(sorted(ran.files)[:20])}." if ran.files else ""
    parts = (said, ran.wrong, *tables, shown, *left_out[:_MOST_TOLD], folder)
    text = "\n\n".join(part for part in parts if part)
    return Output(text, tuple(files), is_error=bool(ran.wrong))


def _beginning(table: File) -> str:
    """Of a table, for the model."""
    lines = (decoded(table.data) or "").splitlines()
    more = [f"({len(lines) - _LINES} more lines)"] if len(lines) > _LINES else []
    return "\n".join([f"{table.name}:", *(line[:_LINE] for line in lines[:_LINES]), *more])
