"""What a worker does by itself as time goes by, site by site."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from patency.core.access import Actor
from patency.service import tasks
from patency.service.house import House


@dataclass(frozen=True, slots=True)
class Clock:
    """Something done again and again; each may be done twice without harm."""

    name: str
    every: timedelta
    ring: Callable[[House, Actor, datetime], object]


def _alarms(house: House, by: Actor, now: datetime) -> object:
    return tasks.climb(house, by.site, by=by, now=now)


CLOCKS: tuple[Clock, ...] = (Clock("alarms", timedelta(minutes=1), _alarms),)
