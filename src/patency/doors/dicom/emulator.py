"""A C-arm in a program: it asks for its worklist, performs one item, sends, reports and asks again.

It speaks with any server, ours or another, and so tries a connection before a machine is there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ModalityPerformedProcedureStep,
    ModalityWorklistInformationFind,
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
    Verification,
)

from patency.synthetic.c_arm import FRAME_MS, header_of, run_of
from patency.synthetic.dose_report import Beam, dose_report

Say = Callable[[str], None]
RUNS = ((True, 12), (False, 8), (False, 6))
"""Of each run: whether it is fluoroscopy, and its frames."""
GY_CM2_A_FRAME, MGY_A_FRAME = {True: 0.004, False: 0.03}, {True: 0.012, False: 0.09}
SWORN_WITHIN_S = 20.0
PENDING = (0xFF00, 0xFF01)


class NotSpoken(Exception):
    """The other side did not answer as a server does; the text says where and what to look at."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who is called, and as whom."""

    host: str
    port: int
    title: str
    station: str


def worklist(server: Server, *, day: str = "") -> list[Dataset]:
    """Return the items the server has for the station."""
    asked = Dataset()
    for key in (
        "AccessionNumber", "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
        "StudyInstanceUID", "RequestedProcedureID", "RequestedProcedureDescription",
        "PregnancyStatus", "LastMenstrualDate", "Allergies", "MedicalAlerts",
    ):  # fmt: skip
        setattr(asked, key, None)
    step = Dataset()
    step.ScheduledStationAETitle, step.Modality = server.station, ""
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = day, ""
    step.ScheduledProcedureStepID, step.ScheduledProcedureStepDescription = "", ""
    asked.ScheduledProcedureStepSequence = [step]
    entity = _entity(server, ModalityWorklistInformationFind)
    line = _line(entity, server)
    try:
        found = list(line.send_c_find(asked, ModalityWorklistInformationFind))
    finally:
        line.release()
    if not found or found[-1][0].get("Status") != 0:
        raise NotSpoken(f"{server.title} did not end its worklist; look into its log.")
    return [item for status, item in found if status.Status in PENDING and item is not None]


def perform(
    server: Server, item: Dataset, *, at: datetime, files: Sequence[Path] = (), say: Say
) -> None:
    """Perform one item: begin a step, send runs and their dose, end it, ask to have it sworn to.

    ``files`` are sent in place of the test object, as of the woman of the item. Raises
    ``NotSpoken``.
    """
    step_uid, series_uid, device_uid = generate_uid(), generate_uid(), generate_uid()
    header = header_of(item, station=server.station, device_uid=device_uid, at=at)
    objects, beams = _objects(header, series_uid, at, files)
    report = None
    if beams:
        header.SeriesInstanceUID = generate_uid()
        report = dose_report(header, generate_uid(), beams)
        objects.append(report)
    classes = dict.fromkeys((one.SOPClassUID, one.file_meta.TransferSyntaxUID) for one in objects)
    entity = _entity(server, Verification, ModalityPerformedProcedureStep)
    entity.add_requested_context(StorageCommitmentPushModel)
    for sop_class, syntax in classes:
        entity.add_requested_context(sop_class, syntax)
    sworn: list[Dataset] = []
    came = Flag()

    def told(event: Any) -> tuple[int, None]:
        sworn.append(event.event_information)
        came.set()
        return 0x0000, None

    line = _line(entity, server, [(evt.EVT_N_EVENT_REPORT, told)])
    try:
        _expect(line.send_c_echo(), "C-ECHO", server)
        began = _begun(item, server, at)
        _expect(
            line.send_n_create(began, ModalityPerformedProcedureStep, step_uid)[0],
            "N-CREATE",
            server,
        )
        say(f"Step {step_uid} has begun.")
        for one in objects:
            _expect(line.send_c_store(one), "C-STORE", server)
            say(f"Sent {UID(one.SOPClassUID).name}, {one.get('NumberOfFrames') or 1} frames.")
        ended = _ended(objects, beams, series_uid, at)
        _expect(
            line.send_n_set(ended, ModalityPerformedProcedureStep, step_uid)[0], "N-SET", server
        )
        say(f"Step completed; dose {sum(beam.dap_gy_cm2 for beam in beams):.2f} Gy·cm².")
        _have_sworn(line, objects, server)
        came.wait(SWORN_WITHIN_S)
    finally:
        line.release()
    if not sworn:
        raise NotSpoken(
            f"{server.title} did not say within {SWORN_WITHIN_S:.0f} s that what was sent is safe."
        )
    failed = sworn[0].get("FailedSOPSequence") or []
    if failed:
        raise NotSpoken(f"{server.title} does not answer for {len(failed)} objects; send again.")
    say(f"Sworn to: {len(sworn[0].ReferencedSOPSequence)} objects are safe.")


def _objects(
    header: Dataset, series_uid: str, at: datetime, files: Sequence[Path]
) -> tuple[list[Dataset], list[Beam]]:
    if files:
        return [_as_hers(path, header, series_uid) for path in files], []
    objects, beams = [], []
    for number, (is_fluoroscopy, frames) in enumerate(RUNS, start=1):
        began, event = at + timedelta(seconds=30 * number), generate_uid()
        objects.append(
            run_of(
                header,
                series_uid=series_uid,
                uid=generate_uid(),
                event_uid=event,
                number=number,
                frames=frames,
                at=began,
            )
        )
        beams.append(
            Beam(
                event,
                began,
                is_fluoroscopy,
                frames * GY_CM2_A_FRAME[is_fluoroscopy],
                frames * MGY_A_FRAME[is_fluoroscopy],
                frames,
                1000 / FRAME_MS,
            )
        )
    return objects, beams


