"""Who may do what."""

from dataclasses import replace

import pytest

from bot.core.courses import Role
from bot.core.standing import EVERYTHING, Standing
from bot.rules.may import ON_CONVERSATION, Action, Deed, may

STUDENT = Standing()
MODERATOR = Standing(is_moderator=True)
MANAGER = Standing(is_moderator=True, is_manager=True)


@pytest.mark.parametrize("action", sorted(ON_CONVERSATION))
class TestWhatIsDoneToAConversation:
    def test_it_is_for_everybody_in_a_conversation_of_ones_own(self, action: Action) -> None:
        assert may(STUDENT, Deed(action=action))

    def test_a_student_may_not_do_it_to_others(self, action: Action) -> None:
        assert not may(STUDENT, Deed(action=action, is_shared=True))

    def test_whoever_began_the_conversation_may(self, action: Action) -> None:
        assert may(STUDENT, Deed(action=action, is_shared=True, is_hers=True))

    def test_moderators_may(self, action: Action) -> None:
        assert may(MODERATOR, Deed(action=action, is_shared=True))

    def test_all_may_where_the_setting_leaves_it_to_them(self, action: Action) -> None:
        assert may(STUDENT, Deed(action=action, is_shared=True, is_open=True))


def test_only_the_asker_and_moderators_have_a_question_answered_again() -> None:
    assert may(STUDENT, Deed(action=Action.AGAIN, is_hers=True))
    assert may(MODERATOR, Deed(action=Action.AGAIN))
    assert not may(STUDENT, Deed(action=Action.AGAIN))


def test_only_managers_set_how_the_bot_behaves() -> None:
    assert may(MANAGER, Deed(action=Action.SET))
    assert not may(MODERATOR, Deed(action=Action.SET, is_open=True))


def test_what_is_for_herself_alone_anybody_sets() -> None:
    assert may(STUDENT, Deed(action=Action.SET, is_hers=True))


def test_only_administrators_read_all_that_was_said() -> None:
    assert may(EVERYTHING, Deed(action=Action.EXPORT))
    assert not may(MANAGER, Deed(action=Action.EXPORT))


def test_asking_is_for_whoever_was_let_in() -> None:
    assert may(STUDENT, Deed(action=Action.ASK, is_shared=True))


def test_what_others_said_is_read_by_whoever_is_in_charge_where_it_was_said_before_others() -> None:
    heard, hidden = Deed(action=Action.READ, is_shared=True), Deed(action=Action.READ)
    assert may(STUDENT, replace(hidden, is_hers=True))
    assert may(STUDENT, replace(heard, role=Role.TEACHER))
    assert not may(STUDENT, replace(hidden, role=Role.OWNER))
    assert not may(STUDENT, replace(heard, role=Role.ASSISTANT))
    assert not may(MANAGER, heard)
    assert may(EVERYTHING, hidden)
    assert not may(STUDENT, Deed(action=Action.OPERATE))
