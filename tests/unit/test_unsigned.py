"""A picture without what it says of whoever made it shows what it showed."""

import random
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from bot.rules.unsigned import unsigned

NAME = "Zyxqanna Vorpelmund"
_ORIENTATION, _ARTIST = 0x0112, 0x013B
_TURNED = 6


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_ARTIST] = _TURNED, NAME
    return exif


def _words() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", NAME)
    info.add_itxt("XML:com.adobe.xmp", NAME, zip=False)
    return info


def _picture(kind: str, **told: object) -> bytes:
    picture, written = Image.effect_noise((80, 60), 50).convert("RGB"), BytesIO()
    picture.save(written, kind, **told)
    return written.getvalue()


def _signed() -> dict[str, tuple[str, bytes]]:
    exif, note = _exif(), NAME.encode()
    turned = Image.effect_noise((80, 60), 50)
    return {
        "jpeg": ("image/jpeg", _picture("JPEG", exif=exif, comment=note)),
        "jpeg, progressive": ("image/jpeg", _picture("JPEG", exif=exif, progressive=True)),
        "jpeg, words after its end": ("image/jpeg", _picture("JPEG", xmp=note) + note),
        "png": ("image/png", _picture("PNG", exif=exif, pnginfo=_words())),
        "webp": ("image/webp", _picture("WEBP", exif=exif, xmp=note)),
        "gif": ("image/gif", _picture("GIF", comment=note)),
        "gif, moving": (
            "image/gif",
            _picture("GIF", save_all=True, append_images=[turned], loop=0, comment=note),
        ),
    }


SIGNED = _signed()


def _opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize(("mime", "data"), SIGNED.values(), ids=SIGNED)
def test_a_name_beside_the_pixels_is_gone_and_every_pixel_stays(mime: str, data: bytes) -> None:
    plain = unsigned(mime, data)
    assert plain is not None
    assert NAME.encode() in data
    assert NAME.encode() not in plain
    before, after = _opened(data), _opened(plain)
    assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()
    assert getattr(after, "n_frames", 1) == getattr(before, "n_frames", 1)


def test_which_way_is_up_stays_and_so_do_colours() -> None:
    profile = b"what these colours are" * 4000
    data = _picture("JPEG", exif=_exif(), icc_profile=profile)
    after = _opened(unsigned("image/jpeg", data) or b"")
    assert dict(after.getexif()) == {_ORIENTATION: _TURNED}
    assert after.info["icc_profile"] == profile


@pytest.mark.parametrize(("mime", "data"), SIGNED.values(), ids=SIGNED)
def test_whatever_is_cut_off_or_damaged_raises_nothing(mime: str, data: bytes) -> None:
    choice = random.Random(7)  # noqa: S311
    for _ in range(200):
        damaged = bytearray(data[: choice.randrange(len(data))] + data[choice.randrange(8) :])
        damaged[choice.randrange(len(damaged))] = choice.randrange(256)
        plain = unsigned(mime, bytes(damaged))
        assert plain is None or len(plain) <= len(damaged) + 64


def test_what_is_no_such_picture_is_none() -> None:
    assert unsigned("image/jpeg", b"\xff\xd8\xffno picture at all") is None
    assert unsigned("image/heic", b"") is None
