"""What a course adds: its set-up, what waits for staff, and what each has left."""

from collections.abc import Mapping

from bot.core.prompts import Prompt
from bot.words import say
from bot.work.choices import read_chosen
from bot.work.desk import Command, Desk


async def run_class(desk: Desk, prompt: Prompt) -> str:
    message = prompt.message
    chosen = await read_chosen(desk.storage, desk.assistants, message.key)
    standing = await desk.authority.standing(message, chosen)
    return await desk.classroom.desk.said(message, standing)


async def staff(desk: Desk, prompt: Prompt) -> str:
    return await desk.classroom.staff.said(prompt.message)


async def human(desk: Desk, prompt: Prompt) -> str:
    return await desk.classroom.humans.said(prompt.message)


async def hearts(desk: Desk, prompt: Prompt) -> str:
    enrolment = await desk.classroom.roll.attending(prompt.message)
    left = await desk.classroom.hearts.left(enrolment) if enrolment else None
    if left is None:
        return say("Nobody counts what you ask here.")
    return say("You have {left}. Each question takes one.", left=left)


async def assignment(desk: Desk, prompt: Prompt) -> str:
    return await desk.classroom.chooser.said(prompt.message)


ON_COURSE: Mapping[str, Command] = {
    "class": run_class,
    "staff": staff,
    "human": human,
    "hearts": hearts,
    "assignment": assignment,
}
