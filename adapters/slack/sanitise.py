"""A model's words must not call anyone: no mention in them is live, in any surface.

Slack makes a mention of `<!channel>`, `<!here>`, `<!subteam^S1>` or `<@U1>`. Whether it also does
so in Markdown, and after which unescaping, is not documented. So the bracket that could open one
is replaced by one that only looks alike, however it is written: in any casing, nested, escaped as
an HTML entity (also several times), with blanks, backslashes or invisible characters between.
Names without a bracket (`@here`) are only words: we never ask Slack to link names.
"""

import re

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

# The longest beginning that could still become one: an escaped bracket, blanks, an escaped sign.
_UNDECIDED = re.compile(rf"[<&](?:[\w&;#!@\-\[]|{_BLANK}){{0,99}}\Z")


def neutralise(text: str, asker: str = "") -> str:
    """The text without a live mention; only the person who asked may be mentioned."""
    own = f"<@{asker}>" if asker else None

    def replaced(match: re.Match[str]) -> str:
        is_own = own is not None and text.startswith(own, match.start())
        return match[0] if is_own else _MARK

    return _LIVE.sub(replaced, text)


def settled(text: str) -> str:
    """The beginning of a text that is being written which no later words can make a mention of.

    So what has been streamed of it stays true: `neutralise(settled(text))` is a beginning of
    `neutralise(text + more)`.
    """
    tail = _UNDECIDED.search(text)
    return text[: tail.start()] if tail else text
