"""Secrets that are planted where others speak stand in nothing that anybody reads."""

import dataclasses
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot import cli
from bot.backends.chat import ChatBackend
from bot.core.turns import State
from bot.telemetry import Traces
from tests.fakes.openai_server import Fault
from tests.unit.world import World, open_world

SET = "correct horse battery"
PLANTED = (
    SET,
    "xoxb-1234567890-planted",
    "xapp-1-A0-99-planted",
    "sk-proj-planted12345",
    "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gplant.planted-planted-planted-planted",
    "Bearer planted.planted-123",
    "https://hooks.slack.com/commands/T1/2/planted",
    "https://discord.com/api/v10/webhooks/123456/planted",
    "postgresql://homeroom:planted-word@db.example/homeroom",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.planted",
)
SHAPED = PLANTED[1:]  # what is known by its shape alone
MARKS = ("planted", SET)


@pytest.mark.parametrize("secret", SHAPED)
async def test_what_a_server_calls_its_model_plants_none(secret: str, tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        model, spans = await told(world, f"model {secret}")
    assert model.startswith("model ")
    assert spans
    assert not [mark for mark in MARKS if mark in spans + model]


async def told(world: World, model: str) -> tuple[str, str]:
    """What is kept as its name, and what a trace says."""
    async with world.bot(ChatBackend(world.client(), model)) as bot:
        question = await bot.say("why?")
        await bot.idle()
        row = await bot.row(question)
        [turn] = await bot.storage.looks.turns_in("fake:school", 1)
    traces, kept = Traces(), InMemorySpanExporter()
    traces.provider.add_span_processor(SimpleSpanProcessor(kept))
    before = dataclasses.replace(turn, state=State.PENDING)
    traces.saved(before, dataclasses.replace(turn, state=State.ANSWERED))
    spans = "".join(span.to_json() for span in kept.get_finished_spans())
    return str(row["model"]), spans


@pytest.mark.parametrize("secret", SHAPED)
async def test_a_servers_error_plants_none_in_the_database(secret: str, tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.server.fail(
            "POST", "/chat/completions", Fault(status=400, message=f"bad key {secret}"), 9
        )
        async with world.bot("chat") as bot:
            question = await bot.say("why?")
            await bot.idle()
            row = await bot.row(question)
        assert row["error"]
        assert "planted" not in str(row)


@pytest.mark.parametrize("secret", PLANTED)
def test_no_command_ends_with_one_in_its_last_words(
    secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SET)

    def crash() -> None:
        raise RuntimeError(f"cannot use {secret} at all")

    monkeypatch.setattr(cli, "homeroom", crash)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert said.endswith(" at all\n")
    assert "Traceback" in said
    assert not [mark for mark in MARKS if mark in said]
