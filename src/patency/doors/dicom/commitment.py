"""Storage Commitment Push (PS3.4 J): we answer for what we have, after reading every byte of it.

The answer comes on the association it was asked on while that stands, else on a new one to the
address the site's file names for the machine.
"""

import threading
from time import monotonic, sleep
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, build_role
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

from patency.doors.dicom.around import LOG, Around, Machine, let_go
from patency.service import stored

SUCCESS, MISTYPED, NO_SUCH_ACTION = 0x0000, 0x0115, 0x0123
REQUEST, ALL_SAFE, SOME_FAILED = 1, 1, 2
REASONS = {stored.MISSING: 0x0112, stored.OTHER_CLASS: 0x0119, stored.DAMAGED: 0x0110}
AFTER_ANSWER_S, TRIES, BETWEEN_S = 0.3, 3, 5.0


def asked(event: Any, around: Around) -> tuple[int, Dataset | None]:
    """Take a request down; the answer follows by itself."""
    if event.action_type != REQUEST:
        return NO_SUCH_ACTION, None
    machine, wanted = around.asking(event), event.action_information
    if not wanted.get("TransactionUID") or not wanted.get("ReferencedSOPSequence"):
        return MISTYPED, None
    threading.Thread(
        target=_answer, args=(event.assoc, around, machine, wanted), daemon=True
    ).start()
    return SUCCESS, None


def result(wanted: Dataset, around: Around, machine: Machine) -> tuple[int, Dataset]:
    """Return the kind of the report and the report."""
    pairs = [
        (str(one.ReferencedSOPClassUID), str(one.ReferencedSOPInstanceUID))
        for one in wanted.ReferencedSOPSequence
    ]
    faults = stored.vouch(around.house, pairs, by=machine.actor, now=around.house.now())
    told = Dataset()
    told.TransactionUID = wanted.TransactionUID
    safe: list[Dataset] = []
    failed: list[Dataset] = []
    for (sop_class, uid), fault in faults.items():
        one = Dataset()
        one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID = sop_class, uid
        if fault:
            one.FailureReason = REASONS[fault]
        (failed if fault else safe).append(one)
    if safe:
        told.ReferencedSOPSequence = safe
    if failed:
        told.FailedSOPSequence = failed
    return (SOME_FAILED if failed else ALL_SAFE), told


def _answer(association: Any, around: Around, machine: Machine, wanted: Dataset) -> None:
    try:
        kind, told = result(wanted, around, machine)
        sleep(AFTER_ANSWER_S)  # the request is answered first
        if association.is_established and _report(association, kind, told):
            return
        for _ in range(TRIES):
            if _on_a_new_line(machine, kind, told):
                return
            sleep(BETWEEN_S)
        LOG.error(
            "%s was not told of its storage commitment; it asks again", machine.device.station
        )
    except Exception:
        LOG.exception("A storage commitment of %s went wrong", machine.device.station)
    finally:
        let_go(None)


def _on_a_new_line(machine: Machine, kind: int, told: Dataset) -> bool:
    if not machine.device.address:
        return False
    host, _, port = machine.device.address.rpartition(":")
    entity = AE(ae_title=machine.site.dicom_title)
    entity.add_requested_context(StorageCommitmentPushModel)
    line = entity.associate(
        host,
        int(port),
        ae_title=machine.device.station,
        ext_neg=[build_role(StorageCommitmentPushModel, scp_role=True)],
    )
    try:
        return line.is_established and _report(line, kind, told)
    finally:
        if line.is_established:
            line.release()


def _report(association: Any, kind: int, told: Dataset) -> bool:
    began = monotonic()
    try:
        status, _ = association.send_n_event_report(
            told, kind, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
        )
    except (RuntimeError, ValueError) as error:
        LOG.warning("Not told after %.1f s: %s", monotonic() - began, error)
        return False
    return bool(status) and status.Status == SUCCESS
