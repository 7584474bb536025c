"""A model's words must neither call anyone nor carry anything away, in any surface.

Slack makes a mention of `<!channel>`, `<!here>`, `<!subteam^S1>` or `<@U1>`. Whether it also does
so in Markdown, and after which unescaping, is not documented. So the bracket that could open one
is replaced by one that only looks alike, however it is written: in any casing, nested, escaped as
an HTML entity (also several times), with blanks, backslashes or invisible characters between.
Names without a bracket (`@here`) are only words: we never ask Slack to link names.

Whoever shows an image or the preview of a link asks its server for it, and so tells that server
what stands in the address. An image becomes a link; previews are switched off, and where they
cannot be, in a stream, an address is none until the answer is whole.
"""

import re

from bot.core.text import open_fence

_MARK = "\u2039"  # a quotation mark that looks like a bracket
_AMP = r"&(?:amp;?){0,5}"
_OPEN = rf"(?:<|{_AMP}(?:lt|#0{{0,5}}60|#x0{{0,5}}3c);?)"
_INVISIBLE = (
    r"\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff"
)
_BLANK = rf"[\s\\{_INVISIBLE}]"
_SIGN = rf"(?:[!@]|{_AMP}(?:excl|commat|#0{{0,5}}(?:33|64)|#x0{{0,5}}(?:21|40));?)"
_HTML = r"(?!!(?:--|doctype|\[cdata))"  # what programs are about stays what it is
_LIVE = re.compile(rf"{_OPEN}{_HTML}(?={_BLANK}{{0,8}}{_SIGN})", re.IGNORECASE)

_IMAGE = re.compile(r"!(?=\[)")
_IMAGE_MARK = "\u01c3"  # a letter that looks like an exclamation mark

_COLON_MARK, _DOT_MARK = "\ua789", "\u2024"  # look like a colon and a dot
_COLON = rf"(?::|{_AMP}(?:colon|#0{{0,5}}58|#x0{{0,5}}3a);?)"
_SLASH = rf"(?:\\?/|{_AMP}(?:sol|#0{{0,5}}47|#x0{{0,5}}2f);?)"
_ADDRESS = re.compile(rf"{_COLON}(?={_SLASH}{_SLASH})|(?<=www)\.", re.IGNORECASE)

# The longest beginning that could still become any of these: an escaped bracket, blanks, an
# escaped sign; a colon and escaped slashes; the mark before an image.
_UNDECIDED = re.compile(rf"(?:[<&](?:[\w&;#!@:/\-\[]|{_BLANK}){{0,99}}|:[\w&;#/\\]{{0,99}}|!)\Z")


def neutralise(text: str, asker: str = "") -> str:
    """The text without a live mention, but of the person who asked, and without an image."""
    own = f"<@{asker}>" if asker else None

    def replaced(match: re.Match[str]) -> str:
        is_own = own is not None and text.startswith(own, match.start())
        return match[0] if is_own else _MARK

    return _without_images(_LIVE.sub(replaced, text))


def unlinked(text: str) -> str:
    """The text without a live address: for where nobody can forbid a preview."""
    return _ADDRESS.sub(lambda match: _DOT_MARK if match[0] == "." else _COLON_MARK, text)


def settled(text: str) -> str:
    """The beginning of a text that is being written which no later words can change.

    So what has been streamed of it stays true: `neutralise(settled(text))` is a beginning of
    `neutralise(text + more)`, and so it is without addresses.
    """
    tail = _UNDECIDED.search(text)
    return text[: tail.start()] if tail else text


def _without_images(text: str) -> str:
    """In a block of code an image is none: there it stays as it is."""
    if "![" not in text:
        return text
    lines, fence = [], None
    for line in text.split("\n"):
        lines.append(line if fence else _IMAGE.sub(_IMAGE_MARK, line))
        marks = open_fence(line)
        if fence is None or (marks and fence.is_closed_by(marks)):
            fence = None if fence else marks
    return "\n".join(lines)
