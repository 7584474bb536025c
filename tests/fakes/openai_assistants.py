"""The legacy Assistants API, as OpenAI had it, or with the quirks of a self-hosted clone."""

import functools
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes import JSON, ApiError, found, last_user_text, new_id, page, text_of, tokens
from tests.fakes.openai_threads import FakeThread, ThreadRun

if TYPE_CHECKING:
    from tests.fakes.openai_server import FakeOpenAI


class AssistantsApi:
    """`/v1/assistants` and `/v1/threads`, messages and runs included."""

    def __init__(self, server: "FakeOpenAI") -> None:
        self.server = server
        self._assistants: dict[str, JSON] = {}
        self._threads: dict[str, FakeThread] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        thread = "/v1/threads/{thread}"
        messages, runs = f"{thread}/messages", f"{thread}/runs"
        run = f"{runs}/{{run}}"
        return (
            web.post("/v1/assistants", _beta(self._create_assistant)),
            web.get("/v1/assistants", _beta(self._list_assistants)),
            web.get("/v1/assistants/{id}", _beta(self._retrieve_assistant)),
            web.post("/v1/assistants/{id}", _beta(self._update_assistant)),
            web.delete("/v1/assistants/{id}", _beta(self._delete_assistant)),
            web.post("/v1/threads", _beta(self._create_thread)),
            web.get(thread, _beta(self._retrieve_thread)),
            web.post(thread, _beta(self._update_thread)),
            web.delete(thread, _beta(self._delete_thread)),
            web.post(messages, _beta(self._create_message)),
            web.get(messages, _beta(self._list_messages)),
            web.get(f"{messages}/{{message}}", _beta(self._retrieve_message)),
            web.post(runs, _beta(self._create_run)),
            web.get(runs, _beta(self._list_runs)),
            web.get(run, _beta(self._retrieve_run)),
            web.get(f"{run}/steps", _beta(self._list_steps)),
            web.post(f"{run}/cancel", _beta(self._cancel_run)),
            web.post(f"{run}/submit_tool_outputs", _beta(self._submit_outputs)),
        )

    async def _create_assistant(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.server.check_model(body.get("model"))
        blank: JSON = {"description": None, "instructions": None, "name": None, "tools": []}
        head = {"id": new_id("asst_"), "object": "assistant", "created_at": int(time.time())}
        assistant = {**blank, "metadata": {}, **body, **head}
        self._assistants[assistant["id"]] = assistant
        return self._show(assistant)

    async def _list_assistants(self, request: web.Request) -> web.Response:
        return self._page([*self._assistants.values()], request)

    async def _retrieve_assistant(self, request: web.Request) -> web.Response:
        return self._show(self._assistant(request.match_info["id"]))

    async def _update_assistant(self, request: web.Request) -> web.Response:
        assistant = self._assistant(request.match_info["id"])
        assistant.update(await request.json())
        return self._show(assistant)

    async def _delete_assistant(self, request: web.Request) -> web.Response:
        gone = self._assistants.pop(self._assistant(request.match_info["id"])["id"])
        return self._show({"id": gone["id"], "object": "assistant.deleted", "deleted": True})

    async def _create_thread(self, request: web.Request) -> web.Response:
        body = await request.json() if request.body_exists else {}
        thread = FakeThread(new_id("thread_"), int(time.time()), body.get("metadata") or {})
        for given in body.get("messages") or ():
            thread.add(given, self.server.files)
        self._threads[thread.id] = thread
        return self._show(thread.shown())

    async def _retrieve_thread(self, request: web.Request) -> web.Response:
        return self._show(self._thread(request).shown())

    async def _update_thread(self, request: web.Request) -> web.Response:
        thread, body = self._thread(request), await request.json()
        thread.resources.update(body.get("tool_resources") or {})
        return self._show(thread.shown())

    async def _delete_thread(self, request: web.Request) -> web.Response:
        gone = self._threads.pop(self._thread(request).id)
        return self._show({"id": gone.id, "object": "thread.deleted", "deleted": True})

    async def _create_message(self, request: web.Request) -> web.Response:
        thread = self._thread(request)
        self._refuse_active(thread, "Can't add messages to {thread} while a run {run} is active.")
        return self._show(thread.add(await request.json(), self.server.files))

    async def _list_messages(self, request: web.Request) -> web.Response:
        thread = self._thread(request)
        self.server.look(thread.id)
        run = request.query.get("run_id")
        return self._page([m for m in thread.messages if run in {None, m["run_id"]}], request)

    async def _retrieve_message(self, request: web.Request) -> web.Response:
        messages = {message["id"]: message for message in self._thread(request).messages}
        wanted = request.match_info["message"]
        return self._show(found(messages, wanted, "No message found with id '{}'."))

    async def _create_run(self, request: web.Request) -> web.Response:
        thread, body = self._thread(request), await request.json()
        assistant = self._assistant(body.get("assistant_id"))
        self.server.check_model(body.get("model") or assistant["model"])
        self._refuse_active(thread, "Thread {thread} already has an active run {run}.")
        if body.get("stream"):
            raise ApiError(400, "This server does not stream runs.", param="stream")
        extra = body.get("additional_messages") or []
        for given in extra:
            thread.add(given, self.server.files)
        run = self._begin(thread, assistant, body)
        return self._show_run(run)

    def _begin(self, thread: FakeThread, assistant: JSON, body: JSON) -> ThreadRun:
        text = last_user_text(thread.messages)
        fake = self.server.begin("run", text, body, conversation=thread.id)
        prompt = text_of(thread.messages) + (body.get("instructions") or "")
        run = ThreadRun(fake, assistant, tokens(prompt), int(time.time()))
        fake.on_end = lambda: thread.keep(run)
        run.work(self.server.does(text), thread, self.server.files)
        thread.runs.append(run)
        return run

    async def _list_runs(self, request: web.Request) -> web.Response:
        thread = self._thread(request)
        self.server.look(thread.id)
        usage = not self.server.assistants_quirks
        return self._page([run.shown(usage=usage) for run in thread.runs], request)

    async def _retrieve_run(self, request: web.Request) -> web.Response:
        run = self._run(request)
        run.run.look(self.server.polls)
        return self._show_run(run)

    async def _list_steps(self, request: web.Request) -> web.Response:
        return self._page(self._run(request).steps(), request)

    async def _cancel_run(self, request: web.Request) -> web.Response:
        run = self._run(request)
        status = run.run.status
        stuck = self.server.assistants_quirks and status == "queued"
        if stuck or not run.run.active:
            raise ApiError(400, f"Cannot cancel run with status '{status}'.")
        run.run.status = "cancelling"
        return self._show_run(run)

    async def _submit_outputs(self, request: web.Request) -> web.Response:
        run = self._run(request)
        if run.run.status != "requires_action":
            text = f'Runs in status "{run.run.status}" do not accept tool outputs.'
            raise ApiError(400, text)
        given = [one["tool_call_id"] for one in (await request.json())["tool_outputs"]]
        if run.run.calls and sorted(given) != sorted(call["id"] for call in run.run.calls):
            raise ApiError(400, "Expected tool outputs for each call id.")
        run.run.outputs += len(run.run.calls)
        run.run.calls = self.server.calls_for(run.run.input_text, run.run.outputs)
        run.run.reopen()
        return self._show_run(run)

    def _refuse_active(self, thread: FakeThread, text: str) -> None:
        active = self.server.active_run(thread.id)
        if active is None or self.server.assistants_quirks:
            return
        active.look(self.server.polls)
        raise ApiError(400, text.format(thread=thread.id, run=active.id))

    def _assistant(self, wanted: str) -> JSON:
        return found(self._assistants, wanted, "No assistant found with id '{}'.")

    def _thread(self, request: web.Request) -> FakeThread:
        wanted = request.match_info["thread"]
        return found(self._threads, wanted, "No thread found with id '{}'.")

    def _run(self, request: web.Request) -> ThreadRun:
        runs = {run.run.id: run for run in self._thread(request).runs}
        return found(runs, request.match_info["run"], "No run found with id '{}'.")

    def _show_run(self, run: ThreadRun) -> web.Response:
        return self._show(run.shown(usage=not self.server.assistants_quirks))

    def _show(self, row: JSON) -> web.Response:
        return web.json_response(self._quirked(row))

    def _page(self, rows: list[JSON], request: web.Request) -> web.Response:
        quirks = {"order": "asc"} if self.server.assistants_quirks else {}
        return page([*map(self._quirked, rows)], {**request.query, **quirks})

    def _quirked(self, row: JSON) -> JSON:
        if not self.server.assistants_quirks:
            return row
        return {"metadata_" if name == "metadata" else name: row[name] for name in row}


def _beta(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    @functools.wraps(handler)
    async def checked(request: web.Request) -> web.Response:
        if request.headers.get("OpenAI-Beta") != "assistants=v2":
            text = "You must provide the 'OpenAI-Beta' header to access the Assistants API."
            raise ApiError(400, text, code="invalid_beta")
        return await handler(request)

    return checked
