"""A piece of the nightly plan: places beyond those there are, by the site's own choice of risk.

No act of its own: it opens no transaction and writes no event; the service that uses it does.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from patency.core.booking.clinic_night import ClinicNight
from patency.core.booking.overbook import bumps_per_1000, extra_places
from patency.core.booking.sessions import EXAM
from patency.core.site.planning import PlanningHabits
from patency.records.models.booking import TAKES_THE_SLOT, Booking, Slot
from patency.service.places import Hours
from patency.service.waits import Wait


@dataclass(frozen=True, slots=True)
class Crowd:
    """A day that is overbooked by the site's own choice."""

    day: date
    campus: str
    places: int
    standby: int
    bumps_per_1000: float
    """How many women are sent home for every 1,000 examined on such days, at most."""


def wanted_standby(
    site: str,
    line: Mapping[UUID, Wait],
    hours: Hours,
    night: ClinicNight,
    habits: PlanningHabits,
) -> list[Slot]:
    """Return standby places on full days that would give a woman of tonight's list her date.

    As many as the quantile rule of the site allows, and no more than there are women without.
    """
    wishing: Counter[tuple[date, str]] = Counter()
    for visit_id in night.refused:
        assert isinstance(visit_id, UUID)
        wait = line[visit_id]
        wishing.update(
            (day, campus)
            for day in {pair.exam_day for pair in wait.pairs}
            for campus in {campus for _, campus in hours.held.get(day, ())}
            if campus == wait.visit.campus or not wait.visit.campus
        )
    given = Counter(both.exam for both in night.given.values())
    free = {
        (one.day, one.campus)
        for slug, one in hours.table.sessions.items()
        if one.service == EXAM and one.places > given[slug]
    }
    found = []
    for (day, campus), women in sorted(wishing.items()):
        if (day, campus) in free:
            continue
        slots = Slot.objects.filter(
            site=site, campus=campus, kind="exam", day=day, closed_at__isnull=True
        )
        ordinary = list(slots.filter(standby=False).order_by("-starts_at", "pk"))
        beside = set(slots.filter(standby=True).values_list("room", "starts_at"))
        allowed = extra_places(habits.show_chance, len(ordinary), alpha=habits.overbook_alpha)
        more = max(min(allowed - len(beside), women), 0)
        fitting = [slot for slot in ordinary if (slot.room, slot.starts_at) not in beside]
        found += [_beside(slot) for slot in fitting[:more]]
    return found


def _beside(slot: Slot) -> Slot:
    return Slot(
        site=slot.site,
        campus=slot.campus,
        room=slot.room,
        kind=slot.kind,
        day=slot.day,
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        operator=slot.operator,
        standby=True,
    )


def crowds(site: str, today: date, habits: PlanningHabits) -> tuple[Crowd, ...]:
    """Return the overbooked days to come, each with the rate at which women are sent home."""
    rows = Slot.objects.filter(site=site, kind="exam", day__gte=today, closed_at__isnull=True)
    found = []
    crowded = rows.filter(standby=True).values_list("day", "campus")
    for day, campus in sorted(set(crowded)):
        there = rows.filter(day=day, campus=campus)
        places = there.filter(standby=False).count()
        taken = Booking.objects.filter(
            slot__in=there.filter(standby=True), state__in=TAKES_THE_SLOT
        ).count()
        rate = bumps_per_1000(habits.show_chance, places, taken)
        found.append(Crowd(day, campus, places, taken, rate))
    return tuple(found)
