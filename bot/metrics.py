"""What is counted, for Prometheus. No label ever holds a person, a place, or a server's words."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from bot.core import errors
from bot.core.answers import Status
from bot.core.messages import Message, Receipt
from bot.core.ports.adapter import Health
from bot.core.prices import in_dollars
from bot.core.turns import State, Turn

_TURN = (0.5, 1, 2, 4, 8, 16, 32, 64, 128, 300)
_ACCEPT = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3)  # Slack gives up at three seconds
_MODEL = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)
_ERRORS = {
    name
    for name, one in vars(errors).items()
    if isinstance(one, type) and issubclass(one, errors.BotError)
}


class Metrics:
    """A `Onlooker` that counts, in a registry of its own: one process may hold several bots."""

    def __init__(self, info: dict[str, str]) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        Gauge("homeroom_info", "What runs here", list(info), registry=self.registry).labels(
            *info.values()
        ).set(1)
        self._count_turns()
        self._count_models()
        self._look_round()

    def note_backup(self, at: float, size: int) -> None:
        self.backup_at.set(at)
        self.backup_size.set(size)

    def note_unchecked(self) -> None:
        self._unchecked.inc()

    def _count_turns(self) -> None:
        registry = self.registry
        self._accepted = Counter(
            "homeroom_messages_accepted_total",
            "Messages that were told to us and are written down",
            ["platform", "duplicate"],
            registry=registry,
        )
        self._accepting = Histogram(
            "homeroom_accept_duration_seconds",
            "From a message's arrival to its being on disk",
            ["platform"],
            buckets=_ACCEPT,
            registry=registry,
        )
        self._turns = Counter(
            "homeroom_turns_total", "Turns that ended", ["platform", "outcome"], registry=registry
        )
        self._duration = Histogram(
            "homeroom_turn_duration_seconds",
            "From a message's acceptance to its answer's delivery",
            ["platform"],
            buckets=_TURN,
            registry=registry,
        )
        self._platform_errors = Counter(
            "homeroom_platform_errors_total",
            "What went wrong while an answer was delivered",
            ["platform", "error"],
            registry=registry,
        )

    def _count_models(self) -> None:
        registry = self.registry
        self._answering = Histogram(
            "homeroom_model_duration_seconds",
            "From the first work on an answer to its end",
            ["backend"],
            buckets=_MODEL,
            registry=registry,
        )
        self._first_word = Histogram(
            "homeroom_model_first_word_seconds",
            "From the first work on an answer to its first word",
            ["backend"],
            buckets=_MODEL,
            registry=registry,
        )
        self._model_errors = Counter(
            "homeroom_model_errors_total",
            "What went wrong while an answer was made",
            ["backend", "error"],
            registry=registry,
        )
        self._tokens = Counter(
            "homeroom_tokens_total", "Tokens, by kind", ["backend", "kind"], registry=registry
        )
        self._cost = Counter(
            "homeroom_cost_usd_total", "Cost of the runs whose price is known", registry=registry
        )
        self._unpriced = Counter(
            "homeroom_unpriced_runs_total", "Runs whose price nobody knows", registry=registry
        )
        self._unchecked = Counter(
            "homeroom_unchecked_questions_total",
            "Questions of students that could not be looked at for danger",
            registry=registry,
        )

    def _look_round(self) -> None:
        """What is not counted but looked at, each time somebody asks."""
        registry = self.registry
        self.connected = Gauge(
            "homeroom_connected", "Whether a platform is reached", ["platform"], registry=registry
        )
        self.silent_for = Gauge(
            "homeroom_silent_seconds",
            "How long ago a platform was last heard of",
            ["platform"],
            registry=registry,
        )
        self.open = Gauge(
            "homeroom_turns_open",
            "Turns that are not done, in the whole database",
            ["state"],
            registry=registry,
        )
        self.oldest = Gauge(
            "homeroom_oldest_turn_age_seconds",
            "How long the oldest open turn has waited; 0: there is none",
            registry=registry,
        )
        self.backup_at = Gauge(
            "homeroom_backup_last_success_timestamp_seconds",
            "When the last nightly backup was made; 0: none is known of",
            registry=registry,
        )
        self.backup_size = Gauge(
            "homeroom_backup_size_bytes", "What was made last", registry=registry
        )
        self.lag = Gauge(
            "homeroom_loop_lag_seconds",
            "How late the event loop was, the worst of the last ten seconds",
            registry=registry,
        )
        self.watchers = Gauge("homeroom_watchers", "Pages that are live", registry=registry)

    def accepted(self, message: Message, receipt: Receipt, seconds: float) -> None:
        platform = message.key.platform
        self._accepted.labels(platform, "yes" if receipt.is_duplicate else "no").inc()
        self._accepting.labels(platform).observe(seconds)

    def saved(self, before: Turn, turn: Turn) -> None:
        if turn.error and (turn.failures > before.failures or turn.step != before.step):
            self._note_error(before, turn)
        if before.state is State.PENDING and turn.state is not State.PENDING:
            self._note_answer(turn)
        if before.state is not State.DONE and turn.state is State.DONE:
            platform = turn.message.key.platform
            self._turns.labels(platform, _outcome(before, turn)).inc()
            self._duration.labels(platform).observe(
                max((turn.done_at or 0.0) - turn.accepted_at, 0.0)
            )

    def _note_error(self, before: Turn, turn: Turn) -> None:
        name = (turn.error or "").partition(":")[0]
        name = name if name in _ERRORS else "BotError"
        if before.state is State.PENDING:
            self._model_errors.labels(_backend(turn), name).inc()
        else:
            self._platform_errors.labels(turn.message.key.platform, name).inc()

    def _note_answer(self, turn: Turn) -> None:
        usage = turn.answer.usage if turn.answer else None
        if turn.answer is None or turn.backend is None or turn.message.command:
            return
        began = turn.changes[0].at if turn.changes else turn.accepted_at
        self._answering.labels(_backend(turn)).observe(max((turn.answered_at or began) - began, 0))
        for change in turn.changes:
            if change.status == Status.WRITING:
                self._first_word.labels(_backend(turn)).observe(max(change.at - began, 0.0))
                break
        if usage is None:
            self._unpriced.inc(1 if turn.run else 0)
            return
        for kind in ("input", "cached", "output", "reasoning"):
            self._tokens.labels(_backend(turn), kind).inc(getattr(usage, f"{kind}_tokens"))
        if usage.cost is None:
            self._unpriced.inc()
        else:
            self._cost.inc(float(in_dollars(usage.cost)))

    def note_health(self, platform: str, health: Health) -> None:
        self.connected.labels(platform).set(health.is_connected)
        if health.silent_for is not None:
            self.silent_for.labels(platform).set(health.silent_for)

    def written(self, accept: str) -> tuple[bytes, str]:
        """The page for whoever accepts this, and its type. Takes long at first: in a thread."""
        encode, kind = choose_encoder(accept)
        return encode(self.registry), kind


def _outcome(before: Turn, turn: Turn) -> str:
    """What became of it; that a notice was delivered says less than that there was need of one."""
    is_delivered = turn.step == "delivered"
    earlier = before.step if before.step in {"failed", "stopped"} else None
    return str(earlier if is_delivered and earlier else turn.step)


def _backend(turn: Turn) -> str:
    return turn.backend or "none"
