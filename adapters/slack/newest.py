"""When the newest replies of each thread were said, so that they can be asked for first.

A thread is read from its beginning; of one that goes on for long, an app that may read it once a
minute, fifteen messages at a time, would never see its end.
"""

from adapters.slack.bodies import part, text
from bot.core.recent import RecentMap

_AT_ONCE = 15  # messages that Slack gives such an app; two are the first one and the question
_NEWEST = _AT_ONCE - 2


class NewestReplies:
    def __init__(self) -> None:
        self._times = RecentMap[tuple[str, str], tuple[str, ...]]()  # by channel and thread

    def hear(self, body: object) -> None:
        """Whoever says it: all that stands in a thread counts."""
        event = part(body, "event")
        channel, ts = text(event, "channel"), text(event, "ts")
        thread = channel, text(event, "thread_ts") or ts
        if channel and ts:
            known = {*(self._times.get(thread) or ()), ts}
            self._times.put(thread, tuple(sorted(known)[-_AT_ONCE:]))

    def since(self, channel: str, thread: str, ts: str) -> str:
        """The first of the newest before `ts`; empty where all are read at once, or none known."""
        known = [one for one in self._times.get((channel, thread)) or () if one < ts]
        is_whole = known[:1] == [thread]
        return "" if is_whole else next(iter(known[-_NEWEST:]), "")
