"""Who may do what: the one place where that is decided, before any effect.

What has to be known is gathered by `bot/work/authority.py`; here it is only judged.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.courses import Role
from bot.core.standing import Standing


class Action(StrEnum):
    """What somebody wants to do."""

    ASK = "ask"  # and whatever else concerns nobody but herself
    STOP_ALL = "stop all"  # end everybody's answers in a conversation
    NEW = "new"  # make the bot forget a conversation
    CHOOSE = "choose"  # choose who answers in a conversation
    AGAIN = "again"  # have a question answered once more
    PUBLISH = "publish"  # let all read what a person was answered alone
    SET = "set"  # set how the bot behaves in a place
    EXPORT = "export"  # read all that was said there
    MATERIAL = "material"  # add and remove what is answered from in a place
    TEACH = "teach"  # settle what a course is, and when its exams are
    ASSIST = "assist"  # do what staff of a course do
    READ = "read"  # read on the page what somebody said, and its answer
    OPERATE = "operate"  # see how all of it is doing, and what it costs


ON_CONVERSATION = frozenset({Action.STOP_ALL, Action.NEW, Action.CHOOSE})
"""What is done to a conversation, and with it to all who take part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An action, and what it is done to."""

    action: Action
    is_shared: bool = False  # others take part in the conversation
    is_hers: bool = False  # her question; a conversation she began; a setting for her alone
    is_open: bool = False  # the setting `commands` leaves it to everybody
    role: Role | None = None  # hers in the course that it is about; None: there is no course


def may(standing: Standing, deed: Deed) -> bool:
    """Whether somebody of this standing, who may ask there, may do this."""
    match deed.action:
        case Action.SET:
            return standing.is_manager or deed.is_hers
        case Action.EXPORT | Action.OPERATE:
            return standing.is_administrator
        case Action.AGAIN | Action.PUBLISH:
            is_for_moderators = deed.action is Action.AGAIN
            return deed.is_hers or (is_for_moderators and standing.is_moderator)
        case Action.TEACH | Action.ASSIST | Action.ASK | Action.MATERIAL | Action.READ:
            return _may_in_course(standing, deed)
        case action if action in ON_CONVERSATION:
            return not deed.is_shared or deed.is_hers or deed.is_open or standing.is_moderator
        case _:
            return True


def _may_in_course(standing: Standing, deed: Deed) -> bool:
    match deed.action:
        case Action.READ:
            # Of others only what was said before others, in the course one is in charge of.
            is_in_charge = deed.role is not None and deed.role.is_in_charge
            return standing.is_administrator or deed.is_hers or (deed.is_shared and is_in_charge)
        case Action.TEACH:
            return standing.is_manager or (deed.role is not None and deed.role.is_in_charge)
        case Action.MATERIAL:
            return standing.is_manager or (deed.role is not None and deed.role.is_staff)
        case Action.ASSIST:
            return deed.role is not None and deed.role.is_staff
        case _:
            return deed.role is not Role.GUEST
