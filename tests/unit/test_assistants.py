"""`homeroom.toml`: what it may say, what is said about a mistake in it, what is written to it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.config import Settings
from bot.core.assistants import DEFAULT, Assistant
from bot.core.catalogue import Binding, Chosen
from bot.core.errors import ConfigError, UnknownAssistant
from bot.core.messages import ConversationKey
from bot.homeroom_toml import AssistantFile, read_catalogue
from bot.platforms import TABLE

CLASS = """
[assistants."History Tutor"]
instructions = '''Ask back.
[assistants.fake]
temperature = 9'''
temperature = 0.3

[assistants.poet]

[bindings]
"slack" = "poet"
"slack:T1:C1" = "History Tutor"
"""
KEY = ConversationKey("slack", "T1", "C1", "17.5")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "homeroom.toml"


def rewrite(path: Path, text: str) -> None:
    """Write a file as editors do, at a time of its own."""
    before = path.stat().st_mtime if path.exists() else 1000.0
    path.write_text(text, encoding="utf-8")
    os.utime(path, (before + 1, before + 1))


def holds(path: Path, scopes: Sequence[str], name: str, chosen: Mapping[str, str]) -> Chosen:
    """What the file says, and what people chose."""
    bindings = [Binding(scope, name, value, 1.0) for scope, value in chosen.items()]
    return Chosen(scopes, AssistantFile(path, TABLE).load(), bindings)


def test_without_a_file_there_is_one_assistant(path: Path) -> None:
    catalogue = AssistantFile(path, TABLE).load()
    assert list(catalogue.assistants) == [DEFAULT]
    assert Chosen(KEY.scopes(), catalogue).assistant == Assistant()


def test_the_file_says_who_answers_and_how(path: Path) -> None:
    rewrite(path, CLASS)
    tutor = AssistantFile(path, TABLE).load().find("History Tutor")
    assert tutor.instructions.startswith("Ask back.\n")
    assert tutor.sampling() == {"temperature": 0.3}


def test_the_built_in_assistant_can_be_given_other_words(path: Path) -> None:
    rewrite(path, f'[assistants.{DEFAULT}]\ninstructions = "Rhyme."\n')
    assert holds(path, KEY.scopes(), "assistant", {}).assistant.instructions == "Rhyme."


def test_an_assistant_is_found_in_any_casing(path: Path) -> None:
    rewrite(path, CLASS)
    catalogue = AssistantFile(path, TABLE).load()
    assert catalogue.find("HISTORY tutor").name == "History Tutor"
    with pytest.raises(UnknownAssistant) as caught:
        catalogue.find("painter")
    assert "Homeroom, History Tutor, poet" in caught.value.notice


@pytest.mark.parametrize(
    ("key", "chosen", "name"),
    [
        (KEY, {}, "History Tutor"),
        (ConversationKey("slack", "T1", "C2", "1"), {}, "poet"),
        (ConversationKey("discord", "1", "2"), {}, DEFAULT),
        (KEY, {"slack:T1": "poet"}, "History Tutor"),  # the file is closer
        (KEY, {"slack:T1:C1": "poet"}, "poet"),  # a person's choice comes before the file
        (KEY, {str(KEY): "Homeroom"}, DEFAULT),
        (KEY, {str(KEY): "gone by now"}, "History Tutor"),
    ],
)
def test_the_closest_binding_wins(
    path: Path, key: ConversationKey, chosen: Mapping[str, str], name: str
) -> None:
    rewrite(path, CLASS)
    assert holds(path, key.scopes(), "assistant", chosen).assistant.name == name


@pytest.mark.parametrize(
    ("chosen", "value"),
    [
        ({}, "thread"),
        ({"slack:T1:C1": "channel"}, "channel"),
        ({"slack": "channel"}, "thread"),  # the file is closer
    ],
)
def test_the_closest_setting_wins(path: Path, chosen: Mapping[str, str], value: str) -> None:
    rewrite(
        path, '[settings.slack]\nfollow = "mention"\n["settings"."slack:T1"]\nfollow = "thread"\n'
    )
    assert holds(path, KEY.scopes(), "follow", chosen).value("follow") == value
    assert holds(path, ("slack",), "follow", {}).value("follow") == "mention"
    assert holds(path, KEY.scopes(), "follow", {}).all("stream") == []


@pytest.mark.parametrize(("platform", "value"), [("slack", "on"), ("discord", "off")])
def test_what_nobody_set_is_the_platforms_default(path: Path, platform: str, value: str) -> None:
    assert holds(path, (platform,), "stream", {}).value("stream") == value


def test_a_change_is_in_force_without_a_restart(path: Path) -> None:
    file = AssistantFile(path, TABLE)
    assert list(file.current().assistants) == [DEFAULT]
    rewrite(path, "[assistants.poet]\n")
    assert list(file.current().assistants) == [DEFAULT, "poet"]
    rewrite(path, "[assistants.Poet]\n")  # just as long
    assert list(file.current().assistants) == [DEFAULT, "Poet"]
    path.unlink()
    assert list(file.current().assistants) == [DEFAULT]


def test_after_a_mistake_the_last_good_file_stays_and_each_mistake_is_told_once(
    path: Path,
) -> None:
    rewrite(path, CLASS)
    file = AssistantFile(path, TABLE)
    good = file.load()
    with capture_logs() as logs:
        for mistaken in ("[assistants.poet]\ntemprature = 1\n", "not toml"):
            rewrite(path, mistaken)
            assert [file.current() for _ in range(3)] == [good] * 3
        rewrite(path, "[assistants.poet]\ntemperature = 1\n")
        assert file.current() != good
    assert [entry["event"] for entry in logs] == [
        "assistants_rejected",
        "assistants_rejected",
        "assistants_loaded",
    ]
    assert "line 2: assistants.poet.temprature" in logs[0]["error"]
    assert "at line 1" in logs[1]["error"]


MISTAKES = {
    '\n[assistants."History Tutor"]\nmodel = """\ntemprature = 1\n"""\ntemprature = 1\n': (
        "line 6: assistants.History Tutor.temprature: there is no such setting"
    ),
    "[assistants]\na = { temperature = 1 }\nb = { temperature = 3.5 }\n": (
        "line 3: assistants.b.temperature: Input should be less than or equal to 2"
    ),
    "assistants.a.model = 1\n": "line 1: assistants.a.model: Input should be a valid string",
    "# Hello\n\nassistants = 5\n": "line 3: assistants: Input should be a valid dictionary",
    "[assistants]\npoet = 5\n": "line 2: assistants.poet: Input should be a valid dictionary",
    "[assistants.a]\n[assistant.b]\n": "line 2: assistant: there is no such setting",
    '[assistants.a]\nname = "b"\n': "line 2: assistants.a.name: the name stands in the table",
    "[assistants.a]\n[assistants.A]\n": "line 2: assistants.A: a name is not empty, and differs",
    "[assistants.homeroom]\n": "line 1: assistants.homeroom: a name is not empty, and differs",
    '[assistants." "]\n': "line 1: assistants. : a name is not empty",
    '[assistants.a]\n[bindings]\n"slack:T1" = "a"\n"slack:T1:C 1" = """\nb"""\n': (
        "line 4: bindings.slack:T1:C 1: there is no assistant called b"
    ),
    "[bindings]\nslack = 1\n": "line 2: bindings.slack: Input should be a valid string",
    "[assistants.a]\n[assistants.a]\n": "(at line 2, column 14)",
    '[settings.discord]\nallow = "teachers"\n': (
        "line 2: settings.discord.allow: “teachers” is no such trait; there are server:"
    ),
    '[settings.discord]\ndeny = "rolle:1"\n': (
        "line 2: settings.discord.deny: “rolle:1” is no such trait"
    ),
    '[settings.slack]\ndeny = "role:1"\n': (
        "line 2: settings.slack.deny: “role:1” is no such trait; there are user:, group:"
    ),
    '[settings.discord]\ndeny = "user:@Ada"\n': "“user:@Ada” has no id of a user behind the colon",
    '\n[settings.dscord]\ndeny = "user:1"\n': (
        "line 2: settings.dscord: There is no platform “dscord”; there are console, discord, slack"
    ),
    '[settings."discord:school"]\n': "settings.discord:school: “school” is no id of a space",
    '[settings."slack:T1:general"]\n': "“general” is no id of a channel on slack",
    '[settings."slack:T1:C1:1:2"]\n': "has more parts",
    '[settings.slack]\nlimit = "3"\n': "line 2: settings.slack.limit: it has to be a number",
    "[settings.slack]\nlimit = -1\n": "settings.slack.limit: It is a whole number from 0",
    "[settings.slack]\nlimit = true\n": "settings.slack.limit: it has to be a number",
    "[settings.slack]\nstream = true\n": "settings.slack.stream: it has to be text",
    '[settings.slack]\nfollow = "all"\n': "It is one of mention, thread, channel.",
    '[settings.slack]\nthreads = "on"\n': "settings.slack.threads: there is no such setting",
    '[settings.discord]\nguests = "on"\n': "settings.discord.guests: there is no such setting",
    '[settings.slack]\nassistant = "poet"\n': "There is no assistant called “poet”",
    '[settings."slack:T1:C1:1"]\nlimit = 1\n': "cannot be set for a conversation of its own",
    '[bindings]\n"slak:T1" = "Homeroom"\n': "line 2: bindings.slak:T1: There is no platform “slak”",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_key_and_line(path: Path, text: str) -> None:
    rewrite(path, text)
    with pytest.raises(ConfigError) as caught:
        AssistantFile(path, TABLE).load()
    assert str(caught.value).startswith(str(path))
    assert MISTAKES[text] in str(caught.value)


def test_a_file_that_is_no_text_or_no_file_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"homeroom\.toml"):
        read_catalogue(path, TABLE)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_catalogue(path, TABLE)


def test_a_mark_at_the_beginning_is_no_mistake(path: Path) -> None:
    rewrite(path, "\ufeff[assistants.poet]\r\n")
    assert "poet" in read_catalogue(path, TABLE).assistants


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
AWKWARD = 'He said "don\'t",\n\tthen\r\n\\ """ \'\'\' \x00 \x1b \x7f \x9f \u2028 🙂 #[a] = 1'
ASSISTANTS = st.builds(
    Assistant,
    name=TEXT.filter(lambda name: name.strip() and name.casefold() != DEFAULT.casefold()),
    instructions=TEXT | st.just(AWKWARD),
    model=st.none() | TEXT,
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1, exclude_min=True),
    max_output_tokens=st.none() | st.integers(16, 1 << 60),
    history_tokens=st.integers(0, 1 << 60),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ASSISTANTS, max_size=4, unique_by=lambda one: one.name.casefold()))
