"""What a reply's messages are called: `C1:5.0`, `file:F1`, or `private:nonce`."""

FILE = "file"
PRIVATE = "private"  # can neither be edited nor read back
NOTICE = "notice"  # the same, and what it says was not the last word


def ref_of(channel: str, ts: str) -> str:
    return f"{channel}:{ts}"


def place_of(ref: str) -> tuple[str, str]:
    channel, _, ts = ref.partition(":")
    return channel, ts


def is_file(ref: str) -> bool:
    """A file says everything already."""
    return ref.startswith(f"{FILE}:")


def is_private_ref(ref: str) -> bool:
    return ref.startswith((f"{PRIVATE}:", f"{NOTICE}:"))


def is_last_word(ref: str) -> bool:
    return ref.startswith(f"{PRIVATE}:")
