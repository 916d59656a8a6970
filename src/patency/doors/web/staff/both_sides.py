"""Something a machine or a file says is of a woman, beside the visits it may be of."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from patency.core.identifiers import IdentifierRefused, read_identifier
from patency.core.matching import BIRTH_DATE as BORN
from patency.core.matching import EXAM, NUMBER, accession_of
from patency.records.models.images import ImageFile
from patency.records.models.machines import PerformedStep
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen
from patency.service.matched import Side

MOST_FOUND = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One thing both sides tell, and whether they agree."""

    name: str
    told: str
    ours: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """One visit beside a file or a step."""

    visit: Visit
    rows: tuple[Row, ...]
    disagrees: tuple[str, ...]


def asked_for(seen: Seen, typed: str) -> tuple[list[Visit], str]:
    """Return the visits of a woman whose number was typed, or why there is none."""
    if not typed:
        return [], ""
    try:
        number = read_identifier(typed)
    except IdentifierRefused:
        return [], _("This is no patient number. It has eight characters after PT.")
    rows = seen.visits.filter(patient__number=number).select_related("patient")
    found = list(rows.order_by("-opened_at")[:MOST_FOUND])
    return found, "" if found else _("Nobody here has this number.")


def others(thing: ImageFile | PerformedStep, found: list[Visit], shown: set[UUID]) -> list[Side]:
    """Return the visits that were looked for and do not stand there yet."""
    return [Side(visit, thing.differs_from(visit)) for visit in found if visit.pk not in shown]


def shown_beside(thing: ImageFile | PerformedStep, sides: Iterable[Side]) -> list[Beside]:
    """Return each visit beside a file or a step, row by row."""
    return [_beside(thing, side) for side in sides]


def _beside(thing: ImageFile | PerformedStep, side: Side) -> Beside:
    visit, patient = side.visit, side.visit.patient
    name = f"{patient.family_name} {patient.given_name}".strip()
    rows = (
        Row(_("Patient number"), thing.told_number, patient.number, NUMBER not in side.disagrees),
        Row(
            _("Date of birth"),
            thing.told_birth_date,
            f"{patient.birth_date:%Y%m%d}" if patient.birth_date else "",
            BORN not in side.disagrees,
        ),
        Row(
            _("Accession number"),
            thing.told_accession or thing.study_uid,
            accession_of(visit.pk),
            EXAM not in side.disagrees,
        ),
        # A name is shown and decides nothing: it is written in too many ways.
        Row(_("Name"), thing.told_name.replace("^", " "), name, True),
    )
    return Beside(visit, rows, side.disagrees)
