"""One examination from end to end: sent by dcmtk, read, looked at, corrected, signed, on paper.

Everything is the real thing: the phantom's own program, dcmtk as the C-arm, the DICOM door and the
reading in processes of their own, the worker, a browser, a printer. Only the woman never was.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pydicom import dcmread

from patency.core.access import Role
from patency.core.matching import accession_of, study_uid_of
from patency.doors.jobs import worker
from patency.doors.web import house as handed
from patency.gateways.clock import DemoClock
from patency.gateways.images import FolderOfImages
from patency.gateways.printer import IppPrinter
from patency.gateways.studyreader import StudyReader
from patency.records.models.images import FILED, ImageFile
from patency.records.models.report import Report
from patency.records.models.suggested import READ, DraftReading, Judgement
from patency.records.models.visit import Visit
from patency.service.house import House
from tests.browser.chromium import looks_right, settled
from tests.browser.test_kiosk import HERS, choose
from tests.browser.test_release import database_address
from tests.doors.conftest import Clock
from tests.doors.dicom_peers import Door, needs_dcmtk
from tests.make import SITE
from tests.real_printer import MISSING, WHY_SKIPPED, RealPrinter, a_real_printer
from tests.service.after import AFTERWARDS, on_day
from tests.service.test_reporting import make_examined, release

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_dcmtk,
    pytest.mark.skipif(bool(MISSING), reason=WHY_SKIPPED),
]
PATENCY = str(Path(sys.executable).with_name("patency"))
QUIET = timedelta(minutes=20)  # longer than the site waits after the last image
SR = "1.2.840.10008.5.1.4.1.1.88"


@dataclass(frozen=True, slots=True)
class SameClinic:
    """What a process of the DICOM door is told: the very database and folder the pages use."""

    folder: Path

    def address(self) -> str:
        return database_address()


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[RealPrinter]:
    with a_real_printer(tmp_path) as switched_on:
        yield switched_on


@pytest.fixture
def at_work(
    house: House,
    printer: RealPrinter,
    settings: Any,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    """Return a house with real ways out: images in a folder, its reader, its printer."""
    settings.PATENCY_HOME = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    monkeypatch.setenv("PATENCY_MODE", "test")  # for the reading, a program of its own
    monkeypatch.setenv("PATENCY_HOME", str(tmp_path))
    site = house.site(SITE)
    ours = replace(
        house,
        sites={
            **house.sites,
            SITE: replace(site, printer=replace(site.printer, address=printer.address)),
        },
        gateways=replace(
            house.gateways,
            printer=IppPrinter(),
            images=FolderOfImages(tmp_path / "images"),
            reader=StudyReader((PATENCY,)),
        ),
    )
    handed.provide(lambda: ours)
    clock.at = AFTERWARDS
    return ours


@pytest.fixture
def door(at_work: House, live_server: Any, tmp_path: Path) -> Iterator[Door]:
    """Return the DICOM door of the same clinic, where it is an hour after the examination."""
    its_clock = DemoClock(tmp_path / "demo-clock.json", begins=AFTERWARDS)
    its_clock.begin_again()
    its_clock.stand_still()
    opened = Door(SameClinic(tmp_path))  # type: ignore[arg-type]
    try:
        yield opened.ready()
    finally:
        opened.stop()


def phantom_of(visit: Visit, folder: Path) -> list[Path]:
    """Return the runs of a phantom, as of a C-arm that took who she is from the worklist."""
    asked = ("--case", "one-tube-not-passed", "--seed", "3", "--side", "256")
    subprocess.run([PATENCY, "phantom", *asked, str(folder)], check=True, capture_output=True)
    runs = sorted(folder.glob("*.dcm"))
    for path in runs:
        image = dcmread(path)
        image.PatientID = visit.patient.number
        image.PatientName = f"{visit.patient.family_name}^{visit.patient.given_name}"
        image.PatientBirthDate = f"{visit.patient.birth_date:%Y%m%d}"
        image.AccessionNumber = accession_of(visit.pk)
        image.StudyInstanceUID = study_uid_of(visit.pk)
        image.save_as(path, enforce_file_format=True)
    return runs


def work(house: House, clock: Clock, now: datetime) -> None:
    """Let the worker do what waits at a moment."""
    clock.at = now
    worker.run(house, once=True)


def judged(page: Page, about: str, *, own: str = "") -> None:
    """Accept a line of the draft, or say the reader's own word instead."""
    line = page.locator(f"#suggestion-{about}")
    if own:
        line.locator("select").select_option(own)
        line.get_by_role("button", name="Correct").click()
    else:
        line.get_by_role("button", name="Accept").click()
    expect(page.locator(f"#suggestion-{about} .mark.done")).to_be_visible()


