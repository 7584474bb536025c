"""What a process that serves has imported before anybody asks."""

import subprocess
import sys

# Of pictures and documents, and of platforms that are not served.
_LATER = {"PIL", "pypdfium2", "selectolax", "discord", "slack_bolt", "slack_sdk"}


def test_a_start_imports_no_library_that_no_question_may_need() -> None:
    program = "import sys, bot.app; print(*{one.partition('.')[0] for one in sys.modules})"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not _LATER & {*ran.stdout.split()}
