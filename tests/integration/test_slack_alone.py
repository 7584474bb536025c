"""From a public answer to a private one by one press, and back, in Slack."""

from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore
from tests.integration.test_slack_humans import actions, core, opened, whispers

__all__ = ["core"]


async def test_a_form_below_a_public_answer_asks_alone_and_a_press_makes_that_public(
    core: SlackCore,
) -> None:
    async with core.running():
        await opened(core, BOB)
        thread = await core.ask("why?")
        await core.answers(thread)
        [answer] = [one for one in core.slack.messages(CHANNEL, thread) if one.blocks]
        await core.slack.click(answer.ts, "homeroom_button:alone", user=ALICE)
        await core.until(lambda: core.slack.state.views)
        view = next(reversed(core.slack.state.views))
        await core.slack.submit(view, ALICE, {"text": {"text": {"value": "May I ask?"}}})

        def private() -> list[str]:
            return [one.ts for one in whispers(core, ALICE) if "May I ask?" in words_of(one)]

        await core.until(private)
        [ts] = private()
        shown = next(one for one in whispers(core, ALICE) if one.ts == ts)
        [named] = [one for one in actions(shown) if one.endswith(":publish:named")]
        await core.slack.click(ts, named, user=ALICE)

        def public() -> list[str]:
            said = [one for one in core.slack.messages(CHANNEL) if not one.ephemeral]
            return [words for one in said if "asked:**" in (words := words_of(one))]

        await core.until(public)
        [words] = public()
        assert words.startswith("**alice asked:**\n\n> May I ask?")
