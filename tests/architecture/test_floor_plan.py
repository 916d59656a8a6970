"""The import contracts of pyproject.toml hold, and each one is shown to bite."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT

# contract id, the file that breaks it, what the file says, what the refusal must name
BREAKS = [
    pytest.param(
        "floors",
        "core/facts.py",
        "import patency.service.house\n",
        "patency.core is not allowed to import patency.service",
        id="the core climbs the stairs",
    ),
    pytest.param(
        "floors",
        "service/broken.py",
        "import patency.config.settings\n",
        "patency.service is not allowed to import patency.config",
        id="a service asks config",
    ),
    pytest.param("floors", "lounge/__init__.py", "", "patency.lounge", id="a room on no floor"),
    pytest.param(
        "core-rooms", "core/lounge.py", "", "patency.core.lounge", id="a core room in no row"
    ),
    pytest.param(
        "core-rooms",
        "core/facts.py",
        "import patency.core.protocol\n",
        "patency.core.facts -> patency.core.protocol",
        id="facts know of the protocol",
    ),
    pytest.param(
        "light-core",
        "core/facts.py",
        "import numpy\n",
        "patency.core.facts -> numpy",
        id="facts count with numpy",
    ),
    pytest.param(
        "doors",
        "doors/web/broken.py",
        "import patency.doors.cli\n",
        "patency.doors.web.broken -> patency.doors.cli",
        id="a door opens onto a door",
    ),
    pytest.param(
        "services",
        "service/broken.py",
        "import patency.service.other\n",
        "patency.service.broken -> patency.service.other",
        id="a service calls a service",
    ),
    pytest.param(
        "pure-core",
        "core/facts.py",
        "from django.utils import timezone\n",
        "patency.core.facts -> django",
        id="the core knows Django",
    ),
    pytest.param(
        "pure-core",
        "core/facts.py",
        "import os\n",
        "patency.core.facts -> os",
        id="the core looks at the machine",
    ),
    pytest.param(
        "dicom",
        "doors/web/broken.py",
        "import pydicom\n",
        "patency.doors.web.broken -> pydicom",
        id="a page reads DICOM files",
    ),
    pytest.param(
        "no-cycles",
        "gateways/broken/one.py",
        "import patency.gateways.broken.two\n",
        "patency.gateways.broken",
        id="a circle",
    ),
]


def lint_imports(below: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo", *arguments],
        cwd=below,
        env={**os.environ, "PYTHONPATH": str(below / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "src" / "patency"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("*.toml", "__pycache__"))
    extra = {"service/other.py": "", "gateways/broken/__init__.py": ""}
    extra["gateways/broken/two.py"] = "import patency.gateways.broken.one\n"
    extra["gateways/broken/one.py"] = ""
    for name, text in extra.items():
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_text(text)
    return tmp_path


def test_the_house_keeps_its_floor_plan() -> None:
    said = lint_imports(ROOT)
    assert said.returncode == 0, said.stdout + said.stderr


def test_a_sound_copy_is_accepted(copy_of_the_house: Path) -> None:
    said = lint_imports(copy_of_the_house)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize(("contract", "file", "says", "named"), BREAKS)
def test_a_contract_bites(
    copy_of_the_house: Path, contract: str, file: str, says: str, named: str
) -> None:
    broken = copy_of_the_house / "src" / "patency" / file
    broken.parent.mkdir(exist_ok=True)
    before = broken.read_text() if broken.exists() else ""
    broken.write_text(before + "\n" + says)
    said = lint_imports(copy_of_the_house, "--contract", contract)
    assert said.returncode != 0, f"{contract} let this pass: {says}"
    assert named in said.stdout, said.stdout + said.stderr


def test_every_contract_is_shown_to_bite() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    written = {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert written == {case.values[0] for case in BREAKS}
