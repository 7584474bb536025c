"""A body written while it is sent is the one that JSON would have been."""

import json
from base64 import b64decode

import pytest

from bot.backends.bodies import Body, body_of
from bot.core.files import File

FILES = [File("a.png", "image/png", bytes(range(256)) * size) for size in (0, 1, 999, 3000)]


async def test_a_file_is_its_data_url_however_often_it_is_sent() -> None:
    asked = {"text": '"} \\ é 👋', "files": [{"url": file} for file in FILES], "last": 1}
    body = body_of(asked)
    assert isinstance(body, Body)
    first, again = [b"".join([piece async for piece in body]) for _ in range(2)]
    assert len(body) == len(first)
    assert first == again
    read = json.loads(first)
    heads, data = zip(*(one.pop("url").split(",") for one in read["files"]), strict=True)
    assert {*heads} == {"data:image/png;base64"}
    assert [*map(b64decode, data)] == [file.data for file in FILES]
    assert read == {**asked, "files": [{}] * len(FILES)}


def test_what_is_no_json_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(TypeError, match="set"):
        body_of({"a": {1}})
