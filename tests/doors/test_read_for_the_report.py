"""What the worker has read for the report: the real program, on files of a pretend examination."""

import json
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from patency.core.suggested import suggestions_of
from patency.gateways.studyreader import TOO_LONG, NotRead, StudyReader
from tests.doors.test_cli_read import a_study

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "findings.schema.json"
COMMAND = (str(Path(sys.executable).with_name("patency")),)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[str, ...]:
    monkeypatch.setenv("PATENCY_MODE", "test")
    monkeypatch.setenv("PATENCY_HOME", str(tmp_path))
    return COMMAND


@pytest.mark.parametrize("contrast", [True, False], ids=["with contrast", "without"])
def test_what_it_brings_back_is_as_its_schema_says_and_can_be_suggested(
    command: tuple[str, ...], tmp_path: Path, contrast: bool
) -> None:
    folder = a_study(tmp_path / "study", contrast=contrast)
    files = [path.open("rb") for path in sorted(folder.iterdir())]

    read = StudyReader(command).read(files, 120)

    for each in files:
        each.close()
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(read.findings)
    assert {each.about for each in suggestions_of(read.findings)} == {
        "right",
        "left",
        "cavity",
        "leak",
    }
    assert read.files["film-strip.png"].startswith(b"\x89PNG")
    assert read.reader_version


def test_one_that_takes_too_long_is_stopped_and_says_so(tmp_path: Path) -> None:
    slow = (sys.executable, "-c", "import time; time.sleep(60)")

    with pytest.raises(NotRead) as refused:
        StudyReader(slow).read([], 0.2)
    assert refused.value.code == TOO_LONG


def test_one_that_ends_badly_says_so() -> None:
    bad = (sys.executable, "-c", "raise SystemExit(3)")

    with pytest.raises(NotRead, match="ended with 3"):
        StudyReader(bad).read([], 30)
