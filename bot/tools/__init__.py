"""What assistants can do; and what a file of functions of one's own imports."""

from bot.core.files import File
from bot.core.tools import Output, Use
from bot.tools.functions import tool

__all__ = ["File", "Output", "Use", "tool"]
