"""What the operator installed for programs: `homeroom box setup`."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.config import Settings
from bot.tools.box.bubblewrap import Bubblewrap
from bot.tools.box.port import BoxLimits
from bot.tools.box.returning import output_of
from tests.box.conftest import box_of

CODE = """
import pandas
from matplotlib import pyplot

table = pandas.read_csv("grades.csv")
table.groupby("name").points.sum().plot.bar()
pyplot.savefig("plot.png")
table.describe().to_csv("summary.csv")
open("/libraries/mine", "w")
"""


async def test_a_table_becomes_a_plot_and_a_table_and_the_libraries_stay_as_they_are() -> None:
    libraries = Settings().code_libraries
    if not (libraries / "matplotlib").is_dir():
        pytest.skip(f"nothing lies in {libraries}: homeroom box setup")
    await box_of("bubblewrap", BoxLimits())
    box = Bubblewrap(libraries, replace(BoxLimits(), seconds=80.0))
    assert "pandas" in box.can
    before = {"grades.csv": b"name,points\nAda,9\nBob,7\nAda,4\n"}
    ran = await box.run(CODE, before)
    assert "Read-only file system" in ran.said, ran
    plot, summary = sorted(output_of(ran, before).files, key=lambda file: file.name)
    assert (plot.name, summary.name) == ("plot.png", "summary.csv")
    with Image.open(BytesIO(plot.data)) as picture:
        assert picture.width > 100
