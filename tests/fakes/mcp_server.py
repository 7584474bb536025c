"""A server of tools, in as few lines as the protocol allows: it begins at once, and misbehaves.

Started as a program with a JSON file: `tools` (as `tools/list` gives them), and `calls`, a file to
which each call is written when it is made. What a tool does is said by its name.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

PICTURE = "iVBORw0KGgo="


def has_died_before() -> bool:
    """Whether an earlier one has died."""
    mark = Path(sys.argv[1]).with_name("died")
    has_died = mark.exists()
    mark.touch()
    return has_died


def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    texts = {"echo": json.dumps(arguments), "environment": json.dumps(dict(os.environ))}
    contents: dict[str, list[dict[str, Any]]] = {
        "draw": [
            {"type": "text", "text": "here"},
            {"type": "image", "data": PICTURE, "mimeType": "image/png"},
            {"type": "image", "data": "no base64", "mimeType": "image/png"},
            {
                "type": "resource",
                "resource": {"uri": "file:///a/b/list.csv", "mimeType": "text/csv", "blob": "YSxi"},
            },
            {"type": "resource", "resource": {"uri": "file:///note", "text": "a note"}},
            {"type": "resource_link", "uri": "https://example.org/x", "name": "more"},
        ],
        "refuse": [{"type": "text", "text": "There is no Friday."}],
    }
    if name == "die" or (name == "die once" and not has_died_before()):
        os._exit(3)
    if name == "hang":
        time.sleep(600)
    if name == "wait":  # for the next that it is told, and that alone
        told = json.loads(sys.stdin.readline())
        write_down(json.loads(Path(sys.argv[1]).read_text("utf-8")), told["method"])
    if name == "chat":
        print("I am no JSON", flush=True)
        print("to the log, with s3cret-token", file=sys.stderr, flush=True)
    content = contents.get(name, [{"type": "text", "text": texts.get(name, f"did {name}")}])
    return {"content": content, "isError": name == "refuse"}


def write_down(script: dict[str, Any], line: str) -> None:
    with Path(script["calls"]).open("a", encoding="utf-8") as calls:
        calls.write(f"{line}\n")


def answer(request: dict[str, Any], script: dict[str, Any]) -> dict[str, Any]:
    params = request.get("params", {})
    match request["method"]:
        case "initialize":
            server = {"name": "fake", "version": "1"}
            version = params["protocolVersion"]
            result = {"protocolVersion": version, "capabilities": {"tools": {}}}
            return {"result": {**result, "serverInfo": server}}
        case "tools/list":
            return {"result": {"tools": script["tools"]}}
        case "tools/call":
            write_down(script, params["name"])
            return {"result": call(params["name"], params.get("arguments", {}))}
    return {"error": {"code": -32601, "message": "Method not found"}}


def main() -> None:
    Path(sys.argv[1]).with_name("pid").write_text(str(os.getpid()), "utf-8")
    for line in sys.stdin:
        script = json.loads(Path(sys.argv[1]).read_text("utf-8"))
        request = json.loads(line)
        if "id" in request:
            reply = {"jsonrpc": "2.0", "id": request["id"], **answer(request, script)}
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
