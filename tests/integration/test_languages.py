"""A whole scene in somebody's own language, on both platforms: no word of ours is English in it."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.words import Language, in_language
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_things import User
from tests.fakes.openai_server import Fault
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core
from tests.unit.test_words import dictionary

core = discord_core.core
_FIELD = re.compile(r"\{[^}]*\}")
_FEWEST = 14  # characters of a piece that can be nothing else
NO_KEY = Fault(status=401, type="authentication_error", code="invalid_api_key")
SETTINGS = "[settings.{platform}]\nlimit = 2\n"


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as one:
        yield one


def english_in(texts: Sequence[str], language: Language) -> list[str]:
    """Pieces of our English sentences that stand in them, and would not in this language."""
    whole = "\n".join(texts)
    return [
        piece
        for sentence in dictionary()
        for piece in _pieces(sentence)
        if piece in whole and piece not in in_language(sentence, language)
    ]


def _pieces(sentence: str) -> Iterator[str]:
    for piece in _FIELD.split(sentence):
        words = piece.strip(" \n.,:;`*()")
        if len(words) >= _FEWEST and " " in words and not words.startswith("/"):
            yield words


def seen_in(core: DiscordCore, asked: Sequence[Interaction]) -> list[str]:
    """What she is told alone, and what stands where all can see it."""
    own = [one.text for one in asked]
    labels = [
        str(part.get("label") or "")
        for message in core.server.from_bot(core.room)
        for row in message.components
        for part in row.get("components", ())
    ]
    return [*own, *labels, *(one.content for one in core.server.from_bot(core.room))]


async def said(core: DiscordCore, question: int, words: str) -> None:
    """Wait until these words stand below a question."""

    def below() -> list[str]:
        own = core.server.from_bot(core.room)
        return [one.content for one in own if one.reference == question and words in one.content]

    await core.until(below)


async def open_course(core: DiscordCore, boss: User) -> None:
    staff = core.guild.add_text_channel("staff")
    two = f"<@{boss.id}> <@{core.server.add_user('tom').id}>"
    lines = ("new CS 101", f"teachers <@{boss.id}>", f"alerts {two}", f"staff <#{staff.id}>")
    for line in (*lines, "keep 90d", "consent on", "open"):
        await core.told("class", boss, words=line)


async def test_a_german_student_on_discord_hears_no_english_of_ours(core: DiscordCore) -> None:
    core.ann.locale = "de"
    (core.folder / "homeroom.toml").write_text(SETTINGS.format(platform="discord"))
    asked: list[Interaction] = []

    async def told(name: str, **options: object) -> str:
        asked.append(await core.slash(name, core.ann, **options))
        await core.until(lambda: asked[-1].text and "⏳" not in asked[-1].text)
        return asked[-1].text

    async with core.running() as process:
        assert (await told("help")).startswith("Ich bin ein Programm, das Fragen beantwortet.")
        assert "`/hilfe`" in asked[-1].text
        for name in ("privacy", "status", "usage", "stop", "new", "hearts", "human", "hint"):
            await told(name)
        await told("staff", words="claim 1")
        await told("plain", words="maybe")
        video = await core.ask("", attachments=[("a.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 40)])
        await said(core, video, "Videos kann ich nicht ansehen")
        core.model.fail("POST", "/responses$", NO_KEY, times=9)
        failed = await core.ask("why?")
        await said(core, failed, "Schlüssel")
        await said(core, await core.ask("and why?"), "Schlüssel")
        assert "mehr geht hier nicht" in await told("ask", question="and then?")
        await process.queue.idle()
        seen = seen_in(core, asked)
    assert english_in(seen, Language.GERMAN) == []


async def test_a_german_student_is_asked_whether_she_agrees_in_german(core: DiscordCore) -> None:
    boss = core.boss()
    async with core.running():
        await open_course(core, boss)
        core.ann.locale = "de"
        before = len(core.server.from_bot(core.room))
        asked = await core.slash("ask", core.ann, question="why?")
        await core.until(lambda: "Darf ich deine Fragen" in asked.text)
        message = asked.original
        assert message is not None
        labels = [part["label"] for row in message.components for part in row["components"]]
        assert labels == ["Ja, einverstanden", "Nein, bitte ein Mensch"]
        texts = [asked.text, *(m.content for m in core.server.from_bot(core.room)[before:])]
    assert english_in(texts, Language.GERMAN) == []


async def test_what_is_said_on_discord_without_a_language_is_answered_in_the_last_one(
    core: DiscordCore,
) -> None:
    """A message does not tell it, an interaction does; it outlives the process."""
    core.ann.locale = "fr"
    async with core.running():
        await core.told("status")
    (core.folder / "homeroom.toml").write_text(SETTINGS.format(platform="discord"))
    async with core.running():
        core.model.fail("POST", "/responses$", NO_KEY, times=9)
        question = await core.ask("why?")
        await said(core, question, "Le service d'IA n'accepte pas la clé")


async def test_her_own_choice_comes_before_what_her_app_says(core: DiscordCore) -> None:
    core.ann.locale = "fr"
    async with core.running():
        assert await core.told("language", words="Español") == (
            "Contigo hablo español. `/langue` y uno de `en`, `de`, `fr`, `es`, `zh`, `auto` lo "
            "cambia."
        )
        assert await core.told("stop") == "No hay nada tuyo que parar."
        assert "Klingon" not in await core.told("language", words="Klingon")
        await core.told("language", words="auto")
        assert await core.told("stop") == "Il n'y a rien de vous à arrêter."


async def test_in_plain_mode_an_answer_comes_once_and_without_buttons(core: DiscordCore) -> None:
    (core.folder / "homeroom.toml").write_text('[settings.discord]\nstream = "on"\n')
    async with core.running() as process:
        assert "without buttons" in await core.told("plain", words="on")
        question = await core.ask("why?")
        await process.has_ended(2)
        [answer] = [one for one in core.server.from_bot(core.room) if one.reference == question]
    assert answer.content
    assert answer.components == []
    assert answer.edited_at is None


async def test_a_chinese_student_in_slack_hears_no_english_of_ours(slack: SlackCore) -> None:
    people = slack.slack.state.users
    people[BOB]["locale"] = "zh-CN"
    (slack.folder / "homeroom.toml").write_text(SETTINGS.format(platform="slack"))

    def seen() -> list[str]:
        shown = [m for m in slack.slack.messages(CHANNEL) if m.user == slack.slack.bot.user]
        mine = [m for m in shown if m.ephemeral in {None, "", BOB}]
        threads = {m.thread_ts for m in slack.slack.messages(CHANNEL)} - {None}
        inside = [m for ts in threads for m in slack.slack.messages(CHANNEL, ts)]
        mine += [m for m in inside if m.user == slack.slack.bot.user]
        return [*map(words_of, mine), *(str(m.blocks) for m in mine)]

    async def until_said(words: str) -> None:
        await slack.until(lambda: any(words in one for one in seen()))

    async def say(text: str, **more: Any) -> None:
        await slack.slack.say(CHANNEL, BOB, f"{slack.slack.bot.mention} {text}", **more)

    async with slack.running():
        await slack.slack.command("/help", "", BOB, CHANNEL)
        await until_said("我是一个回答问题的程序")
        await slack.slack.command("/privacy", "", BOB, CHANNEL)
        await until_said("你正在与一个程序对话")
        await slack.slack.command("/hearts", "", BOB, CHANNEL)
        await until_said("这里不计提问次数")
        await say("/stop")
        await until_said("没有你的内容可停止")
        video = slack.slack.add_file("a.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 40, "video/mp4")
        await say("", files=[video])
        await until_said("已被略过")
        slack.model.fail("POST", "/responses$", NO_KEY, times=9)
        await say("为什么？")
        await until_said("AI 服务不接受此机器人的密钥")
        await say("再问一次")
        await until_said("达到了这里的上限")
        shown = slack.slack.called("assistant.threads.setStatus")
        told = [*seen(), *map(str, shown)]
    slacks_own = ["Ask about this message"]  # has one name, whoever reads it
    assert [one for one in english_in(told, Language.CHINESE) if one not in slacks_own] == []
