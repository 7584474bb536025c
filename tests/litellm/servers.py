"""LiteLLM's proxy: what many schools put in front of their models, and nobody here wrote."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.ogx.servers import MODEL
from tests.patience import PATIENCE
from tests.thirdparty.servers import free_port, running

HERE = Path(__file__).resolve().parent
VENV = HERE.parents[1] / ".venv-litellm"
KEY = "sk-litellm"
_START = 3 * PATIENCE  # seconds: it imports for twenty on a quiet machine


def why_no_litellm() -> str | None:
    """Say what is missing on this machine, or None when it can run."""
    try:
        installed = (VENV / "installed.lock").read_bytes()
    except FileNotFoundError:
        return "no .venv-litellm: run make litellm (600 MB; needs Python 3.12 or newer)"
    if installed != (HERE / "requirements.lock").read_bytes():
        return ".venv-litellm is not what the lock says: run make litellm"
    return None


@asynccontextmanager
async def litellm(folder: Path, upstream: str, key: str) -> AsyncIterator[str]:
    """The proxy in front of a server; yields its base URL. It asks nobody else for anything."""
    model = {"model": f"openai/{MODEL}", "api_base": upstream, "api_key": key}
    config = {
        "model_list": [{"model_name": MODEL, "litellm_params": model}],
        "general_settings": {"master_key": KEY},
    }
    written = folder / "litellm.yaml"
    written.write_text(json.dumps(config))  # JSON is YAML
    arguments = ("--host", "127.0.0.1", "--port", str(free_port()), "--telemetry", "False")
    python = VENV / "bin" / "python"
    program = (python, VENV / "bin" / "litellm", "--config", written, *arguments)
    variables = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"}
    async with running(folder, *program, variables=variables, patience=_START) as origin:
        yield f"{origin}/v1"
