"""Pictures in formats that no model's server takes, as telephones and scanners make them."""

from io import BytesIO

_MOST_PIXELS = 50_000_000  # looked at before anything is unpacked
_LONGEST_SIDE = 2048  # what models see in the end
_QUALITY = 85


def as_jpeg(data: bytes) -> bytes | None:
    """The picture as JPEG, upright; None where it cannot be read. It blocks: for a thread."""
    import pi_heif  # noqa: PLC0415 - 8 MB, and most people send none
    from PIL import Image, ImageOps  # noqa: PLC0415

    pi_heif.register_heif_opener()
    try:
        with Image.open(BytesIO(data)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Exception:  # noqa: BLE001 - a hostile picture breaks a library in any way it likes
        return None
    made = BytesIO()
    upright.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()
