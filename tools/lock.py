"""Writes requirements.lock and requirements-dev.lock from the .in files; names no download host.

make lock                     keeps what is locked, adds what is new
make lock ARGS=--upgrade      takes the newest versions the .in files allow
"""

import os
import subprocess
import sys

from bootstrap import LOCK_FILES, ROOT, VENV, uv_settings

OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--quiet",
]


def main(arguments: list[str]) -> int:
    """Return 0 when both locks are written and clean."""
    for lock in LOCK_FILES:
        source = lock.replace(".lock", ".in")
        command = [VENV / "bin" / "uv", "pip", "compile", *OPTIONS, *arguments, source, "-o", lock]
        environment = {**os.environ, **uv_settings()}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        if "://" in (ROOT / lock).read_text():
            print(f"{lock} names an address; take it out before committing.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
