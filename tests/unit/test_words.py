"""All that reaches people is there in five languages, and says the same in each.

The code is walked: what looks like a sentence is either in the dictionaries, or in a place that is
named here as one whose words reach nobody but the operator, or a model.
"""

import ast
import asyncio
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import discord
import pytest

from adapters.discord.admin import HomeroomGroup
from adapters.discord.commands import Tree, add_commands
from adapters.discord.surface import shown
from adapters.discord.translating import Translator
from bot.core.answers import Status
from bot.core.cards import Matter, Stand
from bot.core.commands import PURPOSES, parse_command
from bot.core.controls import FORMS, below_answer, below_preview
from bot.core.courses import Stage
from bot.core.prices import as_money
from bot.core.tools import Decision
from bot.words import Language, counted, in_language, language_of, number, say, speaking
from bot.work.shelf import Outcome

if TYPE_CHECKING:
    from adapters.discord.inbox import DiscordInbox
    from adapters.discord.interactions import Interactions

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in Language if language is not Language.ENGLISH]

FOR_OPERATORS = {
    *("bot/cli", "bot/tools", "bot/views", "adapters/web", "storage"),
    *("bot/app.py", "bot/config.py", "bot/crews.py", "bot/doctor.py", "bot/homeroom_toml.py"),
    *("bot/hosting.py", "bot/keeping.py", "bot/logs.py", "bot/metrics.py", "bot/platforms.py"),
    *("bot/prices.py", "bot/sharing.py", "bot/stamps.py", "bot/telemetry.py", "bot/toml_text.py"),
    *("bot/trial.py", "bot/wiring.py", "bot/core/tool_settings.py", "bot/core/erasures.py"),
    *("bot/backends/demo.py", "bot/backends/wordings.py", "bot/backends/transport.py"),
    *("adapters/discord/checks.py", "adapters/slack/checks.py", "adapters/slack/manifest.py"),
    *("adapters/discord/health.py", "adapters/slack/installing", "adapters/slack/lines"),
    *("bot/reading/folders.py", "bot/reading/markup.py"),
    *("adapters/site.py", "adapters/login.py"),
}
"""Rooms and files whose words are read by whoever keeps the bot, in a shell, a log or on a page."""

FOR_MODELS = {
    *(
        "bot/rules/calling.py",
        "bot/rules/masking.py",
        "bot/work/caller.py",
        "bot/rules/likeness.py",
        "bot/rules/retrieval.py",
    ),
    *(
        "bot/rules/solutions.py",
        "bot/rules/rendering",
        "bot/rules/danger.py",
        "bot/rules/sayable.py",
    ),
    *("bot/core/prompts.py", "bot/core/summaries.py", "bot/core/assistants.py"),
    *("bot/work/using.py", "bot/work/toolless.py", "bot/work/prompting.py"),
    *("bot/backends/calls.py", "bot/backends/call_beginnings.py", "bot/classroom/modes.py"),
}
"""What a model is told, or words are compared with. It answers in the language of the question."""

NOBODYS = {
    ("bot/backends/completions.py", "detail"),
    ("bot/backends/openai_errors.py", "detail"),
    ("bot/work/commands/privacy.py", "DELETE"),
    ("bot/work/removing.py", "_ANEW"),
    ("bot/core/settings.py", "_USUAL"),
    ("bot/core/setting_values.py", "Setter"),
    ("bot/core/setting_values.py", "surface"),
    ("bot/reading/office.py", "_REST"),
    ("bot/core/files.py", "DOCUMENT"),
    ("bot/core/files.py", "PICTURE"),
    ("bot/rules/may.py", "STOP_ALL"),
    ("bot/classroom/digests.py", "_COLUMNS"),
    ("bot/classroom/endorsing.py", "_OFFER"),
    ("bot/classroom/student_privacy.py", "said"),
    ("bot/classroom/exams.py", "_MODES"),
    ("adapters/discord/reach.py", "_ATTEMPTS"),
    ("adapters/discord/commands.py", "text"),
    ("adapters/discord/downloads.py", "FileGone"),
    ("adapters/discord/reading.py", "_FORWARD"),
    ("adapters/discord/reading.py", "_OF_A_POLL"),
    ("adapters/console/terminal.py", "_ASKING"),
    ("adapters/discord/terms.py", "surface"),
    ("adapters/slack/contents.py", "_NO_PREVIEW"),
    ("adapters/slack/errors.py", "Rejected"),
    ("adapters/slack/files.py", "detail"),
    ("adapters/slack/terms.py", "surface"),
}
"""What is matched, or read by the operator; by its file and what it is bound to."""

