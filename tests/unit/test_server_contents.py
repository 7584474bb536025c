"""Whatever a server gives back is an output."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.files import MOST_BYTES, MOST_FILES
from bot.tools.server_contents import ServerResult

WORDS = st.text(max_size=30)
VALUES = st.recursive(st.none() | st.integers() | WORDS, st.lists, max_leaves=4)
RESOURCES = st.dictionaries(st.sampled_from(["uri", "text", "blob", "mime_type"]), WORDS | VALUES)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image", "audio", "resource", "resource_link"]) | WORDS},
    optional={
        "text": VALUES,
        "data": VALUES,
        "mime_type": VALUES,
        "resource": RESOURCES | VALUES,
        "uri": VALUES,
        "name": VALUES,
    },
)


@given(st.lists(BLOCKS, max_size=8))
def test_any_blocks_are_an_output(blocks: list[dict[str, object]]) -> None:
    output = ServerResult(blocks).output()
    assert output.text
    assert len(output.files) <= MOST_FILES
    assert all("/" not in file.name and "\n" not in file.name for file in output.files)


def test_a_path_in_an_address_is_no_path_of_a_file() -> None:
    resource = {"uri": "file:///../../etc/passwd.txt", "blob": "YQ==", "mime_type": "text/plain"}
    [file] = ServerResult([{"type": "resource", "resource": resource}]).output().files
    assert file.name == "passwd.txt"


def test_what_is_too_much_is_left_out_in_words() -> None:
    picture = {"type": "image", "data": "YQ==", "mime_type": "image/png"}
    output = ServerResult([picture] * 6).output()
    assert output.text.count("too many files") == 2
    huge = {"type": "image", "data": "A" * (MOST_BYTES * 4 // 3 + 8), "mime_type": "image/png"}
    assert "larger than 10 MB" in ServerResult([huge]).output().text
