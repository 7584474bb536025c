"""A message as each API wants it: its words, and the files that came with it (see `bodies`)."""

from typing import Any

from bot.core.files import File
from bot.core.prompts import Prompt, with_texts


def as_response_content(prompt: Prompt) -> str | list[dict[str, Any]]:
    if not (others := _others(prompt)):
        return with_texts(prompt)
    return [{"type": "input_text", "text": with_texts(prompt)}, *map(_response_part, others)]


def as_response_input(prompt: Prompt) -> str | list[dict[str, Any]]:
    content = as_response_content(prompt)
    return content if isinstance(content, str) else [{"role": "user", "content": content}]


def as_chat_content(prompt: Prompt) -> str | list[dict[str, Any]]:
    if not (others := _others(prompt)):
        return with_texts(prompt)
    return [{"type": "text", "text": with_texts(prompt)}, *map(_chat_part, others)]


def _response_part(file: File) -> dict[str, Any]:
    if file.is_image:
        return {"type": "input_image", "image_url": file, "detail": "auto"}
    return {"type": "input_file", "filename": file.name, "file_data": file}


def _chat_part(file: File) -> dict[str, Any]:
    if file.is_image:
        return {"type": "image_url", "image_url": {"url": file}}
    return {"type": "file", "file": {"filename": file.name, "file_data": file}}


def _others(prompt: Prompt) -> list[File]:
    return [file for file in prompt.files if not file.is_text]
