"""Conversations and Responses: stored history, one response at a time, polled or streamed."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes import (
    JSON,
    ApiError,
    found,
    last_user_text,
    new_id,
    openai_hosted,
    page,
    sse,
    text_of,
    tokens,
    words,
)

if TYPE_CHECKING:
    from tests.fakes.openai_server import FakeOpenAI, FakeRun

MAX_ITEMS = 20
DEFAULTS: JSON = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "model": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
}
WITH_OUTPUT = frozenset({"completed", "incomplete"})
_NOT_FOUND = "Response with id '{}' not found."


@dataclass
class _Conversation:
    id: str = field(default_factory=lambda: new_id("conv_"))
    created_at: int = field(default_factory=lambda: int(time.time()))
    metadata: JSON = field(default_factory=dict)
    items: list[JSON] = field(default_factory=list)

    def shown(self) -> JSON:
        shown = {"id": self.id, "created_at": self.created_at, "metadata": self.metadata}
        return {"object": "conversation", **shown}


class ConversationsApi:
    """`/v1/conversations`: what was said, kept by the server."""

    def __init__(self, server: "FakeOpenAI") -> None:
        self.server = server
        self._conversations: dict[str, _Conversation] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        root = "/v1/conversations"
        one, items = f"{root}/{{id}}", f"{root}/{{id}}/items"
        return (
            web.post(root, self._create),
            web.get(one, self._retrieve),
            web.post(one, self._update),
            web.delete(one, self._delete),
            web.get(items, self._list_items),
            web.post(items, self._create_items),
            web.get(f"{items}/{{item}}", self._retrieve_item),
            web.delete(f"{items}/{{item}}", self._delete_item),
        )

    def find(self, wanted: str) -> _Conversation:
        return found(self._conversations, wanted, "Conversation with id '{}' not found.")

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json() if request.body_exists else {}
        items = _few_items(body.get("items") or [])
        conversation = _Conversation(metadata=body.get("metadata") or {}, items=items)
        self._conversations[conversation.id] = conversation
        return web.json_response(conversation.shown())

    async def _retrieve(self, request: web.Request) -> web.Response:
        return web.json_response(self._asked(request).shown())

    async def _update(self, request: web.Request) -> web.Response:
        conversation = self._asked(request)
        conversation.metadata = (await request.json())["metadata"] or {}
        return web.json_response(conversation.shown())

    async def _delete(self, request: web.Request) -> web.Response:
        gone = self._conversations.pop(self._asked(request).id)
        return web.json_response({"id": gone.id, "object": "conversation.deleted", "deleted": True})

    async def _list_items(self, request: web.Request) -> web.Response:
        conversation = self._asked(request)
        self.server.look(conversation.id)
        return page(conversation.items, request.query)

    async def _create_items(self, request: web.Request) -> web.Response:
        conversation = self._asked(request)
        items = _few_items((await request.json())["items"])
        if not self.server.takes_late_outputs:
            raise ApiError(400, "Items of this type cannot be created.", param="items")
        conversation.items += items
        return page(items, {"order": "asc"})

    async def _retrieve_item(self, request: web.Request) -> web.Response:
        return web.json_response(_asked_item(self._asked(request), request))

    async def _delete_item(self, request: web.Request) -> web.Response:
        conversation = self._asked(request)
        conversation.items.remove(_asked_item(conversation, request))
        return web.json_response(conversation.shown())

    def _asked(self, request: web.Request) -> _Conversation:
        return self.find(request.match_info["id"])


def _few_items(given: list[JSON]) -> list[JSON]:
    if len(given) > MAX_ITEMS:
        text = f"Invalid 'items': array too long. Expected at most {MAX_ITEMS} items."
        raise ApiError(400, text, code="array_above_max_length", param="items")
    return _as_items(given)


def _asked_item(conversation: _Conversation, request: web.Request) -> JSON:
    items = {item["id"]: item for item in conversation.items}
    return found(items, request.match_info["item"], "Item with id '{}' not found.")


def _as_items(given: str | list[JSON]) -> list[JSON]:
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    return [_as_item(item) for item in items]


def _as_item(item: JSON) -> JSON:
    if item.get("type", "message") != "message":
        return {"id": new_id("item_"), **item}
    content = item["content"]
    if isinstance(content, str):
        said = item["role"] == "assistant"
        content = [_text_part(content) if said else {"type": "input_text", "text": content}]
    fixed = {"type": "message", "status": "completed", "content": content}
    return {"id": new_id("msg_"), **item, **fixed}


def _text_part(text: str) -> JSON:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


@dataclass
class _Reply:
    """A response: the run, what it read and what it will have written."""

    run: "FakeRun"
    history: list[JSON]
    input: list[JSON]
    output: list[JSON]
    reasoning_tokens: int
    created_at: int = field(default_factory=lambda: int(time.time()))
    events: list[JSON] = field(default_factory=list)

    @property
    def request(self) -> JSON:
        return self.run.request

    @property
    def background(self) -> bool:
        return bool(self.request.get("background"))

    def shown(self, status: str | None = None) -> JSON:
        status = status or self.run.status
        ending, done = self.run.ending, status in WITH_OUTPUT
        options = {name: self.request.get(name, DEFAULTS[name]) for name in DEFAULTS}
        conversation = self.run.conversation
        return {
            **options,
            "id": self.run.id,
            "object": "response",
            "created_at": self.created_at,
            "completed_at": int(time.time()) if status == "completed" else None,
            "status": status,
            "conversation": {"id": conversation} if conversation else None,
            "output": self._output() if done else self._begun(status),
            "tool_usage": openai_hosted.usage_of(self.run.did) if self.run.did and done else None,
            "tools": openai_hosted.shown_tools(self.request.get("tools") or []),
            "usage": self._usage() if done else None,
            "error": _failure(ending.error_code, ending.error_message)
            if status == "failed"
            else None,
            "incomplete_details": _cut_short(ending.incomplete_reason)
            if status == "incomplete"
            else None,
        }

    def _begun(self, status: str) -> list[JSON]:
        return [*map(openai_hosted.begun, self.run.did)] if status == "in_progress" else []

    def _output(self) -> list[JSON] | None:
        return None if self.run.ending.output_none else self.output

    def _usage(self) -> JSON | None:
        if self.run.ending.usage == "none":
            return None
        cached = tokens(text_of(self.history))
        read = cached + tokens(text_of(self.input) + (self.request.get("instructions") or ""))
        written = tokens(text_of(self.output)) + self.reasoning_tokens
        whole = self.run.ending.usage == "whole"
        before = {"cached_tokens": cached, "cache_write_tokens": 0}
        after = {"reasoning_tokens": self.reasoning_tokens}
        return {
            "input_tokens": read,
            "input_tokens_details": before if whole else None,
            "output_tokens": written,
            "output_tokens_details": after if whole else None,
            "total_tokens": read + written,
        }


def _failure(code: str | None, message: str | None) -> JSON:
    return {"code": code or "server_error", "message": message or "The model failed to answer."}


def _cut_short(reason: str | None) -> JSON:
    return {"reason": reason or "max_output_tokens"}


class ResponsesApi:
    """`/v1/responses`: one answer each, in the foreground or polled, streamed or whole."""

    def __init__(self, server: "FakeOpenAI", conversations: ConversationsApi) -> None:
        self.server = server
        self.conversations = conversations
        self._replies: dict[str, _Reply] = {}
        self._deleted: dict[str, _Reply] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        one = "/v1/responses/{id}"
        return (
            web.post("/v1/responses", self._create),
            web.get(one, self._retrieve),
            web.delete(one, self._delete),
            web.post(f"{one}/cancel", self._cancel),
            web.get(f"{one}/input_items", self._input_items),
        )

    def usage_of(self, response: str) -> JSON:
        """Also of one that was deleted: it was paid all the same."""
        reply = self._replies.get(response) or self._deleted[response]
        usage: JSON = reply.shown()["usage"]
        return usage

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._check(body)
        reply = self._begin(body, self._conversation(body))
        if body.get("stream"):
            return await self._stream(request, reply)
        if not reply.background:
            await reply.run.ended()
        return web.json_response(reply.shown())

    def _check(self, body: JSON) -> None:
        self.server.check_model(body.get("model"))
        background = body.get("background")
        if background and body.get("store") is False:
            raise ApiError(400, "Background mode requires 'store' to be true.", param="background")
        if background and body.get("stream") and not self.server.background_stream:
            detail = "'background' and 'stream' cannot be used together."
            raise ApiError(400, detail, body={"detail": detail})
        if body.get("conversation") and body.get("previous_response_id"):
            text = "'conversation' and 'previous_response_id' exclude each other."
            raise ApiError(400, text, code="mutually_exclusive_parameters")

    def _conversation(self, body: JSON) -> _Conversation | None:
        """Find the conversation the response is for; refuse a locked one."""
        given = body.get("conversation")
        if given is None:
            return None
        conversation = self.conversations.find(given if isinstance(given, str) else given["id"])
        if self.server.active_run(conversation.id):
            self.server.look(conversation.id)
            text = "Another process is currently operating on this conversation."
            text += " Please retry in a few seconds."
            raise ApiError(400, text, code="conversation_locked", param="conversation")
        return conversation

    def _begin(self, body: JSON, conversation: _Conversation | None) -> _Reply:
        history = [*conversation.items] if conversation else self._chain(body)
        items = _as_items(body.get("input") or [])
        _check_calls(history + items)
        self._check_size(body, history + items)
        text = last_user_text(history + items)
        acts = self.server.does(text)
        did = openai_hosted.items_of(acts, body, history, self.server.premises, text)
        run = self.server.begin(
            "response",
            text,
            body,
            did=did,
            conversation=conversation.id if conversation else None,
            live=bool(body.get("stream") and not body.get("background")),
            outputs=_outputs_since(history + items),
        )
        reply = _Reply(run, history, items, _messages(run), self.server.reasoning_tokens)
        run.on_end = lambda: _keep(reply, conversation)
        if body.get("stream") or not reply.background:
            run.status = "in_progress"
        self._replies[run.id] = reply
        return reply

    def _chain(self, body: JSON) -> list[JSON]:
        previous = body.get("previous_response_id")
        if previous is None:
            return []
        before = self._replies.get(previous)
        if before is None or before.request.get("store") is False:
            text, code = (
                f"Previous response with id '{previous}' not found.",
                "previous_response_not_found",
            )
            raise ApiError(400, text, code=code, param="previous_response_id")
        return before.history + before.input + before.output

    def _check_size(self, body: JSON, items: list[JSON]) -> None:
        text = text_of(items) + (body.get("instructions") or "")
        if self.server.overflows(text) and body.get("truncation") != "auto":
            text = "Your input exceeds the context window of this model."
            raise ApiError(400, text, code="context_length_exceeded", param="input")

    async def _stream(
        self, request: web.Request, reply: _Reply, after: int = -1
    ) -> web.StreamResponse:
        if not reply.events:
            reply.events = _numbered(reply)
            if not reply.run.live and not reply.run.held:
                reply.run.end()
        frames = [sse(event, event["type"]) for event in reply.events[after + 1 :]]
        pause = _first_pause(reply.events) - after - 1
        return await self.server.stream(request, reply.run, frames, pause=pause)

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        reply = self._asked(request)
        if request.query.get("stream") == "true":
            self._check_streamed(reply)
            return await self._stream(request, reply, int(request.query.get("starting_after", -1)))
        reply.run.look(self.server.polls)
        return web.json_response(reply.shown())

    def _check_streamed(self, reply: _Reply) -> None:
        for name in ("background", "stream"):
            if not reply.request.get(name):
                text = f"This response cannot be streamed because it was not created with {name}"
                raise ApiError(400, f"{text}=true.", param="stream")

    async def _cancel(self, request: web.Request) -> web.Response:
        reply = self._asked(request)
        if not reply.background:
            raise ApiError(400, "Cannot cancel a synchronous response.")
        if reply.run.active:
            reply.run.end("cancelled")
        return web.json_response(reply.shown())

    async def _delete(self, request: web.Request) -> web.Response:
        gone = self._replies.pop(self._asked(request).run.id)
        self._deleted[gone.run.id] = gone
        return web.json_response({"id": gone.run.id, "object": "response", "deleted": True})

    async def _input_items(self, request: web.Request) -> web.Response:
        return page(self._asked(request).input, request.query)

    def _asked(self, request: web.Request) -> _Reply:
        wanted = request.match_info["id"]
        reply = found(self._replies, wanted, _NOT_FOUND)
        if not _retrievable(reply):
            raise ApiError(404, _NOT_FOUND.format(wanted))
        return reply


def _retrievable(reply: _Reply) -> bool:
    """Foreground responses exist only once they are finished, and only if they are stored."""
    stored = reply.request.get("store") is not False
    return stored and (reply.background or reply.run.status in WITH_OUTPUT | {"failed"})


def _keep(reply: _Reply, conversation: _Conversation | None) -> None:
    if conversation is not None and reply.run.status in WITH_OUTPUT:
        conversation.items += reply.input + reply.output


def _outputs_since(items: list[JSON]) -> int:
    """How many outputs of calls stand behind the last question."""
    asked = max((n for n, item in enumerate(items) if item.get("role") == "user"), default=0)
    return sum(item.get("type") == "function_call_output" for item in items[asked:])


def _check_calls(items: list[JSON]) -> None:
    """Each call has one output, and each output a call."""
    made = [item["call_id"] for item in items if item.get("type") == "function_call"]
    told = [item["call_id"] for item in items if item.get("type") == "function_call_output"]
    for call in made:
        if call not in told:
            text = f"No tool output found for function call {call}."
            raise ApiError(400, text, param="input")
    for call in told:
        if told.count(call) > made.count(call):
            text = f"No tool call found for function call output with call_id {call}."
            raise ApiError(400, text, param="input")


def _messages(run: "FakeRun") -> list[JSON]:
    ending = run.ending
    if run.calls and ending.status in WITH_OUTPUT:
        return [_function_call(call) for call in run.calls]
    said = {"type": "refusal", "refusal": ending.refusal} if ending.refusal else None
    part = openai_hosted.said_with(run.output_text, run.did)
    final = _message(said or part, run.ending.status)
    if ending.commentary is None:
        searches = [_search(run.input_text) for _ in range(ending.searches)]
        return [*searches, *run.did, *([final] if run.output_text or not run.did else [])]
    aside = _message(_text_part(ending.commentary), "completed")
    return [{**aside, "phase": "commentary"}, {**final, "phase": "final_answer"}]


def _function_call(call: JSON) -> JSON:
    named = {"call_id": call["id"], "name": call["name"], "arguments": call["arguments"]}
    return {"id": new_id("fc_"), "type": "function_call", "status": "completed", **named}


def _search(query: str) -> JSON:
    action = {"type": "search", "query": query, "queries": [query]}
    return {"id": new_id("ws_"), "type": "web_search_call", "status": "completed", "action": action}


def _message(part: JSON, status: str) -> JSON:
    kind = {"type": "message", "role": "assistant"}
    return {"id": new_id("msg_"), **kind, "status": status, "content": [part]}


def _numbered(reply: _Reply) -> list[JSON]:
    return [{**event, "sequence_number": n} for n, event in enumerate(_events(reply))]


def _first_pause(events: list[JSON]) -> int:
    """How many events a held run shows: up to its first delta."""
    counted = enumerate(events, start=1)
    return next((n for n, event in counted if event["type"].endswith(".delta")), len(events) - 1)


def _events(reply: _Reply) -> Iterator[JSON]:
    status = "queued" if reply.background else "in_progress"
    yield {"type": "response.created", "response": reply.shown(status)}
    if reply.background:
        yield {"type": "response.queued", "response": reply.shown(status)}
    yield {"type": "response.in_progress", "response": reply.shown("in_progress")}
    ending = reply.run.ending.status
    if ending in WITH_OUTPUT:
        for index, item in enumerate(reply.output):
            yield from _item_events(index, item)
    if ending in WITH_OUTPUT | {"failed"}:
        yield {"type": f"response.{ending}", "response": reply.shown(ending)}


def _call_events(index: int, item: JSON) -> Iterator[JSON]:
    opened = {**item, "status": "in_progress", "arguments": ""}
    yield {"type": "response.output_item.added", "output_index": index, "item": opened}
    place, name = {"item_id": item["id"], "output_index": index}, "response.function_call_arguments"
    for piece in words(item["arguments"]):
        yield {"type": f"{name}.delta", "delta": piece, **place}
    yield {"type": f"{name}.done", "arguments": item["arguments"], **place}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _search_events(index: int, item: JSON) -> Iterator[JSON]:
    opened = {**item, "status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": index, "item": opened}
    for step in ("in_progress", "searching", "completed"):
        place = {"item_id": item["id"], "output_index": index}
        yield {"type": f"response.web_search_call.{step}", **place}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _item_events(index: int, item: JSON) -> Iterator[JSON]:
    if item["type"] == "function_call":
        yield from _call_events(index, item)
        return
    if item["type"] == "web_search_call":
        yield from _search_events(index, item)
        return
    if item["type"] != "message":
        yield from openai_hosted.events_of(index, item)
        return
    opened = {**item, "status": "in_progress", "content": []}
    yield {"type": "response.output_item.added", "output_index": index, "item": opened}
    place = {"item_id": item["id"], "output_index": index, "content_index": 0}
    for event in _part_events(item["content"][0]):
        yield {**event, **place}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _part_events(part: JSON) -> Iterator[JSON]:
    refused = part["type"] == "refusal"
    field = "refusal" if refused else "text"
    extra: JSON = {} if refused else {"logprobs": []}
    name = f"response.{part['type']}"
    yield {"type": "response.content_part.added", "part": {**part, field: ""}}
    for word in words(part[field]):
        yield {"type": f"{name}.delta", "delta": word, **extra}
    yield {"type": f"{name}.done", field: part[field], **extra}
    yield {"type": "response.content_part.done", "part": part}
