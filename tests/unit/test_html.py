"""Words as HTML: nothing of them acts, whatever they are."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.rendering.html import as_html

ALLOWED = {
    "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "div",
}  # fmt: skip
ATTRIBUTES = {"dir", "href", "rel", "start", "tabindex", "class"}
PIECES = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
    "[x](<data:text/html,hi>)", "![x](//evil/x.png)", "<https://a.example|label>", "`", "```", "\n",
    '[x](https://a.example/"onclick="alert(1))', "| a |\n|---|\n| b |\n", "> ", "- ", "1. ", "**",
    "$x<y$", "&lt;script&gt;", "&#60;b&#62;", "\u202e", "<!--", "]]>", "# ", "\\<", "<a href='x'>",
]  # fmt: skip


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(as_html(text))
    return parser.seen


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join))
def test_only_what_is_on_the_list_is_ever_written(text: str) -> None:
    for tag, attributes in tags(text):
        assert tag in ALLOWED
        assert set(attributes) <= ATTRIBUTES
        href = attributes.get("href")
        assert href is None or re.match(r"(https?://|mailto:)", href)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**a** & <b>", '<p dir="auto"><strong>a</strong> &amp; &lt;b&gt;</p>'),
        ("# Title", '<h3 dir="auto">Title</h3>'),
        ("3. x", '<ol start="3"><li dir="auto"><p dir="auto">x</p></li></ol>'),
        ("```py\n<x>\n```", '<pre tabindex="0"><code>&lt;x&gt;\n</code></pre>'),
        ("[x](javascript:alert(1))", '<p dir="auto">[x](javascript:alert(1))</p>'),
        (r"$\alpha$", '<p dir="auto"><code>α</code></p>'),
    ],
)
def test_markdown_becomes_what_it_means(text: str, html: str) -> None:
    assert as_html(text) == html


def test_a_link_says_where_it_leads() -> None:
    assert ">bank.example (evil.example)</a>" in as_html("[bank.example](https://evil.example/)")
    assert ">https://a.example/x</a>" in as_html("<https://a.example/x>")


def test_a_text_that_nobody_shows_is_shown_as_it_is() -> None:
    assert as_html("<b>" * 10_000).startswith('<pre tabindex="0"><code>&lt;b&gt;')
