"""The floor: a bot as tutorials write it, with nothing kept and nothing promised.

`python -m tests.bench.floor slack|discord chat|streams|polls|tools`. The handler awaits the model
and posts; with `streams` it reads a Response word by word, with `polls` it looks every half second
whether it is there. Each client is used with the transport and the settings it comes with.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from openai import AsyncOpenAI

Ask = Callable[[str], Awaitable[str]]


def ask_chat(client: AsyncOpenAI) -> Ask:
    async def ask(text: str) -> str:
        completion = await client.chat.completions.create(
            model="bench", messages=[{"role": "user", "content": text}]
        )
        return completion.choices[0].message.content or ""

    return ask


def ask_with_tools(client: AsyncOpenAI) -> Ask:
    """As tutorials do it: a loop over requests, until no more calls come."""

    async def look(number: int) -> str:
        return f"looked at {number}"

    parameters: Any = {"type": "object", "properties": {"number": {"type": "integer"}}}
    tools: Any = [
        {
            "type": "function",
            "function": {"name": "look", "description": "Look.", "parameters": parameters},
        }
    ]

    async def ask(text: str) -> str:
        messages: list[Any] = [{"role": "user", "content": text}]
        while True:
            completion = await client.chat.completions.create(
                model="bench", messages=messages, tools=tools
            )
            message: Any = completion.choices[0].message
            if not message.tool_calls:
                return message.content or ""
            messages.append(message)
            for call in message.tool_calls:
                done = await look(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": done})

    return ask


def ask_by_streaming(client: AsyncOpenAI) -> Ask:
    async def ask(text: str) -> str:
        stream = await client.responses.create(model="bench", input=text, stream=True)
        words = [one.delta async for one in stream if one.type == "response.output_text.delta"]
        return "".join(words)

    return ask


def ask_by_polling(client: AsyncOpenAI) -> Ask:
    async def ask(text: str) -> str:
        response = await client.responses.create(model="bench", input=text, background=True)
        while response.status in ("queued", "in_progress"):
            await asyncio.sleep(0.5)
            response = await client.responses.retrieve(response.id)
        return response.output_text

    return ask


async def run_slack(ask: Ask) -> None:
    from slack_bolt.adapter.socket_mode.async_handler import (  # noqa: PLC0415
        AsyncSocketModeHandler,
    )
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

    url = os.environ["SLACK_API_URL"]
    app = AsyncApp(client=AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=url))

    async def answer(event: dict[str, Any], say: Callable[..., Awaitable[Any]]) -> None:
        await say(text=await ask(event["text"]), thread_ts=event["ts"])

    app.event("message")(answer)
    handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
    await handler.start_async()  # type: ignore[no-untyped-call]


async def run_discord(ask: Ask) -> None:
    import discord  # noqa: PLC0415
    import yarl  # noqa: PLC0415
    from discord.gateway import DiscordWebSocket  # noqa: PLC0415
    from discord.http import Route  # noqa: PLC0415

    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    client = discord.Client(intents=discord.Intents(guilds=True, guild_messages=True))

    async def on_message(message: discord.Message) -> None:
        if client.user in message.mentions:
            await message.reply(await ask(message.content))

    client.event(on_message)
    async with client:
        await client.start(os.environ["DISCORD_TOKEN"])


def main() -> None:
    platform, way = sys.argv[1:]
    ways = {"chat": ask_chat, "streams": ask_by_streaming, "polls": ask_by_polling}
    ask = {**ways, "tools": ask_with_tools}[way]
    run = {"slack": run_slack, "discord": run_discord}[platform]

    async def start() -> None:
        await run(ask(AsyncOpenAI()))

    asyncio.run(start())


if __name__ == "__main__":
    main()
