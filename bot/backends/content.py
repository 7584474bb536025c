"""A message as each API wants it: its words, and the files that came with it."""

from typing import Any

from bot.core.errors import BackendRefused
from bot.core.prompts import File, Prompt, with_texts

PDF = "application/pdf"


def sent_text(prompt: Prompt) -> str:
    """The words, with the files that are text below them."""
    return with_texts(prompt.words, tuple(file for file in prompt.files if file.is_text))


def text_only(prompt: Prompt) -> str:
    """For servers that take nothing else."""
    for file in _others(prompt):
        raise _unreadable(file)
    return sent_text(prompt)


def as_response_content(prompt: Prompt) -> str | list[dict[str, Any]]:
    if not (others := _others(prompt)):
        return sent_text(prompt)
    return [{"type": "input_text", "text": sent_text(prompt)}, *map(_response_part, others)]


def as_response_input(prompt: Prompt) -> str | list[dict[str, Any]]:
    content = as_response_content(prompt)
    return content if isinstance(content, str) else [{"role": "user", "content": content}]


def as_chat_content(prompt: Prompt) -> str | list[dict[str, Any]]:
    if not (others := _others(prompt)):
        return sent_text(prompt)
    return [{"type": "text", "text": sent_text(prompt)}, *map(_chat_part, others)]


def _response_part(file: File) -> dict[str, Any]:
    if file.is_image:
        return {"type": "input_image", "image_url": file.data_url(), "detail": "auto"}
    return {"type": "input_file", "filename": file.name, "file_data": file.data_url()}


def _chat_part(file: File) -> dict[str, Any]:
    if file.is_image:
        return {"type": "image_url", "image_url": {"url": file.data_url()}}
    return {"type": "file", "file": {"filename": file.name, "file_data": file.data_url()}}


def _others(prompt: Prompt) -> list[File]:
    others = [file for file in prompt.files if not file.is_text]
    for file in others:
        if not file.is_image and file.mime != PDF:
            raise _unreadable(file)
    return others


def _unreadable(file: File) -> BackendRefused:
    return BackendRefused(
        f"a file of type {file.mime}", notice=f"I cannot read {file.name} ({file.mime})."
    )
