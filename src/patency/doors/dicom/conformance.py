"""The DICOM conformance statement, in the layout of PS3.2, from the tables the door works by."""

from collections.abc import Iterable, Iterator

from pydicom.datadict import tag_for_keyword

from patency.doors.dicom import items, offers
from patency.doors.dicom.offers import name_of
from patency.records.levels import KINDS, OF_IMAGE, OF_PATIENT, OF_SERIES, OF_STUDY

HOW = {
    "text": "single value, wild card",
    "name": "single value, wild card; letters large or small",
    "uid": "one or a list",
    "date": "single value, range",
    "time": "single value, range",
}
WORKLIST_RETURNS = (
    "ScheduledStationAETitle", "ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime",
    "Modality", "ScheduledPerformingPhysicianName", "ScheduledProcedureStepDescription",
    "ScheduledProcedureStepID", "ScheduledStationName", "ScheduledProcedureStepLocation",
    "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex",
    "PatientWeight", "PregnancyStatus", "LastMenstrualDate", "Allergies", "MedicalAlerts",
    "AccessionNumber", "StudyInstanceUID", "RequestedProcedureID", "RequestedProcedureDescription",
    "RequestedProcedurePriority",
)  # fmt: skip


def statement() -> str:
    """Return the whole statement, as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# DICOM conformance statement"
    yield ""
    yield "Product: Patency, the DICOM door (`patency dicom`). Layout of DICOM PS3.2."
    yield ""
    yield "## 1 Overview"
    yield ""
    yield "Patency runs a service for hysterosalpingography. Its DICOM door gives X-ray machines"
    yield "their worklist, hears what they perform, keeps what they send, answers for it, and lets"
    yield "them find and fetch it again."
    yield ""
    yield from _table(
        ("SOP class", "UID", "User", "Provider"),
        [
            *((name_of(uid), uid, "no", f"yes: {what}") for uid, what in offers.OFFERED.items()),
            *((name_of(uid), uid, "yes: C-STORE", "yes: C-STORE") for uid in offers.STORED),
            ("any other storage class, private ones too", "", "yes: C-STORE", "yes: C-STORE"),
        ],
    )
    yield "## 2 Table of contents"
    yield ""
    yield "1 Overview · 2 Table of contents · 3 Introduction · 4 Networking · 5 Media interchange ·"
    yield "6 Character sets · 7 Security · 8 Annexes"
    yield ""
    yield "## 3 Introduction"
    yield ""
    yield "For whoever connects an X-ray machine or an archive. Conformance"
    yield "alone does not show that"
    yield "two products work together: try it with `patency emulator` and with the machine itself."
    yield "It is not a medical device."
    yield ""
    yield "## 4 Networking"
    yield ""
    yield "### 4.1 Implementation model"
    yield ""
    yield "One application entity. A query for the worklist is answered from the bookings of the"
    yield "site; an object that comes is written down byte for byte, forced to the disk, hashed and"
    yield "entered, and only then answered with success; it is judged afterwards. It is filed with"
    yield "a visit where accession number or Study Instance UID, patient ID and birth date agree;"
    yield "else it waits for a person. Nothing is coerced."
    yield ""
    yield "### 4.2 Application entity"
    yield ""
    yield "#### 4.2.1 SOP classes"
    yield ""
    yield "As in section 1. An object is kept in the transfer syntax it is sent"
    yield "in; these are named,"
    yield "and others are taken as well:"
    yield ""
    yield from _table(
        ("Transfer syntax", "UID"), ((name_of(each), each) for each in offers.SYNTAXES)
    )
    yield "#### 4.2.2 Association policies"
    yield ""
    yield from _table(
        ("", ""),
        [
            ("application context", "1.2.840.10008.3.1.1.1"),
            ("associations at once", str(offers.MOST_AT_ONCE)),
            ("asynchronous operations", "none"),
            ("maximum length of a unit", "not limited (0)"),
            ("implementation class UID", offers.IMPLEMENTATION_UID),
            ("implementation version name", offers.IMPLEMENTATION_VERSION),
            ("ended after silence", f"{offers.IDLE_S} s"),
            ("an answer is waited for", f"{offers.ANSWERS_WITHIN_S} s"),
        ],
    )
    yield "#### 4.2.3 Associations we begin"
    yield ""
    yield "To send what a C-MOVE asks for, and to report a storage commitment once the machine has"
    yield "left; both to the `address` of the machine in the site's file. A move"
    yield "proposes each class"
    yield "in the syntax it is kept in and uncompressed; a report proposes"
    yield "Storage Commitment in the"
    yield "role of provider, three times if it is not taken."
    yield ""
    yield "#### 4.2.4 Associations we accept"
    yield ""
    yield "Only from the machines of a site (`[[device]] station`) that call us by its title"
    yield "(`dicom_title`). Else: rejected for good, calling or called title not recognized."
    yield ""
    yield "**Modality Worklist.** Matching keys:"
    yield ""
    yield from _keys({**items.STEP_KEYS, **items.KEYS})
    yield "Every attribute that is asked for of these is returned; of an empty sequence, all of it:"
    yield ""
    yield from _table(("Attribute", "Tag"), ((each, _tag(each)) for each in WORKLIST_RETURNS))
    yield "Items come in the order of day and time. An item leaves when its step"
    yield "is completed or the"
    yield "examination is recorded. C-CANCEL is looked for before each 32 answers. Every query and"
    yield "each woman shown is written to the audit."
    yield ""
    yield from _table(
        ("Status", "When"),
        [
            ("0000", "all matches were sent"),
            ("FF00", "one match"),
            ("FE00", "cancelled"),
            ("A900", "the query cannot be read"),
        ],
    )
    yield "**Modality Performed Procedure Step.** Any attribute is kept and given back by N-GET."
    yield "(0018,115E) is read as dGy·cm², (0040,0300) as seconds."
    yield ""
    yield from _table(
        ("Status", "When"),
        [
            ("0000", "taken down"),
            ("0106", "a state that a step cannot have or begin with"),
            ("0110, Error ID A710", "the step is completed or discontinued"),
            ("0111", "a step of this UID was begun already"),
            ("0112", "no step of this UID was begun"),
            ("0120", "N-CREATE without a state"),
        ],
    )
    yield "**Storage.** Level 2 (full); no coercion; digital signatures are kept as they are."
    yield ""
    yield from _table(
        ("Status", "When"),
        [
            ("0000", "every byte is safe on the disk"),
            ("A700", "it could not be written"),
            ("C211", "it could not be entered; send it again"),
        ],
    )
    yield "**Storage Commitment.** Every object is read again and compared with"
    yield "its digest. Reported"
    yield "on the same association while it stands, else on a new one."
    yield ""
    yield from _table(
        ("Failure reason", "When"),
        [
            ("0112", "no such object"),
            ("0119", "the object is of another class"),
            ("0110", "its bytes are not whole"),
        ],
    )
    yield "**Query and retrieve**, Study Root, hierarchical, of what is filed at the site of the"
    yield "machine. No relational queries."
    yield ""
    levels = (*OF_PATIENT, *OF_STUDY, *OF_SERIES, *OF_IMAGE)
    kinds = {each: KINDS.get(each, "text") for each in (*KINDS, *levels)}
    yield from _keys(kinds)
    yield "ModalitiesInStudy is matched and returned at the level of studies, with the numbers of"
    yield "series and instances. Where the other side takes no packed pixels"
    yield "they are sent unpacked,"
    yield "on C-GET, for one sample a point."
    yield ""
    yield "### 4.3 Network interfaces"
    yield ""
    yield "TCP/IP; IPv4 or IPv6. TCP_NODELAY is set."
    yield ""
    yield "### 4.4 Configuration"
    yield ""
    yield "`patency dicom --host --port` (11112 unless told otherwise); titles, modality, character"
    yield "set and address of each machine in the site's file."
    yield ""
    yield "## 5 Media interchange"
    yield ""
    yield "None over DICOM; a packed CD can be handed over on the pages."
    yield ""
    yield "## 6 Character sets"
    yield ""
    yield "Answers are in the set of the machine: "
    yield f"{', '.join(items.PYTHON_NAMES)}; a letter it lacks becomes `?`. Queries and objects may"
    yield "be in any set of PS3.3 C.12.1.1.2."
    yield ""
    yield "## 7 Security"
    yield ""
    yield "TLS 1.2 or newer where a certificate is named (`PATENCY_DICOM_CERTIFICATE_FILE`); with"
    yield "`PATENCY_DICOM_MACHINES_CA_FILE` only machines with a certificate of that authority."
    yield ""
    yield "## 8 Annexes"
    yield ""
    yield "No private attributes, SOP classes or transfer syntaxes of our own."


def _keys(kinds: dict[str, str]) -> Iterator[str]:
    return _table(
        ("Key", "Tag", "Matched by"),
        ((key, _tag(key), HOW[kind]) for key, kind in kinds.items()),
    )


def _tag(keyword: str) -> str:
    tag = tag_for_keyword(keyword) or 0
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""