def test_what_is_added_is_read_again_as_it_was(path: Path, assistants: list[Assistant]) -> None:
    rewrite(path, "[assistants.first]")  # no end of line
    file = AssistantFile(path, TABLE)
    added = [one for one in assistants if one.name.casefold() != "first"]
    for assistant in added:
        file.add(assistant)
    assert list(file.current().assistants.values())[2:] == added


def test_awkward_words_are_read_again_as_they_were(path: Path) -> None:
    file = AssistantFile(path, TABLE)
    assistant = Assistant(name=AWKWARD, instructions=AWKWARD, model=AWKWARD)
    file.add(assistant)
    assert file.load().find(AWKWARD) == assistant


def test_half_a_character_is_replaced(path: Path) -> None:
    AssistantFile(path, TABLE).add(Assistant(name="poet", instructions="half \ud83d"))
    assert AssistantFile(path, TABLE).load().find("poet").instructions == "half ?"


def test_the_built_in_assistant_can_be_added_once(path: Path) -> None:
    file = AssistantFile(path, TABLE)
    file.add(Assistant(instructions="Rhyme."))
    assert file.load().find(DEFAULT).instructions == "Rhyme."
    with pytest.raises(ConfigError, match="already"):
        file.add(Assistant(instructions="Do not rhyme."))


