"""Words that are only words: no reader of Markdown, however it reads, finds more in them.

Markdown is read a little differently everywhere, and of some places it is not documented how. So
a sign that could begin something is not escaped, it is replaced by one that only looks like it.

Slack makes a mention of `<!channel>`, `<!here>`, `<!subteam^S1>` or `<@U1>`, Discord of `<@1>`,
`<@&1>` and `@everyone`; a mention is taken apart in any casing, nested, escaped as an HTML entity
(also several times), with blanks, backslashes or invisible characters between.
"""

import re

from bot.rules.rendering.surfaces import Surface

_BRACKET = "\u2039"  # a quotation mark
_EXCLAMATION = "\u01c3"  # a letter
_COLON, _DOT = "\ua789", "\u2024"
BACKTICK = "\u02cb"  # an accent
JOINER = "\u2060"  # nothing, but it parts what would have a meaning together

_AMP = r"&(?:amp;?){0,5}"
_ZEROS = "0{0,20}"
_OPEN = rf"(?:<|{_AMP}(?:lt|#{_ZEROS}60|#x{_ZEROS}3c);?)"
_INVISIBLE = (  # and marks, which stand on the letter before
    r"\x00-\x1f\x7f-\xa0\xad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2028-\u202e\u2060-\u206f\u20d0-\u20ff\u2800"
    r"\u3164\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufff9-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BLANK = rf"[\s\\{_INVISIBLE}]"
_SIGN = rf"(?:[!@]|{_AMP}(?:excl|commat|#{_ZEROS}(?:33|64)|#x{_ZEROS}(?:21|40));?)"
_MENTION = re.compile(rf"{_OPEN}(?={_BLANK}{{0,60}}{_SIGN})", re.IGNORECASE)
_CALL = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_IMAGE = re.compile(r"!(?=\[)")
# A tag that HTML would not end at once could hide what follows; a block of it even more lines.
_TAG = re.compile(r"<(?=[a-z/!?])(?!/?[a-z][\w-]{0,20} ?/?>)", re.IGNORECASE)
_BLOCK_TAG = re.compile(r"^( {0,3})<(?=/?[a-z][\w-]*(?:[\s/>]|$))", re.IGNORECASE | re.MULTILINE)
_HTML = re.compile(r"<(?=(?:script|pre|style|textarea)\b)", re.IGNORECASE)

_SLASH = rf"(?:\\?/|{_AMP}(?:sol|#0{{0,5}}47|#x0{{0,5}}2f);?)"
_ADDRESS = re.compile(
    rf"(?::|{_AMP}(?:colon|#0{{0,5}}58|#x0{{0,5}}3a);?)(?={_SLASH}{_SLASH})|(?<=www)\.",
    re.IGNORECASE,
)
# The longest end that could still become a mention, an address, an image or a break.
_UNSETTLED = re.compile(
    rf"(?>[<&@](?:[\w&;#!@:/\-\[]|{_BLANK}){{0,199}}+|:[\w&;#/\\]{{0,99}}+|[! \n\\])++\Z"
)
_LONGEST_END = 2000


def settled(text: str) -> str:
    """The beginning of harmless words that no later ones can change."""
    tail = _UNSETTLED.search(text, max(len(text) - _LONGEST_END, 0))
    return text[: tail.start()] if tail else text


def only_words(text: str) -> str:
    """A text in which nothing is a link, code or a tag."""
    for tag in (_TAG, _HTML):
        text = tag.sub(_BRACKET, text)
    return text.replace("](", "] (").replace("]:", f"]{JOINER}:").replace("`", BACKTICK)


def harmless(text: str) -> str:
    """What stands within lines, without an image or the beginning of a block of HTML."""
    return without_images(_BLOCK_TAG.sub(rf"\1{_BRACKET}", text))


def without_images(text: str) -> str:
    return _IMAGE.sub(_EXCLAMATION, text)


def without_mentions(text: str, surface: Surface) -> str:
    """Markdown without a mention of anybody but the asker, in code neither."""
    own = surface.own_mention

    def replaced(match: re.Match[str]) -> str:
        return match[0] if own and text.startswith(own, match.start()) else _BRACKET

    text = _MENTION.sub(replaced, text)
    return _CALL.sub(f"@{JOINER}", text) if surface.has_names_that_call else text


def unlinked(text: str) -> str:
    """The text without a live address: for where nobody can forbid a preview."""
    return _ADDRESS.sub(lambda match: _DOT if match[0] == "." else _COLON, text)
