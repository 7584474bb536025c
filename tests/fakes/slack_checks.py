"""What Slack refuses to post: too long, too many, nothing at all."""

import json
from typing import Any

from tests.fakes import JSON
from tests.fakes.slack_state import SlackError

TEXT_CHARS = 40_000
MARKDOWN_CHARS = 12_000
ALL_BLOCKS_CHARS = 13_200
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
SECTION_CHARS = 3_000
HEADER_CHARS = 150
BUTTON_VALUE_CHARS = 2_000


def check_content(args: JSON) -> None:
    """Refuse what no message may be; a text that is too long is cut, not refused."""
    markdown = args.get("markdown_text")
    if markdown and (args.get("text") or args.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if not any(args.get(name) for name in ("text", "blocks", "attachments", "markdown_text")):
        raise SlackError("no_text")
    check_markdown(markdown)
    check_blocks(args.get("blocks") or [])


def check_markdown(text: str | None) -> None:
    if text and len(text) > MARKDOWN_CHARS:
        raise SlackError("msg_too_long")


def check_blocks(blocks: Any, most: int = MESSAGE_BLOCKS) -> None:
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if len(blocks) > most:
        raise _invalid(f"no more than {most} items allowed [json-pointer:/blocks]")
    for position, block in enumerate(blocks):
        _check_block(block, f"/blocks/{position}")
    if most == MESSAGE_BLOCKS and len(json.dumps(blocks)) > ALL_BLOCKS_CHARS:
        raise SlackError("msg_blocks_too_long")


def _check_block(block: Any, where: str) -> None:
    if not isinstance(block, dict) or "type" not in block:
        raise _invalid(f"must provide an object [json-pointer:{where}]")
    text = block.get("text")
    words = text.get("text", "") if isinstance(text, dict) else text or ""
    limits = {"section": SECTION_CHARS, "header": HEADER_CHARS, "markdown": MARKDOWN_CHARS}
    limit = limits.get(block["type"])
    if limit is not None and len(words) > limit:
        raise _invalid(f"must be less than {limit + 1} characters [json-pointer:{where}/text]")
    for element in block.get("elements") or []:
        if len(str(element.get("value") or "")) > BUTTON_VALUE_CHARS:
            raise _invalid(f"must be less than 2001 characters [json-pointer:{where}/value]")


def _invalid(message: str) -> SlackError:
    details = {"messages": [f"[ERROR] {message}"]}
    return SlackError("invalid_blocks", response_metadata=details)
