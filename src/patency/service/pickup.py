"""She fetches her report with the code she was given."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.records.ledger import remember, remember_change, subject_of
from patency.records.models.report import Release, Report
from patency.service import journey
from patency.service.examined import COPIES, code_hash, new_code
from patency.service.house import House


class PickupRefused(Exception):
    """A code that fetches nothing."""


class CodeNotKnown(PickupRefused):
    """No report waits under this code; nothing more is said, to whoever types it."""


class NothingToPickUp(PickupRefused):
    """Her report is not out yet, so there is no code to renew."""


class NoCopiesLeft(PickupRefused):
    """Every copy of this code was printed."""


@dataclass(frozen=True, slots=True)
class PickedUp:
    """The report that is printed now, and how often it can be printed again."""

    report: Report
    printer: str
    copies_left: int


def print_report(house: House, code: str, *, by: Actor, now: datetime) -> PickedUp:
    """Return the newest signed report of a code; a job prints it at the site's printer.

    Raises ``CodeNotKnown`` or ``NoCopiesLeft``.
    """
    access.check(by, Action.PICK_UP)
    with transaction.atomic():
        rows = Release.objects.select_for_update(of=("self",)).select_related("visit")
        release = rows.filter(site=by.site, code_hash=code_hash(code), released_at__lte=now).first()
        if release is None or (by.patient_id not in (None, release.visit.patient_id)):
            raise CodeNotKnown(
                f"No report waits at {by.site} under the code that was typed. A code has 12 "
                "letters and digits; read it again, or ask at the desk for a new one."
            )
        if release.copies_left == 0:
            raise NoCopiesLeft(
                f"Every copy of release/{release.pk} was printed. The desk can print more, after "
                "checking who asks."
            )
        report = Report.objects.filter(visit=release.visit, status="signed").get()
        release.copies_left -= 1
        release.picked_up_at = release.picked_up_at or now
        release.save(update_fields=["copies_left", "picked_up_at"])
        remember(
            kind="report-picked-up",
            subject=subject_of(release.visit),
            by=by,
            now=now,
            site=release.site,
            patient=release.visit.patient_id,
            why="pick-up code",
            fields=["release", "report"],
            payload={"report": report.pk, "copies_left": release.copies_left},
        )
    return PickedUp(report, house.site(by.site).printer.name, release.copies_left)


def renew_code(visit_id: UUID, *, by: Actor, now: datetime) -> str:
    """Return a new pick-up code, shown once; the old one ends. For staff who checked who asks."""
    access.check(by, Action.PICK_UP)
    if by.patient_id is not None:
        raise access.NotPermitted(
            f"{by.name} may not renew a pick-up code; the desk does, after checking who asks."
        )
    visit = journey.visit_seen(visit_id, "renew the pick-up code", by=by, now=now)
    with transaction.atomic():
        rows = Release.objects.select_for_update(of=("self",))
        release = rows.filter(visit=visit, released_at__lte=now).first()
        if release is None:
            raise NothingToPickUp(
                f"visit/{visit.pk}: no report is out yet, so there is no code to renew. It gets "
                "its code when it is released."
            )
        code = new_code()
        release.code_hash, release.copies_left = code_hash(code), COPIES
        release.save(update_fields=["code_hash", "copies_left"])
        remember_change(
            visit,
            "pickup-code-renewed",
            by=by,
            now=now,
            fields=["release"],
            payload={"release": release.pk},
        )
    return code