@pytest.mark.parametrize("name", ["History Tutor", "history TUTOR", "homeroom", "", " "])
def test_a_name_that_is_taken_or_empty_is_refused_and_nothing_is_written(
    path: Path, name: str
) -> None:
    rewrite(path, CLASS)
    with pytest.raises(ConfigError):
        AssistantFile(path, TABLE).add(Assistant(name=name))
    assert path.read_text(encoding="utf-8") == CLASS


@pytest.mark.parametrize("text", ["not toml", "[assistants.a]\nx = 1\n", "assistants = {}\n"])
def test_nothing_is_added_where_it_would_not_be_read(path: Path, text: str) -> None:
    rewrite(path, text)
    with pytest.raises(ConfigError):
        AssistantFile(path, TABLE).add(Assistant(name="poet"))
    assert path.read_text(encoding="utf-8") == text


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        AssistantFile(tmp_path / "no folder" / "homeroom.toml", TABLE).add(Assistant(name="poet"))


def test_what_the_server_cannot_do_itself_is_refused_at_its_line(path: Path) -> None:
    rewrite(path, '\n[assistants.poet]\nhosted = ["web_search", "image_generation"]\n')
    settings = Settings(backend="chat", openai_base_url="http://127.0.0.1/v1")
    assert not settings.hosts
    with pytest.raises(ConfigError, match=r"line 3: assistants\.poet\.hosted: .* image_generation"):
        AssistantFile(path, TABLE, settings.hosts).load()
    hosting = AssistantFile(path, TABLE, Settings(backend="responses").hosts)
    assert hosting.load().find("poet").hosted == ("web_search", "image_generation")
