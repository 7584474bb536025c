"""What the contracts of the storage talk about, and how."""

from itertools import count

from bot.core.answers import Answer, Usage
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.storage import Storage
from bot.core.turns import Turn

NOW = 1000.0
KEY = ConversationKey("test", "class", "general")
ELSEWHERE = ConversationKey("test", "class", "elsewhere")
ADA, BOB = Author("u1", "Ada"), Author("u2", "Bob")
USAGE = Usage(100, 40, 20, 10, 5)

_ids = count(1)


def say(text: str = "Hello", key: ConversationKey = KEY, command: str | None = None) -> Message:
    return Message(key, f"m{next(_ids)}", ADA, text, command)


async def add(storage: Storage, message: Message) -> tuple[int, int]:
    """The ids of the conversation and of the turn."""
    receipt = await storage.turns.add(message, NOW)
    assert receipt.turn_id is not None
    return receipt.conversation_id, receipt.turn_id


async def claim(storage: Storage, conversation: int, now: float = NOW) -> Turn:
    turn = await storage.turns.claim(conversation, now)
    assert turn is not None
    return turn


async def converse(storage: Storage, *answers: Answer | None, key: ConversationKey = KEY) -> int:
    """Ask a question for each answer, and end it; None: cancelled."""
    conversation = 0
    for number, answer in enumerate(answers, 1):
        conversation, _ = await add(storage, say(f"question {number}", key))
        turn = await claim(storage, conversation)
        ended = turn.answered(answer, NOW).delivered(NOW) if answer else turn.cancelled(NOW)
        await storage.turns.save(ended)
    return conversation
