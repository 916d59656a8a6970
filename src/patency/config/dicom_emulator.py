"""The emulator of a C-arm, joined to the command line; it needs no tables."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from patency.doors.dicom import emulator


def emulate(
    host: str,
    port: int,
    title: str,
    station: str,
    accession: str,
    files: tuple[Path, ...],
    at: datetime,
    say: Callable[[str], None],
) -> None:
    """List the worklist of a C-arm, or perform one item of it. Raises ``NotSpoken``."""
    server = emulator.Server(host, port, title, station)
    listed = emulator.worklist(server)
    for item in listed:
        step = item.ScheduledProcedureStepSequence[0]
        say(
            f"{step.ScheduledProcedureStepStartDate} {step.ScheduledProcedureStepStartTime} "
            f"{step.Modality} {item.AccessionNumber} {item.PatientID}"
        )
    if not listed:
        say(f"{title} has nothing for {station}.")
    if not accession:
        return
    chosen = [item for item in listed if item.AccessionNumber == accession]
    if not chosen:
        raise emulator.NotSpoken(
            f"{accession} is not on the worklist of {station}. Name one that is listed."
        )
    emulator.perform(server, chosen[0], at=at, files=files, say=say)
