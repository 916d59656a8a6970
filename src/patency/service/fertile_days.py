"""Her fertile days, only if she wants to see them: chances from her own diary, never one date."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor, NotPermitted
from patency.core.cycle.diary import DiaryRefused
from patency.core.cycle.fertile import FertileDays, fertile_days
from patency.core.cycle.forecast import CannotForecast, WhyNot
from patency.records.ledger import remember_change
from patency.records.models.hers import FertileDaysWish
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service.expected import next_period
from patency.service.house import House


@dataclass(frozen=True, slots=True)
class Outlook:
    """Her fertile days of this cycle and the next, or why nobody can say."""

    wanted: bool
    days: tuple[FertileDays, ...] = ()
    why_not: WhyNot | None = None
    is_late: bool = False
    """Her period is later than nearly all of her cycles: a test comes before a forecast."""
    cycles_told: int = 0


def want_fertile_days(wanted: bool, *, by: Actor, now: datetime) -> FertileDaysWish:
    """Return whether she wants to see her fertile days, as she said now."""
    her = _herself(by, now)
    with transaction.atomic():
        row, _ = FertileDaysWish.objects.update_or_create(
            patient=her, defaults={"wanted": wanted, "at": now, "site": her.site}
        )
        remember_change(
            row,
            "fertile-days-wanted" if wanted else "fertile-days-not-wanted",
            by=by,
            now=now,
            fields=["fertile_days_wish"],
        )
    return row


def outlook(house: House, *, by: Actor, now: datetime) -> Outlook:
    """Return her fertile days as chances; nothing is worked out unless she wants it."""
    her = _herself(by, now)
    wish = FertileDaysWish.objects.filter(patient=her).first()
    if wish is None or not wish.wanted:
        return Outlook(wanted=False)
    visit = Visit.objects.filter(patient=her).order_by("-opened_at").first()
    if visit is None:
        return Outlook(wanted=True, why_not=WhyNot.NO_PERIOD)
    try:
        found = next_period(house, visit, now=now)
    except DiaryRefused:
        return Outlook(wanted=True, why_not=WhyNot.NO_PERIOD)
    if isinstance(found, CannotForecast):
        return Outlook(wanted=True, why_not=found.why)
    if found.late is not None:
        return Outlook(wanted=True, is_late=True, cycles_told=found.cycles_told)
    today = house.day_at(her.site, now)
    cycles = (fertile_days(one) for one in (found.ovulation, found.next_ovulation))
    return Outlook(
        wanted=True,
        days=tuple(one for one in cycles if one.last >= today),
        cycles_told=found.cycles_told,
    )


def _herself(by: Actor, now: datetime) -> Patient:
    access.check(by, Action.REPORT_PERIOD)
    if by.patient_id is None:
        raise NotPermitted(
            f"{by.name} may not ask for a woman's fertile days; they are shown to her alone, if "
            "she wants them."
        )
    her: Patient = seen_by(by, "her own fertile days", now=now).patients.get(pk=by.patient_id)
    return her
