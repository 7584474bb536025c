"""`views.*`: the home tab, and what opens before somebody who has just pressed something."""

import secrets
from typing import Any

from tests.fakes import JSON
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_checks import VIEW_BLOCKS, check_blocks
from tests.fakes.slack_state import SlackError, State

OPTIONS = 100
OPTION_CHARS = 75


class ViewsApi:
    def __init__(self, state: State) -> None:
        self._state = state

    def methods(self) -> dict[str, Method]:
        return {
            "views.open": self.open,
            "views.publish": self.publish,
            "views.update": self.update,
        }

    def open(self, ask: Ask) -> JSON:
        trigger = str(ask.need("trigger_id"))
        error = self._state.triggers.get(trigger, "invalid_trigger_id")
        if error is not None:
            raise SlackError(error)
        view = self._stored(ask, checked(ask.need("view"), "modal"))
        self._state.triggers[trigger] = "exchanged_trigger_id"
        return {"view": view}

    def publish(self, ask: Ask) -> JSON:
        user = str(ask.need("user_id"))
        if user not in self._state.users:
            raise SlackError("invalid_user_id")
        old = self._state.homes.get(user)
        _check_hash(ask, old)
        view = self._stored(ask, checked(ask.need("view"), "home"), old)
        self._state.homes[user] = view
        return {"view": view}

    def update(self, ask: Ask) -> JSON:
        old = self._find(ask)
        _check_hash(ask, old)
        return {"view": self._stored(ask, checked(ask.need("view"), old["type"]), old)}

    def _find(self, ask: Ask) -> JSON:
        if view := self._state.views.get(ask.text("view_id")):
            return view
        named = ask.args.get("external_id")
        for view in self._state.views.values():
            if named and view["external_id"] == named:
                return view
        raise SlackError("not_found")

    def _stored(self, ask: Ask, view: JSON, old: JSON | None = None) -> JSON:
        view_id = old["id"] if old else "V" + secrets.token_hex(5).upper()
        made: JSON = {
            "callback_id": "",
            "private_metadata": "",
            "external_id": "",
            "state": {"values": {}},
            **view,
            "id": view_id,
            "root_view_id": view_id,
            "team_id": ask.home.team,
            "app_id": ask.home.app_id,
            "app_installed_team_id": ask.home.team,
            "bot_id": ask.home.bot_id,
            "hash": secrets.token_hex(8),
        }
        self._state.views[view_id] = made
        return made


def checked(view: Any, kind: str) -> JSON:
    if not isinstance(view, dict) or view.get("type") != kind:
        raise SlackError("invalid_arguments")
    if kind == "modal" and not view.get("title"):
        raise SlackError("invalid_arguments")
    check_blocks(view.get("blocks"), VIEW_BLOCKS)
    for block in view["blocks"]:
        _check_select(block.get("accessory") or {})
    ids = [block["block_id"] for block in view["blocks"] if block.get("block_id")]
    if len(ids) != len({*ids}):
        raise SlackError("invalid_arguments")
    return view


def _check_select(element: JSON) -> None:
    """A select has from 1 to 100 options, and shows one of them, whole, or none."""
    if element.get("type") != "static_select":
        return
    options = element.get("options") or []
    first = element.get("initial_option")
    is_shown = first is None or first in options
    if not 1 <= len(options) <= OPTIONS or not is_shown or not all(map(_is_option, options)):
        raise SlackError("invalid_blocks")


def _is_option(option: JSON) -> bool:
    is_value = 1 <= len(option["value"]) <= OPTION_CHARS
    return is_value and 1 <= len(option["text"]["text"]) <= OPTION_CHARS


def _check_hash(ask: Ask, old: JSON | None) -> None:
    given = ask.args.get("hash")
    if given and old is not None and given != old["hash"]:
        raise SlackError("hash_conflict")
