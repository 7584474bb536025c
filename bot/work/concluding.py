"""From a backend's last word to an answer that is kept: checked, remarked on, and paid."""

from dataclasses import replace

from bot.core.answers import Answer, CallsMade, Usage, remarked
from bot.core.prices import TRANSCRIPTION, unpriced, with_hosted
from bot.core.prompts import Prompt, Utterance, as_remark, heard_in
from bot.core.quoting import speaker
from bot.core.tools import Call, EndedCall, Output
from bot.core.turns import Turn
from bot.rules.bill import parted
from bot.rules.calling import below
from bot.words import say
from bot.work.bill import hosted_price, priced, with_cost
from bot.work.gates import fit_to_keep
from bot.work.holding import HeldTurn, Ports
from bot.work.remembering import Remembering
from bot.work.using import Using

_CHARS_HEARD = 500  # of a voice message, that are shown


class Concluding:
    """That of one attempt; `backend`: the name of the one that is asked."""

    def __init__(
        self, held: HeldTurn, ports: Ports, backend: str, remembering: Remembering, using: Using
    ) -> None:
        self._held = held
        self._ports = ports
        self._backend = backend
        self._remembering = remembering
        self._using = using

    async def answer(self, turn: Turn, said: Answer, prompt: Prompt) -> Answer:
        """As it is to be kept, with what the turn has cost; `turn`: with the run that said it."""
        answer = _with_remark(await fit_to_keep(self._held, self._ports, said), _unheard(prompt))
        answer = replace(answer, usage=self.bill(prompt, answer))
        if turn.tool_steps:
            self._held.note(turn)
            usage = await self._using.spent(answer, self._backend)
            answer = replace(answer, usage=usage)
        asker = speaker(turn.message.author.name)
        answer = _with_remark(answer, below(await self._using.used(), asker))
        if prompt.assistant.thoughts != "show":
            answer = replace(answer, thoughts="")
        if self._held.is_unclean:
            await self._ports.storage.sessions.leave(turn.conversation_id)
        else:
            answer = await self._remembering.settle(prompt, answer)
        price = hosted_price(self._backend, self._ports)
        return await with_cost(self._held, answer, unpriced(_besides(prompt, answer), price))

    def bill(self, prompt: Prompt, said: Answer | CallsMade) -> Usage | None:
        """What the run that has ended was made of, and cost."""
        if said.usage is None:
            return None
        usage = priced(parted(prompt, said.usage), self._backend, said.model, self._ports)
        price = hosted_price(self._backend, self._ports)
        return replace(usage, cost=with_hosted(usage.cost, _besides(prompt, said), price))


def _besides(prompt: Prompt, said: Answer | CallsMade) -> tuple[EndedCall, ...]:
    """What servers have done besides; what was heard was heard once, and goes with the last run."""
    if isinstance(said, CallsMade):
        return said.hosted
    call, output, sent = Call("", TRANSCRIPTION, ""), Output(""), len(prompt.message.attachments)
    heard = heard_in(prompt.words)[::-1][:sent]  # whoever types the same has sent no sound
    return (*said.hosted, *(EndedCall(call=call, output=output, seconds=x.seconds) for x in heard))


def _unheard(prompt: Prompt) -> str:
    """On files that the model was not shown, or has as words."""
    return as_remark([*map(_as_heard, heard_in(prompt.words)), *prompt.left_out])


def _with_remark(answer: Answer, left_out: str) -> Answer:
    """What the model was not shown, beside whatever else there is to remark."""
    remark = remarked(answer.remark, left_out)
    return replace(answer, text=remarked(answer.words, remark), remark=remark)


def _as_heard(one: Utterance) -> str:
    """So that a mistake can be seen."""
    words = one.words
    cut = words if len(words) <= _CHARS_HEARD else f"{words[:_CHARS_HEARD]}…"
    return say("I heard: “{words}”", words=cut)
