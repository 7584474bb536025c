"""Threads and runs of the Assistants API, and what programs do within them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes import JSON, ApiError, new_id, text_of, tokens
from tests.fakes.openai_containers import FilesApi, Stored
from tests.fakes.openai_hosted import ACTS, CODE, PICTURE, SUMS

if TYPE_CHECKING:
    from tests.fakes.openai_server import FakeRun

_CALL: JSON = {"name": "lookup", "arguments": "{}"}
TOOL_CALL: JSON = {"id": "call_1", "type": "function", "function": _CALL}


@dataclass
class FakeThread:
    id: str
    created_at: int
    metadata: JSON
    messages: list[JSON] = field(default_factory=list)
    runs: list["ThreadRun"] = field(default_factory=list)
    resources: JSON = field(default_factory=dict)

    def shown(self) -> JSON:
        shown = {"id": self.id, "created_at": self.created_at, "metadata": self.metadata}
        return {"object": "thread", **shown, "tool_resources": self.resources}

    def given(self) -> list[str]:
        """Files for its programs."""
        return [*self.resources.get(CODE, {}).get("file_ids", ())]

    def add(self, given: JSON, files: FilesApi) -> JSON:
        """A message, whose files are the thread's from then on."""
        attached = [
            files.find(one["file_id"]).id
            for one in given.get("attachments") or ()
            if {"type": CODE} in one["tools"]
        ]
        if attached:
            self.resources[CODE] = {"file_ids": [*self.given(), *attached]}
        self.messages.append(as_message(self, given))
        return self.messages[-1]

    def keep(self, run: "ThreadRun") -> None:
        """The answer of a run that has ended with one."""
        if run.run.status in {"completed", "incomplete"}:
            given = {"role": "assistant", "content": run.run.output_text}
            self.messages.append(as_message(self, given, run))


@dataclass
class ThreadProgram:
    """One that a run's model has written, and the files that it made."""

    logs: str
    has_failed: bool
    picture: Stored | None = None
    table: Stored | None = None
    id: str = field(default_factory=lambda: new_id("call_"))

    @classmethod
    def of(cls, act: str, given: Sequence[Stored], files: FilesApi) -> "ThreadProgram":
        logs = "\n".join([*sorted(one.name for one in given), "drawn"])
        program = cls(logs, act == "run, fails")
        if act == "run":
            program.picture = _made("plot.png", PICTURE, files)
            program.table = _made("/mnt/data/sums.csv", SUMS, files)
        return program

    def shown(self, *, has_ended: bool) -> JSON:
        outputs: list[JSON] = [{"type": "logs", "logs": self.logs}]
        if self.picture:
            outputs.append({"type": "image", "image": {"file_id": self.picture.id}})
        about = {"input": "plot()", "outputs": outputs if has_ended else []}
        return {"id": self.id, "type": CODE, CODE: about}


