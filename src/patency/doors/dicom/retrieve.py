"""Study Root query and retrieve: what is filed at a machine's site, found, moved and got.

Objects are sent as they were received where the other side takes that syntax, else uncompressed.
"""

from collections.abc import Iterator
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import build_context

from patency.core.worklist import fits
from patency.doors.dicom.around import LOG, Around, Machine
from patency.doors.dicom.items import text_of
from patency.gateways.unpacked import NotUnpacked, unpack
from patency.records.levels import KINDS, LEVELS, Found, Wanted, at_level, wanted_of
from patency.records.models.images import ImageFile
from patency.service import stored

PENDING, CANCELLED, NOT_UNDERSTOOD = 0xFF00, 0xFE00, 0xA900
MOST_CONTEXTS = 128  # PS3.8 9.3.2.2: their numbers are the odd ones up to 255
UNPACKED = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)


def find(event: Any, around: Around) -> Iterator[tuple[int, Dataset | None]]:
    """Answer a query at the level of studies, series or images."""
    machine = around.asking(event)
    identifier: Dataset = event.identifier
    level = text_of(identifier, "QueryRetrieveLevel")
    if level not in LEVELS:
        LOG.warning("%s asked at the level %r, which is none", machine.device.station, level)
        yield NOT_UNDERSTOOD, None
        return
    asked = {
        element.keyword: text
        for element in identifier
        if (text := text_of(identifier, element.keyword))
        and element.keyword not in ("QueryRetrieveLevel", "SpecificCharacterSet")
    }
    for found in at_level(level, _stored(around, machine, wanted_of(asked))):
        if event.is_cancelled:
            yield CANCELLED, None
            return
        modalities = asked.get("ModalitiesInStudy")
        if modalities and level == "STUDY":
            if not set(modalities.split("\\")) & set(found["ModalitiesInStudy"].split("\\")):
                continue
            found = {**found, "ModalitiesInStudy": modalities}
        if fits(asked, found, KINDS):
            yield PENDING, _answer(found, identifier, level, machine.site.dicom_title)


def move(event: Any, around: Around) -> Iterator[Any]:
    """Send what is asked for to another machine of the site, whose address its file names."""
    machine = around.asking(event)
    to = machine.site.devices.get(str(event.move_destination or "").strip())
    if to is None or not to.address:
        LOG.warning("%s asked to send to %r", machine.device.station, event.move_destination)
        yield None, None  # answered as 0xA801, destination unknown
        return
    host, _, port = to.address.rpartition(":")
    rows = _asked_for(event, around, machine)
    yield host, int(port), {"ae_title": to.station, "contexts": contexts_of(rows)}
    yield len(rows)
    yield from _sent(event, around, rows, accepted=None)


def get(event: Any, around: Around) -> Iterator[Any]:
    """Send what is asked for on the association it was asked on."""
    machine = around.asking(event)
    rows = _asked_for(event, around, machine)
    yield len(rows)
    accepted = {
        (context.abstract_syntax, context.transfer_syntax[0])
        for context in event.assoc.accepted_contexts
    }
    yield from _sent(event, around, rows, accepted=accepted)


def contexts_of(rows: tuple[ImageFile, ...]) -> list[Any]:
    """Return what is proposed to a destination: each class in the syntaxes it is stored in."""
    pairs = [(row.sop_class, row.transfer_syntax) for row in rows]
    pairs += [(row.sop_class, str(each)) for row in rows for each in UNPACKED]
    return [build_context(sop, syntax) for sop, syntax in dict.fromkeys(pairs)][:MOST_CONTEXTS]


def _asked_for(event: Any, around: Around, machine: Machine) -> tuple[ImageFile, ...]:
    identifier: Dataset = event.identifier
    keys = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    wanted = wanted_of({key: text_of(identifier, key) for key in keys})
    if not (wanted.studies or wanted.series or wanted.images):
        return ()
    return _stored(around, machine, wanted)


def _stored(around: Around, machine: Machine, wanted: Wanted) -> tuple[ImageFile, ...]:
    now = around.house.now()
    return stored.find(wanted, "query of a machine", by=machine.actor, now=now)


def _sent(
    event: Any, around: Around, rows: tuple[ImageFile, ...], accepted: set[tuple[Any, Any]] | None
) -> Iterator[tuple[int, Dataset | None]]:
    for row in rows:
        if event.is_cancelled:
            yield CANCELLED, None
            return
        with around.house.gateways.images.open(row.sha256) as file:
            whole = dcmread(file)
        takes = accepted is None or (row.sop_class, UID(row.transfer_syntax)) in accepted
        if not takes and UID(row.transfer_syntax).is_encapsulated and "PixelData" in whole:
            try:
                unpack(whole)
            except NotUnpacked as error:  # then this one is counted as not sent, and the rest go on
                LOG.warning("image/%s is not sent: %s", row.pk, error)
        yield PENDING, whole


def _answer(found: Found, identifier: Dataset, level: str, title: str) -> Dataset:
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.QueryRetrieveLevel = level
    made.RetrieveAETitle = title
    for element in identifier:
        if element.keyword in found:
            value = found[element.keyword]
            made.add_new(element.tag, element.VR, _as(element.VR, value))
    return made


def _as(kind: str, value: str) -> Any:
    if kind in ("US", "UL"):
        return int(value) if value.isdigit() else None
    return value.split("\\") if "\\" in value else value
