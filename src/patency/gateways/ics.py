"""Calendar files that say when and, if she may be told where, where; never what for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, Timezone, vText

# A calendar is read by phones, employers and families, so these words never get into one.
REVEALING = re.compile(
    r"hsg|salping|fertil|pregnan|\buter|\btub(al|e)|\bgyn|ovulat|menstru|period|bleed|hcg|ectopic|"
    r"造影|输卵管|生殖|不孕|怀孕|妊娠|子宫|妇科|月经|宫外孕",
    re.IGNORECASE,
)
APPOINTMENT = "Appointment"
REMINDER = "Reminder"
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
PRODUCT = "-//Patency//Appointments//EN"


class Reveals(ValueError):
    """A calendar file would have said what the appointment is for."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One entry of a calendar file."""

    uid: str
    """The same for one entry for good, so that a calendar that has it takes the new times over."""
    starts_at: datetime
    """Aware, in the site's own time zone by name."""
    minutes: int
    written_at: datetime
    """When this entry was decided; newer ones win."""
    summary: str = APPOINTMENT
    location: str = ""
    """The site's name and room, only where the site and the woman allow it."""
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class DayNote:
    """One entry that lasts a whole calendar day of the site."""

    uid: str
    day: date
    written_at: datetime
    summary: str = REMINDER


def calendar_of(entries: Iterable[Appointment | DayNote]) -> bytes:
    """Return the entries as an iCalendar file, its time zones inside.

    The same entries give the same bytes. Raises ``Reveals`` when a text holds a word that tells
    what the appointment is for.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    entries = tuple(entries)
    for zone in _zones(entries):
        calendar.add_component(zone)
    for entry in entries:
        calendar.add_component(_event(entry))
    return calendar.to_ical()


def _zones(entries: Sequence[Appointment | DayNote]) -> Iterator[Timezone]:
    """Give the time zones the entries name, with the changes of summer time around their days."""
    placed = [entry for entry in entries if isinstance(entry, Appointment)]
    by_name: dict[str, list[date]] = {}
    for entry in placed:
        by_name.setdefault(_zone_name(entry.starts_at), []).append(entry.starts_at.date())
    for name in sorted(by_name):
        days = by_name[name]
        around = timedelta(days=400)
        yield Timezone.from_tzid(name, first_date=min(days) - around, last_date=max(days) + around)


def _event(entry: Appointment | DayNote) -> Event:
    event = Event()
    event.add("uid", _neutral(entry.uid))
    event.add("dtstamp", entry.written_at.astimezone(UTC))
    # a calendar keeps the entry with the higher number, and the moment it was decided only grows
    event.add("sequence", (entry.written_at - FIRST) // timedelta(minutes=1))
    event.add("summary", _neutral(entry.summary))
    event.add("class", "PRIVATE")
    match entry:
        case Appointment():
            event.add("dtstart", entry.starts_at)
            event.add("dtend", entry.starts_at + timedelta(minutes=entry.minutes))
            event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
            if entry.location:
                event["location"] = vText(_neutral(entry.location))
        case DayNote():
            event.add("dtstart", entry.day)
            event.add("dtend", entry.day + timedelta(days=1))
            event.add("transp", "TRANSPARENT")
    return event


def _zone_name(moment: datetime) -> str:
    name = getattr(moment.tzinfo, "key", None)
    if name is None:
        raise ValueError(
            "An appointment in a calendar file needs the site's time zone by its name, such as "
            "Asia/Shanghai; a bare offset changes its hour when summer time does. Convert it with "
            "the time zone of the site's file."
        )
    return str(name)


def _neutral(text: str) -> str:
    if REVEALING.search(text):
        raise Reveals(
            "A calendar file was not written: a text in it tells what the appointment is for. Only "
            "a neutral summary, the site's name and a room are allowed; leave the rest out."
        )
    return text
