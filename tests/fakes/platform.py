"""A chat platform in memory that outlives the bot, and an adapter to it that can misbehave."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.controls import Button
from bot.core.errors import NotEditable, ShapeRefused, StorageUnavailable
from bot.core.files import File
from bot.core.messages import Attachment, ConversationKey, Message
from bot.core.ports.adapter import Help, Limits
from bot.core.ports.door import Door
from bot.core.posts import Part, Saying, Way
from bot.core.quoting import Quote
from bot.core.setting_values import Terms
from bot.core.settings import SettingsTable
from bot.core.standing import EVERYTHING, Standing
from bot.platforms import TABLE

PLATFORM = "fake"
STAFF = "staff"  # the id of somebody who runs the place
_TRAITS = dict.fromkeys(("server", "category", "channel", "role", "user"), ".+")
_TERMS = Terms(platform=PLATFORM, traits=_TRAITS, defaults={"limit": "0"})
FAKE_TABLE = SettingsTable([*TABLE.terms.values(), _TERMS])
LIVE = Limits(edit_interval=0.001)


@dataclass
class Shown:
    """A message of the bot, with every text that it ever showed."""

    ref: str
    question: Message
    nonce: str
    texts: list[str]
    is_final: bool
    way: str = ""
    controls: Sequence[Button] = ()
    file: File | None = None

    @property
    def text(self) -> str:
        return self.texts[-1]


@dataclass
class FakePlatform:
    """The service itself: what people said, what the bot showed, whatever became of the bot.

    It never joins two posts of one nonce: a double post is there to be seen.
    """

    said: list[Message] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)  # ids of messages the bot has acknowledged
    posts: list[Shown] = field(default_factory=list)
    is_closed: bool = False
    earlier: list[Quote] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=lambda: {STAFF: EVERYTHING})
    roles: dict[str, set[str]] = field(default_factory=dict)  # by person: traits besides her own
    unreachable: set[str] = field(default_factory=set)  # channels in which no bot may post
    absent: set[str] = field(default_factory=set)  # who is in no school
    turned_away: list[tuple[str, str]] = field(default_factory=list)  # who, and in which words

    def say(self, message: Message) -> Message:
        self.said.append(message)
        return message

    def posts_to(self, question: Message) -> list[Shown]:
        return [post for post in self.posts if post.question.id == question.id]

    def reply(self, question: Message) -> list[str]:
        """What stands there in reply to a message: the texts of its parts, in order."""
        return [post.text for post in self.posts_to(question)]

    def replies(self, questions: Sequence[Message]) -> list[list[str]]:
        return [self.reply(question) for question in questions]

    def order(self, key: ConversationKey) -> list[str]:
        """The ids of the messages replied to in a conversation, in the order of the replies."""
        return [post.question.id for post in self.posts if post.question.key == key]

    def find(self, nonce: str) -> Shown | None:
        return next((post for post in self.posts if post.nonce == nonce), None)


@dataclass
class _Fault:
    error: Exception
    times: float
    is_after: bool


class FakeAdapter:
    """A bot's connection to the platform. `calls` are the names of the methods, as called."""

    platform = PLATFORM

    def __init__(self, service: FakePlatform, limits: Limits = Limits()) -> None:  # noqa: B008
        self.service = service
        self.shown = limits
        self.calls: list[str] = []
        self.statuses: list[tuple[str, Status, str]] = []
        self.ended: list[str] = []  # ids of questions
        self.open_ways: Sequence[Way] = (Way("here"),)
        self.refused: dict[str, Exception] = {}  # by way: what every post on it is answered
        self.takes_files = True
        self.taken: list[str] = []  # the ways of all posts that were tried
        self._faults: defaultdict[str, list[_Fault]] = defaultdict(list)
        self._gates: dict[str, asyncio.Event] = {}

    def fail(self, method: str, error: Exception, *, times: float = 1, after: bool = False) -> None:
        """Raise this from the next calls; `after`: once the platform has done what was asked."""
        self._faults[method].append(_Fault(error, times, after))

    def hold(self, method: str) -> None:
        """Be slow: calls of this method wait for `release`."""
        self._gates.setdefault(method, asyncio.Event())

    def release(self, method: str) -> None:
        self._gates.pop(method).set()

    def limits(self, question: Message) -> Limits:
        return self.shown

    def open(self, door: Door) -> None:
        self._door = door

    async def listen(self) -> None:
        """Deliver what was not acknowledged, as it comes; return when the platform is closed."""
        while True:
            for message in [
                said for said in self.service.said if said.id not in self.service.taken
            ]:
                try:
                    await self._door.accept(message)
                except StorageUnavailable:
                    continue  # it comes again
                self.service.taken.add(message.id)
            if self.service.is_closed and len(self.service.taken) == len(self.service.said):
                return
            await asyncio.sleep(0.001)

    def ways(self, question: Message) -> Sequence[Way]:
        return self.open_ways

    def unasked(self, place: ConversationKey, person: str) -> Mapping[str, str]:
        return {"to": person} if person else {}

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        text = saying.text
        fault = await self._begin("post")
        self.taken.append(part.way)
        if not self.takes_files and len(text) > (self.shown.max_chars or len(text)):
            raise ShapeRefused("no files here")
        if (refusal := self.refused.get(part.way)) is not None:
            raise refusal
        post = Shown(
            f"ref-{len(self.service.posts)}", question, part.nonce, [text], saying.is_final
        )
        post.way, post.controls = part.way, saying.controls
        self.service.posts.append(post)
        _end(fault)
        return post.ref

    async def give(self, question: Message, file: File, *, part: Part) -> str:
        fault = await self._begin("give")
        if not self.takes_files:
            raise ShapeRefused("no files here")
        ref = f"ref-{len(self.service.posts)}"
        post = Shown(ref, question, part.nonce, [file.name], is_final=True)
        post.way, post.file = part.way, file
        self.service.posts.append(post)
        _end(fault)
        return post.ref

    async def edit(self, question: Message, ref: str, saying: Saying) -> None:
        fault = await self._begin("edit")
        post = next((post for post in self.service.posts if post.ref == ref), None)
        if post is None:
            raise NotEditable(f"no message {ref}")
        post.texts.append(saying.text)
        post.is_final, post.controls = saying.is_final, saying.controls
        _end(fault)

    async def find(self, question: Message, part: Part) -> str | None:
        fault = await self._begin("find")
        post = self.service.find(part.nonce)
        _end(fault)
        return post.ref if post else None

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        fault = await self._begin("show_status")
        self.statuses.append((question.id, status, detail))
        _end(fault)

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        _end(await self._begin("traits"))
        return [f"user:{question.author.id}", f"channel:{question.key.channel}"]

    async def traits_in(
        self, question: Message, space: str, named: Collection[str]
    ) -> Collection[str] | None:
        _end(await self._begin("traits_in"))
        person = question.author.id
        if person in self.service.absent:
            return None
        return {f"user:{person}", *self.service.roles.get(person, ())}

    async def reaches(self, asked: Message, place: ConversationKey) -> bool:
        return place.channel not in self.service.unreachable

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        _end(await self._begin("standing"))
        return self.service.standings.get(question.author.id, Standing())

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        _end(await self._begin("turn_away"))
        if not is_repeated:
            self.service.turned_away.append((question.author.id, words))

    async def earlier(self, question: Message) -> Help[Quote]:
        _end(await self._begin("earlier"))
        for quote in self.service.earlier:
            yield quote

    async def fetch(self, question: Message, attachment: Attachment) -> bytes:
        _end(await self._begin("fetch"))
        return self.service.files[attachment.id]

    async def end(self, question: Message) -> None:
        _end(await self._begin("end"))
        self.ended.append(question.id)

    async def close(self) -> None:
        """Nothing is held open."""

    async def _begin(self, method: str) -> _Fault | None:
        self.calls.append(method)
        if method in self._gates:
            await self._gates[method].wait()
        fault = next((fault for fault in self._faults[method] if fault.times > 0), None)
        if fault is None:
            return None
        fault.times -= 1
        if not fault.is_after:
            raise fault.error
        return fault


def _end(fault: _Fault | None) -> None:
    if fault is not None:
        raise fault.error
