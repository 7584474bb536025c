"""No mention, image or address in a model's words is live, however they are written and cut."""

import html
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.slack.posting import plain
from adapters.slack.sanitise import neutralise, settled, unlinked
from bot.core.text import open_fence

ASKER = "UASKER"
ADDRESS = re.compile(r":\\?/\\?/|www\.", re.IGNORECASE)
# What Slack makes a mention of, and more: any casing, any blank or backslash after the bracket.
LIVE = re.compile(r"<[\s\\\u200b]*(?:!(?:channel|here|everyone|group|subteam)|@\w)", re.IGNORECASE)

PIECES = [
    *("<", "<<", ">", "!", "@", "|", "&", ";", " ", "\\", "\u200b", "\n", "-", "a", "b c", "."),
    *("&lt;", "&lt", "&LT;", "&#60;", "&#x3C;", "&#0060", "&amp;", "&amp;lt;", "&amp;amp;lt;"),
    *("&#33;", "&excl;", "&commat;", "&#x40;", "amp;", "lt;", "#60;"),
    *("!channel", "!CHANNEL", "!Here", "!everyone", "!subteam^S1|@all", "@U123", "@UASKER", "@W1"),
    *("<!channel>", "<@U123>", "<@UASKER>", "<!here|here>", "<!DOCTYPE html>", "<!-- x -->"),
    *("@channel", "`", "```", "word ", "**"),
    *("![", "![x](https://a.example/p.png)", "](", "\n```md\n", "\n```\n", "http://a.example"),
    *(":", "/", "://", "https:", "&colon;", "&#58;", "&sol;", "&#x2F;", "\\/", "www", "www.", ")"),
]
WORDS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=14).map("".join)


def mentioned(text: str) -> set[str]:
    """Whom a text would mention, after any number of unescapings."""
    found: set[str] = set()
    for _ in range(5):
        others = text.replace(f"<@{ASKER}>", "own")
        found |= {match[0] for match in LIVE.finditer(others)}
        text = html.unescape(text)
    return found


@settings(deadline=None)
@given(WORDS)
@example("<<!channel>!here>")
@example("&amp;lt;!channel&amp;gt;")
@example("<\\!channel>")
@example("<&#33;channel>")
@example("<<@UASKER>!channel>")
def test_no_text_mentions_anyone_but_the_asker(text: str) -> None:
    assert not mentioned(neutralise(text, ASKER))


@settings(deadline=None)
@given(WORDS)
@example("a <!channel> b &amp;lt;&#33;here> c <@UASKER>")
@example("```x ![a](http://a.example) `")
def test_wherever_a_text_is_cut_what_was_streamed_is_a_beginning_of_the_whole(text: str) -> None:
    whole = neutralise(text, ASKER)
    streamed = ""
    for cut in range(len(text) + 1):
        now = neutralise(settled(text[:cut]), ASKER)
        assert now.startswith(streamed)
        assert whole.startswith(now)
        assert not mentioned(now)
        assert unlinked(whole).startswith(unlinked(now))
        streamed = now


@settings(deadline=None)
@given(st.text())
def test_a_text_is_held_back_only_at_its_very_end(text: str) -> None:
    assert len(text) - len(settled(text)) <= 100
    assert settled(text + ".") == text + "."


@settings(deadline=None)
@given(WORDS)
@example("https:&#47;/a.example https&colon;//a.example https:\\/\\/a.example WWW.a.example")
def test_where_previews_cannot_be_forbidden_no_address_is_live(text: str) -> None:
    shown = unlinked(text)
    for _ in range(5):
        assert not ADDRESS.search(shown)
        shown = html.unescape(shown)


@settings(deadline=None)
@given(WORDS)
@example("```x ![a](http://a.example) `")
@example("```\n![a](http://a.example)\n```\n![b](http://a.example)")
def test_no_image_is_shown_but_in_a_block_of_code(text: str) -> None:
    safe = neutralise(text, ASKER)
    for image in re.finditer(r"!\[", safe):
        assert open_fence(safe[: safe.rfind("\n", 0, image.start()) + 1])


def test_an_image_becomes_a_link_and_code_about_images_stays_as_it_is() -> None:
    assert neutralise("see ![it](https://a.example/b)").endswith("[it](https://a.example/b)")
    code = "Write:\n```md\n![it](https://a.example/b)\n```\n"
    assert neutralise(code) == code


@settings(deadline=None)
@given(WORDS)
def test_words_for_where_slacks_own_notation_is_read_have_no_bracket_at_all(text: str) -> None:
    assert not set(plain(text)) & {"<", ">"}


@pytest.mark.parametrize(
    "text",
    [
        "Use `a < b && c > d`, and x <= y.",
        "<!DOCTYPE html>\n<!-- a comment -->\n<div>Tom &amp; Ann</div>",
        "mail ann@example.com or @here",
        f"<@{ASKER}> is the one who asked",
        "see <https://example.com|this> and <#C1|general>",
    ],
)
def test_what_mentions_nobody_stays_as_it_is(text: str) -> None:
    assert neutralise(text, ASKER) == text


@pytest.mark.parametrize(
    "text", ["<!channel>", "<!HERE>", "<!subteam^S1|@staff>", "<@U1>", "&lt;!everyone&gt;"]
)
def test_a_mention_becomes_words_that_look_like_it(text: str) -> None:
    assert neutralise(text, ASKER) != text
    assert neutralise(text, ASKER)[1:] in text


def test_without_an_asker_nobody_is_mentioned() -> None:
    assert "<@" not in neutralise("<@UASKER>", "")
