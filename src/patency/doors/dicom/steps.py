"""MPPS: a step is begun, changed and read again; after its end nothing changes it (PS3.4 F.7, F.8).

Units differ between what machines send: here the dose area product is in dGy·cm², in a dose report
in Gy·m², in our record in Gy·cm².
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from patency.core.matching import Told
from patency.core.worklist import IN_PROGRESS, STATES
from patency.doors.dicom.around import LOG, Around
from patency.service import performed
from patency.service.performed import NoSuchStep, SaidOfStep, StepOver, StepThere

SUCCESS = 0x0000
INVALID_VALUE, PROCESSING_FAILURE, THERE_ALREADY, NO_SUCH_STEP, MISSING = (
    0x0106,
    0x0110,
    0x0111,
    0x0112,
    0x0120,
)
NO_LONGER_UPDATED = 0xA710
DECI_GY_CM2_IN_GY_CM2 = Decimal(10)
STATE = "PerformedProcedureStepStatus"
Answer = tuple[int | Dataset, Dataset | None]


def create(event: Any, around: Around) -> Answer:
    """Begin a step."""
    machine, now = around.asking(event), around.house.now()
    attributes: Dataset = event.attribute_list
    state = str(attributes.get(STATE) or "").strip()
    if not state:
        return MISSING, None
    if state != IN_PROGRESS:
        return INVALID_VALUE, None
    uid = str(event.request.AffectedSOPInstanceUID or "") or generate_uid(prefix=None)
    try:
        performed.begin(uid, said(attributes), by=machine.actor, now=now)
    except StepThere:
        return THERE_ALREADY, None
    answer = Dataset()
    answer.AffectedSOPInstanceUID = uid
    return SUCCESS, answer


def change(event: Any, around: Around) -> Answer:
    """Change a step, or end it."""
    machine, now = around.asking(event), around.house.now()
    attributes: Dataset = event.modification_list
    state = str(attributes.get(STATE) or "").strip()
    if state and state not in STATES:
        return INVALID_VALUE, None
    uid = str(event.request.RequestedSOPInstanceUID)
    try:
        performed.change(uid, said(attributes), by=machine.actor, now=now)
    except NoSuchStep:
        return NO_SUCH_STEP, None
    except StepOver as error:
        LOG.warning("%s said more of a step that is over: %s", machine.device.station, error)
        refused = Dataset()
        refused.Status, refused.ErrorID = PROCESSING_FAILURE, NO_LONGER_UPDATED
        refused.ErrorComment = "Performed step may no longer be updated"
        return refused, None
    return SUCCESS, attributes


def get(event: Any, around: Around) -> Answer:
    """Return a step as it stands, or what of it is asked for."""
    machine, now = around.asking(event), around.house.now()
    try:
        row = performed.read(str(event.request.RequestedSOPInstanceUID), by=machine.actor, now=now)
    except NoSuchStep:
        return NO_SUCH_STEP, None
    whole = Dataset.from_json(row.says)
    whole.PerformedProcedureStepStatus = row.state
    wanted = set(event.attribute_identifiers)
    answer = Dataset()
    for element in whole:
        if not wanted or element.tag in wanted:
            answer.add(element)
    return SUCCESS, answer


def said(attributes: Dataset) -> SaidOfStep:
    """Return what one message says of a step."""
    steps = attributes.get("ScheduledStepAttributesSequence") or [Dataset()]
    dap = _number(attributes, "ImageAndFluoroscopyAreaDoseProduct")
    return SaidOfStep(
        says=attributes.to_json_dict(suppress_invalid_tags=True),
        state=str(attributes.get(STATE) or "").strip() or None,
        told=Told(
            number=_text(attributes, "PatientID", 64),
            name=_text(attributes, "PatientName", 200),
            birth_date=_text(attributes, "PatientBirthDate", 16),
            accession=_text(steps[0], "AccessionNumber", 64),
            study_uid=_text(steps[0], "StudyInstanceUID", 64),
        ),
        dap_gy_cm2=None if dap is None else dap / DECI_GY_CM2_IN_GY_CM2,
        fluoro_seconds=_whole(attributes, "TotalTimeOfFluoroscopy"),
        exposures=_whole(attributes, "TotalNumberOfExposures"),
    )


def _text(of: Dataset, key: str, longest: int) -> str:
    value = of.get(key)
    return ("" if value is None else str(value)).replace("\0", "").strip()[:longest]


def _number(of: Dataset, key: str) -> Decimal | None:
    try:
        found = Decimal(_text(of, key, 32))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def _whole(of: Dataset, key: str) -> int | None:
    found = _number(of, key)
    return None if found is None else int(found)
