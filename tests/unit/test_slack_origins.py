"""Where a question came from, kept as strings and read again."""

from adapters.slack.origins import SlackOrigin, with_origin
from bot.core.messages import Author, ConversationKey, Message

KEY = ConversationKey("slack", "T1", "C1", "5.0")
FULL = SlackOrigin(
    team="T1", channel="C1", thread="5.0", ts="6.0", at=1_700_000_000.0, private=True, live=True
)


def question(origin: SlackOrigin) -> Message:
    return Message(KEY, "T1:C1:6.0", Author("U1", "ann"), "why?", origin=origin.as_mapping())


def test_an_origin_is_read_again_as_it_was_kept() -> None:
    assert SlackOrigin.of(question(FULL)) == FULL
    assert SlackOrigin.of(question(SlackOrigin())) == SlackOrigin()


def test_what_is_empty_is_not_kept() -> None:
    assert question(SlackOrigin(team="T1")).origin == {"team": "T1"}


def test_words_of_another_version_do_no_harm() -> None:
    kept = Message(KEY, "1", Author("U1", ""), "", origin={"at": "noon", "new": "yes", "ts": "6.0"})
    assert SlackOrigin.of(kept) == SlackOrigin(ts="6.0")


def test_one_fact_of_it_changes_and_no_other() -> None:
    changed = with_origin(question(FULL), live=False)
    assert SlackOrigin.of(changed).live is False
    assert with_origin(changed, live=True) == question(FULL)
