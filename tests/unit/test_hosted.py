"""What a server of Responses does itself."""

from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.citations import sources_in
from bot.backends.hosted import at_work, doing
from bot.backends.hosted_done import ended_in
from bot.backends.response_parts import finished
from bot.core.answers import Usage
from bot.core.assistants import HostedTool
from bot.core.prices import PER_DOLLAR, unpriced, with_hosted
from bot.core.tools import Call, EndedCall, Output
from bot.rules.bill import as_line
from tests.unit.tooling import rewrite
from tests.unit.world import MODEL, World

HOSTED = set(get_args(HostedTool))
KINDS = st.sampled_from([f"{name}_call" for name in HOSTED])


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
                st.sampled_from(["content", "annotations", "url", "type", "title", "result"]), one
            )
            | st.builds(lambda kind, one: {"type": kind, "result": one}, KINDS, one)
        ),
        max_leaves=12,
    )
)
def test_any_output_is_read(items: Any) -> None:
    assert isinstance(sources_in(items), str)
    assert {one.call.tool for one in ended_in({"output": items})} <= HOSTED
    assert isinstance(at_work(items), str)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("response.web_search_call.searching", "searching the web"),
        ("response.web_search_call.in_progress", "searching the web"),
        ("response.web_search_call.completed", ""),
        ("response.image_generation_call.generating", "painting a picture"),
        ("response.image_generation_call.partial_image", ""),
        ("response.completed", ""),
        ("", ""),
    ],
)
def test_people_see_what_the_server_does_itself(kind: str, words: str) -> None:
    assert doing(kind) == words


async def test_an_assistant_that_may_search_says_so_to_the_server(world: World) -> None:
    rewrite(
        world.path.with_name("homeroom.toml"), '[assistants.Homeroom]\nhosted = ["web_search"]\n'
    )
    async with world.bot() as bot:
        assert await bot.ask("hello") == "You said: hello"
    [run] = world.server.runs
    assert run.request["tools"] == [{"type": "web_search"}]


def ended(tool: str = "web_search", **more: Any) -> EndedCall:
    return EndedCall(call=Call("id", tool, ""), output=Output(""), **more)


def cent(one: EndedCall) -> Decimal | None:
    return Decimal("0.01") if one.call.tool == "web_search" else None


def test_each_search_is_counted_at_its_price() -> None:
    output = [*cited(), {"type": "web_search_call"}]
    answer = finished({"id": "r", "status": "completed", "output": output}, 0).answer
    assert [one.call.tool for one in answer.hosted] == ["web_search", "web_search"]
    assert with_hosted(5, answer.hosted, cent) == 5 + PER_DOLLAR // 50
    assert with_hosted(5, answer.hosted, lambda _: None) == 5
    assert with_hosted(None, answer.hosted, cent) is None  # what is known is not all


def test_a_price_that_nobody_knows_is_called_unknown() -> None:
    assert unpriced([ended(), ended()], cent) == []
    names = unpriced([ended(), ended("image_generation"), ended("image_generation")], cent)
    line = as_line(Usage(cost=PER_DOLLAR), names)
    assert line.endswith("1.00 USD · image generation besides, at a price unknown here)*")


@pytest.mark.parametrize("price", [None, "0.01"])
async def test_a_search_is_part_of_the_bill_of_its_answer(world: World, price: str | None) -> None:
    own = f"[hosted_prices]\nweb_search = {price}\n" if price else ""
    toml = f"""{own}
[prices."{MODEL}"]
input = 0
output = 0
[assistants.Homeroom]
hosted = ["web_search"]
"""
    rewrite(world.path.with_name("homeroom.toml"), toml)
    world.server.next_run(searches=1)
    async with world.bot() as bot:
        await bot.set("fake", "show_cost", "on")
        reply = await bot.ask("hello")
        rows = await bot.database.fetch("SELECT cost FROM turns", {})
    assert [row["cost"] for row in rows] == [PER_DOLLAR // 100 if price else 0]
    assert ("price unknown here" in reply) is (price is None)
    assert ("0.01" in reply) is (price is not None)
