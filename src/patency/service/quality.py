"""How well a site does: its indicators, counted month by month and kept."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.quality import Counted, counted, month_after, months_back
from patency.records.ledger import remember
from patency.records.models.quality import QualityMonth
from patency.records.seen_by import check_own_site, seen_by
from patency.service.house import House
from patency.service.measures import MEASURES, Month

WHY = "count how well the service does"
SHOWN_MONTHS = 12
# What is counted last of a month is the outcome half a year after; from then on it stands.
STILL_MOVES_MONTHS = 8
AGAIN_AFTER = timedelta(hours=20)


def count_month(
    house: House, site: str, month: date, *, by: Actor, now: datetime
) -> dict[str, Counted]:
    """Return every indicator of one month, counted from its rows and kept.

    Counting again replaces what was kept; only what changed is written.
    """
    access.check(by, Action.SEE_QUALITY)
    check_own_site(by, site)
    here = house.site(site)
    zone = ZoneInfo(here.time_zone)
    of = Month(
        site=here,
        protocol=house.protocol(here.protocol),
        seen=seen_by(by, WHY, now=now),
        now=now,
        first=datetime.combine(month, time(), zone),
        after=datetime.combine(month_after(month), time(), zone),
        indicators={each.id: each for each in house.indicators},
    )
    ids = [each.id for each in house.indicators if not each.waits_for]
    found = {name: counted(MEASURES[name](of)) for name in ids}
    with transaction.atomic():
        for name, figures in found.items():
            QualityMonth.objects.update_or_create(
                site=site,
                month=month,
                indicator=name,
                defaults={
                    "total": figures.total,
                    "of": figures.of,
                    "outliers": list(figures.outliers),
                    "counted_at": now,
                },
            )
        remember(
            kind="quality-counted",
            subject=f"month/{month:%Y-%m}",
            by=by,
            now=now,
            site=site,
            why=WHY,
            fields=sorted(found),
        )
    return found


def months_due(house: House, site: str, *, by: Actor, now: datetime) -> list[date]:
    """Return the months to count now: those never counted, and those that may still change."""
    access.check(by, Action.SEE_QUALITY)
    check_own_site(by, site)
    months = months_back(house.day_at(site, now), SHOWN_MONTHS)
    rows = seen_by(by, WHY, now=now).quality_months.filter(month__gte=months[0])
    last: dict[date, datetime] = {}
    for month, at in rows.values_list("month", "counted_at"):
        last[month] = max(at, last.get(month, at))
    moves = set(months[-STILL_MOVES_MONTHS:])
    return [
        month
        for month in months
        if month not in last or (month in moves and now - last[month] >= AGAIN_AFTER)
    ]
