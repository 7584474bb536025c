"""Who somebody is who looks at the page: the platform is asked each time."""

from bot.classroom.people import Roll
from bot.core.courses import Role
from bot.core.messages import Author, ConversationKey, Message
from bot.core.standing import Standing
from bot.rules.readers import Reader


class Readers:
    def __init__(self, roll: Roll) -> None:
        self._roll = roll

    async def reader(self, person: str, name: str, standing: Standing) -> Reader:
        register = self._roll.register
        await register.renew()
        courses, roles = await register.all(), dict[int, Role]()
        scope, _, user = person.rpartition(":")
        platform, _, space = scope.partition(":")
        if self._roll.knows(platform):
            asked = Message(ConversationKey(platform, space, ""), "", Author(user, name), "")
            for course in await register.open():
                enrolment = await self._roll.enrolment_of(course, asked, user)
                if enrolment is not None:
                    roles[course.id] = enrolment.role
        return Reader(person=person, standing=standing, courses=courses, roles=roles)
