"""How long each expression and text function takes for 100 kB of the worst there is for it."""

import time
from collections.abc import Callable

from adapters.console.markdown import only_colour
from adapters.slack.reading import read
from bot.core.redaction import Redactor
from bot.core.text import clean, open_fence, split
from bot.rules.rendering import one_line, render, render_beginning
from bot.rules.rendering.guards import harmless, only_words, settled, unlinked, without_mentions
from bot.rules.rendering.surfaces import Surface

SIZE = 100_000
MOST = 50.0  # milliseconds
_SURFACE = Surface("<@U1>", has_names_that_call=True)

FUNCTIONS: dict[str, Callable[[str], object]] = {
    "clean": clean,
    "split": lambda text: split(text, 1900),
    "open_fence": open_fence,
    "redact": Redactor(["a secret of ours"]),
    "only_words": only_words,
    "harmless": harmless,
    "without_mentions": lambda text: without_mentions(text, _SURFACE),
    "settled": settled,
    "unlinked": unlinked,
    "render": lambda text: render(text, _SURFACE),
    "render_beginning": lambda text: render_beginning(text, _SURFACE),
    "one_line": lambda text: one_line(text, 60, _SURFACE),
    "only_colour": only_colour,
    "read": lambda text: read(text, "U0BOT"),
}
PIECES = [
    *(
        "a",
        " ",
        "\n",
        "\\",
        "`",
        "```\n",
        "~~~\n",
        "<",
        "<!",
        "<@",
        "&",
        "&amp;",
        "&lt;",
        "![",
        "[",
    ),
    *("](", "[a](", "$", "\\(", "\\[\n", "*", "_", "> ", "- ", "1. ", "|", ":", "://", "www.", "@"),
    *("\u0301", "\u200b", "\u202e", "\x1b[31m", "\x1b[", "xoxb-", "sk-", "Bearer ", "https://a:b"),
    *("\u6f22", "\U0001f642", "<a ", "<a-", "!", "http://", "/webhooks/1/", "@everyone", "a\n\n"),
    *("://", "xox", "auth-", "password='", "M" * 28 + ".", "eyJaaaaaaaa.", "token=", "api_key: "),
]


def worst(function: Callable[[str], object], size: int = SIZE) -> tuple[float, str]:
    """Milliseconds of the processor, and the piece of which the input was made."""
    return max((_taken(function, piece, size), piece) for piece in PIECES)


def _taken(function: Callable[[str], object], piece: str, size: int) -> float:
    text = (piece * (size // len(piece) + 1))[:size]
    began = time.process_time()
    function(text)
    return (time.process_time() - began) * 1000


def main() -> None:
    for name, function in FUNCTIONS.items():
        taken, piece = worst(function)
        print(f"{name:18} {taken:8.1f} ms {'' if taken < MOST else 'TOO LONG'} {piece!r}")


if __name__ == "__main__":
    main()
