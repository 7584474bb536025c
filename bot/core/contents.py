"""What a person sees of a message, whatever parts its platform keeps it in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.commands import command_in
from bot.core.messages import Attachment
from bot.core.named import Named
from bot.core.quoting import Quote, quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Each platform has one reader, which makes this of a payload."""

    typed: str = ""  # what the author wrote: of all this, only it may be a command
    shown: Sequence[str] = ()  # what stands beside it in the message: cards, polls, stickers
    quotes: Sequence[Quote] = ()  # what others said: forwarded, or replied to
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[Named, ...] = field(default=(), compare=False)  # in what its author wrote
    is_called: bool = False  # its author mentions the bot

    @property
    def named(self) -> tuple[Named, ...]:
        """People and links anywhere in its text."""
        return (*self.mentions, *(one for quote in self.quotes for one in quote.names))

    @property
    def is_blank(self) -> bool:
        return not (self.words or self.quotes or self.attachments)

    @property
    def words(self) -> str:
        """All that is the author's own."""
        return "\n".join(filter(None, (self.typed, *self.shown)))

    @property
    def quoted(self) -> str:
        return quoted(self.quotes)

    @property
    def quoted_of(self) -> tuple[str, ...]:
        """The ids of those who are quoted; none where one of them is not known."""
        authors = tuple(quote.author for quote in self.quotes)
        return authors if all(authors) else ()

    @property
    def text(self) -> str:
        """As a message's text: it begins with what is quoted."""
        return "\n\n".join(filter(None, (self.quoted, self.words)))

    @property
    def asked(self) -> tuple[str | None, str, str]:
        """The command it gives, the text, and how much of that is quoted."""
        command, rest = command_in(self.typed, is_called=self.is_called)
        return (command, rest, "") if command else (None, self.text, self.quoted)

    def quote(self, name: str, author: str = "", *, is_topic: bool = False) -> Quote:
        """As something that was said before."""
        files = [f"(file: {file.name})" for file in self.attachments]
        words = "\n".join(filter(None, (self.words, self.quoted, *files)))
        author = author if self.quoted_of or not self.quotes else ""
        return Quote(name, words, self.attachments, is_topic, author, self.named)
