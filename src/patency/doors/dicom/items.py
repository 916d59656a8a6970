"""One worklist item as DICOM has it, and what a query may ask of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from patency.core.matching import accession_of, study_uid_of
from patency.core.site.model import Device, Site

if TYPE_CHECKING:  # what is generated from the tables here needs no database
    from patency.service.worklist import Scheduled

WHAT = "Hysterosalpingography"
STEP = "ScheduledProcedureStepSequence"
PYTHON_NAMES = {"ISO_IR 192": "utf-8", "GB18030": "gb18030", "ISO_IR 100": "latin-1"}
SHORT, LONG = 16, 64  # the lengths of SH and LO, PS3.5 table 6.2-1

# How each key is matched (PS3.4 table K.6-1); one that is not here asks nothing.
STEP_KEYS = {
    "ScheduledStationAETitle": "text",
    "ScheduledProcedureStepStartDate": "date",
    "ScheduledProcedureStepStartTime": "time",
    "Modality": "text",
    "ScheduledPerformingPhysicianName": "name",
    "ScheduledProcedureStepID": "text",
    "ScheduledProcedureStepDescription": "text",
    "ScheduledStationName": "text",
    "ScheduledProcedureStepLocation": "text",
    "ScheduledProcedureStepStatus": "text",
}
KEYS = {
    "PatientName": "name",
    "PatientID": "text",
    "IssuerOfPatientID": "text",
    "PatientBirthDate": "date",
    "PatientSex": "text",
    "AccessionNumber": "text",
    "RequestedProcedureID": "text",
    "RequestedProcedureDescription": "text",
    "StudyInstanceUID": "uid",
    "AdmissionID": "text",
    "ReferringPhysicianName": "name",
    "RequestingPhysician": "name",
}


def item_of(one: "Scheduled", site: Site, device: Device) -> Dataset:
    """Return the whole item of one examination on one machine."""
    made = Dataset()
    fit = _fitting(device.character_set)
    made.SpecificCharacterSet = device.character_set
    made.AccessionNumber = accession_of(one.visit)
    made.ReferringPhysicianName = ""
    made.ReferencedStudySequence = []
    made.ReferencedPatientSequence = []
    made.PatientName = fit(f"{one.family_name}^{one.given_name}".rstrip("^"))
    made.PatientID = one.number
    made.IssuerOfPatientID = site.slug
    made.PatientBirthDate = f"{one.birth_date:%Y%m%d}"
    made.PatientSex = "F"
    made.PatientWeight = None
    made.MedicalAlerts = list(one.alerts)
    made.Allergies = list(one.allergies)
    made.PregnancyStatus = one.pregnancy
    made.LastMenstrualDate = f"{one.last_period:%Y%m%d}" if one.last_period else ""
    made.StudyInstanceUID = study_uid_of(one.visit)
    made.RequestingPhysician = ""
    made.RequestedProcedureDescription = WHAT
    made.AdmissionID = ""
    made.SpecialNeeds = ""
    made.CurrentPatientLocation = ""
    made.PatientState = ""
    made.RequestedProcedureID = accession_of(one.visit)
    made.RequestedProcedurePriority = "ROUTINE"
    made.PatientTransportArrangements = ""
    made.ConfidentialityConstraintOnPatientDataDescription = ""
    step = Dataset()
    step.Modality = device.modality
    step.ScheduledStationAETitle = device.station
    step.ScheduledProcedureStepStartDate = f"{one.starts_at:%Y%m%d}"
    step.ScheduledProcedureStepStartTime = f"{one.starts_at:%H%M%S}"
    step.ScheduledPerformingPhysicianName = fit(one.operator)
    step.ScheduledProcedureStepDescription = WHAT
    step.ScheduledProcedureStepID = accession_of(one.visit)
    step.ScheduledStationName = fit(device.name)[:SHORT].strip()
    step.ScheduledProcedureStepLocation = fit(one.room)[:SHORT].strip()
    step.PreMedication = ""
    step.ScheduledProcedureStepStatus = "SCHEDULED"
    made.ScheduledProcedureStepSequence = [step]
    return made


def values_of(item: Dataset) -> Mapping[str, str]:
    """Return what a query is matched against, by keyword; those of the step too."""
    step = item.ScheduledProcedureStepSequence[0]
    return {
        **{key: str(item.get(key, "") or "") for key in KEYS},
        **{key: str(step.get(key, "") or "") for key in STEP_KEYS},
    }


def asked_of(identifier: Dataset) -> dict[str, str]:
    """Return the keys of a query that ask for something."""
    steps = identifier.get(STEP) or [Dataset()]
    asked = {key: text_of(identifier, key) for key in KEYS}
    asked |= {key: text_of(steps[0], key) for key in STEP_KEYS}
    return {key: value for key, value in asked.items() if value}


def cut_to(item: Dataset, identifier: Dataset) -> Dataset:
    """Return of an item what a query wants returned; of an empty sequence everything."""
    cut = Dataset()
    for element in item:
        if element.keyword == "SpecificCharacterSet":
            cut.add(element)
        elif element.tag in identifier:
            wanted = identifier[element.tag]
            if element.keyword == STEP and wanted.value and len(wanted.value[0]):
                step, steps = wanted.value[0], Dataset()
                for inner in element.value[0]:
                    if inner.tag in step:
                        steps.add(inner)
                cut.ScheduledProcedureStepSequence = [steps]
            else:
                cut.add(element)
    return cut


def shape_of(identifier: Dataset) -> tuple[object, ...]:
    """Return what decides how an answer looks: which attributes are wanted."""
    step = identifier.get(STEP) or [Dataset()]
    return (tuple(identifier.keys()), tuple(step[0].keys()))


def text_of(of: Dataset, key: str) -> str:
    """Return a key of a query as it is written, several values between backslashes."""
    value: Any = of.get(key)
    if value is None:
        return ""
    several = value if isinstance(value, MultiValue) else (value,)
    return "\\".join(str(each) for each in several).strip()


def _fitting(character_set: str) -> Any:
    python = PYTHON_NAMES[character_set]

    def fit(text: str) -> str:
        return text[:LONG].encode(python, "replace").decode(python)

    return fit
