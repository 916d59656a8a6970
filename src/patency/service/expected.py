"""A piece of every service that looks ahead: when her next period may begin, by her own diary.

No act of its own: it opens no transaction and writes no event; the service that uses it does.
"""

from datetime import date, datetime

from patency.core.cycle.diary import (
    DiaryRefused,
    Period,
    PeriodDiary,
    PeriodKind,
    period_diary,
)
from patency.core.cycle.forecast import CannotForecast, CycleForecast, forecast
from patency.core.protocol.model import Stage
from patency.records.facts_on import periods_until
from patency.records.models.visit import Visit
from patency.service.house import House
from patency.service.judging import facts_now


def next_period(house: House, visit: Visit, *, now: datetime) -> CycleForecast | CannotForecast:
    """Return the chances of the days on which her next period may begin, or why none can be told.

    That none has begun up to today is part of what is known.
    """
    facts = facts_now(house, visit, Stage.REGISTRATION, now=now)
    remembered = [facts.get("shortest_cycle_days"), facts.get("longest_cycle_days")]
    usual = facts.get("usual_bleeding_days")
    today = house.day_at(visit.site, now)
    return forecast(
        house.cycle_model,
        diary_of(visit, today),
        today=today,
        usual_bleeding_days=usual if isinstance(usual, int) else None,
        told_lengths=[days for days in remembered if isinstance(days, int)],
    )


def likely_days(house: House, visit: Visit, *, now: datetime) -> tuple[date | None, date | None]:
    """Return the first and the last of the days on which it most likely begins (80 %); or none.

    None too when it is late already: then no range helps her, and a test or a call does. Never
    raises: what is refused a woman does not hang on a diary that cannot be.
    """
    try:
        found = next_period(house, visit, now=now)
    except DiaryRefused:
        return None, None
    if isinstance(found, CannotForecast) or found.late is not None:
        return None, None
    return found.likely_start()


def diary_of(visit: Visit, today: date) -> PeriodDiary:
    """Return the periods she told us of, up to a day."""
    return period_diary(
        (
            Period(row.start, row.bleeding_ended, PeriodKind(row.kind))
            for row in periods_until(visit, today)
        ),
        today=today,
    )
