"""The parts of a reply: each stands once, wherever it can stand."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.core.along import Along
from bot.core.errors import (
    NotEditable,
    OutcomeUnknown,
    ShapeRefused,
    StaleTurn,
    TransientError,
    Undeliverable,
    WayClosed,
)
from bot.core.ports.adapter import Adapter, Gives
from bot.core.posts import FIRST_FILE, Part, Post, Saying, Way, nonce_of_post
from bot.core.stopwatch import Stopwatch
from bot.core.turns import Turn
from bot.work.bells import Bell, Gate, always
from bot.work.holding import Ports

log = structlog.get_logger()


class UploadRefused(ShapeRefused):
    """The platform does not take the answer as a file."""


_LEFT_OUT = "…"


class Parts:
    """Posts a part once, edits it ever after, and goes another way where one is closed.

    The order is the rule. The intent, with the way, is saved before a part is posted, and its ref
    after. What was intended and has no ref, after a crash or a broken connection, is looked for
    before it is posted again. A message that cannot be changed is given up for a new one, with a
    nonce of its own. The next way is taken only after this one has certainly taken nothing, so
    that a part is in doubt in one place at most.
    """

    def __init__(
        self,
        adapter: Adapter,
        ports: Ports,
        turn: Turn,
        gate: Gate = always,
        along: Along | None = None,
    ) -> None:
        self._adapter = adapter
        self._bell = Bell(gate)
        self._storage = ports.storage
        self._clock = ports.clock
        self._holds = ports.holds
        self._turn = turn
        self._question = turn.message
        # A turn's first claim cannot have posted anything.
        self._posts: dict[int, Post] | None = {} if turn.epoch == 1 else None
        self._along = along
        self._first: tuple[Post, Stopwatch] | None = None  # an intent that is saved

    def intend_first(self) -> None:
        """The next step takes along that the first part is about to be posted."""
        if self._along is None or self._posts != {}:
            return
        age, [way, *_] = Stopwatch(self._clock), self._adapter.ways(self._question)
        post = Post(way=str(way), intended_at=self._clock())
        self._first, self._along.posts[0] = (post, age), post

    async def show(self, number: int, saying: Saying, *, anew: bool) -> None:
        """Make a part show this; `anew`: in another message or on another way, if need be.

        Raises Undeliverable when all ways are closed, FileRefused where a text was a file.
        """
        post = await self._find(number)
        if post is not None and post.ref is not None:
            if saying.file or await self._edit(post.ref, saying, anew=anew):
                return
            post = post.anew()
        ways = self._ways(post)
        if anew:
            await self._post(ways, number, post, saying)
        else:
            await self._post_on(ways[0], number, post, saying)

    async def take_back(self, before: int) -> None:
        """Of an answer that gave way to a notice leave no word in its further parts.

        A file cannot be taken back.
        """
        for number, post in sorted((self._posts or {}).items()):
            if before <= number < FIRST_FILE and post.ref is not None:
                await self._settle()
                try:
                    await self._edit(post.ref, Saying(text=_LEFT_OUT, is_final=True), anew=True)
                except TransientError as error:
                    log.warning("part_not_taken_back", turn=self._turn.id, error=str(error))

    async def _find(self, number: int) -> Post | None:
        """Where a part stands, as far as that is known; one that may stand is looked for."""
        if self._posts is None:
            self._posts = await self._storage.posts.of(self._turn.id)
        post = self._posts.get(number)
        if post is None or post.ref is not None:
            return post
        try:
            beside = await self._storage.posts.beside(self._turn)
            part = self._part(number, post)
            part = replace(part, others=part.others | beside)
            ref = await self._adapter.find(self._question, part)
        except Undeliverable as error:
            raise OutcomeUnknown(f"cannot be looked for: {error}") from error
        return post if ref is None else await self._save(number, post, ref)

    async def _edit(self, ref: str, saying: Saying, *, anew: bool) -> bool:
        """Whether the message could be changed."""
        bell = await self._bell.next(saying)
        self._require_hold()
        try:
            async with self._bell.before(bell, saying):
                await self._adapter.edit(self._question, ref, saying)
        except Undeliverable as error:
            if not anew:
                raise
            log.info("message_replaced", turn=self._turn.id, ref=ref, error=str(error))
            return False
        return True

    async def _post(
        self, ways: Sequence[Way], number: int, post: Post | None, saying: Saying
    ) -> None:
        """On the first way that is open."""
        closed, refusal = "", Undeliverable("there is no way")
        for way in ways:
            if way.place == closed:
                continue
            try:
                return await self._post_on(way, number, post, saying)
            except Undeliverable as error:
                log.info("way_refused", turn=self._turn.id, way=str(way), error=str(error))
                refusal = error
                if isinstance(error, WayClosed):
                    closed = way.place
                elif self._is_file(saying.text):
                    raise UploadRefused(str(error)) from error
        raise Undeliverable(str(refusal)) from refusal

    def _ways(self, post: Post | None) -> Sequence[Way]:
        """From the one that this part took, or the part before it: a reply stands together."""
        ways, posts = self._adapter.ways(self._question), self._posts or {}
        taken = post.way if post else next((posts[one].way for one in sorted(posts)[-1:]), "")
        named = [str(way) for way in ways]
        return ways[named.index(taken) :] if taken in named else ways

    async def _post_on(self, way: Way, number: int, post: Post | None, saying: Saying) -> None:
        """Once more, under another nonce, where what this one belongs to was removed meanwhile."""
        try:
            await self._post_once(way, number, post, saying)
        except NotEditable:
            post = post or Post()
            if post.was_removed:
                raise
            await self._post_once(way, number, post.anew(), saying)

    async def _post_once(self, way: Way, number: int, post: Post | None, saying: Saying) -> None:
        bell = await self._bell.next(saying)
        intent, age = await self._intended(way, number, post)
        self._posts = {**(self._posts or {}), number: intent}
        part = replace(self._part(number, intent), age=age)
        self._require_hold()
        try:
            async with self._bell.before(bell, saying):
                ref = await self._carry(part, saying)
        except OutcomeUnknown:
            raise
        except (TransientError, Undeliverable):
            if post is None:  # else one may stand there from before, and is looked for again
                await self._storage.posts.drop(self._turn.id, number)
                del self._posts[number]
            raise
        if saying.is_final and self._along is not None:
            self._along.posts[number] = self._posts[number] = replace(intent, ref=ref)
        else:
            await self._save(number, intent, ref)

    async def _intended(self, way: Way, number: int, post: Post | None) -> tuple[Post, Stopwatch]:
        """That a part is about to be posted is saved; with the time since before that."""
        first, self._first = self._first, None
        if first and post is None and not number and first[0].way == str(way):
            return first
        await self._settle()
        age = Stopwatch(self._clock)
        intent = replace(post or Post(), way=str(way), ref=None, intended_at=self._clock())
        await self._storage.posts.intend(self._turn, number, intent)
        return intent, age

    async def _settle(self) -> None:
        """Before anything more is done, save where the parts stand that the next step would."""
        noted = self._along.posts if self._along else {}
        for number, post in list(noted.items()):
            if post.ref is not None:
                await self._storage.posts.save(self._turn.id, number, post.ref)
                del noted[number]

    async def _carry(self, part: Part, saying: Saying) -> str:
        if not saying.file:
            return await self._adapter.post(self._question, saying, part)
        if not isinstance(self._adapter, Gives):
            raise ShapeRefused("no files there")
        return await self._adapter.give(self._question, saying.file, part=part)

    async def _save(self, number: int, post: Post, ref: str) -> Post:
        saved = replace(post, ref=ref)
        self._posts = {**(self._posts or {}), number: saved}
        await self._storage.posts.save(self._turn.id, number, ref)
        return saved

    def _require_hold(self) -> None:
        """Nothing more is shown once others may have taken over what is shown here."""
        if not self._holds():
            raise StaleTurn("this process was not heard of for too long: others go on")

    def _part(self, number: int, post: Post) -> Part:
        posts = (self._posts or {}).values()
        shown = {ref for one in posts for ref in (one.ref, *one.dead) if ref}
        nonce = nonce_of_post(self._question, number, post)
        fast = self._turn.accepted_at - (self._question.sent_at or self._turn.accepted_at)
        return Part(
            nonce,
            number,
            post.way,
            frozenset(shown),
            intended_at=post.intended_at - min(fast, 0.0),
            not_before=post.intended_at - max(fast, 0.0),
        )

    def _is_file(self, text: str) -> bool:
        limits = self._adapter.limits(self._question)
        chars = max(len(text), len(limits.render(text)))
        return limits.max_chars is not None and chars > limits.max_chars
