"""Only gateways/clock.py reads the time: the banned calls are caught, there they are allowed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

CALLS = [
    "from datetime import datetime\ndatetime.now()\n",
    "import datetime\ndatetime.datetime.now(datetime.UTC)\n",
    "from datetime import datetime\ndatetime.today()\n",
    "from datetime import datetime\ndatetime.utcnow()\n",
    "from datetime import date\ndate.today()\n",
    "import datetime as d\nd.date.today()\n",
    "import time\ntime.time()\n",
    "from time import time_ns\ntime_ns()\n",
    "from django.utils import timezone\ntimezone.now()\n",
    "from django.utils.timezone import localdate\nlocaldate()\n",
    "from django.utils.timezone import localtime\nlocaltime()\n",
    "from django.db.models.functions import Now\nNow()\n",
    "from . import visit\n",
]


def ruff(text: str, named: str, *rules: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("ruff"), "check", "--no-cache", "--stdin-filename",
         ROOT / named, f"--select={','.join(rules)}", "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("text", CALLS)
def test_a_clock_call_is_caught_anywhere_in_the_house(text: str) -> None:
    said = ruff(text, "src/patency/service/broken.py", "TID251", "TID252")
    assert said.returncode == 1, said.stdout + said.stderr
    assert "TID25" in said.stdout


def test_tests_state_the_time_too() -> None:
    assert ruff(CALLS[0], "tests/service/test_broken.py", "TID251").returncode == 1


def test_the_clock_itself_may_read_it() -> None:
    assert ruff(CALLS[1], "src/patency/gateways/clock.py", "TID251").returncode == 0


def test_an_argument_passes() -> None:
    text = (
        "from datetime import datetime\n\n\ndef due(now: datetime) -> datetime:\n    return now\n"
    )
    assert ruff(text, "src/patency/service/sound.py", "TID251").returncode == 0
