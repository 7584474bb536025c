"""What is set where a conversation is, in one look at the database."""

from bot.core.catalogue import Chosen
from bot.core.messages import ConversationKey
from bot.core.ports.storage import Storage
from bot.homeroom_toml import AssistantFile


async def read_chosen(storage: Storage, assistants: AssistantFile, key: ConversationKey) -> Chosen:
    scopes = key.scopes()
    return Chosen(scopes, assistants.current(), await storage.choices.of(scopes))
