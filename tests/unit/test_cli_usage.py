import csv
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.cli import homeroom
from bot.cli.opening import as_time, echo_json, echo_table, with_times
from bot.cli.usage import priced, summed
from bot.core.errors import ConfigError
from bot.core.ports.records import UsageRecord
from bot.core.ports.storage import Used
from bot.views.usage import as_cell

COMMANDS = [
    [], ["run"], ["chat"], ["doctor"], ["threads"], ["threads", "list"], ["threads", "show"],
    ["threads", "delete"], ["assistants"], ["assistants", "list"], ["assistants", "show"],
    ["assistants", "create"], ["materials"], ["materials", "add"], ["materials", "list"],
    ["materials", "show"], ["materials", "remove"], ["materials", "search"],
    ["usage"], ["research"], ["migrate"], ["backup"], ["copy"],
    ["slack"], ["slack", "manifest"], ["slack", "key"], ["discord"], ["discord", "invite"],
]  # fmt: skip
COUNTS = (
    "runs", "uncounted", "input_tokens", "history_tokens", "instructions_tokens", "tools_tokens",
    "material_tokens", "new_tokens", "cached_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip


def row(user: str, model: str, number: int, cost: str | None) -> dict[str, Any]:
    counts = dict.fromkeys(COUNTS, number)
    return {"user": user, "model": model, **counts, "cost_usd": cost and Decimal(cost)}


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_on_80_columns(command: list[str], option: str) -> None:
    shown = CliRunner().invoke(homeroom, [*command, option], prog_name="homeroom")
    assert shown.exit_code == 0
    assert shown.output.startswith(" ".join(["Usage: homeroom", *command]))
    assert max(map(len, shown.output.splitlines())) <= 80


def test_a_password_does_not_stand_where_everybody_reads_it() -> None:
    from bot.cli.copy import address_of  # noqa: PLC0415 - as the command line reads it

    with pytest.raises(ConfigError, match="COPY_TO"):
        address_of("postgresql://ann:secret@db/homeroom", {})
    assert address_of("postgresql://ann@db/homeroom", {}) == "postgresql://ann@db/homeroom"
    kept = {"COPY_TO": "postgresql://ann:secret@db/homeroom"}
    assert address_of(None, kept) == kept["COPY_TO"]


def test_rows_with_the_same_dimensions_become_one() -> None:
    rows = [row("ada", "m", 1, "0.1"), row("ada", "n", 2, "0.2"), row("bob", "m", 4, "0.4")]
    by_user = summed(rows, ["user"])
    assert [(one["user"], one["runs"], one["cost_usd"]) for one in by_user] == [
        ("ada", 3, "0.300000"),
        ("bob", 4, "0.400000"),
    ]
    assert [one["input_tokens"] for one in summed(rows, [])] == [7]


def test_the_cost_of_a_sum_is_unknown_if_a_part_of_it_is() -> None:
    rows = [row("ada", "m", 1, "0.1"), row("ada", "n", 1, None), row("ada", "m", 1, "0.1")]
    assert [one["cost_usd"] for one in summed(rows, ["user"])] == ["unknown"]
    assert [one["cost_usd"] for one in summed(rows, ["model"])] == ["0.200000", "unknown"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1000))))
def test_no_token_is_lost_in_a_sum(given_rows: list[tuple[str, int]]) -> None:
    rows = [row(user, "m", number, "0") for user, number in given_rows]
    for name in COUNTS:
        assert sum(one[name] for one in summed(rows, ["user"])) == sum(one[name] for one in rows)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--since", "soon"], "no span of time"),
        (["--since", "-3d"], "no span of time"),
        (["--json", "--csv"], "choose one of them"),
        (["--by", "user,mood"], "choose among user, channel, model"),
    ],
)
def test_an_option_that_is_not_understood_says_what_is(arguments: list[str], words: str) -> None:
    shown = CliRunner().invoke(homeroom, ["usage", *arguments])
    assert shown.exit_code == 2
    assert words in " ".join(shown.output.split())


