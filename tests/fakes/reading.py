"""What an adapter has read of a place, as text to compare."""

from bot.core.messages import Message
from bot.core.ports.adapter import Reads
from bot.core.quoting import newest_that_fit
from bot.work.helping import taken

_PATIENCE = 60.0  # seconds: what is read is looked at here, not how soon


async def before(adapter: Reads, question: Message) -> str:
    """What was said before a question, "Ann: ..." a line."""
    quotes = newest_that_fit(await taken(adapter.earlier(question), "earlier_not_read", _PATIENCE))
    return "\n".join(f"{quote.name}: {quote.words}" for quote in quotes)
