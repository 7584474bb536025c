"""What is told of tokens and money: of each answer, of a conversation, and of the next message."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bot.core.answers import Answer, Usage
from bot.core.ports.storage import Spent
from bot.core.prices import A_MINUTE, HostedPrice, as_cost, as_money
from bot.core.prompts import Prompt
from bot.core.text import estimate_tokens
from bot.core.tools import EndedCall
from bot.rules.bill import as_line, in_parts, tokens_of_tools
from bot.rules.history import newest_within, tokens_in
from bot.words import number, say
from bot.work.desk import Desk
from bot.work.holding import HeldTurn, Ports
from bot.work.remembering import remarked_with

_WEEK = 7 * 86_400.0


def priced(usage: Usage, backend: str, model: str | None, ports: Ports) -> Usage:
    """With its price, as it is now: of a sum nobody could say, since long runs may cost more."""
    counts = (usage.input_tokens, usage.cached_tokens, usage.output_tokens)
    return replace(usage, cost=as_cost(ports.price(Spent(backend, model, *counts))))


def hosted_price(backend: str, ports: Ports) -> HostedPrice:
    """Of what a server does itself: the operator's, else by the tokens that it says it took."""
    own = {str(name): price for name, price in ports.assistants.current().hosted_prices.items()}

    def price(one: EndedCall) -> Decimal | None:
        if one.seconds is not None and A_MINUTE in own:
            return own[A_MINUTE] * one.seconds / 60
        if not one.is_charged or one.call.tool in own:
            return own[one.call.tool] if one.is_charged else Decimal(0)
        if one.model is None:
            return None
        return ports.price(Spent(backend, one.model, one.input_tokens, 0, one.output_tokens))

    return price


async def with_cost(held: HeldTurn, answer: Answer, unpriced: Sequence[str]) -> Answer:
    """The answer, and below it what it cost, where people want to see that.

    `unpriced`: what the server did for it besides, at a price that nobody has said.
    """
    if answer.usage is None or not (await held.scene.chosen()).is_on("show_cost"):
        return answer
    return remarked_with(answer, as_line(answer.usage, unpriced))


async def told_bill(desk: Desk, prompt: Prompt, place: str) -> str:
    """Of this conversation, of whoever asks, and of the next message."""
    looks, message = desk.storage.looks, prompt.message
    scope = desk.assistants.table.scope_of_person(message.key)
    since = desk.clock() - _WEEK
    here = await looks.usage_of(prompt.conversation_id)
    mine = await looks.usage_of_person(scope, message.author.id, since)
    lines = [
        f"{place[:1].upper()}{place[1:]}: {in_parts(here)}.",
        say("You, in the last seven days: {in_parts}.", in_parts=in_parts(mine)),
        await _next(desk, prompt),
    ]
    return "\n".join(f"- {line}" for line in lines)


async def _next(desk: Desk, prompt: Prompt) -> str:
    """What the next message here takes along, whatever it says."""
    history = await _remembered(desk, prompt)
    tools = await desk.toolbox.offered(prompt.assistant, prompt.message)
    rest = estimate_tokens(prompt.instructions) + tokens_of_tools(tools)
    cost, saved = await _prices(desk, prompt, history + rest, history)
    about = say(
        " (instructions and tools {rest}, history {history})",
        rest=number(rest),
        history=number(history),
    )
    line = say(
        "The next message here takes about {history} tokens along{about}{cost}.",
        history=number(history + rest),
        about=about,
        cost=cost,
    )
    return (
        say(
            "{line} After `/new` it would be {history} less{saved}.",
            line=line,
            history=number(history),
            saved=saved,
        )
        if history
        else line
    )


async def _remembered(desk: Desk, prompt: Prompt) -> int:
    room = desk.keeper.room(prompt.assistant)
    session = await desk.storage.sessions.current(prompt.conversation_id, desk.keeper.name)
    if session and not session.is_outdated and session.tokens <= room:
        return session.tokens
    room = room or prompt.assistant.history_tokens
    return tokens_in(newest_within(await prompt.recall(), room))


async def _prices(desk: Desk, prompt: Prompt, *tokens: int) -> Sequence[str]:
    """Of so much input, at the model that answered here last; empty where nobody knows."""
    key = str(prompt.message.key)
    spent = await desk.storage.looks.spent(key, 0.0, None)
    model = prompt.assistant.model or next((one.model for one in spent if one.model), None)
    prices = [desk.price(Spent(desk.keeper.name, model, count, 0, 0)) for count in tokens]
    return [_at_most(price) for price in prices]


def _at_most(price: Decimal | None) -> str:
    return "" if price is None else say(", at most {as_money}", as_money=as_money(price))
