"""The worklist as dcmtk's findscu sees it: who comes to a machine, and what it must know."""

import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from patency.core.matching import accession_of, study_uid_of
from patency.core.visit import VisitState
from patency.records.models.ledger import Audit
from tests.doors.dicom_peers import Clinic, Door, door, needs_dcmtk
from tests.make import (
    make_answers,
    make_booking,
    make_patient,
    make_period,
    make_slot,
    make_test_result,
    make_visit,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("dicom"),
    needs_dcmtk,
]

START = datetime(2025, 9, 24, 1, 30, tzinfo=UTC)  # 9:30 in Beijing, a day after the demo began
DAY = date(2025, 9, 24)
STEP = "ScheduledProcedureStepSequence[0]."
RETURN = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber",
    "StudyInstanceUID", "RequestedProcedureID", "RequestedProcedureDescription",
    "PregnancyStatus", "LastMenstrualDate", "Allergies", "MedicalAlerts",
)  # fmt: skip


def booked(name: str = "Example^Ann", at: datetime = START, room: str = "west-xray-1", **of_visit):
    family, _, given = name.partition("^")
    number = uuid4().hex[:16].upper()
    patient = make_patient(family_name=family, given_name=given, number=number)
    visit = make_visit(patient=patient, state=VisitState.BOOKED.value, **of_visit)
    make_booking(visit, make_slot(starts_at=at, room=room))
    return visit


def ask(opened: Door, folder: Path, *keys: str, as_: str = "WESTFLUORO1", more=()) -> list[Dataset]:
    """Return what findscu received."""
    for old in folder.glob("rsp*.dcm"):
        old.unlink()
    wanted = [*RETURN, f"{STEP}Modality", f"{STEP}ScheduledStationAETitle",
              f"{STEP}ScheduledProcedureStepStartDate", f"{STEP}ScheduledProcedureStepStartTime",
              f"{STEP}ScheduledProcedureStepID"]  # fmt: skip
    named = {key.partition("=")[0] for key in keys}
    asked = [*(key for key in wanted if key not in named), *keys]
    flags = [part for key in asked for part in ("-k", key)]
    opened.call("findscu", "-W", "-X", "-od", str(folder), *more, *flags, as_=as_)
    return [dcmread(path, force=True) for path in sorted(folder.glob("rsp*.dcm"))]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "answers"
    folder.mkdir()
    return folder


def test_a_machine_sees_who_comes_to_it_and_what_it_must_know_before_it_begins(tmp_path, out):
    visit = booked()
    make_period(visit.patient, start=DAY - timedelta(days=8))
    make_answers(visit, shellfish_or_iodine_allergy=True, contrast_reaction="mild")
    make_answers(visit, blood_thinners_or_bleeding_disorder=True)
    make_test_result(
        visit, kind="pregnancy_urine", day=DAY, parts={"pregnancy_test_today": "negative"}
    )
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        (item,) = ask(opened, out)
    clinic.read_again()

    step = item.ScheduledProcedureStepSequence[0]
    assert (item.PatientName, item.PatientID) == ("Example^Ann", visit.patient.number)
    assert (item.PatientBirthDate, item.PatientSex) == ("19930517", "F")
    assert item.AccessionNumber == accession_of(visit.pk)
    assert item.StudyInstanceUID == study_uid_of(visit.pk)
    assert (item.PregnancyStatus, item.LastMenstrualDate) == (1, "20250916")
    assert list(item.Allergies) == ["Contrast medium: mild reaction", "Shellfish or iodine"]
    assert item.MedicalAlerts == "Blood thinners or bleeding"
    assert (step.Modality, step.ScheduledStationAETitle) == ("RF", "WESTFLUORO1")
    assert step.ScheduledProcedureStepStartDate == "20250924"
    assert step.ScheduledProcedureStepStartTime == "093000"
    reads = Audit.objects.filter(action="read", actor="dicom/WESTFLUORO1")
    assert reads.filter(patient=visit.patient, why="worklist of a machine").count() == 1


QUERIES = [
    ((f"{STEP}ScheduledProcedureStepStartDate=20250924",), {"Ann", "Bea"}),
    ((f"{STEP}ScheduledProcedureStepStartDate=20250925-",), {"Cai"}),
    ((f"{STEP}ScheduledProcedureStepStartDate=-20250924",), {"Ann", "Bea"}),
    ((f"{STEP}ScheduledProcedureStepStartDate=20250924-20250926",), {"Ann", "Bea", "Cai"}),
    ((f"{STEP}ScheduledProcedureStepStartTime=0900-0945",), {"Ann"}),
    ((f"{STEP}ScheduledStationAETitle=EASTFLUORO1",), {"Bea"}),
    ((f"{STEP}Modality=XA",), set()),
    ((f"{STEP}Modality=RF",), {"Ann", "Bea", "Cai"}),
    (("PatientName=example*",), {"Ann", "Bea"}),
    (("PatientName=*^C?i",), {"Cai"}),
    (("PatientID=NOBODY",), set()),
    (("PatientBirthDate=19930517", "PatientSex=F"), {"Ann", "Bea", "Cai"}),
    (("RequestedProcedureDescription=Hystero*",), {"Ann", "Bea", "Cai"}),
]


