"""Plain text and source code, by the number of the line where a piece begins."""

from collections.abc import Iterator

from bot.core.files import decoded
from bot.core.materials import MOST_CHARS_OF_PASSAGE
from bot.reading.lines import Paragraph

_EASTERN = {"gb18030", "gbk", "big5", "cp932", "shift_jis", "euc_jp", "euc_kr", "cp949"}


def text_in(data: bytes) -> str | None:
    """In whichever encoding; None where it is no text."""
    text = decoded(data)
    if text is None or _is_utf8(data):
        return text
    from charset_normalizer import from_bytes  # noqa: PLC0415 - few texts need it

    guess = from_bytes(data).best()
    return str(guess) if guess and guess.encoding in _EASTERN else text


def plain_lines(text: str) -> Iterator[Paragraph]:
    """Paragraphs together as far as they fit into a passage."""
    begin, piece = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        is_full = len(piece) + len(line) > MOST_CHARS_OF_PASSAGE
        is_pause = not line.strip() and len(piece) > MOST_CHARS_OF_PASSAGE // 2
        if piece and (is_full or is_pause):
            yield Paragraph(piece, f"line {begin}")
            begin, piece = number, ""
        if piece or line.strip():
            piece += line
        else:
            begin = number + 1
    yield Paragraph(piece, f"line {begin}")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