def _as_hers(path: Path, header: Dataset, series_uid: str) -> Dataset:
    whole = dcmread(path)
    whole.update({one.tag: one for one in header if one.keyword != "DeviceUID"})
    whole.SeriesInstanceUID, whole.SOPInstanceUID = UID(series_uid), generate_uid()
    whole.file_meta.MediaStorageSOPInstanceUID = whole.SOPInstanceUID
    return whole


def _begun(item: Dataset, server: Server, at: datetime) -> Dataset:
    step = item.ScheduledProcedureStepSequence[0]
    scheduled = Dataset()
    scheduled.StudyInstanceUID, scheduled.AccessionNumber = (
        item.StudyInstanceUID,
        item.AccessionNumber,
    )
    scheduled.RequestedProcedureID = item.get("RequestedProcedureID") or ""
    scheduled.ScheduledProcedureStepID = step.get("ScheduledProcedureStepID") or ""
    scheduled.RequestedProcedureDescription = item.get("RequestedProcedureDescription") or ""
    scheduled.ScheduledProcedureStepDescription = (
        step.get("ScheduledProcedureStepDescription") or ""
    )
    scheduled.ReferencedStudySequence = scheduled.ScheduledProtocolCodeSequence = []
    made = Dataset()
    made.SpecificCharacterSet = item.get("SpecificCharacterSet") or "ISO_IR 192"
    made.ScheduledStepAttributesSequence = [scheduled]
    made.PatientName, made.PatientID = item.PatientName, item.PatientID
    made.PatientBirthDate, made.PatientSex = item.PatientBirthDate, item.PatientSex
    made.ReferencedPatientSequence = made.ProcedureCodeSequence = []
    made.PerformedProcedureStepID = f"{at:%H%M%S}"
    made.PerformedStationAETitle, made.PerformedStationName = server.station, server.station
    made.PerformedLocation = made.PerformedProcedureStepDescription = ""
    made.PerformedProcedureTypeDescription = made.StudyID = ""
    made.PerformedProcedureStepStartDate = f"{at:%Y%m%d}"
    made.PerformedProcedureStepStartTime = f"{at:%H%M%S}"
    made.PerformedProcedureStepEndDate = made.PerformedProcedureStepEndTime = ""
    made.PerformedProcedureStepStatus = "IN PROGRESS"
    made.Modality = step.get("Modality") or "RF"
    made.PerformedProtocolCodeSequence = made.PerformedSeriesSequence = []
    return made


def _ended(objects: list[Dataset], beams: list[Beam], series_uid: str, at: datetime) -> Dataset:
    made, series = Dataset(), Dataset()
    end = at + timedelta(minutes=5)
    made.PerformedProcedureStepStatus = "COMPLETED"
    made.PerformedProcedureStepEndDate = f"{end:%Y%m%d}"
    made.PerformedProcedureStepEndTime = f"{end:%H%M%S}"
    if beams:
        fluoro = [beam for beam in beams if beam.is_fluoroscopy]
        seconds = sum(beam.pulses / beam.pulses_per_s for beam in fluoro)
        made.TotalTimeOfFluoroscopy = round(seconds)
        made.TotalNumberOfExposures = sum(not beam.is_fluoroscopy for beam in beams)
        dap = sum(beam.dap_gy_cm2 for beam in beams)
        made.ImageAndFluoroscopyAreaDoseProduct = f"{dap * 10:.4f}"  # in dGy·cm²
    series.SeriesInstanceUID = series_uid
    series.SeriesDescription = series.OperatorsName = series.RetrieveAETitle = ""
    series.PerformingPhysicianName, series.ProtocolName = "", "HSG"
    series.ReferencedImageSequence = [_reference(one) for one in objects]
    series.ReferencedNonImageCompositeSOPInstanceSequence = []
    made.PerformedSeriesSequence = [series]
    return made


def _reference(one: Dataset) -> Dataset:
    made = Dataset()
    made.ReferencedSOPClassUID = one.SOPClassUID
    made.ReferencedSOPInstanceUID = one.SOPInstanceUID
    return made


def _have_sworn(line: Any, objects: list[Dataset], server: Server) -> None:
    asked = Dataset()
    asked.TransactionUID = generate_uid()
    asked.ReferencedSOPSequence = [_reference(one) for one in objects]
    status, _ = line.send_n_action(
        asked, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
    )
    _expect(status, "N-ACTION", server)


def _entity(server: Server, *classes: Any) -> AE:
    entity = AE(ae_title=server.station)
    entity.maximum_pdu_size = 0
    for one in classes:
        entity.add_requested_context(one)
    return entity


def _line(entity: AE, server: Server, handlers: list[Any] | None = None) -> Any:
    line = entity.associate(
        server.host, server.port, ae_title=server.title, evt_handlers=handlers or []
    )
    if not line.is_established:
        raise NotSpoken(
            f"{server.title} at {server.host}:{server.port} took no association from "
            f"{server.station}. Look whether it runs, and whether both titles are in the site's "
            "file ([[device]] station, dicom_title)."
        )
    return line


def _expect(status: Any, what: str, server: Server) -> None:
    found = status.get("Status") if status else None
    if found != 0:
        said = "nothing" if found is None else f"0x{found:04X}"
        raise NotSpoken(f"{server.title} answered {what} with {said}; look into its log.")
