"""No file of the project names a download host, a private folder, or the way it was written."""

import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

# put together here, so that this file does not name them itself
FORBIDDEN = [
    "/" + "work" + "/",
    "shared" + "/",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "deb.debian" + ".org",
    "github.com" + "/astral-sh",
    "proxy.golang" + ".org",
]
TEXT = {".py", ".toml", ".md", ".txt", ".in", ".lock", ".json", ".html", ".typ", ".css", ".js",
        ".po", ".yaml", ".yml", ".cfg", ".sh", ""}  # fmt: skip


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.fail(f"git cannot list the project's files in {ROOT}: {listed.stderr}")
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.suffix in TEXT and path.is_file()]


def found_in(text: str) -> list[str]:
    low = text.lower()
    return [word for word in FORBIDDEN if word in low]


def test_no_tracked_file_names_a_host_or_a_private_folder() -> None:
    found = {
        str(path.relative_to(ROOT)): words
        for path in tracked_files()
        if (words := found_in(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize("word", FORBIDDEN)
def test_each_of_them_would_be_found(word: str) -> None:
    assert found_in(f"see https://{word.upper()}") != []
