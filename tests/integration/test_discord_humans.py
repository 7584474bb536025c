"""A person instead of the model, on Discord: from the button below an answer to what comes back."""

from tests.fakes.discord_faults import Fault
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_things import Message, User
from tests.integration import discord_core
from tests.integration.announced import ANSWER
from tests.integration.discord_core import DiscordCore

core = discord_core.core


async def click(core: DiscordCore, message: Message, mark: str, user: User) -> Interaction:
    custom_id = next(one for one in message.custom_ids if mark in one)
    return await core.server.click(message, custom_id, user)


async def opened(core: DiscordCore) -> User:
    boss, staff = core.boss(), core.guild.add_text_channel("staff")
    core.guild.add_member(core.ann)
    for words in (
        "new CS 101",
        f"teachers <@{boss.id}>",
        f"alerts <@{boss.id}> <@{core.ann.id}>",
        f"staff <#{staff.id}>",
        "keep 180d",
        "consent off",
        "open",
    ):
        said = await core.told("class", boss, words=words)
    assert said == "“CS 101” is open."
    return boss


async def test_a_question_goes_to_the_staffs_channel_and_their_answer_comes_back(
    core: DiscordCore,
) -> None:
    async with core.running() as process:
        boss = await opened(core)
        staff = next(one for one in core.guild.channels.values() if one.name == "staff")
        question = await core.ask()
        await core.until(lambda: core.replies(question))
        [answer] = core.replies(question)
        chosen = await click(core, answer, ":human:", core.ann)
        await core.until(lambda: chosen.text)
        assert chosen.ephemeral
        whisper = await core.told("human", core.ann, words=f"question discord:{question}")
        assert whisper.startswith("Sent to the staff of CS 101")
        await core.until(lambda: core.server.from_bot(staff))
        [card] = core.server.from_bot(staff)
        assert "why?" in card.content
        claimed = await click(core, card, ":claim", boss)
        await core.until(lambda: claimed.text == "#1 is yours.")
        await core.until(lambda: any(":answer" in one for one in card.custom_ids))
        form = await click(core, card, ":answer", boss)
        await form.wait()
        await core.server.submit_modal(form, {"text": "Because of rain."})
        await core.until(lambda: "answered by Boss" in card.content)
        await process.queue.idle()
        said = [one.content for one in core.server.from_bot(core.room)]
        assert sum("Because of rain.\n\n— Boss, of the staff" in text for text in said) == 1
        assert len(core.server.from_bot(staff)) == 1


async def test_hearts_go_to_whoever_is_of_the_course_whatever_the_giver_is(
    core: DiscordCore,
) -> None:
    """What came with the giver's command are the giver's own roles, and her server."""
    async with core.running():
        boss, stranger = await opened(core), core.server.add_user("stranger")
        for who, said in ((stranger, "I do not know them in this course."), (core.ann, "Given.")):
            words = await core.told("staff", boss, words=f"hearts <@{who.id}> 3")
            assert words.startswith(said)


async def test_an_answer_that_staff_give_is_no_other_reply_to_the_same_question(
    core: DiscordCore,
) -> None:
    """Its post was carried out and nobody was told so: it is not taken for the notice before it."""
    async with core.running() as process:
        boss = await opened(core)
        await core.told("staff", boss, words="drafts on")
        question = await core.ask()
        await core.until(lambda: said_to(core, question))
        await process.queue.idle()
        sends = rf"/channels/{core.room.id}/messages$"
        core.server.fail("POST", sends, Fault(drop="after"))
        await core.told("staff", boss, words="approve 1")
        await core.until(lambda: len(said_to(core, question)) > 1)
        await process.queue.idle()
        notice, answer = said_to(core, question)
        assert "look at it first" in notice
        assert ANSWER in answer


def said_to(core: DiscordCore, question: int) -> list[str]:
    said = core.server.from_bot(core.room)
    return [one.content for one in said if one.reference == question]
