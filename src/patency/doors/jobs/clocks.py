"""What a worker does by itself as time goes by, site by site."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from patency.core.access import Actor
from patency.doors.jobs.filling import fill, plan_if_due
from patency.doors.jobs.numbers import keep_numbers
from patency.doors.jobs.words import messages
from patency.service import papers, reporting, silence, tasks
from patency.service.house import House
from patency.service.messages import tell_code

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """Something done again and again; each may be done twice without harm."""

    name: str
    every: timedelta
    ring: Callable[[House, Actor, datetime], object]


def _alarms(house: House, by: Actor, now: datetime) -> object:
    return tasks.climb(house, by.site, by=by, now=now)


def _silence(house: House, by: Actor, now: datetime) -> object:
    return silence.check_silence(house, by.site, by=by, now=now)


def _reports(house: House, by: Actor, now: datetime) -> object:
    """Release each report that is due, and give her its code, which nobody keeps."""
    codes = messages()["report-code"]
    for visit_id in papers.reports_due(by.site, by=by, now=now):
        try:
            released = reporting.release(house, visit_id, by=by, now=now)
        except reporting.NotReady as reason:
            log.info("%s", reason)
            continue
        tell_code(house, visit_id, released.code, codes, by=by, now=now)
    return None


def _places(house: House, by: Actor, now: datetime) -> object:
    return fill(house, by, now)


def _plans(house: House, by: Actor, now: datetime) -> object:
    return plan_if_due(house, by, now)


def _numbers(house: House, by: Actor, now: datetime) -> object:
    return keep_numbers(house, by, now)


CLOCKS: tuple[Clock, ...] = (
    Clock("alarms", timedelta(minutes=1), _alarms),
    Clock("numbers", timedelta(seconds=10), _numbers),
    Clock("places", timedelta(minutes=1), _places),
    Clock("plans", timedelta(minutes=1), _plans),
    Clock("silence", timedelta(hours=1), _silence),
    Clock("reports", timedelta(minutes=15), _reports),
)
