"""Who reads which document. Its bytes say what it is; a name only how a text is meant.

The libraries for it take longer to load than most documents to read: each only where it is needed.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from bot.core.files import FileKind, kind_of, media_type
from bot.reading.lines import Paragraph, UnreadableDocument
from bot.reading.markup import NO_FENCE, html_lines, marked_lines, notebook_lines
from bot.reading.plain import plain_lines, text_in

_MOST_UNPACKED = 200 * 1024 * 1024  # bytes of a document; in a process with limits of its own
_UNKNOWN = "it is neither text nor PDF nor an Office document"
_PICTURE = "it is a picture, and I read text alone"

_TEXTS: Mapping[str, Callable[[str], Iterator[Paragraph]]] = {
    **dict.fromkeys((".md", ".markdown"), marked_lines),
    ".rst": partial(marked_lines, fence=NO_FENCE),
    **dict.fromkeys((".html", ".htm", ".xhtml"), html_lines),
    ".ipynb": notebook_lines,
}


def lines_of(ending: str, data: bytes) -> Iterator[Paragraph]:
    """Raises UnreadableDocument, at whichever line."""
    if not data:
        raise UnreadableDocument("it is empty")
    if data[:1024].lstrip().startswith(b"%PDF-"):
        from bot.reading.pdf import pdf_lines  # noqa: PLC0415 - see above

        return pdf_lines(data)
    if kind_of(data) is FileKind.DOCUMENT:
        from bot.reading.office import office_lines  # noqa: PLC0415 - see above

        return office_lines(data, _MOST_UNPACKED)
    if media_type(data) or kind_of(data) is FileKind.PICTURE:
        raise UnreadableDocument(_PICTURE)
    kind = kind_of(data)
    text = None if kind is FileKind.OLD_DOCUMENT else text_in(data)
    if text is None:
        raise UnreadableDocument(_UNKNOWN if kind is FileKind.UNKNOWN else kind.value)
    return _TEXTS.get(ending, plain_lines)(text)
