"""What must stay unsaid: secrets that are set, and whatever looks like one."""

import re
from collections.abc import Collection
from urllib.parse import quote

_LEFT_OUT = "[secret]"
_SHORTEST = 8  # characters; a shorter one would be found in ordinary words
# Keys and tokens as their makers shape them, what stands in headers and in addresses' questions,
# and addresses that answer for somebody: https://api.slack.com/authentication/token-types and
# https://discord.com/developers/docs/interactions/receiving-and-responding
_SHAPES = re.compile(
    r"(?=[XxshgAMNOe])(?:"  # what any of them begins with: most of a text is passed over by that
    r"(?:[Xx][Oo][Xx][A-Za-z.]{1,8}|xapp|XAPP|xwfp)-[\w%-]{4,}"
    r"|\b(?:sk-|hf_|gsk_|gh[a-z]_|github_pat_|glpat-|AIza)[\w-]{8,}|\bAKIA[A-Z0-9]{12,}"
    r"|(?:(?<![\w-])|(?<=\\[nrt]))[MNO][\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,3})"
)
_BEHIND = re.compile(
    r"(?=[Bb][EeOo]|[Aa][Uu]|/[wi]|ho|:/|we)(?:"
    r"(Bearer )[^\s'\",;)]+|(Bot )[\w.-]{20,}|((?i:bearer ))[^\s'\",;)]{6,}"
    r"|((?i:authorization: basic ))\S+|((?i:authorization: digest ))[^\n]+"
    r"|(/(?:webhooks|interactions)/)\d+/[\w-]+|(hooks\.slack\.com/)[\w/-]+"
    r"|(://)[^\s/@:\"']{0,100}+:[^\s@\"',]{1,100}+(?=@)|(webhooks%2F)\d+%2F[\w-]+)"
)
_FIELDS = re.compile(
    r"(?-i:(?=[aA][pPcCuU]|[sS][eEiI]|[cC][lL]|[pP][aA]|[tT][oO]|[kK][eE]))"
    r"((?:(?:(?:api|access|auth|secret|client|signing)[_-]?(?:key|token|secret)|passwo?r?d)"
    r"(?:[\"']?(?:=|: ?)|[\"'], )|(?:token|secret|sig|signature|(?<=[?&])key)=)b?)"
    r"(?:\"[^\"\n]{4,}\"|'[^'\n]{4,}'|[^\s\"'&,;})]{6,})",
    re.IGNORECASE,
)
_BETWEEN = r"(?:\s|\\n){0,8}"  # where a line was broken


class Redactor:
    """Leaves the secrets out of a text for the operator."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        kept = {text for text in secrets if len(text) >= _SHORTEST}
        known = sorted(kept | {quote(text, safe="") for text in kept}, key=len, reverse=True)
        patterns = (_BETWEEN.join(map(re.escape, text)) for text in known)
        self._known = re.compile("|".join(patterns)) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(_LEFT_OUT, text)
        text = _BEHIND.sub(lambda found: f"{found[found.lastindex or 0]}{_LEFT_OUT}", text)
        return _FIELDS.sub(rf"\1{_LEFT_OUT}", _SHAPES.sub(_LEFT_OUT, text))
