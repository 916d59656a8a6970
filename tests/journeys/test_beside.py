"""What a command began beside it ends with it, also where somebody ends it from outside."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BEGINS_ANOTHER = """
import sys
from pathlib import Path
from patency.doors.cli.beside import beside, command, stopped_with_what_it_began
import time
home = Path(sys.argv[1])
told = str(home / "pid")
sleeps = f"import os, time; open({told!r}, 'w').write(str(os.getpid())); time.sleep(300)"
with stopped_with_what_it_began(), beside(home, "manage", "shell", "-c", sleeps):
    time.sleep(300)
"""


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_what_was_begun_beside_it_ends_with_it(how: signal.Signals, tmp_path: Path) -> None:
    env = {**os.environ, "PATENCY_MODE": "test", "PATENCY_HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", BEGINS_ANOTHER, str(tmp_path)], env=env) as first:
        try:
            until = time.monotonic() + 60
            while not (told := tmp_path / "pid").is_file() or not told.read_text():
                assert time.monotonic() < until and first.poll() is None
                time.sleep(0.1)
            second = int(told.read_text())
            assert runs(second)

            first.send_signal(how)

            assert first.wait(timeout=30) == 128 + how
            assert not runs(second)
        finally:
            first.kill()
