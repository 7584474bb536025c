"""`views.*`: the home tab, and what opens before somebody who has just pressed something."""

import secrets
from typing import Any

from tests.fakes import JSON
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_checks import VIEW_BLOCKS, check_blocks
from tests.fakes.slack_state import SlackError, State

DEEPEST = 3
TITLE_CHARS, METADATA_CHARS = 24, 3000
UNTOUCHED: dict[str, JSON] = {
    "plain_text_input": {"value": None},
    "static_select": {"selected_option": None},
    "multi_static_select": {"selected_options": []},
    "multi_users_select": {"selected_users": []},
    "multi_conversations_select": {"selected_conversations": []},
    "conversations_select": {"selected_conversation": None},
    "radio_buttons": {"selected_option": None},
    "checkboxes": {"selected_options": []},
    "datetimepicker": {"selected_date_time": None},
}
INITIAL = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_users": "initial_users",
    "selected_conversations": "initial_conversations",
    "selected_conversation": "initial_conversation",
    "selected_date_time": "initial_date_time",
}
ELEMENTS = frozenset(UNTOUCHED)  # there is none for user groups
OPTIONS = 100
OPTION_CHARS = 75
INITIALS = frozenset(INITIAL.values())


class ViewsApi:
    def __init__(self, state: State) -> None:
        self._state = state

    def methods(self) -> dict[str, Method]:
        return {
            "views.open": self.open,
            "views.publish": self.publish,
            "views.push": self.push,
            "views.update": self.update,
        }

    def open(self, ask: Ask) -> JSON:
        trigger = str(ask.need("trigger_id"))
        error = self._state.triggers.get(trigger, "invalid_trigger_id")
        if error is not None:
            raise SlackError(error)
        view = checked(ask.need("view"), "modal")
        self._check_people(view)
        view = self._stored(ask, view)
        self._state.triggers[trigger] = "exchanged_trigger_id"
        return {"view": view}

    def _check_people(self, view: JSON) -> None:
        for block in view["blocks"]:
            first = (block.get("element") or {}).get("initial_users") or ()
            if not set(first) <= self._state.users.keys():
                raise SlackError("invalid_arguments")

    def push(self, ask: Ask) -> JSON:
        """On top of the form that was pressed in: up to three stand on one another."""
        view = self.open(ask)["view"]
        under = self._find(ask) if ask.args.get("view_id") else None
        depth = int((under or {}).get("depth", 1)) + 1
        if depth > DEEPEST:
            raise SlackError("push_limit_reached")
        view["depth"] = depth
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
    if kind == "modal":
        _check_modal(view)
    check_blocks(view.get("blocks"), VIEW_BLOCKS)
    for block in view["blocks"]:
        _check_select(block.get("accessory") or {})
    ids = [block["block_id"] for block in view["blocks"] if block.get("block_id")]
    if len(ids) != len({*ids}):
        raise SlackError("invalid_arguments")
    return view


def _check_modal(view: JSON) -> None:
    """What no form may be: without a title or with a long one, and with fields that are none."""
    title = (view.get("title") or {}).get("text") or ""
    if not 1 <= len(title) <= TITLE_CHARS or len(view.get("private_metadata", "")) > METADATA_CHARS:
        raise SlackError("invalid_arguments")
    for block in view.get("blocks") or ():
        element = block.get("element") or {}
        if block.get("type") == "input" and element.get("type") not in ELEMENTS:
            raise SlackError("invalid_arguments")
        _check_select(element)


def sent(view: JSON, values: JSON) -> JSON:
    """The state of a form that is sent off: each field, also those that were left alone.

    Raises LookupError for fields that there are not, and for those that must be filled in.
    """
    fields = {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}
    if strange := values.keys() - fields.keys():
        raise LookupError(f"the form has no {sorted(strange)}, only {sorted(fields)}")
    needed = [name for name, block in fields.items() if not block.get("optional")]
    if missing := [one for one in needed if one not in values and not _first(fields[one])]:
        raise LookupError(f"{missing} have to be filled in")
    return {name: values.get(name) or _untouched(block) for name, block in fields.items()}


def _untouched(block: JSON) -> JSON:
    """As it was shown: what it began with, else nothing."""
    element = block["element"]
    [(name, nothing)] = UNTOUCHED[element["type"]].items()
    return {element["action_id"]: {"type": element["type"], name: _first(block) or nothing}}


def _first(block: JSON) -> Any:
    [name] = UNTOUCHED[block["element"]["type"]]
    return block["element"].get(INITIAL[name])


def _check_select(element: JSON) -> None:
    """A list has from 1 to 100 options, or as many parts of as many; it shows some, whole, or none.

    What a field begins with has to be of its own kind, and not more than it may hold.
    """
    _check_first(element)
    if element.get("type") not in {"static_select", "multi_static_select"}:
        return
    spans = [one["options"] for one in element.get("option_groups") or ()]
    lists = spans or [element.get("options") or []]
    options = [option for one in lists for option in one]
    one = element.get("initial_option")
    first = element.get("initial_options") or ([one] if one else [])
    is_sized = len(spans) <= OPTIONS and all(1 <= len(each) <= OPTIONS for each in lists)
    labels = [one["label"]["text"] for one in element.get("option_groups") or ()]
    is_labelled = all(1 <= len(label) <= OPTION_CHARS for label in labels)
    is_shown = all(option in options for option in first)
    if not (is_sized and is_labelled and is_shown and all(map(_is_option, options))):
        raise SlackError("invalid_blocks")


def _check_first(element: JSON) -> None:
    kind = element.get("type")
    known = {INITIAL[name] for name in UNTOUCHED.get(str(kind), {})}
    given = INITIALS & element.keys()
    most = element.get("max_selected_items") or OPTIONS
    is_sound = all(element[name] for name in given)  # an empty one is refused
    is_sound &= all(len(element[name]) <= most for name in given if isinstance(element[name], list))
    if kind in ELEMENTS and not (given <= known and is_sound):
        raise SlackError("invalid_arguments")


def _is_option(option: JSON) -> bool:
    is_value = 1 <= len(option["value"]) <= OPTION_CHARS
    return is_value and 1 <= len(option["text"]["text"]) <= OPTION_CHARS


def _check_hash(ask: Ask, old: JSON | None) -> None:
    given = ask.args.get("hash")
    if given and old is not None and given != old["hash"]:
        raise SlackError("hash_conflict")
