"""What a server of Responses does itself, item by item and event by event."""

import base64
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.fakes import JSON, new_id
from tests.fakes.openai_containers import Container, ContainersApi, Stored
from tests.fakes.openai_stores import StoresApi

IMAGES = "gpt-image-1"
TOKENS = 1056  # of a picture
CODE = "code_interpreter"
SEARCH = "file_search"
SHOWN = "file_search_call.results"
INCLUDED = "code_interpreter_call.outputs"
SUMS = b"points,people\n4,2\n"


def png(width: int = 30, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    lines = zlib.compress((b"\0" + b"\x7f" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


PICTURE = png()
_BLOCKED = {
    "code": "moderation_blocked",
    "message": "Your request was rejected by the safety system.",
    "type": "image_generation_user_error",
    "param": None,
    "moderation_details": {"categories": ["violence"], "moderation_stage": "input"},
}


@dataclass(frozen=True)
class Premises:
    """What a server has besides its model."""

    containers: ContainersApi
    stores: StoresApi


def items_of(
    acts: Sequence[str], request: JSON, history: Sequence[JSON], there: Premises, question: str
) -> list[JSON]:
    """What it has done of these: of each only what the request lets it do."""
    containers = there.containers
    tools = {tool["type"]: tool for tool in request.get("tools") or ()}
    before = [item["container_id"] for item in history if "container_id" in item]
    done = []
    for act in acts:
        if ACTS[act] == CODE and CODE in tools:
            container = containers.open(tools[CODE]["container"], before)
            before.append(container.id)
            done.append(_program(act, container, request.get("include") or ()))
        elif ACTS[act] == SEARCH and SEARCH in tools:
            include = request.get("include") or ()
            done.append(_looked(there.stores.search(tools[SEARCH], question), question, include))
        elif ACTS[act] in tools:
            done.append(_ITEMS[act]())
    return done


def said_with(text: str, items: Sequence[JSON]) -> JSON:
    """The words of the answer, which name what programs have made."""
    made = [one for item in items for one in _MADE.get(item["id"], ())]
    links = "".join(f"\n\n[Get {one.name}](sandbox:/mnt/data/{one.name})" for _, one in made)
    notes = [
        {
            "type": "container_file_citation",
            "container_id": container,
            "file_id": one.id,
            "filename": one.name,
            "start_index": 0,
            "end_index": 1,
        }
        for container, one in made
    ]
    notes += [
        {"type": "file_citation", "file_id": one.id, "filename": one.name, "index": len(text)}
        for item in items
        for one in _FOUND.get(item["id"], ())
    ]
    return {"type": "output_text", "text": text + links, "annotations": notes, "logprobs": []}


def begun(item: JSON) -> JSON:
    """As it looks before it has ended."""
    unknown = dict.fromkeys(_UNKNOWN_YET & item.keys())
    return {**item, "status": "in_progress", **unknown}


def events_of(index: int, item: JSON) -> Iterator[JSON]:
    place, kind = {"item_id": item["id"], "output_index": index}, item["type"]
    yield {"type": "response.output_item.added", "output_index": index, "item": begun(item)}
    for step in _STEPS[kind]:
        yield {"type": f"response.{kind}.{step}", **place}
        if step == "generating":
            partial = {"partial_image_index": 0, "partial_image_b64": _encoded(PICTURE[:40])}
            yield {"type": f"response.{kind}.partial_image", **place, **partial}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def usage_of(items: Sequence[JSON]) -> JSON:
    painted = sum(item["type"] == "image_generation_call" for item in items)
    searched = sum(item["type"] == "web_search_call" for item in items)
    read, written = 50 * painted, TOKENS * painted
    return {
        "image_gen": {
            "input_tokens": read,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": read},
            "output_tokens": written,
            "output_tokens_details": {"image_tokens": written, "text_tokens": 0},
            "total_tokens": read + written,
        },
        "web_search": {"num_requests": searched},
    }


def shown_tools(tools: Sequence[JSON]) -> list[JSON]:
    """As the server repeats them, with what it has chosen where nothing was said."""
    own: JSON = {"image_generation": {"model": IMAGES, "quality": "auto", "size": "auto"}}
    return [{**own.get(tool["type"], {}), **tool} for tool in tools]


def _program(act: str, container: Container, include: Sequence[str]) -> JSON:
    given = {one.name: one.data for one in container.files.values()}
    logs = "\n".join([*sorted(given), "drawn"])
    item: JSON = {
        "id": new_id("ci_"),
        "type": "code_interpreter_call",
        "status": "failed" if act == "run, fails" else "completed",
        "code": "plot()",
        "container_id": container.id,
        "outputs": [{"type": "logs", "logs": logs}] if INCLUDED in include else None,
    }
    if act == "run":
        made = [("plot.png", PICTURE), ("sums.csv", SUMS)]
        _MADE[item["id"]] = [(container.id, container.add(*one)) for one in made]
    return item


def _looked(results: Sequence[tuple[Stored, str]], question: str, include: Sequence[str]) -> JSON:
    item: JSON = {
        "id": new_id("fs_"),
        "type": "file_search_call",
        "status": "completed",
        "queries": [question],
        "results": None,
    }
    if SHOWN in include:
        item["results"] = [
            {"file_id": one.id, "filename": one.name, "score": 0.9, "text": text, "attributes": {}}
            for one, text in results
        ]
    _FOUND[item["id"]] = [one for one, _ in results[:1]]
    return item


def _picture(**more: object) -> JSON:
    return {
        "id": new_id("ig_"),
        "type": "image_generation_call",
        "status": "completed",
        "background": "opaque",
        "output_format": "png",
        "quality": "low",
        "size": "1024x1024",
        "revised_prompt": "A cat.",
        "result": _encoded(PICTURE),
        **more,
    }


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


ACTS = {
    "run": CODE,
    "run, quiet": CODE,
    "run, fails": CODE,
    "look": SEARCH,
    "paint": "image_generation",
    "paint, refused": "image_generation",
    "paint, half": "image_generation",
    "paint, broken": "image_generation",
}
_ITEMS: dict[str, Callable[[], JSON]] = {
    "paint": _picture,
    "paint, refused": lambda: _picture(status="failed", result=None, error=_BLOCKED),
    "paint, half": lambda: _picture(status="generating", result=_encoded(PICTURE[:40])),
    "paint, broken": lambda: _picture(result=_encoded(PICTURE[:40])),
}
_UNKNOWN_YET = {"result", "revised_prompt", "error", "outputs", "results"}
_STEPS = {
    "image_generation_call": ("in_progress", "generating", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
}
_FOUND: dict[str, list[Stored]] = {}  # by item
_MADE: dict[str, list[tuple[str, Stored]]] = {}  # by item: in which container, and what
