"""What a server of Responses has done itself, item by item: as calls that have ended."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.backends.citations import Cited, sources_in
from bot.backends.hosted import CODE, IMAGES
from bot.backends.reading import mappings, usage_in, word
from bot.core.answers import Answer, remarked
from bot.core.files import MOST_BYTES, File, FileRefused
from bot.core.prompts import as_remark
from bot.core.text import clean
from bot.core.tools import Call, EndedCall, Output
from bot.rules.handing import handed
from bot.words import say

WORDLESS = "Here it is."  # in place of words, where there are only files
NOT_ALLOWED = "The AI service did not paint the picture: its rules forbid it."
_CHARS = 4000  # of what came of it, as it is kept
_CHARS_FOUND = 40_000  # of passages; it is kept with fewer
_FORBIDDEN = re.compile(r"moderation|policy|safety|blocked", re.IGNORECASE)
_NOT_PAINTED = "The picture did not come about."


def ended_in(response: Mapping[str, Any]) -> tuple[EndedCall, ...]:
    """What the server did itself in a run, and what it says that this took."""
    ended = [
        _READ[item["type"]](item, place)
        for place, item in enumerate(mappings(response.get("output")))
        if word(item.get("type")) in _READ
    ]
    painted = [place for place, one in enumerate(ended) if one.call.tool == "image_generation"]
    if painted and (used := _painting_used(response)):
        ended[painted[0]] = replace(ended[painted[0]], **used)
        for place in painted[1:]:  # the server counts them together
            ended[place] = replace(ended[place], model=used["model"])
    return tuple(ended)


def below(items: Any, ended: Sequence[EndedCall]) -> str:
    """What stands below an answer: where it looked, and what came to nothing."""
    notices = [one.notice for one in ended if one.notice]
    return remarked(sources_in(items), as_remark(notices))


def given_to(
    hosted: Sequence[EndedCall], files: Sequence[File], cited: Cited
) -> tuple[EndedCall, ...]:
    """The last program has made them; none ran where a file of an earlier one is named again."""
    ran = [place for place, one in enumerate(hosted) if one.call.tool == CODE]
    if not ran:
        call = Call(cited.file, CODE, "")
        output = Output("", tuple(files))
        again = EndedCall(call=call, output=output, place=cited.container, is_charged=False)
        return (*hosted, again)
    last = hosted[ran[-1]]
    output = replace(last.output, files=(*last.output.files, *files))
    return (*hosted[: ran[-1]], replace(last, output=output), *hosted[ran[-1] + 1 :])


def noted(answer: Answer, notices: Sequence[str]) -> Answer:
    """With what else is to be said below it."""
    return with_remark(answer, remarked(answer.remark, as_remark(notices)))


def with_remark(answer: Answer, remark: str) -> Answer:
    return replace(answer, text=remarked(answer.words, remark), remark=remark)


def spoken(text: str, remark: str, hosted: Sequence[EndedCall]) -> str:
    """What is only shown has a word with it, which is ours."""
    is_shown = any(one.output.files for one in hosted)
    return remarked(say(WORDLESS), remark) if is_shown and not text else remark


def _searched(item: Mapping[str, Any], place: int) -> EndedCall:
    action = item.get("action")
    query = action.get("query") if isinstance(action, Mapping) else ""
    output = Output("", is_error=item.get("status") == "failed")
    return EndedCall(call=_call(item, place, query), output=output)


def _painted(item: Mapping[str, Any], place: int) -> EndedCall:
    """A picture, if it is whole; one that is half painted is none."""
    call = _call(item, place, item.get("revised_prompt"))
    if item.get("status") not in ("completed", None) or item.get("error"):
        error = item.get("error")
        words = str(error) if isinstance(error, Mapping) else ""
        notice = say(NOT_ALLOWED if _FORBIDDEN.search(words) else _NOT_PAINTED)
        output = Output(clean(words)[:_CHARS], is_error=True)
        return EndedCall(call=call, output=output, notice=notice, is_charged=False)
    files, refused = handed({f"picture-{place + 1}.png": _decoded(item.get("result"))})
    notices = [FileRefused.because(name, why).notice for name, why in refused]
    output = Output("", tuple(files), is_error=not files)
    return EndedCall(call=call, output=output, notice=" ".join(notices))


def _ran(item: Mapping[str, Any], place: int) -> EndedCall:
    """A program, with what it wrote, and the pictures that came with that."""
    outputs = mappings(item.get("outputs"))
    said = "\n".join(filter(None, (word(one.get("logs")) for one in outputs)))
    drawn = [word(one.get("url")) or "" for one in outputs]
    data = [_decoded(one.partition("base64,")[2]) for one in drawn if one.startswith("data:")]
    files, _ = handed({f"plot-{place + 1}-{n}.png": one for n, one in enumerate(data, 1)})
    failed = item.get("status") not in ("completed", None)
    output = Output(clean(said)[:_CHARS], tuple(files), is_error=failed)
    return EndedCall(
        call=_call(item, place, item.get("code")),
        output=output,
        place=word(item.get("container_id")) or "",
    )


def _looked(item: Mapping[str, Any], place: int) -> EndedCall:
    """What was found in stores, as far as the server shows it."""
    queries = item.get("queries")
    asked = "; ".join(map(str, queries)) if isinstance(queries, list) else ""
    found = "\n\n".join(
        filter(None, (word(one.get("text")) for one in mappings(item.get("results"))))
    )
    failed = item.get("status") not in ("completed", None)
    output = Output(clean(found)[:_CHARS_FOUND], is_error=failed)
    return EndedCall(call=_call(item, place, asked), output=output)


def _decoded(written: Any) -> bytes:
    """Of base64; more than a picture may have is not unpacked, and is too large all the same."""
    if not isinstance(written, str):
        return b""
    try:
        return base64.b64decode(written[: 2 * MOST_BYTES], validate=True)
    except ValueError:
        return b""


def _call(item: Mapping[str, Any], place: int, about: Any) -> Call:
    named = word(item.get("id")) or f"{item['type']}-{place}"
    return Call(named, item["type"].removesuffix("_call"), clean(str(about or ""))[:_CHARS])


def _painting_used(response: Mapping[str, Any]) -> dict[str, Any]:
    told = response.get("tool_usage")
    used = usage_in(told.get("image_gen")) if isinstance(told, Mapping) else None
    tools = [one for one in mappings(response.get("tools")) if one.get("type") == IMAGES]
    model = next((word(one.get("model")) for one in tools), None)
    if used is None or model is None or not used.output_tokens:
        return {}
    counts = {"input_tokens": used.input_tokens, "output_tokens": used.output_tokens}
    return {"model": model, **counts}


_READ: Mapping[str, Callable[[Mapping[str, Any], int], EndedCall]] = {
    "web_search_call": _searched,
    "image_generation_call": _painted,
    "code_interpreter_call": _ran,
    "file_search_call": _looked,
}
