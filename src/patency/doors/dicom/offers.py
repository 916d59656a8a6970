"""What the DICOM door takes and offers: tables for the server and the conformance statement."""

from collections.abc import Mapping

from pydicom.uid import UID

VERIFICATION = "1.2.840.10008.1.1"
WORKLIST = "1.2.840.10008.5.1.4.31"
STEP, STEP_RETRIEVE = "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.3.1.2.3.4"
STUDY_FIND, STUDY_MOVE, STUDY_GET = (f"1.2.840.10008.5.1.4.1.2.2.{each}" for each in (1, 2, 3))
COMMITMENT = "1.2.840.10008.1.20.1"
OFFERED: Mapping[str, str] = {
    VERIFICATION: "C-ECHO",
    WORKLIST: "C-FIND",
    STEP: "N-CREATE, N-SET",
    STEP_RETRIEVE: "N-GET",
    STUDY_FIND: "C-FIND",
    STUDY_MOVE: "C-MOVE",
    STUDY_GET: "C-GET",
    COMMITMENT: "N-ACTION, N-EVENT-REPORT",
}
"""Each SOP class we serve beside storage, with its services."""

IMAGES = "1.2.840.10008.5.1.4.1.1."
STORED = tuple(
    IMAGES + each
    for each in (
        "12.1", "12.2", "12.1.1", "12.2.1", "7", "7.1", "7.2", "7.3", "7.4", "1", "1.1", "6.1",
        "3.1",
        "88.67", "88.76", "88.73", "11.1", "11.5", "66.4", "66.7", "88.33", "88.22", "88.11",
        "88.59", "104.1", "30",
    )
)  # fmt: skip
"""Storage classes that are named; every other storage class, and private ones, are kept as well."""

NEWER = {IMAGES + "66.7": "Label Map Segmentation Storage"}
"""Names that the library does not know yet."""

SYNTAXES = tuple(
    f"1.2.840.10008.1.2{each}"
    for each in (
        "", ".1", ".2", ".1.99", ".5", ".4.50", ".4.51", ".4.57", ".4.70", ".4.80", ".4.81",
        ".4.90", ".4.91", ".4.201", ".4.202", ".4.203", ".4.102",
    )
)  # fmt: skip
"""Transfer syntaxes that are named; an object is kept in whatever syntax it is sent."""

# PS3.7 D.3.3.2: ours, made once from a UUID; the version is that of the conformance statement.
IMPLEMENTATION_UID = "2.25.217352402114823346930472958741052364913"
IMPLEMENTATION_VERSION = "PATENCY_0"
MOST_AT_ONCE = 64
IDLE_S = 600  # a C-arm may keep an association open between two runs
ANSWERS_WITHIN_S = 60


def name_of(uid: str) -> str:
    """Return what DICOM calls a UID."""
    return NEWER.get(uid) or UID(uid).name
