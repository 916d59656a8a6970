"""Which visits something belongs to that a machine or a file says is of a woman; a piece."""

from dataclasses import dataclass
from uuid import UUID

from patency.core.matching import (
    NO_HEADER,
    NUMBER,
    Told,
    born,
    disagreements,
    visits_between,
)
from patency.records.models.images import expected_of
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen

# Our choice: how many visits are shown beside a file that fits none by itself.
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One visit beside a file: what disagrees between the two."""

    visit: Visit
    disagrees: tuple[str, ...]


def sides(seen: Seen, told: Told) -> list[Side]:
    """Return the visits that may be meant, the nearest first, each with what disagrees."""
    visits: dict[UUID, Visit] = {}
    between = visits_between(told)
    if between is not None:
        rows = seen.visits.filter(pk__gte=between[0], pk__lte=between[1])
        visits |= {row.pk: row for row in rows.select_related("patient")[:MOST_SHOWN]}
    number = told.number.strip().upper()
    if number:
        of_hers = seen.visits.filter(patient__number=number).select_related("patient")
        visits |= {row.pk: row for row in of_hers.order_by("-opened_at")[:MOST_SHOWN]}
    day = born(told)
    family, _, given = told.name.replace("=", "^").partition("^")
    if day is not None and family and len(visits) < MOST_SHOWN:
        alike = seen.visits.filter(
            patient__birth_date=day,
            patient__family_name__iexact=family.strip(),
            patient__given_name__iexact=given.partition("^")[0].strip(),
        ).select_related("patient")
        visits |= {row.pk: row for row in alike.order_by("-opened_at")[:MOST_SHOWN]}
    found = [Side(row, disagreements(told, expected_of(row))) for row in visits.values()]
    # A visit that is nearest in what names her comes first; of the same, the newest.
    found.sort(key=lambda side: side.visit.opened_at, reverse=True)
    return sorted(found, key=lambda side: (len(side.disagrees), NUMBER in side.disagrees))


def why_not_filed(told: Told | None, found: list[Side]) -> list[str]:
    """Return why something is with no visit, as codes."""
    if told is None:
        return [NO_HEADER]
    # Nearest first: what the nearest visit lacks is what a person has to look at.
    return list(found[0].disagrees) if found else ["no-such-visit"]
