"""What is said on Discord reaches the bot once, and in order."""

from tests.fakes.discord_things import PRIVATE_THREAD
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage


async def test_a_mention_is_accepted_without_the_mention(stage: Stage) -> None:
    message = await stage.ask("what is a turn?")
    assert (message.text, message.author.name, message.is_shared) == (
        "what is a turn?", "Ann", True
    )  # fmt: skip
    assert str(message.key) == f"discord:{stage.guild.id}:{stage.channel.id}:~{stage.ann.id}"


async def test_a_mention_of_the_bots_own_role_counts(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(reads_messages=True)
    said = await stage.server.say(stage.channel, stage.ann, "why?", mentions=[stage.guild.bot_role])
    assert (await stage.accepted(said)).text == "why?"


async def test_a_mention_that_discord_hides_is_told_so(stage: Stage) -> None:
    await stage.server.say(stage.channel, stage.ann, "why?", mentions=[stage.guild.bot_role])
    await stage.server.until(stage.replies)
    assert "by my name" in stage.shown()[0]
    assert not stage.door.accepted


async def test_a_reply_to_the_bot_counts_and_a_reply_to_others_does_not(stage: Stage) -> None:
    await stage.answer(await stage.ask())
    other = await stage.server.say(stage.channel, stage.ann, "hello all")
    await stage.server.say(stage.channel, stage.ann, "indeed", reply_to=other)
    [answer] = stage.replies()
    said = await stage.server.say(stage.channel, stage.ann, "and then?", reply_to=answer)
    assert (await stage.accepted(said)).text == "and then?"
    assert len(stage.door.accepted) == 2


async def test_a_direct_message_is_a_conversation_of_two(stage: Stage) -> None:
    dm = stage.server.open_dm(stage.ann)
    message = await stage.accepted(await stage.server.say(dm, stage.ann, "psst"))
    assert (message.key.space, message.is_shared) == ("dm", False)


async def test_bots_and_the_bot_itself_start_nothing(stage: Stage) -> None:
    robot = stage.server.add_user("robot", bot=True)
    await stage.server.say(stage.channel, robot, "hi", mentions=[stage.server.bot])
    await stage.answer(await stage.ask())
    await stage.ask("again")
    assert [one.text for one in stage.door.accepted] == ["why?", "again"]


async def test_a_thread_is_a_conversation_and_a_private_one_another(stage: Stage) -> None:
    public = await stage.server.start_thread(stage.channel, stage.ann, "public")
    private = await stage.server.start_thread(
        stage.channel, stage.ann, "private", kind=PRIVATE_THREAD, invited=[stage.server.bot]
    )
    keys = {(await stage.ask(channel=one)).key for one in (stage.channel, public, private)}
    assert len(keys) == 3
    assert {key.channel for key in keys} == {str(stage.channel.id)}


async def test_a_thread_is_followed_once_the_bot_was_addressed_in_it(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(reads_messages=True)
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic")
    await stage.server.say(thread, stage.ann, "not for the bot")
    await stage.ask("for the bot", thread)
    said = await stage.server.say(thread, stage.ann, "and this as well")
    await stage.accepted(said)
    assert [one.text for one in stage.door.accepted] == ["for the bot", "and this as well"]


async def test_a_channel_is_followed_where_the_setting_says_so(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.door.chosen[f"discord:{stage.guild.id}:{stage.channel.id}", "follow"] = "channel"
    await stage.start(reads_messages=True)
    await stage.accepted(await stage.server.say(stage.channel, stage.ann, "just so"))


async def test_without_the_content_intent_everything_else_works(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.server.gateway.granted_intents.clear()
    await stage.start(reads_messages=True)
    await stage.server.until(lambda: stage.server.gateway.sessions)
    await stage.server.say(stage.channel, stage.ann, "blank for us")
    assert (await stage.ask("why?")).text == "why?"
    assert len(stage.door.accepted) == 1


async def test_twenty_people_in_one_channel_are_heard_in_the_order_of_ids(stage: Stage) -> None:
    people = [stage.server.add_user(f"p{number}") for number in range(20)]
    stage.door.is_open.clear()
    said = [
        await stage.server.say(stage.channel, person, "?", mentions=[stage.server.bot])
        for person in people
    ]
    stage.door.is_open.set()
    heard = await stage.door.messages(20)
    assert [one.id for one in heard] == [str(number) for number in said]


async def test_edits_and_deletions_reach_the_bot_and_previews_of_links_do_not(
    stage: Stage,
) -> None:
    message = await stage.ask("teh question")
    await stage.server.unfurl(stage.channel, int(message.id))
    mention = stage.server.bot.mention
    await stage.server.edit(stage.channel, int(message.id), f"{mention} the question")
    await stage.server.delete(stage.channel, int(message.id))
    await stage.door.until(lambda: stage.door.withdrawn)
    assert stage.door.replaced == [(message.unique_key, "the question")]
    assert stage.door.withdrawn == [message.unique_key]


async def test_an_edited_question_keeps_the_message_it_is_about(stage: Stage) -> None:
    bob = stage.server.add_user("bob")
    mentions = [stage.server.bot]
    about = await stage.server.say(stage.channel, bob, "E = mc²", mentions=mentions)
    said = await stage.server.say(
        stage.channel, stage.ann, "hwy?", mentions=mentions, reply_to=about
    )
    heard = await stage.accepted(said)
    await stage.server.edit(stage.channel, said, f"{stage.server.bot.mention} why?")
    await stage.door.until(lambda: stage.door.replaced)
    assert stage.door.replaced == [(heard.unique_key, heard.text.replace("hwy?", "why?"))]
    assert "mc²" in heard.text


async def test_what_cannot_be_written_down_is_told_so_once_and_taken_later_in_order(
    stage: Stage,
) -> None:
    stage.door.failures = 2
    for words in ("one", "two"):
        await stage.server.say(stage.channel, stage.ann, words, mentions=[stage.server.bot])
    taken = await stage.door.messages(2)
    assert [message.text for message in taken] == ["one", "two"]
    assert ["no need to ask again" in told for told in stage.shown()] == [True]


async def test_an_edit_is_made_as_soon_as_it_can_be_written_down(stage: Stage) -> None:
    question = await stage.server.say(stage.channel, stage.ann, "hm", mentions=[stage.server.bot])
    await stage.door.messages()
    stage.door.failures = 1
    await stage.server.edit(stage.channel, question, f"{stage.server.bot.mention} hm?")
    await stage.door.until(lambda: stage.door.replaced)
