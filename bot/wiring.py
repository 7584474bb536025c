"""How the parts of a bot are put together: here for the program, and for its tests."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bot.classroom.board import Outbox
from bot.classroom.classroom import Classroom
from bot.classroom.timepiece import Timepiece
from bot.core.answers import Answer, Status
from bot.core.files import FileRefused
from bot.core.messages import Attachment, Message, Receipt
from bot.core.ports.adapter import Adapter, Reads
from bot.core.ports.backend import Backend
from bot.core.ports.clock import Clock
from bot.core.ports.moderator import Moderator
from bot.core.ports.onlooker import Nobody, Onlooker
from bot.core.ports.storage import Storage
from bot.core.ports.toolbox import Toolbox
from bot.core.ports.transcriber import Transcriber
from bot.core.recent import RecentMap
from bot.core.redaction import Redactor
from bot.crews import Crew
from bot.homeroom_toml import AssistantFile
from bot.prices import Prices
from bot.work.authority import Authority
from bot.work.choices import KnownChoices
from bot.work.commands import CommandBackend
from bot.work.desk import Desk
from bot.work.forgetting import Forgetting
from bot.work.holding import Ports
from bot.work.intake import Intake
from bot.work.pseudonyms import Pseudonyms
from bot.work.retries import RetryPolicy
from bot.work.slots import Slots
from bot.work.toolless import NoTools

Hired = TypeVar("Hired", bound=Crew)


@dataclass(frozen=True)
class Bot(Generic[Hired]):
    ports: Ports
    crew: Hired
    intake: Intake
    forgetting: Forgetting


def build(  # noqa: PLR0913 - what differs between the program and its tests
    storage: Storage,
    adapters: Sequence[Adapter],
    backend: Backend,
    clock: Clock,
    *,
    assistants: AssistantFile,
    hire: Callable[[Ports], Hired],
    retries: RetryPolicy | None = None,
    deadline: float = 600.0,
    redact: Callable[[str], str] | None = None,
    scrub: Callable[[], Awaitable[None]] | None = None,
    at_once: int = 100,
    timepiece: Timepiece | None = None,
    toolbox: Toolbox | None = None,
    transcriber: Transcriber | None = None,
    moderator: Moderator | None = None,
    unchecked: Callable[[], None] = lambda: None,
    onlooker: Onlooker = Nobody(),  # noqa: B008 - it never changes
) -> Bot[Hired]:
    """Wired and open, with nobody at work yet. `deadline`: seconds for one run.

    `at_once`: turns at work. `scrub`: leaves no copy of what was deleted. `toolbox`: what
    assistants can do. `unchecked` counts what `moderator` could not look at.
    """
    storage = replace(storage, choices=KnownChoices(storage.choices, clock))
    by_platform = {adapter.platform: adapter for adapter in adapters}
    authority = Authority(by_platform)

    async def say(message: Message) -> Receipt:  # the intake comes last, after those who work
        return await intake.accept(message)

    async def fetch(message: Message, attachment: Attachment) -> bytes:
        adapter = by_platform[message.key.platform]
        if not isinstance(adapter, Reads):
            raise FileRefused.because(attachment.name, "files cannot be sent here")
        return await adapter.fetch(message, attachment)

    async def give(message: Message, answer: Answer) -> Receipt:
        return await intake.give(message, answer)

    async def show_anew(message_key: str, text: str) -> bool:
        return await intake.show_anew(message_key, text)

    pseudonyms = Pseudonyms(storage.memos)
    forgetting = Forgetting(
        storage, assistants, backend, pseudonyms, clock, scrub or _leave_as_it_is
    )
    outbox = Outbox(give, show_anew)
    table = assistants.table
    classroom = Classroom(
        storage, by_platform, table, clock, outbox, timepiece, moderator, unchecked
    )
    shown = RecentMap[int, Status]()

    async def withdraw(message_key: str) -> bool:
        return await intake.withdraw(message_key)

    async def add(message: Message, at: float) -> None:
        crew.accepted(message, await storage.turns.add(message, at))

    price = Prices(lambda: assistants.current().prices)
    toolbox = toolbox or NoTools()
    desk = Desk(
        storage=storage,
        assistants=assistants,
        clock=clock,
        keeper=backend,
        authority=authority,
        forgetting=forgetting,
        say=say,
        price=price,
        toolbox=toolbox,
        withdraw=withdraw,
        classroom=classroom,
        fetch=fetch,
        shown=shown,
    )
    ports = Ports(
        storage=storage,
        adapters=by_platform,
        backend=backend,
        commands=CommandBackend(desk),
        authority=authority,
        classroom=classroom,
        assistants=assistants,
        clock=clock,
        add=add,
        price=price,
        pseudonyms=pseudonyms,
        slots=Slots(at_once),
        toolbox=toolbox,
        transcriber=transcriber,
        shown=shown,
        retries=retries or RetryPolicy(),
        deadline=deadline,
        redact=redact or Redactor(),
        onlooker=onlooker,
    )
    crew = hire(ports)
    intake = Intake(
        storage,
        assistants,
        authority,
        crew,
        clock,
        timepiece=classroom.timepiece,
        onlooker=onlooker,
    )
    for adapter in adapters:
        adapter.open(intake)
    return Bot(ports, crew, intake, forgetting)


async def _leave_as_it_is() -> None:
    """Where nobody looks into the file."""