def test_every_matching_key_is_honoured(tmp_path, out):
    ann = booked("Example^Ann")
    booked("Example^Bea", START + timedelta(hours=1), "east-xray-1")
    booked("Other^Cai", START + timedelta(days=2, hours=3))
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        for keys, expected in QUERIES:
            found = {str(item.PatientName).partition("^")[2] for item in ask(opened, out, *keys)}
            assert found == expected, keys
        for key, value in (
            ("PatientID", ann.patient.number),
            ("AccessionNumber", accession_of(ann.pk)),
            ("StudyInstanceUID", study_uid_of(ann.pk)),
            ("RequestedProcedureID", accession_of(ann.pk)),
            (f"{STEP}ScheduledProcedureStepID", accession_of(ann.pk)),
        ):
            (item,) = ask(opened, out, f"{key}={value}")
            assert item.PatientName == "Example^Ann", key


def test_items_come_in_the_order_of_the_day_and_another_sites_never(tmp_path, out):
    for name, minutes in (("Third^A", 90), ("First^B", 0), ("Second^C", 30)):
        booked(name, START + timedelta(minutes=minutes))
    booked("Done^D", START + timedelta(minutes=10)).advance(VisitState.ARRIVED, now=START)
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        here = [str(item.PatientName) for item in ask(opened, out)]
        elsewhere = ask(opened, out, as_="LEEDSFLUORO1")

    assert here == ["First^B", "Done^D", "Second^C", "Third^A"]
    assert elsewhere == []


def test_names_come_in_the_letters_the_machine_can_show(tmp_path, out):
    booked("王^小红")
    sites = tmp_path / "sites"
    sites.mkdir()
    room = 'room = "west-xray-1"\n'
    text = (Path("src/patency/sites/demo-west.toml")).read_text(encoding="utf-8")
    text = text.replace(room, room + 'modality = "XA"\ncharacter_set = "GB18030"\n', 1)
    for station, more in (("UNICODE1", ""), ("OLD1", 'character_set = "ISO_IR 100"\n')):
        text += f'\n[[device]]\nstation = "{station}"\nname = "C-arm"\n{room}{more}'
    (sites / "demo-west.toml").write_text(text, encoding="utf-8")
    clinic = Clinic(tmp_path)

    with door(clinic, PATENCY_SITES=str(sites)) as opened:
        found = {}
        for station in ("WESTFLUORO1", "UNICODE1", "OLD1"):
            (item,) = ask(opened, out, f"{STEP}ScheduledStationAETitle={station}", as_=station)
            found[station] = item
        (named,) = ask(
            opened, out, "SpecificCharacterSet=ISO_IR 192", "PatientName=王*",
            f"{STEP}ScheduledStationAETitle=UNICODE1",
        )  # fmt: skip
        xa = ask(opened, out, f"{STEP}Modality=XA")

    assert {each.SpecificCharacterSet for each in found.values()} == {
        "GB18030", "ISO_IR 192", "ISO_IR 100"
    }  # fmt: skip
    assert found["WESTFLUORO1"].PatientName == found["UNICODE1"].PatientName == "王^小红"
    assert found["OLD1"].PatientName == "?^??"
    assert named.PatientName == "王^小红"
    assert [item.ScheduledProcedureStepSequence[0].Modality for item in xa] == ["XA"]


def test_what_changes_while_the_door_is_open_is_seen_at_the_next_question(tmp_path, out):
    """The service that books writes an event, and by that the list knows."""
    visit = booked()
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        assert len(ask(opened, out)) == 1
        clinic.change(
            ("update records_visit set state = 'cleared'", []),
            (
                "insert into records_event (kind, subject, site, actor, at, payload) "
                "values ('cancelled', ?, 'demo-west', 'a', '2025-09-24 01:00:00', '{}')",
                [f"visit/{visit.pk}"],
            ),
        )
        assert ask(opened, out) == []


def test_a_machine_that_cancels_is_told_so_and_goes_on(tmp_path, out):
    for place in range(120):
        booked(f"Many^{place}", START + timedelta(minutes=place))
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        said = opened.call("findscu", "-v", "-W", "--cancel", "5", "-k", "PatientName", code=None)
        everyone = ask(opened, out)

    assert re.search(r"Cancel", said)
    assert len(everyone) == 120


def test_each_answer_has_only_what_was_asked_for_and_an_empty_step_brings_all_of_it(tmp_path, out):
    booked()
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        opened.call("findscu", "-W", "-X", "-od", str(out), "-k", "PatientName",
                    "-k", "ScheduledProcedureStepSequence")  # fmt: skip
    (item,) = [dcmread(path, force=True) for path in out.glob("rsp*.dcm")]

    assert {e.keyword for e in item} == {
        "SpecificCharacterSet", "PatientName", "ScheduledProcedureStepSequence"
    }  # fmt: skip
    assert item.ScheduledProcedureStepSequence[0].ScheduledStationAETitle == "WESTFLUORO1"


def test_a_query_in_pieces_no_longer_than_the_machine_takes_is_answered_in_such(tmp_path, out):
    booked()
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        (item,) = ask(opened, out, more=("--max-pdu", "4096"))

    assert item.PatientName == "Example^Ann"
    assert subprocess.run(["/usr/bin/dcmdump", next(out.glob("rsp*.dcm"))], check=True,
                          capture_output=True).stdout  # fmt: skip
