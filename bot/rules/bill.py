"""What a run's input was made of, and how people are told what something costs."""

import json
from collections.abc import Sequence
from dataclasses import replace

from bot.core.answers import Usage
from bot.core.ports.storage import Used
from bot.core.prices import as_money, in_dollars
from bot.core.prompts import Prompt, with_texts
from bot.core.text import estimate_tokens, plural
from bot.core.tools import Tool, ToolStep
from bot.words import number, say


def parted(prompt: Prompt, usage: Usage) -> Usage:
    """With the parts of its input that we know of, estimated; together never more than it was."""
    room = usage.input_tokens
    tools = min(tokens_of_tools(prompt.tools) + sum(map(_tokens_of, prompt.steps)), room)
    history = _without(usage.history_tokens, tools, room, is_rest=prompt.session is not None)
    rest = room - tools - history
    instructions = min(estimate_tokens(prompt.instructions), rest)
    files = estimate_tokens(with_texts(prompt)) - estimate_tokens(prompt.words)
    material = min(max(files, 0), rest - instructions)
    return replace(
        usage,
        history_tokens=history,
        instructions_tokens=instructions,
        tools_tokens=tools,
        material_tokens=material,
    )


def _without(history: int, tools: int, room: int, *, is_rest: bool) -> int:
    """What was taken for history without a thought of tools: all that was left over, or a share."""
    if is_rest:
        return max(min(history, room) - tools, 0)
    return min(history, room) * (room - tools) // room if room else 0


def tokens_of_tools(tools: Sequence[Tool]) -> int:
    """What a model is told of them."""
    told = [{"name": t.name, "description": t.description, **t.parameters} for t in tools]
    return estimate_tokens(json.dumps(told)) if told else 0


def _tokens_of(step: ToolStep) -> int:
    called = (f"{call.tool} {call.arguments}" for call in step.calls)
    return sum(map(estimate_tokens, (*called, *step.outputs)))


def as_line(usage: Usage, unpriced: Sequence[str] = ()) -> str:
    """Of one answer, below it. `unpriced`: what nobody knows the price of besides."""
    old = (
        say(", about {history_tokens} of them history", history_tokens=number(usage.history_tokens))
        if usage.history_tokens
        else ""
    )
    cost = "" if usage.cost is None else f" · {as_money(in_dollars(usage.cost))}"
    counts = say(
        "{input_tokens} tokens in{old}, {output_tokens} out",
        input_tokens=number(usage.input_tokens),
        old=old,
        output_tokens=number(usage.output_tokens),
    )
    names = ", ".join(name.replace("_", " ") for name in unpriced)
    more = " · " + say("{names} besides, at a price unknown here", names=names) if names else ""
    return f"*({counts}{cost}{more})*"


def counted(used: Used) -> str:
    """Of many answers."""
    counts = say(
        "{input_tokens} tokens in, {output_tokens} out",
        input_tokens=number(used.input_tokens),
        output_tokens=number(used.output_tokens),
    )
    return f"{plural(used.runs, 'answer')}, {counts}{_cost(used)}"


def in_parts(used: Used) -> str:
    """The same, with what the input was made of. The estimates are called so."""
    parts = {
        "history": used.history_tokens,
        "instructions": used.instructions_tokens,
        "tools": used.tools_tokens,
        "material": used.material_tokens,
        "new": used.new_tokens,
    }
    made = ", ".join(f"{number(count)} {say(name)}" for name, count in parts.items() if count)
    about = say(" (about {made})", made=made) if made else ""
    cached = (
        say(", {cached_tokens} of them cached", cached_tokens=number(used.cached_tokens))
        if used.cached_tokens
        else ""
    )
    thought = (
        say(", {reasoning_tokens} of them thought", reasoning_tokens=number(used.reasoning_tokens))
        if used.reasoning_tokens
        else ""
    )
    out = say("{output_tokens} out", output_tokens=number(used.output_tokens)) + thought
    return say(
        "{runs}: {input_tokens} tokens in{about}{cached}; {out}{cost}",
        runs=plural(used.runs, "answer"),
        input_tokens=number(used.input_tokens),
        about=about,
        cached=cached,
        out=out,
        cost=_cost(used),
    )


def usage_of_place(used: Sequence[tuple[str, Used]], place: str) -> str:
    """By person, whoever used most first."""
    if not used:
        return say("Nobody has had an answer in {place} yet.", place=place)
    lines = [f"- {name or 'someone'}: {counted(one)}" for name, one in used]
    return "\n".join([say("In {place}, those who used most:", place=place), "", *lines])


def _cost(used: Used) -> str:
    if not used.runs:
        return ""
    if used.unpriced == used.runs:
        return say("; nobody knows the price")
    missing = f" and {plural(used.unpriced, 'answer')} without a price" if used.unpriced else ""
    return f"; {as_money(in_dollars(used.cost))}{missing}"
