"""The files of a message: fetched, recognised, and those named that cannot be taken."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Self

from bot.core.errors import TransientError
from bot.core.files import (
    MOST_BYTES_IN_ALL,
    MOST_CHARS_IN_ALL,
    MOST_FILES,
    PDF,
    TEXT,
    File,
    FileKind,
    FileRefused,
    decoded,
    kind_of,
    media_type,
)
from bot.core.messages import Attachment, Message
from bot.core.ports.adapter import Adapter, Reads
from bot.core.prompts import Utterance
from bot.core.quoting import one_line
from bot.reading.lines import UnreadableDocument
from bot.reading.office import text_of
from bot.reading.reader import read_document, unsigned_pdf
from bot.rules.masking import Mask
from bot.rules.unsigned import unsigned
from bot.words import number, say
from bot.work.pictures import as_jpeg

# One document is unpacked at a time, whoever sent it: so much memory is taken once.
_unpacking = ThreadPoolExecutor(1, "documents")
_ONLY_TEXT = "the model that answers reads text alone"
SOUND = "audio"  # of whatever kind
_NOT_TO_BE_HAD = "it could not be fetched at the moment"
_LONGEST_WAIT = 10.0  # seconds that a question waits for a file, where its platform names a wait


Hear = Callable[[str, bytes], Awaitable[Utterance]]


@dataclass(frozen=True, slots=True)
class Fetched:
    files: tuple[File, ...] = ()
    left_out: tuple[str, ...] = ()  # a sentence each, for the person and for the model
    heard: tuple[Utterance, ...] = ()

    async def told(self, mask: Mask) -> "Fetched":
        """As the model is told it."""
        files, left_out = [], [*self.left_out]
        for file in self.files:
            try:
                files.append(await _told(file, mask))
            except FileRefused as refused:
                left_out.append(refused.notice)
        heard = tuple(replace(one, words=mask.text(one.words)) for one in self.heard)
        return Fetched(tuple(files), tuple(left_out), heard)

    async def texts(self) -> Self:
        """For a model that reads nothing else: a PDF as its text, pictures not at all."""
        files, left_out, room = [], [*self.left_out], MOST_CHARS_IN_ALL
        for file in self.files:
            try:
                text = file if file.is_text else await _as_text(file, room)
            except FileRefused as refused:
                left_out.append(refused.notice)
            else:
                files.append(text)
                room -= len(text.data)
        return replace(self, files=tuple(files), left_out=tuple(left_out))


async def fetch_by(
    adapters: Mapping[str, Adapter], message: Message, attachment: Attachment
) -> bytes:
    """What is attached to a message, from where it was said. Raises FileRefused, as they do."""
    adapter = adapters.get(message.key.platform)
    if not isinstance(adapter, Reads):
        raise FileRefused.because(attachment.name, "files cannot be sent here")
    return await adapter.fetch(message, attachment)


async def fetch_all(
    reads: Reads, message: Message, *, is_last_try: bool, hear: Hear | None = None
) -> Fetched:
    """All that can be taken; a file that only cannot be had now is waited for until the last try.

    `hear`: writes down what is spoken. Raises TransientError before the last try.
    """
    files, left_out, spoken, ration = [], [], list[Utterance](), _Ration(len(message.text))
    for attachment in message.attachments:
        try:
            ration.require_room(attachment)
            file = await _file(reads, message, attachment, can_hear=hear is not None)
            if file.mime == SOUND and hear is not None:
                spoken.append(await hear(file.name, file.data))
                continue
            files.append(ration.take(attachment, file))
        except FileRefused as refused:
            left_out.append(refused.notice)
        except TransientError as error:
            if not is_last_try and (error.retry_after or 0.0) <= _LONGEST_WAIT:
                raise
            left_out.append(FileRefused.because(attachment.name, _NOT_TO_BE_HAD).notice)
    return Fetched(tuple(files), tuple(left_out), tuple(one for one in spoken if one.words))


async def _told(file: File, mask: Mask) -> File:
    """Raises FileRefused for what a mask cannot be put on."""
    if not mask.hides or file.is_text:
        return mask.file(file)
    try:
        data = await unsigned_pdf(file.data) if file.mime == PDF else unsigned(file.mime, file.data)
    except UnreadableDocument as error:
        raise FileRefused.because(file.name, str(error)) from error
    if data is None:
        raise FileRefused.because(file.name, say("it is damaged"))
    return replace(file, data=data)


async def _as_text(file: File, room: int) -> File:
    if file.mime != PDF:
        raise FileRefused.because(file.name, _ONLY_TEXT)
    try:
        reading = await read_document(file.name, file.data)
    except UnreadableDocument as error:
        raise FileRefused.because(file.name, str(error)) from error
    passages = (f"[{one.place}]\n{one.text}" if one.place else one.text for one in reading.passages)
    text = "\n\n".join(passages)
    if len(text) > room:
        raise FileRefused.because(
            file.name, say("it has {len} characters, which is too many", len=number(len(text)))
        )
    return File(file.name, TEXT, text.encode("utf-8", "replace"))


@dataclass
class _Ration:
    """What one message may bring along; what comes first is taken first."""

    chars: int
    files: int = 0
    bytes: int = 0

    def require_room(self, attachment: Attachment) -> None:
        """Raises FileRefused for what is too much, before anything of it is fetched."""
        if self.files >= MOST_FILES:
            raise FileRefused.because(
                attachment.name,
                say("with one message I take {most_files} files", most_files=MOST_FILES),
            )
        if self.bytes + attachment.size > MOST_BYTES_IN_ALL:
            reason = say(
                "with one message I take {most_bytes_in_all} MB",
                most_bytes_in_all=MOST_BYTES_IN_ALL >> 20,
            )
            raise FileRefused.because(attachment.name, reason)

    def take(self, attachment: Attachment, file: File) -> File:
        chars = len(file.data.decode("utf-8", "replace")) if file.is_text else 0
        if self.chars + chars > MOST_CHARS_IN_ALL:
            reason = say(
                "with one message I take {most_chars_in_all} characters, files and all",
                most_chars_in_all=number(MOST_CHARS_IN_ALL),
            )
            raise FileRefused.because(attachment.name, reason)
        self.chars, self.files = self.chars + chars, self.files + 1
        self.bytes += max(attachment.size, len(file.data))
        return file


async def _file(reads: Reads, message: Message, attachment: Attachment, *, can_hear: bool) -> File:
    """As a model can read it, or as it sounds where somebody hears it. Raises FileRefused."""
    data = await reads.fetch(message, attachment)
    if can_hear and kind_of(data, attachment.mime) is FileKind.SOUND:
        return File(one_line(attachment.name) or "sound", SOUND, data)
    mime, content = await _recognised(attachment, data)
    return File(one_line(attachment.name) or "file", mime, content)


async def _recognised(attachment: Attachment, data: bytes) -> tuple[str, bytes]:
    if not data:
        raise FileRefused.because(attachment.name, say("it is empty"))
    if mime := media_type(data):
        return mime, data
    if (text := decoded(data)) is not None:
        return TEXT, text.encode("utf-8", "replace")
    kind, loop = kind_of(data, attachment.mime), asyncio.get_running_loop()
    if kind is FileKind.DOCUMENT:
        try:
            text = await loop.run_in_executor(_unpacking, text_of, data)
        except UnreadableDocument as error:
            raise FileRefused.because(attachment.name, str(error)) from error
        return TEXT, text.encode("utf-8", "replace")
    if kind is FileKind.PICTURE:
        if picture := await loop.run_in_executor(_unpacking, as_jpeg, data):
            return "image/jpeg", picture
        raise FileRefused.because(attachment.name, say("I cannot read pictures of this kind"))
    raise FileRefused.because(attachment.name, kind.value)
