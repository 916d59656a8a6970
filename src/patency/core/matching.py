"""Which visit an image belongs to: only where every name on both sides agrees.

Each visit has one accession number and one study UID of its own, worked out from its key, so that
neither can be given twice. An image is filed by itself only if accession or Study UID, patient
number *and* birth date agree; anything else waits for a person.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
ACCESSION_LENGTH = 16  # what DICOM's SH holds: PS3.5 table 6.2-1
KEPT_BITS = 5 * ACCESSION_LENGTH
LEFT_BITS = 128 - KEPT_BITS
UUID_ROOT = "2.25."  # a UID made from a UUID: PS3.5 annex B.2

NO_HEADER = "no-header"
SAME_UID = "same-uid"
"""Another file has the same SOP Instance UID and other bytes."""
NUMBER, BIRTH_DATE, EXAM = "patient-number", "birth-date", "examination"


@dataclass(frozen=True, slots=True)
class Told:
    """What the header of a file says, as it says it; empty where it says nothing."""

    number: str = ""
    name: str = ""
    birth_date: str = ""
    """Eight digits, as DICOM writes a date."""
    accession: str = ""
    study_uid: str = ""
    image_uid: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """One visit an image might belong to, with what we know of its woman."""

    visit: UUID
    number: str
    birth_date: date | None


def accession_of(visit: UUID) -> str:
    """Return the accession number of a visit."""
    bits = visit.int >> LEFT_BITS
    places = range(KEPT_BITS - 5, -1, -5)
    return "".join(ALPHABET[bits >> place & 31] for place in places)


def study_uid_of(visit: UUID) -> str:
    """Return the Study UID of a visit."""
    return f"{UUID_ROOT}{visit.int}"


def visits_between(told: Told) -> tuple[UUID, UUID] | None:
    """Return the first and last key a visit with this accession or Study UID may have."""
    if told.study_uid.startswith(UUID_ROOT):
        number = told.study_uid.removeprefix(UUID_ROOT)
        if number.isascii() and number.isdigit() and int(number) < 1 << 128:
            exact = UUID(int=int(number))
            return exact, exact
    accession = told.accession.strip().upper()
    if len(accession) == ACCESSION_LENGTH and set(accession) <= set(ALPHABET):
        bits = 0
        for letter in accession:
            bits = bits << 5 | ALPHABET.index(letter)
        first = bits << LEFT_BITS
        return UUID(int=first), UUID(int=first | (1 << LEFT_BITS) - 1)
    return None


def disagreements(told: Told, expected: Expected) -> tuple[str, ...]:
    """Return what does not agree between a file and a visit, as codes; nothing where all does."""
    return tuple(_disagreements(told, expected))


def _disagreements(told: Told, expected: Expected) -> Iterator[str]:
    if _plain(told.number) != _plain(expected.number) or not told.number.strip():
        yield NUMBER
    if born(told) is None or born(told) != expected.birth_date:
        yield BIRTH_DATE
    if not (
        told.accession.strip().upper() == accession_of(expected.visit)
        or told.study_uid.strip() == study_uid_of(expected.visit)
    ):
        yield EXAM


def born(told: Told) -> date | None:
    """Return the birth date a header gives, or None where it gives none that can be read."""
    digits = told.birth_date.strip()
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _plain(number: str) -> str:
    return number.strip().upper().replace("-", "").replace(" ", "")
