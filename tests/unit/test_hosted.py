"""What a server of Responses does itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.hosted import doing, sources_in
from bot.backends.response_parts import finished
from tests.unit.tooling import rewrite
from tests.unit.world import World


def cited(*notes: dict[str, Any]) -> list[dict[str, Any]]:
    text = {"type": "output_text", "text": "It rains.", "annotations": list(notes)}
    return [{"type": "web_search_call"}, {"type": "message", "id": "msg_1", "content": [text]}]


def note(url: str, title: object = "Weather") -> dict[str, Any]:
    return {"type": "url_citation", "url": url, "title": title}


def test_pages_that_an_answer_names_stand_below_it_once_and_are_no_words_of_the_models() -> None:
    output = cited(
        note("https://a.example/x"), note("https://a.example/x"), note("https://b.example")
    )
    answer = finished({"id": "r", "status": "completed", "output": output}, 0).answer
    assert answer.words == "It rains."
    assert answer.remark == (
        "Found on the web:\n- [Weather](https://a.example/x)\n- [Weather](https://b.example)"
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://x y", "https://x)[y](z", "", "a"])
def test_what_is_no_address_is_not_shown(url: str) -> None:
    assert sources_in(cited(note(url))) == ""


def test_a_title_is_words() -> None:
    [line] = sources_in(cited(note("https://a.example", "](x) <!channel>\n**now**"))).splitlines()[
        1:
    ]
    assert line == "- [x !channel now](https://a.example)"


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda one: (
            st.lists(one)
            | st.dictionaries(
                st.sampled_from(["content", "annotations", "url", "type", "title"]), one
            )
        ),
        max_leaves=12,
    )
)
def test_any_output_is_read(items: Any) -> None:
    assert isinstance(sources_in(items), str)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("response.web_search_call.searching", "searching the web"),
        ("response.web_search_call.in_progress", "searching the web"),
        ("response.web_search_call.completed", ""),
        ("response.completed", ""),
        ("", ""),
    ],
)
def test_people_see_that_the_web_is_searched(kind: str, words: str) -> None:
    assert doing(kind) == words


async def test_an_assistant_that_may_search_says_so_to_the_server(world: World) -> None:
    rewrite(
        world.path.with_name("homeroom.toml"), '[assistants.Homeroom]\nhosted = ["web_search"]\n'
    )
    async with world.bot() as bot:
        assert await bot.ask("hello") == "You said: hello"
    [run] = world.server.runs
    assert run.request["tools"] == [{"type": "web_search"}]
