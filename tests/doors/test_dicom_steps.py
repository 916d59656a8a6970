"""What machines say they perform, said by a foreign peer: dcmjs-dimse (dcmtk has no MPPS)."""

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from pydicom.uid import generate_uid

from patency.core.matching import accession_of, study_uid_of
from patency.core.visit import VisitState
from patency.records.models.exam import ExamRecord
from patency.records.models.ledger import Audit, Event
from patency.records.models.machines import PerformedStep
from patency.records.models.visit import Visit
from tests.doors.dicom_peers import Clinic, Door, door
from tests.make import make_exam, make_visit

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("dicom"),
    pytest.mark.skipif(
        shutil.which("node") is None or not (ROOT / "node_modules/dcmjs-dimse").is_dir(),
        reason="needs the foreign peer dcmjs-dimse and Node (make venv installs it)",
    ),
]
UID = generate_uid(entropy_srcs=["a step"])


def say(opened: Door, *requests: dict) -> list[dict]:
    """Return what the door answered to each."""
    asked = {"port": opened.port, "station": "WESTFLUORO1", "requests": requests}
    done = subprocess.run(
        ["node", str(ROOT / "tests/doors/mpps.cjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout, f"{done.stderr}\n--- the door:\n{opened.log.read_text()}"
    return json.loads(done.stdout.splitlines()[-1])


def begun(visit: Visit, uid: str = UID, **changes) -> dict:
    step = {
        "StudyInstanceUID": study_uid_of(visit.pk),
        "AccessionNumber": accession_of(visit.pk),
        "ScheduledProcedureStepID": accession_of(visit.pk),
        "RequestedProcedureID": accession_of(visit.pk),
    }
    data = {
        "PerformedProcedureStepStatus": "IN PROGRESS",
        "PerformedProcedureStepID": "1",
        "PerformedStationAETitle": "WESTFLUORO1",
        "PerformedProcedureStepStartDate": "20250924",
        "PerformedProcedureStepStartTime": "093100",
        "Modality": "RF",
        "PatientName": "EXAMPLE^ANN",
        "PatientID": visit.patient.number,
        "PatientBirthDate": "19930517",
        "PatientSex": "F",
        "ScheduledStepAttributesSequence": [step],
        **changes,
    }
    return {"kind": "create", "uid": uid, "data": data}


def ended(state: str = "COMPLETED", uid: str = UID, **changes) -> dict:
    data = {
        "PerformedProcedureStepStatus": state,
        "PerformedProcedureStepEndDate": "20250924",
        "PerformedProcedureStepEndTime": "094000",
        "TotalTimeOfFluoroscopy": 41,
        "TotalNumberOfExposures": 4,
        "ImageAndFluoroscopyAreaDoseProduct": "12.5",
        **changes,
    }
    return {"kind": "set", "uid": uid, "data": data}


def statuses(answers: list[dict]) -> list[int]:
    return [answer["status"] for answer in answers]


def test_a_step_is_begun_ended_and_read_again_and_then_nothing_changes_it(tmp_path):
    visit = make_visit(state=VisitState.ARRIVED.value)
    clinic = Clinic(tmp_path)
    read = {"kind": "get", "uid": UID, "names": ["PerformedProcedureStepStatus", "PatientID"]}

    with door(clinic) as opened:
        answers = say(
            opened, begun(visit), begun(visit), read, ended(), ended(), ended("DISCONTINUED"), read
        )
    clinic.read_again()

    assert statuses(answers) == [0, 0x0111, 0, 0, 0x0110, 0x0110, 0]
    assert {answer["command"]["ErrorID"] for answer in answers[4:6]} == {0xA710}
    assert answers[2]["data"]["PerformedProcedureStepStatus"] == "IN PROGRESS"
    assert answers[6]["data"]["PerformedProcedureStepStatus"] == "COMPLETED"
    assert answers[6]["data"]["PatientID"] == visit.patient.number
    assert "PatientBirthDate" not in answers[6]["data"]
    (row,) = PerformedStep.objects.all()
    assert (row.visit, row.disagrees, row.state) == (visit, [], "COMPLETED")
    assert (row.dap_gy_cm2, row.fluoro_seconds, row.exposures) == (Decimal("1.25"), 41, 4)
    kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["step-begun", "step-completed"]
    assert Audit.objects.filter(action="step-completed", patient=visit.patient).count() == 1


def test_its_dose_goes_into_the_record_in_the_records_units_and_never_over_a_persons(tmp_path):
    empty = make_exam(make_visit(state=VisitState.EXAMINED.value))
    written = make_exam(
        make_visit(state=VisitState.EXAMINED.value), dap_gy_cm2=Decimal("0.9"), fluoro_seconds=30
    )
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        for exam in (empty, written):
            uid = generate_uid()
            say(opened, begun(exam.visit, uid), ended(uid=uid))
    clinic.read_again()

    of = {row.pk: row for row in ExamRecord.objects.all()}
    assert (of[empty.pk].dap_gy_cm2, of[empty.pk].fluoro_seconds) == (Decimal("1.2500"), 41)
    assert (of[written.pk].dap_gy_cm2, of[written.pk].fluoro_seconds) == (Decimal("0.9000"), 30)
    assert Event.objects.filter(kind="dose-from-the-machine").count() == 1


def test_what_fits_no_visit_is_kept_with_what_disagrees_and_odd_messages_get_their_answer(tmp_path):
    visit = make_visit(state=VisitState.ARRIVED.value)
    clinic = Clinic(tmp_path)
    unscheduled = begun(visit, generate_uid(), PatientID="", ScheduledStepAttributesSequence=[])
    strange = generate_uid()

    with door(clinic) as opened:
        answers = say(
            opened,
            begun(visit, PatientBirthDate="19930518"),
            unscheduled,
            begun(visit, strange, PerformedProcedureStepStatus="COMPLETED"),
            begun(visit, strange, PerformedProcedureStepStatus=""),
            ended(uid=generate_uid()),
            ended("FINISHED"),
            ended("DISCONTINUED", ImageAndFluoroscopyAreaDoseProduct="-3"),
        )
    clinic.read_again()

    assert statuses(answers) == [0, 0, 0x0106, 0x0120, 0x0112, 0x0106, 0]
    odd, alone = PerformedStep.objects.order_by("begun_at", "told_number").exclude(uid=strange)
    assert {row.visit for row in (odd, alone)} == {None}
    first = PerformedStep.objects.get(uid=UID)
    assert (first.disagrees, first.state, first.dap_gy_cm2) == (
        ["birth-date"],
        "DISCONTINUED",
        None,
    )
