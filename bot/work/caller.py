"""One call of a tool, while somebody waits for it: it ends in time, or is left behind."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from bot.core.errands import Errands
from bot.core.errors import BotError, brief
from bot.core.ports.adapter import Adapter, Zoned
from bot.core.ports.toolbox import Toolbox
from bot.core.tools import Call, Output, Progress, Tool, Use
from bot.rules.calling import arguments_in
from bot.work.holding import HeldTurn

_PATIENCE = 1.0  # seconds for a call to end that is to end
_LEFT_BEHIND = Errands()  # calls that do not end when they are told to


class Caller:
    """Makes the calls of the turn that is held. `say` shows a line of what is being done."""

    def __init__(self, held: HeldTurn, toolbox: Toolbox, adapter: Adapter, say: Progress) -> None:
        self.assistant = ""  # whose tools they are
        self.material: tuple[str, ...] = ()  # that alone is looked at, where some is named
        self._held = held
        self._toolbox = toolbox
        self._adapter = adapter
        self._say = say

    async def output(self, call: Call, tool: Tool) -> Output:
        """What comes of it in time. One that does not end when it has to is left behind."""
        call = replace(call, arguments=arguments_in(call.arguments))
        task = asyncio.create_task(self._toolbox.use(call, self._use()))
        try:
            done, _ = await asyncio.wait([task], timeout=tool.seconds)
            if done:
                return task.result()
        except Exception as error:
            self._held.log.exception("call_crashed", tool=call.tool)
            return Output(f"It failed: {brief(error)}.", is_error=True)
        finally:
            await _ended(task)
        late = f"It took longer than {tool.seconds:g} s and was ended; it may have happened."
        return Output(late, is_error=True)

    def _use(self) -> Use:
        turn = self._held.turn
        return Use(
            turn_id=turn.id,
            conversation_id=turn.conversation_id,
            message=turn.message,
            assistant=self.assistant,
            say=self._say,
            reach=self._reach,
            material=self.material,
            zone=self._zone,
        )

    async def _reach(self) -> Sequence[str]:
        return (await self._held.scene.chosen()).reach

    async def _zone(self) -> str:
        """A help: what does not come at once is left out."""
        if not isinstance(self._adapter, Zoned):
            return ""
        with suppress(BotError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return await self._adapter.zone_of(self._held.turn.message)
        return ""


async def _ended(task: asyncio.Task[Output]) -> None:
    if task.done():
        return
    task.cancel()
    _LEFT_BEHIND.hold(task)
    task.add_done_callback(lambda late: late.cancelled() or late.exception())
    await asyncio.wait([task], timeout=_PATIENCE)
