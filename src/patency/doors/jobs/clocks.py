"""What a worker does by itself as time goes by, site by site."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from patency.core.access import Actor
from patency.doors.jobs.filling import fill, plan_if_due
from patency.doors.jobs.jobs import print_report
from patency.doors.jobs.numbers import keep_numbers
from patency.service import (
    contacts,
    entrance,
    lining_up,
    messages,
    papers,
    printing,
    quality,
    reminders,
    reporting,
    silence,
    suggesting,
    tasks,
)
from patency.service.house import House

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
    """Release each report that is due, and give her a code, which nobody keeps."""
    for visit_id in papers.reports_due(by.site, by=by, now=now):
        try:
            reporting.release(house, visit_id, by=by, now=now)
        except reporting.NotReady as reason:
            log.info("%s", reason)
            continue
        messages.tell_code(house, visit_id, by=by, now=now)
    return None


def _messages(house: House, by: Actor, now: datetime) -> object:
    """Send what waited for its time, and take up what a worker left half-way."""
    for message_id in messages.messages_due(by.site, by=by, now=now):
        messages.send_waiting(house, message_id, by=by, now=now)
    return None


def _reminders(house: House, by: Actor, now: datetime) -> object:
    return reminders.remind(house, by.site, by=by, now=now)


def _pages(house: House, by: Actor, now: datetime) -> object:
    """Follow each page until it lies in the tray, or a person was asked to see to it."""
    for event_id, report_id in printing.pages_waiting(by.site, by=by, now=now):
        print_report.enqueue(event_id, by.site, report_id)
    for message_id in printing.pages_due(by.site, by=by, now=now):
        printing.follow_page(house, message_id, by=by, now=now)
    return None


def _places(house: House, by: Actor, now: datetime) -> object:
    return fill(house, by, now)


def _plans(house: House, by: Actor, now: datetime) -> object:
    return plan_if_due(house, by, now)


def _line(house: House, by: Actor, now: datetime) -> object:
    return lining_up.keep_line(house, by.site, by=by, now=now)


def _numbers(house: House, by: Actor, now: datetime) -> object:
    return keep_numbers(house, by, now)


def _contacts(house: House, by: Actor, now: datetime) -> object:
    return contacts.check_contacts(house, by.site, by=by, now=now)


def _quality(house: House, by: Actor, now: datetime) -> object:
    """Count one month at a time, so that no other clock waits long."""
    due = quality.months_due(house, by.site, by=by, now=now)
    return quality.count_month(house, by.site, due[-1], by=by, now=now) if due else None


def _readings(house: House, by: Actor, now: datetime) -> object:
    return suggesting.ask_for_due(house, by.site, by=by, now=now)


def _old_codes(house: House, by: Actor, now: datetime) -> object:
    """Let one-time codes of yesterday go, with the numbers and addresses they were for."""
    return entrance.forget_old(by=by, now=now)


CLOCKS: tuple[Clock, ...] = (
    Clock("alarms", timedelta(minutes=1), _alarms),
    Clock("numbers", timedelta(seconds=10), _numbers),
    Clock("places", timedelta(minutes=1), _places),
    Clock("plans", timedelta(minutes=1), _plans),
    Clock("line", timedelta(minutes=1), _line),
    Clock("pages", timedelta(seconds=2), _pages),
    Clock("messages", timedelta(seconds=20), _messages),
    Clock("reminders", timedelta(minutes=5), _reminders),
    Clock("contacts", timedelta(hours=6), _contacts),
    Clock("readings", timedelta(minutes=1), _readings),
    Clock("silence", timedelta(hours=1), _silence),
    Clock("reports", timedelta(minutes=15), _reports),
    Clock("old codes", timedelta(hours=1), _old_codes),
    Clock("quality", timedelta(minutes=10), _quality),
)
