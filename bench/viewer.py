"""How many distinct frames a second the film beside the report presents on its first pass.

    make bench-viewer

120 frames of 1024 x 1024, 12 bits, from a server of the tests on this machine into headless
Chromium, software drawing, nothing read before. The server and the browser share the processors.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the measured page and print what it says."""
    print(f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    asked = ["-q", "-s", "-n", "0", str(ROOT / "tests" / "browser" / "measured_film.py")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *asked], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
