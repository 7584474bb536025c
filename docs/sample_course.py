"""Makes the sample course in `examples/course`: `python docs/sample_course.py`."""

import json
from pathlib import Path

import pptx
from reportlab.pdfgen.canvas import Canvas

FOLDER = Path(__file__).parent.parent / "examples" / "course"

SYLLABUS = (
    ("Welcome", ("Botany 101 meets on Tuesdays at ten in the greenhouse.", "Bring a hand lens.")),
    (
        "Grading",
        (
            "The exam counts for half of the grade, the herbarium for the other half.",
            "Late herbaria lose ten points a day.",
        ),
    ),
    (
        "Exam",
        (
            "The exam takes ninety minutes and is held on the ninth of June in room 12.",
            "One sheet of handwritten notes may be brought along.",
        ),
    ),
)
SLIDES = (
    ("Photosynthesis", "Chlorophyll absorbs red and blue light; green light is reflected."),
    ("Stomata", "Guard cells open the stomata by day and close them when water is scarce."),
)
NOTES = """# Botanik 101 auf Deutsch

## Sprechstunde
Die Sprechstunde von Frau Linde ist donnerstags um vierzehn Uhr im Gewächshaus.

## Exkursion
Die Exkursion ins Moor findet am dritten Mai statt; Gummistiefel sind mitzubringen.
"""
CELLS = (
    (
        "markdown",
        "# Counting stomata\nThe density is the number of stomata for each square millimetre.",
    ),
    ("code", "stomata, area = 84, 0.5\ndensity = stomata / area"),
)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    _syllabus(FOLDER / "syllabus.pdf")
    _slides(FOLDER / "slides.pptx")
    _notebook(FOLDER / "counting.ipynb")
    (FOLDER / "kurs.md").write_text(NOTES, "utf-8")


def _syllabus(path: Path) -> None:
    canvas = Canvas(str(path), invariant=1)
    for heading, lines in SYLLABUS:
        canvas.bookmarkPage(heading)
        canvas.addOutlineEntry(heading, heading)
        for row, line in enumerate((heading, *lines)):
            canvas.drawString(72, 760 - 24 * row, line)
        canvas.showPage()
    canvas.save()


def _slides(path: Path) -> None:
    talk = pptx.Presentation()
    for title, point in SLIDES:
        slide = talk.slides.add_slide(talk.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, point
    talk.save(str(path))


def _notebook(path: Path) -> None:
    cells = [
        {"cell_type": kind, "metadata": {}, "source": text, **_EXTRA[kind]} for kind, text in CELLS
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book, indent=1), "utf-8")


_EXTRA: dict[str, dict[str, object]] = {
    "markdown": {},
    "code": {"execution_count": None, "outputs": []},
}

if __name__ == "__main__":
    main()
