"""The questions of the bench: what is one, and what only lies around."""

from pathlib import Path

import pytest

from tests.bench.documentation import sections_of

_PAGE = """<h1>Chapter 2. Packages</h1><ul><li>2.1. How big is a package?</li><li>{long}</li></ul>
<h2>2.1. How big is a package?</h2><p>{long}</p><h2>2.2. Is it free?</h2><p>Yes.</p>"""
_LONG = "It is as big as all that lies in it. " * 5


def test_a_heading_is_asked_for_what_stands_below_it(tmp_path: Path) -> None:
    for package, place in (
        ("debian-faq-de", "usr/share/doc/debian/FAQ/de"),
        ("debian-reference-de", "usr/share/debian-reference"),
    ):
        folder = tmp_path / package / place
        folder.mkdir(parents=True)
        for name in ("index.de.html", "two.de.html"):
            (folder / name).write_text(_PAGE.format(long=_LONG))
    found = sections_of("German", tmp_path)
    asked = [one.heading for one in found if one.is_asked]
    assert asked == ["How big is a package?"]
    assert "Chapter 2. Packages" in {one.heading for one in found if not one.is_asked}


def test_what_cannot_be_had_is_no_set_of_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert sections_of("Japanese", tmp_path) == []