@pytest.mark.parametrize("style", ["", "--json", "--csv"])
def test_where_nothing_was_used_there_is_nothing_to_show(
    style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(homeroom, ["usage", "--by", "user,model", *filter(None, [style])])
    assert shown.exit_code == 0
    if style == "--json":
        assert json.loads(shown.output) == []
    elif style == "--csv":
        assert list(csv.reader(shown.output.splitlines())) == [
            ["user", "model", *COUNTS, "cost_usd"]
        ]
    else:
        assert shown.output.split()[:3] == ["user", "model", "runs"]


def test_an_assistants_name_has_no_blanks_at_its_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["--name", " Tutor ", "--instructions", "Help."]
    assert CliRunner().invoke(homeroom, ["assistants", "create", *given]).exit_code == 0
    assert CliRunner().invoke(homeroom, ["assistants", "show", "Tutor"]).exit_code == 0


def test_the_assistants_are_listed_with_what_is_bound_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("homeroom.toml").write_text(
        '[assistants."Tutor [red]"]\nmodel = "m"\n[bindings]\n"console:local:x" = "Tutor [red]"\n'
    )
    listed = CliRunner().invoke(homeroom, ["assistants", "list"]).output.splitlines()
    assert [line.split("  ")[0] for line in listed] == ["name", "Homeroom", "Tutor [red]"]
    assert listed[2].split()[2:] == ["m", "console:local:x"]
    shown = CliRunner().invoke(homeroom, ["assistants", "show", "tutor [RED]"]).output
    assert "model: m\n" in shown
    assert "temperature: (the model’s own)\n" in shown


def test_an_assistant_nobody_made_is_an_error_that_names_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(homeroom, ["assistants", "show", "Nobody"])
    assert shown.exit_code == 1
    assert "Homeroom" in shown.output


def test_no_control_character_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "a\x1b[31m\x9b\x7f\x07[/bold]"
    echo_table(("one", "two"), [(hostile, "b")])
    echo_json({"text": hostile})
    written = capsys.readouterr().out
    assert not any(character in written for character in "\x1b\x9b\x7f\x07")
    table, as_json = written.partition("{")[::2]
    assert table.splitlines()[1].split() == ["a[31m[/bold]", "b"]
    assert json.loads("{" + as_json) == {"text": hostile}


def test_times_are_written_as_people_and_programs_read_them() -> None:
    assert as_time(0.5) == "1970-01-01T00:00:00.500+00:00"
    record = {"done_at": None, "changes": [{"status": "queued", "at": 1.0}], "cost": 1.0}
    assert with_times(record) == {
        "done_at": None,
        "changes": [{"status": "queued", "at": "1970-01-01T00:00:01.000+00:00"}],
        "cost": 1.0,
    }


def test_every_command_is_one_that_the_readers_of_help_can_find() -> None:
    assert set(homeroom.list_commands(click.Context(homeroom))) == {
        "run", "chat", "doctor", "slack", "discord", "threads", "assistants", "usage", "migrate",
        "backup", "restore", "copy", "tools", "materials", "page", "box", "healthy", "service",
        "init", "research",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_compute_is_a_word(word: str) -> None:
    assert as_cell(word) == f"'{word}"
    assert (as_cell("gpt-6"), as_cell(-5)) == ("gpt-6", -5)


def test_ten_long_runs_cost_ten_times_one_and_not_what_one_of_ten_times_the_length_would() -> None:
    used = Used(runs=10, input_tokens=1_000_000, output_tokens=10_000, unpriced=10)
    of_ten = UsageRecord("slack:T1:C1", "U1", "Ada", "Tutor", "responses", "gpt-5.5", used)
    alone = replace(
        of_ten, used=Used(runs=1, input_tokens=100_000, output_tokens=1_000, unpriced=1)
    )
    [ten], [one] = summed([priced(of_ten)], ["model"]), summed([priced(alone)], ["model"])
    assert Decimal(ten["cost_usd"]) == 10 * Decimal(one["cost_usd"]) > 0