def fetched_by_dicom(opened: Door, visit: Visit, into: Path) -> list[Any]:
    into.mkdir()
    keys = ("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={study_uid_of(visit.pk)}")
    opened.call("getscu", "-S", "-od", str(into), *(part for key in keys for part in ("-k", key)))
    return [dcmread(path) for path in sorted(into.iterdir())]


def test_a_study_goes_from_the_c_arm_to_her_hand(
    at_work: House,
    door: Door,
    printer: RealPrinter,
    clock: Clock,
    staff_window: Callable[..., Page],
    tmp_path: Path,
) -> None:
    visit = make_examined()
    runs = phantom_of(visit, tmp_path / "phantom")

    # Sent by a foreign program, it is in the right visit.
    door.call("storescu", *map(str, runs))
    assert ImageFile.objects.filter(visit=visit, state=FILED).count() == len(runs)
    assert ImageFile.objects.exclude(visit=visit).count() == 0

    # Some minutes after the last image the worker has it read.
    work(at_work, clock, AFTERWARDS + QUIET)
    draft = DraftReading.objects.get(visit=visit)
    assert draft.state == READ, draft.reason
    says = draft.findings["tubes"]
    assert (says["right"]["verdict"], says["left"]["verdict"]) == ("passed", "not_passed")

    # It is shown beside the report, and nothing of the draft is in the report.
    page = staff_window(Role.RADIOLOGIST, name="radiologist-one")
    page.goto(reverse("report-editor", args=[visit.pk]))
    canvas = page.locator("#film-canvas")
    expect(canvas).to_have_attribute("data-shown", "0:0")
    expect(page.locator("#film-runs button")).to_have_count(len(runs))
    canvas.focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    expect(canvas).to_have_attribute("data-shown", "1:1")
    expect(page.locator("[name=left_spill]:checked")).to_have_count(0)
    looks_right(settled(page))

    # The reader accepts what is so and corrects what is not.
    judged(page, "right")
    judged(page, "left", own="indeterminate")
    judged(page, "cavity")
    judged(page, "leak")
    assert sorted(Judgement.objects.values_list("about", "outcome")) == [
        ("cavity", "accepted"),
        ("leak", "accepted"),
        ("left", "corrected"),
        ("right", "accepted"),
    ]

    # What no draft tells, the reader picks; then it is read once more, and signed.
    for name, value in {
        "right_spill": "free",
        "right_calibre": "normal",
        "left_filled_to": "horn",
        "left_calibre": "not judged",
        "quality": "good",
    }.items():
        page.locator(f"[name={name}][value='{value}']").check(force=True)
    expect(page.locator("#live")).to_contain_text("Draft saved")
    page.keyboard.press("Alt+k")
    page.wait_for_url("**/reports/**")
    looks_right(settled(page))
    page.keyboard.press("Alt+s")
    page.wait_for_url("**/reading/**")
    report = Report.objects.get(visit=visit)
    assert (report.status, report.signed_by) == ("signed", "radiologist-one")

    # The signature is in the archive: over DICOM and over DICOMweb.
    work(at_work, clock, clock.at)
    row = ImageFile.objects.get(visit=visit, modality="SR")
    got = fetched_by_dicom(door, visit, tmp_path / "got")
    (signed,) = [each for each in got if each.SOPClassUID.startswith(SR)]
    assert (signed.SOPInstanceUID, signed.VerificationFlag) == (row.image_uid, "VERIFIED")
    assert len(got) == len(runs) + 1
    # It says what the reader said of the left tube, not what the draft had said.
    assert str(signed).count("'passed'") == 1
    assert "'not passed'" not in str(signed)
    answer = page.request.get(
        f"/site/{SITE}/dicomweb/studies/{study_uid_of(visit.pk)}/instances?Modality=SR",
        headers={"Accept": "application/dicom+json"},
    )
    (one,) = answer.json()
    assert one["00080018"]["Value"] == [row.image_uid]

    # Released, it comes out of the printer for whoever has the code and knows her birthday.
    clock.at = on_day(1, 10)
    code = release(at_work, report).code
    machine = staff_window(Role.KIOSK, name="kiosk-west", size="kiosk")
    machine.goto("/kiosk/")
    machine.get_by_role("button", name="English").click()
    machine.locator("input[name=code]").fill(code)
    machine.get_by_role("button", name="Go on", exact=True).click()
    choose(machine, HERS)
    machine.get_by_role("button", name="Print my pages").click()
    for _ in range(50):
        worker.run(at_work, once=True)
        if printer.pages():
            break
    (paper,) = printer.pages()
    assert paper.startswith(b"%PDF")