BUILT = {
    "this {}": [f"this {one}" for one in ("server", "workspace", "space", "channel")],
    "your {}": ["your question", "your command"],
    "a {}": ["a question", "a command"],
    "{} {}": [],  # a label and its number
    "/{}": [],  # a command
    "it is larger than {} MB": ["it is larger than 100 MB"],
    "fewer than {}": ["fewer than 5"],
    "": [],
}
"""What is put together before it is said, and what comes of it."""

SAID_BY_NAME = (Status, Outcome, Decision, Matter, Stage, Stand)
"""Words that are said by what they are called in the code."""

_SENTENCE = re.compile(r"[A-Za-z]{2,}[,:;]? [A-Za-z]{2,}|^[A-Z][a-z]+[.!?]$")
_SAYS = {"say", "in_any", "counted", "plural", "in_language"}
_LABELS = {"label", "title"}


def is_in(path: str, rooms: set[str]) -> bool:
    return any(path == room or path.startswith(f"{room}/") for room in rooms)


@cache
def trees() -> dict[str, ast.Module]:
    files = [path for room in ("bot", "adapters") for path in sorted((ROOT / room).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in files}


@cache
def errors() -> frozenset[str]:
    """The names of all errors: what they are called with, without `notice`, is the operator's."""
    bases = {
        node.name: {ast.unparse(base).split(".")[-1] for base in node.bases}
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"BotError", "ValueError", "RuntimeError", "TypeError", "Exception", "LookupError"}
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    return frozenset(known)


class Walk:
    """The sentences of one file."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree
        self.above = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }

    def sentences(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef) and node.name in errors():
                yield from self._docstring(node)
            if self._is_outermost(node) and not self._is_exempt(node):
                yield from ((node.lineno, words) for words in BUILT.get(_text(node), [_text(node)]))

    def _docstring(self, node: ast.ClassDef) -> Iterator[tuple[int, str]]:
        words = ast.get_docstring(node)
        is_nobodys = (self.path, node.name) in NOBODYS
        if words and not is_nobodys and self._reaches_people(node):
            yield node.lineno, words

    def _reaches_people(self, node: ast.ClassDef) -> bool:
        return not {ast.unparse(base) for base in node.bases} & _OPERATORS_ERRORS

    def _is_outermost(self, node: ast.AST) -> TypeGuard[ast.JoinedStr | ast.Constant]:
        if isinstance(self.above.get(node), ast.JoinedStr):
            return False
        return isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    def _is_exempt(self, node: ast.AST) -> bool:
        ways = list(self._way_up(node))
        if self._is_label(node):
            return False
        if not _SENTENCE.search(_text(node)):
            return not any(_is_said(inner, outer) for inner, outer in ways)
        return any(self._is_nobodys(inner, outer, node) for inner, outer in ways)

    def _is_label(self, node: ast.AST) -> bool:
        """Named so, or the first of a pair of label and command."""
        above = self.above.get(node)
        if isinstance(above, ast.Tuple) and above.elts[0] is node:
            names = [name for _, outer in self._way_up(node) for name in _bound(outer)]
            return any(name.endswith("_BUTTONS") for name in names) and _text(node).istitle()
        return isinstance(above, ast.keyword) and above.arg in _LABELS and bool(_text(node).strip())

    def _way_up(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        while (above := self.above.get(node)) is not None:
            yield node, above
            if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
                return
            node = above

    def _is_nobodys(self, inner: ast.AST, outer: ast.AST, node: ast.AST) -> bool:
        if isinstance(outer, ast.Expr):
            return inner is node  # a docstring
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and outer.name == "check":
            return True  # what the doctor is told
        if isinstance(outer, ast.Call) and inner is not outer.func:
            name = ast.unparse(outer.func)
            is_logged = re.search(r"(^|\.|_)log\.\w+$", name) or name == "re.compile"
            is_detail = name.split(".")[-1] in errors() and inner in outer.args
            return bool(is_logged or is_detail)
        if isinstance(outer, ast.AnnAssign | ast.arg) and inner is outer.annotation:
            return True
        return any((self.path, name) in NOBODYS for name in _bound(outer))


def _is_said(inner: ast.AST, outer: ast.AST) -> bool:
    is_call = isinstance(outer, ast.Call) and ast.unparse(outer.func) in _SAYS
    return is_call and isinstance(outer, ast.Call) and outer.args[:1] == [inner]


def _bound(node: ast.AST) -> list[str]:
    match node:
        case ast.Assign(targets=targets):
            return [ast.unparse(target) for target in targets]
        case ast.AnnAssign(target=target):
            return [ast.unparse(target)]
        case ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
            return [name]
    return []


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    assert isinstance(node, ast.Constant)
    return str(node.value)


_OPERATORS_ERRORS = {"ConfigError", "ProgrammingError", "Exception", "ValueError", "LookupError"}


@cache
def dictionary() -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "bot/words").glob("*.json")):
        sentences = json.loads(path.read_text("utf-8"))
        twice = known.keys() & sentences.keys()
        assert not twice, f"{path.name} has once more: {twice}"
        known |= sentences
    return known


def spoken() -> list[tuple[str, int, str]]:
    """Every sentence there is, and where."""
    return [
        (path, line, words)
        for path, tree in trees().items()
        if not is_in(path, FOR_OPERATORS | FOR_MODELS) and not path.startswith("bot/words/")
        for line, words in Walk(path, tree).sentences()
    ]


def test_every_sentence_that_reaches_a_person_is_in_the_dictionaries() -> None:
    known = dictionary()
    missing = [f"{path}:{line}: {words}" for path, line, words in spoken() if words not in known]
    assert missing == []


def test_what_is_said_under_the_name_of_a_constant_is_in_the_dictionaries() -> None:
    said = {words for tree in trees().values() for words in said_constants(tree)}
    assert len(said) > 10
    assert said - dictionary().keys() == set()


def said_constants(tree: ast.Module) -> Iterator[str]:
    named = {
        name: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for name in _bound(node)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="say"), args=[ast.Name(id=name), *_]) if name in named:
                yield str(named[name])


@pytest.mark.parametrize("words", [one.value for kind in SAID_BY_NAME for one in kind])
def test_what_is_said_by_its_name_is_in_the_dictionaries(words: str) -> None:
    assert words in dictionary()


def test_every_sentence_is_there_in_each_language_with_the_same_fields() -> None:
    others = sorted(language.value for language in OTHERS)
    for sentence, translations in dictionary().items():
        assert sorted(translations) == others, sentence
        for words in translations.values():
            assert fields_of(words) == fields_of(sentence), words
            assert words.strip(), sentence
            assert words.startswith("\n") == sentence.startswith("\n"), words


def fields_of(sentence: str) -> list[tuple[str, str]]:
    return sorted(
        (name, spec or "") for _, name, spec, _ in Formatter().parse(sentence) if name is not None
    )


def test_no_sentence_is_kept_that_nobody_says() -> None:
    written = {
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    docstrings = {
        ast.get_docstring(node)
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    built = {words for several in BUILT.values() for words in several}
    counts = {words for words in dictionary() if words.startswith("{count} ")}
    called = {
        node.arg if isinstance(node, ast.arg) else node.name
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.arg | ast.AsyncFunctionDef)
    }
    names = {f"{mark}{name}" for name in (*written, *called) for mark in "/:"}
    assert dictionary().keys() - written - docstrings - built - counts - names == set()


def test_in_a_language_a_sentence_is_said_with_its_fields() -> None:
    with speaking(Language.GERMAN):
        assert say("I do not know the command `/{name}`. I know {known}.", name="x", known="y") == (
            "Den Befehl `/x` kenne ich nicht. Ich kenne y."
        )
        assert counted(1, "question") == "1 Frage"
        assert number(1234567) == "1.234.567"
        assert as_money(Decimal("0.00012")) == "0,00012 USD"
    assert counted(2, "question") == "2 questions"
    assert number(-1234567) == f"{-1234567:,}"


def test_in_french_nothing_is_one() -> None:
    with speaking(Language.FRENCH):
        assert [counted(count, "message") for count in (0, 1, 2)] == [
            *("0 message", "1 message", "2 messages")
        ]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *(("de", Language.GERMAN), ("de-AT", Language.GERMAN), ("en-US", Language.ENGLISH)),
        *(("zh-TW", Language.CHINESE), ("zh_Hans_CN", Language.CHINESE)),
        *(("es-419", Language.SPANISH), ("FR", Language.FRENCH)),
        *(("", None), ("xx", None), ("deutsch", None), ("-", None), ("\x00" * 9, None)),
    ],
)
def test_a_tag_is_folded_to_a_language(tag: str, language: Language | None) -> None:
    assert language_of(tag) is language


def test_what_nobody_has_translated_is_said_in_english() -> None:
    with speaking(Language.CHINESE):
        assert say("No dictionary has this, {name}.", name="Ann") == "No dictionary has this, Ann."


async def test_two_people_at_once_hear_each_her_own() -> None:
    async def heard(language: Language) -> list[str]:
        with speaking(language):
            said = []
            for _ in range(3):
                said.append(say("Stopped."))
                await asyncio.sleep(0)
            return said

    german, chinese = await asyncio.gather(heard(Language.GERMAN), heard(Language.CHINESE))
    assert german == ["Gestoppt."] * 3
    assert chinese == ["已停止。"] * 3
    assert say("Stopped.") == "Stopped."


def test_names_of_commands_are_names_on_discord_and_lead_to_one_command() -> None:
    for language in Language:
        names = [in_language(f"/{name}", language).removeprefix("/") for name in (*PURPOSES, "ask")]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[-_'\w]{1,32}", name) and name == name.lower() for name in names)
        for command in PURPOSES:
            name = in_language(f"/{command}", language)
            assert parse_command(f"{name} all of it") == (command, "all of it")
    taken = {name: name for name in PURPOSES}
    for language in OTHERS:
        for name in PURPOSES:
            told = in_language(f"/{name}", language).removeprefix("/")
            assert taken.setdefault(told, name) == name


async def test_discord_is_told_the_commands_in_each_language_within_its_limits() -> None:
    tree = Tree(discord.Client(intents=discord.Intents.none()))
    add_commands(tree, cast("Interactions", None), list)
    tree.add_command(HomeroomGroup(cast("DiscordInbox", None)))
    for command in tree.get_commands():
        payload = await command.get_translated_payload(tree, Translator())
        assert payload["name"] == "homeroom" or "zh-CN" in payload["name_localizations"]
        for part in parts_of(payload):
            name, description = (
                part.get("name_localizations", {}),
                part.get("description_localizations"),
            )
            assert all(1 <= len(told) <= 32 for told in name.values()), part
            if description is not None:
                assert set(description) >= {"de", "fr", "es-ES", "es-419", "zh-CN"}, part
                assert all(len(told) <= 100 for told in description.values()), part


def parts_of(payload: Any) -> Iterator[Any]:
    yield payload
    for part in payload.get("options") or ():
        yield from parts_of(part)


def test_what_tools_do_meanwhile_is_said_in_each_language() -> None:
    """Their other words are a model's; a server's own name and a tool's stay as they are."""
    told = {
        keyword.value.value
        for path, tree in trees().items()
        if path.startswith("bot/tools/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "status" and isinstance(keyword.value, ast.Constant)
    }
    assert len(told) >= 6
    assert told <= dictionary().keys()


def test_titles_and_labels_fit_where_they_stand_in_every_language() -> None:
    """Slack takes 24 characters of a title, Discord 45 of a title or a field's label."""
    for form in FORMS.values():
        for language in Language:
            assert len(in_language(form.title, language)) <= 24, form.title
            assert all(len(in_language(one.label, language)) <= 45 for one in form.fields)
    for language in Language:
        buttons = [*below_answer("key", has_sources=True), *below_preview("key")]
        assert all(len(in_language(one.label, language)) <= 24 for one in buttons)


def test_what_is_shown_on_discord_names_commands_as_discord_does() -> None:
    with speaking(Language.GERMAN):
        assert shown(say("There are no exams.") + " `/help` `/class exam`, /help", "", "de") == (
            "Es gibt keine Prüfungen. `/hilfe` `/kurs exam`, /help"
        )
