"""What a turn has to pass before it is answered, and an answer before it is kept.

Each gate has one reason to exist. They stand in order: what costs nothing first, and nobody who
may not ask learns anything but that.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.classroom.alarms import InDanger
from bot.classroom.endorsing import ENDORSED, answer_to, named
from bot.classroom.ladders import told
from bot.classroom.treasury import Expected
from bot.core.answers import Answer, Kind, remarked
from bot.core.errors import GaveUp, MessageTooLong, NotAllowed, Refusal
from bot.core.ports.storage import Spent
from bot.core.text import clean, estimate_tokens
from bot.words import in_any, number, say
from bot.work.budgets import budget_spent
from bot.work.citing import sources_named
from bot.work.holding import HeldTurn, Ports
from bot.work.limits import limit_reached
from bot.work.removing import without_solution
from bot.work.watching import danger_seen

MAX_CHARS = 100_000  # of one message: about 25,000 tokens
_EXPECTED_OUT = 1000  # tokens of an answer
NO_WORDS = "*(The answer had no words.)*"

Before = Callable[[HeldTurn, Ports], Awaitable[Refusal | None]]
After = Callable[[HeldTurn, Ports, Answer], Awaitable[Answer]]


async def begun_too_often(held: HeldTurn, ports: Ports) -> Refusal | None:
    """What ends the process each time it is begun is not begun for ever."""
    times = held.turn.attempts
    if times <= ports.retries.max_attempts:
        return None
    return GaveUp(f"begun {times - 1} times and never ended")


async def not_let_in(held: HeldTurn, ports: Ports) -> Refusal | None:
    try:
        await ports.authority.admit(held.turn.message, await held.scene.chosen())
    except NotAllowed as refusal:
        return refusal
    return None


async def too_long(held: HeldTurn, _ports: Ports) -> Refusal | None:
    chars = len(held.turn.message.text)
    if chars <= MAX_CHARS:
        return None
    return MessageTooLong(
        notice=say(
            "Your message has {chars} characters; I can take {max_chars}. Please send a "
            "shorter one, or a part of it.",
            chars=number(chars),
            max_chars=number(MAX_CHARS),
        )
    )


async def kept_by_class(held: HeldTurn, ports: Ports) -> Refusal | None:
    """Where a course is, and whoever is in one, has its rules as well.

    Danger is looked for first, whatever else keeps a question from the model; before all that is
    counted, so that nobody in need is told that she has asked too much.
    """
    enrolment = await held.scene.asker()
    seen = await danger_seen(held, ports)
    kept = await ports.classroom.refusal(held.turn, enrolment)
    if kept is None and enrolment is not None and not enrolment.is_staff:
        kept = await ports.classroom.humans.passed_on(held.turn.message, enrolment)
    return seen if isinstance(seen, InDanger) else kept or seen


class AnsweredBefore(Refusal):
    """Staff have answered this very question: nobody has to be asked."""


async def endorsed(held: HeldTurn, ports: Ports) -> Refusal | None:
    enrolment = await held.scene.asker()
    if enrolment is None or enrolment.is_staff or held.turn.backend:
        return None
    held.lesson.endorsed = await ports.classroom.bank.known(enrolment)
    words = answer_to(held.turn.message, held.lesson.endorsed)
    return AnsweredBefore(notice=words) if words else None


async def funds_reserved(held: HeldTurn, ports: Ports) -> Refusal | None:
    """What a course may spend; what was let through once is let through again."""
    turn = held.turn
    enrolment = None if turn.backend else await held.scene.asker()
    if enrolment is None or not enrolment.course.plan.budget:
        return None
    assistant = (await held.scene.chosen()).assistant
    asked = estimate_tokens(turn.message.text) + estimate_tokens(assistant.instructions)
    incoming = asked + assistant.history_tokens
    spent = Spent(ports.backend.name, assistant.model, incoming, 0, _EXPECTED_OUT)
    expected = Expected(incoming + _EXPECTED_OUT, ports.price(spent))
    return await ports.classroom.treasury.reserve(enrolment.course, turn.id, expected)


async def heart_taken(held: HeldTurn, ports: Ports) -> Refusal | None:
    """The last of all, so that nothing is taken for what is refused."""
    enrolment = await held.scene.asker()
    try:
        if enrolment is not None:
            held.lesson.hearts = await ports.classroom.hearts.charge(enrolment, held.turn.id)
    except NotAllowed as refusal:
        return refusal
    return None


BEFORE: Sequence[Before] = (
    begun_too_often,
    not_let_in,
    too_long,
    kept_by_class,
    limit_reached,
    budget_spent,
    endorsed,
    funds_reserved,
    heart_taken,
)


async def first_refusal(held: HeldTurn, ports: Ports) -> Refusal | None:
    """Why a turn is not answered; None where it may be. What nobody asked was let in before."""
    for gate in BEFORE[:1] if held.turn.message.key.is_sums else BEFORE:
        refusal = await gate(held, ports)
        if refusal is not None:
            return refusal
    return None


async def shown_for(held: HeldTurn, ports: Ports) -> float | None:
    """For how many seconds words of this turn's answer may be shown; None: for any time.

    Raises Withheld where they may not be. Asked before each post, part and preview.
    """
    return await ports.classroom.shown_for(held.turn)


async def made_legible(held: HeldTurn, _ports: Ports, answer: Answer) -> Answer:
    """A model may write what no database, and no terminal, should be given; or nothing at all."""
    words, thoughts = clean(answer.words).strip(), clean(answer.thoughts).strip()
    says_nothing = not words and held.turn.message.command is None
    remark = answer.remark or (say(NO_WORDS) if says_nothing else "")
    return replace(answer, text=remarked(words, remark), thoughts=thoughts, remark=remark)


async def hint_told(held: HeldTurn, _ports: Ports, answer: Answer) -> Answer:
    """Which of the hints it is, and how to come to the next."""
    teaching = await held.lesson.teaching(held.turn)
    is_ours = answer.kind is Kind.NOTICE or answer.text.startswith(in_any(ENDORSED))
    if teaching is None or teaching.rung is None or is_ours:
        return answer
    remark = remarked(answer.remark, told(teaching.rung))
    return replace(answer, text=remarked(answer.words, remark), remark=remark)


async def hearts_told(held: HeldTurn, _ports: Ports, answer: Answer) -> Answer:
    if held.lesson.hearts is None or held.turn.message.command or answer.kind is Kind.NOTICE:
        return answer
    sign = "" if await held.scene.is_plain() else "♥ "
    remark = remarked(answer.remark, f"{sign}{held.lesson.hearts}")
    return replace(answer, text=remarked(answer.words, remark), remark=remark)


async def staffs_words(held: HeldTurn, _ports: Ports, answer: Answer) -> Answer:
    """In place of the mark of what staff have answered, where the model says that it fits."""
    words = named(answer.words, held.lesson.offered)
    return replace(answer, text=words, remark="") if words else answer


async def seen_by_staff(held: HeldTurn, ports: Ports, answer: Answer) -> Answer:
    """Where staff see drafts first, what stands there meanwhile."""
    enrolment = await held.scene.asker()
    if enrolment is None or answer.kind is Kind.NOTICE:
        return answer
    seen = await ports.classroom.drafts.held(held.turn.message, enrolment, answer)
    held.is_unclean |= seen is not answer
    return seen


async def told_first(held: HeldTurn, ports: Ports, answer: Answer) -> Answer:
    """Where nobody is asked whether she agrees, the first answer says what this is."""
    enrolment = await held.scene.asker()
    words = await ports.classroom.consents.first_words(enrolment) if enrolment else ""
    if not words:
        return answer
    remark = remarked(answer.remark, f"*({words})*")
    return replace(answer, text=remarked(answer.words, remark), remark=remark)


AFTER: Sequence[After] = (
    made_legible,
    without_solution,
    staffs_words,
    sources_named,
    seen_by_staff,
    hint_told,
    hearts_told,
    told_first,
)


async def fit_to_keep(held: HeldTurn, ports: Ports, answer: Answer) -> Answer:
    """The answer as it is kept and shown."""
    for gate in AFTER:
        answer = await gate(held, ports, answer)
    return answer