@dataclass
class ThreadRun:
    """A run with what only this API knows of it."""

    run: "FakeRun"
    assistant: JSON
    prompt_tokens: int
    created_at: int
    programs: list[ThreadProgram] = field(default_factory=list)

    def work(self, acts: Sequence[str], thread: FakeThread, files: FilesApi) -> None:
        """Do of these what its tools let it do."""
        given = [files.stored.get(one) for one in thread.given()]
        if None in given:
            raise ApiError(400, "A file of the thread's code_interpreter does not exist.")
        if {"type": CODE} in self.tools:
            present = [one for one in given if one]
            mine = [act for act in acts if ACTS[act] == CODE]
            self.programs = [ThreadProgram.of(act, present, files) for act in mine]

    @property
    def tools(self) -> list[JSON]:
        return [*(self.run.request.get("tools") or self.assistant["tools"])]

    def steps(self) -> list[JSON]:
        """What it has done, the oldest first; all programs run until it has ended."""
        has_ended = not self.run.active
        steps = []
        for program in self.programs:
            state = "failed" if program.has_failed else "completed"
            calls = [program.shown(has_ended=has_ended)]
            about = {"type": "tool_calls", "tool_calls": calls}
            name = program.id.replace("call_", "step_")
            steps.append(self._step(name, about, state if has_ended else "in_progress"))
        return steps

    def _step(self, name: str, about: JSON, status: str) -> JSON:
        failed = {"code": "server_error", "message": "The program failed."}
        none = dict.fromkeys(("cancelled_at", "expired_at", "usage"))
        return {
            **none,
            "id": name,
            "object": "thread.run.step",
            "created_at": self.created_at,
            "run_id": self.run.id,
            "assistant_id": self.assistant["id"],
            "thread_id": self.run.conversation,
            "type": about["type"],
            "status": status,
            "completed_at": self.created_at if status == "completed" else None,
            "failed_at": self.created_at if status == "failed" else None,
            "last_error": failed if status == "failed" else None,
            "step_details": about,
            "metadata": {},
        }

    def content(self) -> list[JSON]:
        """Of its answer: pictures, then words that name its other files."""
        made = [one for program in self.programs for one in (program.picture,) if one]
        pictures = [
            {"type": "image_file", "image_file": {"file_id": one.id, "detail": "auto"}}
            for one in made
        ]
        if self.run.ending.refusal:
            return [{"type": "refusal", "refusal": self.run.output_text}]
        text, notes = self.run.output_text, []
        for table in (one.table for one in self.programs if one.table):
            address = f"sandbox:{table.name}"
            text += f"\n\n[Get {table.name.rpartition('/')[2]}]({address})"
            place = {"start_index": len(text) - 1 - len(address), "end_index": len(text) - 1}
            path = {"text": address, "file_path": {"file_id": table.id}}
            notes.append({"type": "file_path", **place, **path})
        said = {"type": "text", "text": {"value": text, "annotations": notes}}
        return [*pictures, *([said] if text else [])]

    def shown(self, *, usage: bool) -> JSON:
        run, body = self.run, self.run.request
        return {
            "object": "thread.run",
            "id": run.id,
            "thread_id": run.conversation,
            "assistant_id": self.assistant["id"],
            "status": run.status,
            "model": body.get("model") or self.assistant["model"],
            "instructions": body.get("instructions") or self.assistant["instructions"] or "",
            "tools": self.tools,
            "metadata": body.get("metadata") or {},
            "created_at": self.created_at,
            "expires_at": self.created_at + 600 if run.active else None,
            "parallel_tool_calls": True,
            "usage": self._usage() if usage and not run.active else None,
            **self._outcome(),
        }

    def _usage(self) -> JSON:
        read, written = self.prompt_tokens, tokens(self.run.output_text)
        counts = {"prompt_tokens": read, "completion_tokens": written}
        return {**counts, "total_tokens": read + written}

    def _outcome(self) -> JSON:
        ending, now = self.run.ending, int(time.time())
        error = {"code": ending.error_code or "server_error", "message": "The run failed."}
        reason = {"reason": ending.incomplete_reason or "max_completion_tokens"}
        made = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": call["arguments"]},
            }
            for call in self.run.calls
        ]
        wanted = {"tool_calls": made or [TOOL_CALL]}
        calls = {"type": "submit_tool_outputs", "submit_tool_outputs": wanted}
        none: JSON = dict.fromkeys(("last_error", "incomplete_details", "required_action"))
        outcomes: dict[str, JSON] = {
            "completed": {"completed_at": now},
            "cancelled": {"cancelled_at": now},
            "failed": {"failed_at": now, "last_error": error},
            "incomplete": {"incomplete_details": reason},
            "requires_action": {"required_action": calls},
        }
        return {**none, **outcomes.get(self.run.status, {})}


def as_message(thread: FakeThread, given: JSON, run: ThreadRun | None = None) -> JSON:
    now = int(time.time())
    plain = {"type": "text", "text": {"value": text_of(given["content"]), "annotations": []}}
    return {
        "id": new_id("msg_"),
        "object": "thread.message",
        "created_at": now,
        "completed_at": now,
        "thread_id": thread.id,
        "role": given["role"],
        "status": "completed",
        "content": run.content() if run else [plain],
        "assistant_id": run.assistant["id"] if run else None,
        "run_id": run.run.id if run else None,
        "attachments": given.get("attachments") or [],
        "metadata": given.get("metadata") or {},
    }


def _made(name: str, data: bytes, files: FilesApi) -> Stored:
    made = Stored(new_id("file-"), name, data, "assistants_output")
    files.stored[made.id] = made
    return made
