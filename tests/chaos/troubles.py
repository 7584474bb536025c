"""What befalls the program from outside: each trouble is one function, and the hand does them."""

import asyncio
import random
import resource
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.chaos.faults import heal
from tests.chaos.houses import House, until
from tests.chaos.people import IN_COURSE
from tests.chaos.signs import PART
from tests.chaos.stage import Stage
from tests.chaos.words import tags_in
from tests.fakes.discord_faults import Fault as DiscordFault
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.discord_things import Message
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import FakeSlack

HOUR = 3600.0
_DATABASE = "the database"
_FULL = 3.0
_AWAY = 2.5
_ON_ITS_WAY = 0.5
_MINUTE = 60.0
_UNLIMITED = resource.RLIM_INFINITY


class Hand:
    """Does what befalls, and keeps count of what really did."""

    def __init__(self, stage: Stage, house: House, choice: random.Random) -> None:
        self.stage = stage
        self.house = house
        self.choice = choice
        self.done: Counter[str] = Counter()

    async def do(self, name: str) -> None:
        if await TROUBLES[name](self):
            self.done[self.house.hurt_by if name == _DATABASE else name] += 1

    async def kill(self) -> None:
        self.done["kill -9"] += await self.house.end(signal.SIGKILL)

    async def stop(self) -> None:
        self.done["SIGTERM"] += await self.house.end(signal.SIGTERM)

    async def lose(self) -> None:
        self.done["lost for good"] += await self.house.lose()

    def set_clock(self, wrong_by: float) -> bool:
        self.house.clock.write_text(str(wrong_by), "ascii")
        return self.house.send(signal.SIGUSR1)

    def heal(self) -> None:
        heal(self.stage)
        self.set_clock(0)


Trouble = Callable[[Hand], Awaitable[bool]]
TROUBLES: dict[str, Trouble] = {}
LONG_GAP = "a minute without Discord"  # too long for any but a long play


def _trouble(name: str) -> Callable[[Trouble], Trouble]:
    def register(trouble: Trouble) -> Trouble:
        TROUBLES[name] = trouble
        return trouble

    return register


@_trouble("frozen (SIGSTOP)")
async def _freeze(hand: Hand) -> bool:
    if not hand.house.send(signal.SIGSTOP):
        return False
    await asyncio.sleep(hand.house.freezes_for)
    hand.house.send(signal.SIGCONT)
    return True


@_trouble(_DATABASE)
async def _hurt(hand: Hand) -> bool:
    return await hand.house.hurt()


@_trouble("disk full")
async def _fill(hand: Hand) -> bool:
    """No file of the program may grow: for it, that is a full disk."""
    victim = hand.house.victim
    if victim is None:
        return False
    process = victim.process.pid
    with suppress(ProcessLookupError):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (1, _UNLIMITED))
        await asyncio.sleep(_FULL)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (_UNLIMITED, _UNLIMITED))
    return True


@_trouble("killed at the first post after a notice")
async def _kill_after_notice(hand: Hand) -> bool:
    """The post is on its way, and is carried out after the sender's end."""
    discord, before = hand.stage.discord, len(_notices(hand.stage))
    if not await _fill(hand):
        return False
    await until(lambda: len(_notices(hand.stage)) > before, _AWAY)
    on_its_way = DiscordFault(delay=_ON_ITS_WAY)
    discord.fail("POST", r"/channels/\d+/messages$", on_its_way)
    if not await until(lambda: on_its_way in discord.struck[-1:], _FULL):
        return False
    await hand.kill()
    return len(_notices(hand.stage)) > before


def _notices(stage: Stage) -> list[Message]:
    """What the bot said that is no part of an answer."""
    channels = [*stage.discord.channels.values()]
    said = (one for channel in channels for one in stage.discord.from_bot(channel))
    return [one for one in said if not one.first_flags & PART]


