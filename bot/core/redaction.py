"""What must stay unsaid: secrets that are set, and whatever looks like one."""

import re
from collections.abc import Collection

_LEFT_OUT = "[secret]"
_SHORTEST = 8  # characters; a shorter one would be found in ordinary words
# Keys of OpenAI's kind, tokens of Slack's and Discord's, what stands in headers and in addresses
# that answer for somebody: https://api.slack.com/authentication/token-types and
# https://discord.com/developers/docs/interactions/receiving-and-responding
_SHAPES = re.compile(
    r"(?:xox[a-z.]{1,8}|xapp|xwfp)-[\w-]{4,}"
    r"|sk-[\w-]{8,}"
    r"|[MNO][\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}"
    r"|(?<=Bearer )[^\s'\",;)]+|(?<=Bot )[\w.-]{20,}"
    r"|(?<=/webhooks/)\d+/[\w-]+|(?<=/interactions/)\d+/[\w-]+"
    r"|(?<=hooks\.slack\.com/)[\w/-]+"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
)


class Redactor:
    """Leaves the secrets out of a text for the operator."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        known = sorted({text for text in secrets if len(text) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(_LEFT_OUT, text)
        return _SHAPES.sub(_LEFT_OUT, text)
