"""The set-up keeps its promises: locked, licensed, refused in words, complete when installed."""

import json
import re
import runpy
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock"]
# LGPL: psycopg is used as a library, replaceable by whoever installs Patency, and not changed by us
LGPL_ALLOWED = {"psycopg", "psycopg-binary"}
NPM_LICENCES = {
    "MIT",
    "OFL-1.1",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "0BSD",
    "Zlib",
}
# used by the tests alone, never passed on: axe-core
NPM_FOR_TESTS = {"MPL-2.0"}
# MIT by the list "licenses" of its package.json, which the lock file does not carry over
NPM_SAID_ELSEWHERE = {"node_modules/memorystream": "MIT"}

refusal = runpy.run_path(str(ROOT / "tools" / "python_version.py"))["refusal"]


def locked(lock: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9][a-z0-9-]*)==(\S+)", (ROOT / lock).read_text(), re.M)
    return dict(found)


def written(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", name.strip())[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block


def test_both_locks_agree() -> None:
    first, second = (locked(lock) for lock in LOCKS)
    assert {name: second[name] for name in first.keys() & second.keys()} == {
        name: first[name] for name in first.keys() & second.keys()
    }


def test_what_the_program_declares_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {written(name) for name in project["dependencies"]}
    asked_for = {
        written(line)
        for line in (ROOT / "requirements.in").read_text().splitlines()
        if line and line[0] not in "#-"
    }
    assert declared <= asked_for
    assert declared <= set(locked("requirements.lock"))


def test_the_npm_lock_names_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


@pytest.mark.parametrize(
    ("version", "wrong"),
    [((2, 7), "too old"), ((3, 10), "too old"), ((3, 14), "newer than any"), ((4, 0), "newer")],
)
def test_another_python_is_refused_in_one_sentence(version: tuple[int, int], wrong: str) -> None:
    said = refusal(version)
    assert wrong in said
    assert "Python 3.11 to 3.13 can be used" in said
    assert "make venv PYTHON=" in said


@pytest.mark.parametrize("minor", [11, 12, 13])
def test_the_pythons_we_name_are_accepted_everywhere(minor: int) -> None:
    assert refusal((3, minor)) is None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"Programming Language :: Python :: 3.{minor}" in project["classifiers"]
    assert project["requires-python"] == ">=3.11,<3.14"


def licence_of(distribution: metadata.Distribution) -> str:
    """Return what a package says of its licence, all the places it may say it in."""
    about = distribution.metadata
    classifiers = [line for line in about.get_all("Classifier") or [] if line.startswith("License")]
    # some packages put the whole text into License; its first line is its name
    short = (about.get("License") or "").strip().split("\n")[0][:120]
    return "; ".join(filter(None, [about.get("License-Expression"), short, *classifiers]))


def refused(name: str, licence: str) -> str | None:
    """Return why a licence cannot be linked in, or None."""
    if not licence:
        return f"{name} does not say under which licence it is"
    bare = re.sub(r"\([^)]*\)", lambda found: found.group().strip("()"), licence)
    if re.search(r"\bAGPL|Affero", bare):
        return f"{name} is AGPL: {licence}"
    if re.search(r"\bLGPL|Lesser General Public", bare):
        return None if name in LGPL_ALLOWED else f"{name} is LGPL: {licence}"
    if re.search(r"\bGPL|GNU General Public", bare):
        return f"{name} is GPL: {licence}"
    return None


def test_no_package_the_program_needs_is_gpl() -> None:
    problems = []
    for name in locked("requirements.lock"):
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # locked for another system
        if why := refused(name, licence_of(distribution)):
            problems.append(why)
    assert problems == []


@pytest.mark.parametrize(
    ("name", "licence", "allowed"),
    [
        ("some", "GPL-3.0-or-later", False),
        ("some", "License :: OSI Approved :: GNU General Public License v2 (GPLv2)", False),
        ("some", "AGPL-3.0-only", False),
        ("some", "LGPL-3.0-only", False),
        ("psycopg", "LGPL-3.0-only", True),
        ("some", "MIT", True),
        ("some", "", False),
    ],
)
def test_a_licence_is_judged(name: str, licence: str, allowed: bool) -> None:
    assert (refused(name, licence) is None) is allowed


def test_the_npm_packages_are_free_to_pass_on() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, entry in packages.items():
        allowed = NPM_LICENCES | (NPM_FOR_TESTS if entry.get("dev") else set())
        licence = entry.get("license") or NPM_SAID_ELSEWHERE[name]
        assert set(licence.strip("()").split(" AND ")) <= allowed, name


def test_the_wheel_carries_all_data(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    packed = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    ours = {
        f"patency/{path.relative_to(PACKAGE)}"
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".toml", ".html", ".typ", ".po", ".css", ".js", ".json", ".txt"}
        and "__pycache__" not in path.parts
    }
    assert ours - packed == set()


def test_the_font_of_the_documents_is_there() -> None:
    fonts = ROOT / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"
    assert (fonts / "400Regular" / "NotoSansSC_400Regular.ttf").is_file()
    assert (fonts / "700Bold" / "NotoSansSC_700Bold.ttf").is_file()