@_trouble("a moderator removes a notice")
async def _remove_notice(hand: Hand) -> bool:
    """In whose place the answer was to stand; what was said for good stays."""
    channels = [*hand.stage.discord.channels.values()]
    said = [one for channel in channels for one in hand.stage.discord.from_bot(channel)]
    parts = [one for one in said if one.first_flags & PART and not tags_in(one.content)]
    waiting = [one for one in parts if not any(words in one.content for words in IN_COURSE)]
    for notice in waiting:
        await hand.stage.discord.delete(notice.channel, notice)
    return bool(waiting)


@_trouble("clock an hour ahead")
async def _jump_ahead(hand: Hand) -> bool:
    return await _jump(hand, HOUR)


@_trouble("clock an hour behind")
async def _jump_back(hand: Hand) -> bool:
    return await _jump(hand, -HOUR)


async def _jump(hand: Hand, seconds: float) -> bool:
    jumped = hand.set_clock(seconds)
    await asyncio.sleep(_AWAY)
    hand.set_clock(0)
    return jumped


@_trouble("connections refused by the model's server")
async def _model_away(hand: Hand) -> bool:
    return await _away(hand.stage.model)


@_trouble("connections refused by Slack")
async def _slack_away(hand: Hand) -> bool:
    return await _away(hand.stage.slack)


@_trouble("connections refused by Discord")
async def _discord_away(hand: Hand) -> bool:
    return await _away(hand.stage.discord)


@_trouble(LONG_GAP)
async def _discord_long_away(hand: Hand) -> bool:
    return await _away(hand.stage.discord, _MINUTE)


async def _away(server: FakeOpenAI | FakeSlack | FakeDiscord, seconds: float = _AWAY) -> bool:
    await server.stop()
    await asyncio.sleep(seconds)
    await server.start()
    return True


@_trouble("runs stuck")
async def _stick(hand: Hand) -> bool:
    hand.stage.model.hold()
    await asyncio.sleep(_AWAY)
    is_stuck = any(run.held for run in hand.stage.model.runs)
    hand.stage.model.release()
    return is_stuck


@_trouble("run expired at the server")
async def _expire(hand: Hand) -> bool:
    hand.stage.model.next_run(status="expired")
    return True


@_trouble("Slack's token expired")
async def _expire_token(hand: Hand) -> bool:
    token = hand.stage.slack.state.tokens[hand.stage.slack.bot.token]
    token.error = "token_expired"
    await asyncio.sleep(_AWAY)
    token.error = None
    return True


@_trouble("Slack delivers again")
async def _deliver_again(hand: Hand) -> bool:
    delivered = hand.stage.slack.envelopes
    if not delivered:
        return False
    for envelope in hand.choice.choices(delivered, k=5):
        hand.stage.slack.deliver_again(envelope)
    return True


@_trouble("Slack delivers in reverse")
async def _deliver_in_reverse(hand: Hand) -> bool:
    hand.stage.slack.hold_delivery()
    await asyncio.sleep(_AWAY)
    hand.stage.slack.release_delivery(backwards=True)
    return True


@_trouble("Slack cuts the socket")
async def _cut_socket(hand: Hand) -> bool:
    hand.stage.slack.drop_sockets()
    return True


@_trouble("Slack wants a new socket")
async def _refresh_socket(hand: Hand) -> bool:
    await hand.stage.slack.disconnect()
    return True


@_trouble("malformed event")
async def _malform(hand: Hand) -> bool:
    hand.stage.slack.event({"type": "message", "channel": None, "ts": 7, "user": []})
    await hand.stage.discord.malformed_event()
    return True


@_trouble("Discord cuts the gateway")
async def _cut_gateway(hand: Hand) -> bool:
    await hand.stage.discord.drop_connections()
    return True


@_trouble("Discord asks to reconnect")
async def _reconnect(hand: Hand) -> bool:
    await hand.stage.discord.reconnect_op7()
    return True


@_trouble("Discord forgets the session")
async def _forget_session(hand: Hand) -> bool:
    await hand.stage.discord.invalid_session()
    return True
