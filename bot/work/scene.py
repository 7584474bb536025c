"""Where something was asked, and by whom: what is set there, and in which course."""

from bot.classroom.classroom import Classroom
from bot.classroom.people import Enrolment
from bot.core.catalogue import PLAIN, Chosen
from bot.core.messages import Message
from bot.core.ports.storage import Storage
from bot.homeroom_toml import AssistantFile
from bot.work.choices import read_chosen


class Scene:
    """Each of it is read once, and stays as it was at the first look."""

    def __init__(
        self, message: Message, storage: Storage, assistants: AssistantFile, classroom: Classroom
    ) -> None:
        self.message = message
        self._storage = storage
        self._assistants = assistants
        self._roll = classroom.roll
        self._reach = classroom.reach
        self._chosen: Chosen | None = None
        self._enrolment: tuple[Enrolment | None] | None = None

    async def chosen(self) -> Chosen:
        """All that is set there."""
        if self._chosen is None:
            message = self.message
            reach = () if message.command else await self._reach.of(message, self.enrolment)
            key, person = message.key.subject(), message.author.id
            self._chosen = await read_chosen(self._storage, self._assistants, key, person, reach)
        return self._chosen

    async def is_plain(self) -> bool:
        """Whether whoever asks wants no message to change, and none to have buttons."""
        return (await self.chosen()).own(PLAIN) == "on"

    async def enrolment(self) -> Enrolment | None:
        """In which course it was said, and who says it."""
        if self._enrolment is None:
            self._enrolment = (await self._roll.attending(self.message),)
        return self._enrolment[0]

    async def asker(self) -> Enrolment | None:
        """Whoever asks a question in a course; nobody who gives a command does."""
        return None if self.message.command else await self.enrolment()
