"""What belongs to a step of a turn, and goes to the disk in one commit with it."""

from dataclasses import dataclass, field

from bot.core.posts import Post
from bot.core.turns import Session


@dataclass(slots=True)
class Along:
    """Noted until the next step of the turn takes it along; a crash before that loses both.

    So only what a later process finds out by looking is noted: where the conversation is with the
    turn's backend, that a part is about to be posted, where one stands.
    """

    session: Session | None = None
    at: float = 0.0  # when it was opened, if it is new; seconds since the epoch
    posts: dict[int, Post] = field(default_factory=dict)  # by part

    def take(self) -> "Along":
        """All that was noted, which is noted no longer."""
        taken = Along(self.session, self.at, self.posts)
        self.session, self.posts = None, {}
        return taken
