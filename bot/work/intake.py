"""The door: a message becomes a durable turn, and only then is its platform told so."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from bot.classroom.timepiece import Timepiece
from bot.core.answers import Answer
from bot.core.catalogue import Chosen
from bot.core.controls import PRESSES
from bot.core.errors import NotAllowed
from bot.core.forms import Form
from bot.core.messages import EVERYBODY, Author, ConversationKey, Message, Receipt
from bot.core.ports.clock import Clock
from bot.core.ports.onlooker import Nobody, Onlooker
from bot.core.ports.storage import Storage, Used
from bot.core.text import clean
from bot.homeroom_toml import AssistantFile
from bot.rules.exports import MOST_TURNS, as_json
from bot.rules.may import Action
from bot.words import Language
from bot.work.authority import Authority
from bot.work.choices import read_chosen
from bot.work.forms import Forms
from bot.work.languages import language_at

log = structlog.get_logger()

_CHARS_OF_NAME = 80
_MOST_PEOPLE = 20  # in a list of who used most
_ASIDE = frozenset({"status", *PRESSES})  # commands that do not wait for what they are about
_AIMED = frozenset({"stop", "new", "assistant"})


class Workers(Protocol):
    """Who works on what was taken in."""

    def takes(self, key: ConversationKey) -> bool:
        """Whether what is written down there now is claimed at once, and by this process alone."""

    def accepted(self, message: Message, receipt: Receipt) -> None:
        """A message is written down, now or once before."""

    def withdrawn(self, receipt: Receipt) -> None:
        """The turn of a message was cancelled, and may run."""


class Intake:
    """The `Door` of the ports."""

    def __init__(  # noqa: PLR0913 - what it is put together from
        self,
        storage: Storage,
        assistants: AssistantFile,
        authority: Authority,
        workers: Workers,
        clock: Clock,
        *,
        timepiece: Timepiece,
        forms: Forms,
        onlooker: Onlooker = Nobody(),  # noqa: B008 - it never changes
    ) -> None:
        self._timepiece = timepiece
        self._forms = forms
        self._authority = authority
        self._storage = storage
        self._assistants = assistants
        self._workers = workers
        self._clock = clock
        self._onlooker = onlooker

    async def accept(self, message: Message) -> Receipt:
        """Write a message down, once. Raises StorageUnavailable: then it was not taken."""
        began = time.monotonic()
        self._timepiece.see(message.sent_at)
        message = await self._aimed(_cleaned(message))
        is_taken = self._workers.takes(message.key)
        receipt = await self._storage.turns.add(message, self._clock(), is_taken=is_taken)
        if receipt.turn_id is None:
            log.info("message_repeated", message=message.unique_key)
            await self._complete(message)
        else:
            log.info(
                "message_accepted",
                turn=receipt.turn_id,
                message=message.unique_key,
                conversation=str(message.key),
                chars=len(message.text),
            )
        self._workers.accepted(message, receipt)
        self._onlooker.accepted(message, receipt, time.monotonic() - began)
        return receipt

    async def show_anew(self, message_key: str, text: str) -> bool:
        """Make what was delivered say this from now on; False where there is no such turn."""
        receipt = await self._storage.turns.show_anew(message_key, text)
        message = await self._storage.turns.message(message_key)
        if receipt is None or message is None:
            return False
        self._workers.accepted(message, receipt)
        return True

    async def reword(self, message: Message, old: str, new: str) -> None:
        """What was delivered for a message has `new` where it had `old`, if it had."""
        receipt = await self._storage.turns.reword(message.unique_key, old, new)
        if receipt is not None:
            self._workers.accepted(message, receipt)

    async def replace(self, message: Message) -> bool | None:
        message = _cleaned(message)
        known = await self._storage.turns.message(message.unique_key)
        if known is None:
            return None
        edited = replace(known.reworded(message), attachments=message.attachments)
        receipt = await self._storage.turns.replace(edited, self._clock())
        log.info("message_edited", message=message.unique_key, in_time=receipt is not None)
        if receipt is not None:
            self._workers.accepted(edited, receipt)
        return receipt is not None

    async def _complete(self, message: Message) -> None:
        """A message that was told twice is what was told of it in all."""
        if message.may_grow:
            return
        # What is shown beside the words of a message stands on lines of its own.
        may_tell_more = message.attachments or message.quoted or "\n" in message.text
        whole = await self._fuller(message) if may_tell_more else None
        if whole is None:
            await self._storage.turns.begin(message.unique_key)
            return
        receipt = await self._storage.turns.complete(whole)
        log.info("message_completed", message=message.unique_key, in_time=receipt is not None)
        if receipt is not None:
            self._workers.withdrawn(receipt)  # and begun anew

    async def _fuller(self, message: Message) -> Message | None:
        """What is known of it with what this tells besides; None where that is nothing."""
        known = await self._storage.turns.message(message.unique_key)
        whole = known and known.completed_by(message)
        return None if whole is known else whole

    async def give(self, message: Message, answer: Answer) -> Receipt:
        """An answer that nobody is asked for any more: it is delivered as any other, once."""
        receipt = await self._storage.turns.give(message, answer, self._clock())
        log.info("answer_given", message=message.unique_key, is_new=receipt.turn_id is not None)
        self._workers.accepted(message, receipt)
        return receipt

    async def withdraw(self, message_key: str) -> bool:
        receipt = await self._storage.turns.cancel(message_key, self._clock())
        log.info("message_withdrawn", message=message_key, in_time=receipt is not None)
        if receipt is None:
            return False
        self._workers.withdrawn(receipt)
        return True

    def told_time(self, at: float, waited: float) -> None:
        self._timepiece.hear(at, waited)

    async def knows(self, key: ConversationKey) -> bool:
        return await self._storage.turns.knows(key)

    async def conversation_of(
        self, scope: str, ref: str, question: str = ""
    ) -> ConversationKey | None:
        return await self._storage.posts.conversation_of(scope, ref, question)

    async def last_asked(self, scope: str, person: str) -> ConversationKey | None:
        return await self._storage.looks.last_asked(scope, person)

    async def settings(self, key: ConversationKey) -> Chosen:
        return await read_chosen(self._storage, self._assistants, key)

    async def form(self, press: Message) -> Form | None:
        return await self._forms.behind(press)

    async def language(self, message: Message) -> Language:
        adapter = self._authority.adapter_of(message)
        return await language_at(message, adapter, self._storage, self._assistants)

    def assistants(self) -> Sequence[str]:
        return list(self._assistants.current().assistants)

    async def usage_of_person(self, scope: str, person: str) -> Used:
        return await self._storage.looks.usage_of_person(scope, person)

    async def usage_by_person(self, scope: str) -> Sequence[tuple[str, Used]]:
        return await self._storage.looks.usage_by_person(scope, _MOST_PEOPLE)

    async def export(self, scope: str, most: int, *, by: Message) -> bytes:
        await self._authority.require(by, await self.settings(by.key), Action.EXPORT)
        return as_json(await self._storage.looks.turns_in(scope, MOST_TURNS), most)

    async def reason_against(self, message: Message) -> str:
        try:
            await self._authority.admit(message, await self.settings(message.key))
        except NotAllowed as refusal:
            return refusal.notice
        return ""

    async def may_set(self, message: Message) -> bool:
        chosen = await self.settings(message.key)
        return await self._authority.allows(message, chosen, Action.SET)

    async def set(self, scope: str, name: str, value: str, *, by: Message) -> None:
        """What is alone for herself anybody sets who may set it at all."""
        catalogue = self._assistants.current()
        value = catalogue.read(scope, name, value)
        is_for_all = by.is_shared or scope not in by.key.scopes()[:2]
        is_hers = not is_for_all and catalogue.is_for_askers(scope, name)
        await self._authority.require(by, await self.settings(by.key), Action.SET, is_hers=is_hers)
        await self._storage.choices.save(scope, name, value, self._clock())
        log.info("setting_chosen", scope=scope, name=name)

    async def _aimed(self, message: Message) -> Message:
        """A command, pointed at what it may be done to.

        A stop takes effect by being there, before any gate; so whoever is not let in, and whoever
        may not do something to a conversation that others share, does it to her own.
        """
        if message.command not in _AIMED:
            return message
        message = await self._at_question(message)
        chosen = await self.settings(message.key)
        if message.command == "stop" and not await self._authority.is_let_in(message, chosen):
            return replace(message, key=message.key.own(message.author.id))
        action = _on_conversation(message)
        if action is None or await self._may(message, chosen, action):
            return message
        if action is Action.STOP_ALL:
            return replace(message, text="")
        return replace(message, key=message.key.own(message.author.id))

    async def _may(self, message: Message, chosen: Chosen, action: Action) -> bool:
        person = message.author.id
        is_own = message.key.is_spoken_by(person)
        began = is_own or await self._storage.looks.began(message.key, person)
        return await self._authority.allows(message, chosen, action, is_hers=began)

    async def _at_question(self, message: Message) -> Message:
        """A Stop button names the question that is to be answered no further."""
        if message.command != "stop" or message.text in {"", EVERYBODY}:
            return message
        question = await self._storage.turns.message(message.text)
        return replace(message, key=question.key, text="") if question else message


def _on_conversation(message: Message) -> Action | None:
    """What a command does to all who share a conversation."""
    match message.command:
        case "stop" if message.text == EVERYBODY:
            return Action.STOP_ALL
        case "new":
            return Action.NEW
        case "assistant" if message.text:
            return Action.CHOOSE
    return None


def _cleaned(message: Message) -> Message:
    name = " ".join(clean(message.author.name).split())[:_CHARS_OF_NAME]
    return replace(
        message,
        key=message.key.aside() if message.command in _ASIDE else message.key,
        id=clean(message.id),
        client_id=message.client_id and clean(message.client_id),
        text=clean(message.text).strip(),
        quoted=clean(message.quoted),
        author=Author(clean(message.author.id), name),
    )
