"""A typed function, as a model sees it and calls it."""

import asyncio
import threading
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from structlog.testing import capture_logs

from bot.core.errors import ConfigError, Refusal
from bot.core.files import File
from bot.core.tools import Output, Use
from bot.tools import tool
from bot.tools.functions import Function
from tests.patience import PATIENCE
from tests.unit.tooling import call, use


class Place(BaseModel):
    city: str


@tool(seconds=5, most=3, may="role:4", confirm=True, repeatable=True, status="rolling dice")
async def roll_dice(
    use: Use, count: Annotated[int, Field(ge=1, le=6, description="how many")], sides: int = 6
) -> list[int]:
    """Roll dice.

    sides: of each die
    """
    await use.say(f"rolling for {use.message.author.name}")
    return [sides] * count


async def output_of(function: Callable[..., Any], arguments: str = "{}") -> Output:
    return await Function.of(function)(call(function.__name__, arguments), use())


def test_signature_and_docstring_are_all_that_a_model_is_told() -> None:
    offered = Function.of(roll_dice).tool
    assert (offered.name, offered.description) == ("roll_dice", "Roll dice.")
    assert offered.parameters == {
        "additionalProperties": False,
        "type": "object",
        "required": ["count"],
        "properties": {
            "count": {"type": "integer", "minimum": 1, "maximum": 6, "description": "how many"},
            "sides": {"type": "integer", "default": 6, "description": "of each die"},
        },
    }


def test_a_decorator_says_how_it_may_be_used() -> None:
    offered = Function.of(roll_dice).tool
    assert (offered.seconds, offered.most, offered.may) == (5, 3, "role:4")
    assert (offered.must_confirm, offered.is_repeatable) == (True, True)
    assert offered.status == "rolling dice"


async def test_a_function_learns_who_asks_and_may_say_how_far_it_is() -> None:
    said: list[str] = []
    output = await Function.of(roll_dice)(call("roll_dice", '{"count": 2}'), use(said=said))
    assert (output, said) == (Output("[6,6]"), ["rolling for Ada"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('{"count": 7}', "count: Input should be less than or equal to 6"),
        ('{"count": "many"}', "count: Input should be a valid integer"),
        ("", "count: Missing required argument"),
        ('{"count": 1, "faces": 6}', "faces: Unexpected keyword argument"),
        ('{"count": 1', "The arguments are no JSON"),
        ("[1]", "The arguments have to be a JSON object"),
        ("[" * 100_000, "The arguments are no JSON"),
        ('{"count": 1, "use": {}}', "use: Unexpected keyword argument"),
    ],
)
async def test_arguments_that_do_not_fit_are_an_output_that_a_model_can_mend(
    arguments: str, words: str
) -> None:
    said: list[str] = []
    output = await Function.of(roll_dice)(call("roll_dice", arguments), use(said=said))
    assert output.is_error
    assert words in output.text
    assert said == []


@pytest.mark.parametrize("arguments", ['{"count": "2"}', '"{\\"count\\": 2}"'])
async def test_what_is_meant_is_taken(arguments: str) -> None:
    assert (await output_of(roll_dice, arguments)).text == "[6,6]"


async def test_parameters_may_be_called_as_they_like_and_be_of_any_type() -> None:
    async def find(json: str, copy: Literal["a", "b"], place: Place, model_x: int = 1) -> str:
        """Find."""
        return f"{json} {copy} {place.city} {model_x}"

    output = await output_of(find, '{"json": "j", "copy": "b", "place": {"city": "Ulm"}}')
    assert output.text == "j b Ulm 1"


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("words", "words"),
        (None, "Done."),
        ({"a": [1, 2.5, None]}, '{"a":[1,2.5,null]}'),
        (Place(city="Ulm"), '{"city":"Ulm"}'),
        ([], "[]"),
        (Output("mine", is_error=True), "mine"),
    ],
)
async def test_whatever_it_gives_back_is_an_output(result: Any, text: str) -> None:
    async def give() -> Any:
        """Give."""
        return result

    assert (await output_of(give)).text == text


async def test_files_come_along() -> None:
    plot = File("plot.png", "image/png", b"\x89PNG")

    async def draw(count: int) -> Any:
        """Draw."""
        return plot if count == 1 else [plot] * count

    assert await output_of(draw, '{"count": 1}') == Output("plot.png", (plot,))
    assert (await output_of(draw, '{"count": 2}')).files == (plot, plot)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("There is no Friday."), "There is no Friday."),
        (Refusal(notice="Not today."), "Not today."),
        (KeyError("a secret"), "fail failed. It is not known what it has done."),
    ],
)
async def test_what_it_raises_is_an_output_and_strange_errors_keep_their_words(
    error: Exception, words: str
) -> None:
    async def fail() -> None:
        """Fail."""
        raise error

    with capture_logs() as logs:
        assert await output_of(fail) == Output(words, is_error=True)
    assert "a secret" not in str(logs)


async def test_what_cannot_be_written_down_is_an_output_too() -> None:
    async def give() -> object:
        """Give."""
        return object()

    assert (await output_of(give)).is_error


async def test_a_plain_function_runs_in_a_thread_and_nobody_waits_for_one_that_hangs() -> None:
    begun, end = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hang() -> str:
        """Hang."""
        loop.call_soon_threadsafe(begun.set)
        end.wait(PATIENCE)
        return "late"

    task = asyncio.create_task(output_of(hang))
    await begun.wait()  # the loop goes on meanwhile
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    end.set()


async def test_a_plain_function_gives_back_and_fails_like_any() -> None:
    def halve(number: int) -> float:
        """Halve."""
        if number < 0:
            raise ValueError("It is negative.")
        return number / 2

    assert (await output_of(halve, '{"number": 3}')).text == "1.5"
    assert (await output_of(halve, '{"number": -3}')).text == "It is negative."


async def of_any(*numbers: int) -> None:
    """Any."""


async def without_a_type(number) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Untyped."""


async def of_a_strange_type(number: threading.Lock) -> None:
    """Strange."""


async def without_a_docstring() -> None:
    pass


async def server__tool() -> None:
    """Looks like a server's."""


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (of_any, "no model can fill in"),
        (without_a_type, "number needs a type"),
        (of_a_strange_type, "cannot be told to a model"),
        (without_a_docstring, "needs a docstring"),
        (server__tool, "no __"),
    ],
)
def test_what_no_model_could_call_is_refused(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Function.of(function)
