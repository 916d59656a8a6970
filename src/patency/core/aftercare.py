"""After the examination: the dated plan, the triage of what she tells us, and who is called.

Every clock of triage runs in calendar time: a legal holiday never stops it, so nothing here takes
a calendar. What she tells is judged by the protocol; this room adds what is not a rule: an
unanswered question makes it one level more urgent, and the worst trigger wins.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from patency.core.facts import FactValue
from patency.core.protocol.decide import Decision
from patency.core.protocol.model import URGENCY_ORDER, Urgency
from patency.core.site.contested import Choice, Standing

LAST_DIARY_DAY = 14  # article-001: two weeks of rest; the exam day is day 0
CHECK_IN_DAYS = (1, 3, 7, 14)  # our choice, see clinical trace S2.17
CALL_DAYS = (1, 3, 7)  # no word on these days opens a call: our choice
REPLY_BY = time(18, 0)  # a day without a word counts from this hour, where she lives: our choice


class DiaryRefused(ValueError):
    """A diary entry for a day that the diary does not have."""


def diary_day(exam_day: date, day: date) -> int:
    """Return the number of a day in the diary: the exam day is 0, the last is 14.

    Raises ``DiaryRefused`` for a day before the examination or after the diary.
    """
    number = (day - exam_day).days
    if not 0 <= number <= LAST_DIARY_DAY:
        raise DiaryRefused(
            f"The diary has no day {number}: it runs from the day of the examination (day 0) to "
            f"day {LAST_DIARY_DAY}. Outside it, call the clinic; in an emergency, the emergency "
            "number."
        )
    return number


# ---------------------------------------------------------------- the plan


@dataclass(frozen=True, slots=True)
class PlanItem:
    """Something the plan says, the days it is true of, and on what ground."""

    what: str
    """The name under which its words are found."""
    first_day: date
    last_day: date
    provenance: str = ""
    standing: Standing | None = None
    """How the site's choice stands; None where nothing was chosen."""


def plan(
    exam_day: date,
    *,
    abstinence: Choice,
    bath: Choice,
    bleeding_days_max: int,
    antibiotic_days: int = 0,
    thyroid_test_on: date | None = None,
) -> tuple[PlanItem, ...]:
    """Return the dated plan after an examination, in the order of its days.

    ``abstinence`` and ``bath`` are the site's choices in whole days; their ground goes with them.
    """

    def day(number: int) -> date:
        return exam_day + timedelta(days=number)

    def chosen(what: str, choice: Choice) -> PlanItem:
        last = day(int(choice.value))
        return PlanItem(what, exam_day, last, choice.provenance, choice.standing)

    items = [
        chosen("no-intercourse", abstinence),
        chosen("no-bath", bath),
        PlanItem("bleeding-may-last", exam_day, day(bleeding_days_max)),
        PlanItem("diary", exam_day, day(LAST_DIARY_DAY)),
        *(PlanItem("check-in", day(number), day(number)) for number in CHECK_IN_DAYS),
    ]
    if antibiotic_days:
        items.append(PlanItem("antibiotics", exam_day, day(antibiotic_days - 1)))
    if thyroid_test_on is not None:
        items.append(PlanItem("thyroid-test", thyroid_test_on, thyroid_test_on))
    return tuple(sorted(items, key=lambda item: (item.first_day, item.last_day, item.what)))


# ---------------------------------------------------------------- triage


@dataclass(frozen=True, slots=True)
class Clocks:
    """Within how many hours someone must act, in calendar time; parameters of the protocol."""

    urgent_hours: float = 4
    call_hours: float = 24


@dataclass(frozen=True, slots=True)
class Triage:
    """How soon someone must act on what she told, until when, and why."""

    urgency: Urgency
    due_at: datetime | None
    """None where nobody must act."""
    why: tuple[str, ...]
    """Ids of the rules that fired, then ``unanswered:<fact>`` for what escalated it."""


def worse(one: Urgency, other: Urgency) -> Urgency:
    """Return the sooner of two urgencies."""
    return min(one, other, key=URGENCY_ORDER.index)


def one_level_worse(urgency: Urgency) -> Urgency:
    """Return the next sooner urgency; nothing is sooner than an emergency."""
    return URGENCY_ORDER[max(0, URGENCY_ORDER.index(urgency) - 1)]


def unanswered(decision: Decision, asked: Collection[str]) -> tuple[str, ...]:
    """Return the questions she was asked and did not answer, on which an urgent rule hangs."""
    return tuple(
        sorted(
            {
                fact
                for each in decision.unsettled
                if each.rule.urgency not in (None, Urgency.SELF_CARE)
                for fact in each.missing
                if fact in asked
            }
        )
    )


def triage(
    decision: Decision, unknown: Collection[str], *, now: datetime, clocks: Clocks
) -> Triage:
    """Return the urgency of what she told: the worst rule that fired, worse by what is unknown.

    However many questions are unanswered, together they make it one level more urgent, once.
    """
    urgency = decision.urgency or Urgency.SELF_CARE
    fired = [reason.rule.id for reason in decision.reasons if reason.rule.urgency is not None]
    if unknown:
        urgency = one_level_worse(urgency)
    why = (*fired, *(f"unanswered:{fact}" for fact in sorted(unknown)))
    return Triage(urgency, due_at(urgency, now, clocks), why)


def due_at(urgency: Urgency, now: datetime, clocks: Clocks) -> datetime | None:
    """Return until when someone must act: calendar hours, on every day of the year alike."""
    match urgency:
        case Urgency.EMERGENCY:
            return now
        case Urgency.URGENT:
            return now + timedelta(hours=clocks.urgent_hours)
        case Urgency.CALL:
            return now + timedelta(hours=clocks.call_hours)
        case _:
            return None


def free_text_urgency(found: Urgency) -> Urgency:
    """Return how soon free text must be read by a person: as soon as the rest, and within a day.

    Nobody's words are read by a machine here, in any language, so they never lower anything.
    """
    return worse(found, Urgency.CALL)


DRY = "none"


def implied(
    entry: Mapping[str, FactValue], *, day: int, bleeding_before: Sequence[str]
) -> dict[str, FactValue]:
    """Return what an entry says without saying it, so that nobody is asked twice.

    ``bleeding_before`` is how much she bled on the days before, oldest first. Bleeding that her
    own diary shows to have come back after a dry day has come back, whatever she answers.
    """
    found: dict[str, FactValue] = {}
    amount = entry.get("bleeding_amount")
    if amount == DRY:
        found |= {
            "pads_soaked": 0.0,
            "large_clots": False,
            "bleeding_returned_after_dry_day": False,
        }
    elif amount is not None and bleeding_before:
        came_back = bleeding_before[-1] == DRY and any(each != DRY for each in bleeding_before)
        found["bleeding_returned_after_dry_day"] = came_back
        if came_back:
            return found
    if day == 0:
        # Nothing can have grown worse, or come back, since a day that is still to come.
        found |= {"pain_worse_after_24h": False, "bleeding_returned_after_dry_day": False}
    return {name: value for name, value in found.items() if name not in entry}


# ---------------------------------------------------------------- silence


def silent_days(exam_day: date, local_now: datetime, told: Iterable[int]) -> tuple[int, ...]:
    """Return the call days that have passed without a word from her.

    ``local_now`` is the moment on her clock; a day counts from ``REPLY_BY`` on. Word of a later
    day does not make up for a silent one that nobody had looked at, and is not asked to.
    """
    heard = set(told)
    today = (local_now.date() - exam_day).days
    reached = today if local_now.time() >= REPLY_BY else today - 1
    return tuple(day for day in CALL_DAYS if day <= reached and day not in heard)


# ---------------------------------------------------------------- alarms


class AlarmTo(StrEnum):
    """Whom an alarm goes to."""

    NURSE = "nurse"
    DUTY_CONTACT = "duty-contact"


@dataclass(frozen=True, slots=True)
class AlarmSchedule:
    """How often an alarm repeats, and from which one on it goes to the duty contact."""

    every_minutes: int
    climbs_at: int


# Our choice: nobody publishes how often a clinic's own alarm should ring.
ALARMS: dict[Urgency, AlarmSchedule] = {
    Urgency.EMERGENCY: AlarmSchedule(every_minutes=5, climbs_at=1),
    Urgency.URGENT: AlarmSchedule(every_minutes=30, climbs_at=2),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One ring: the how manieth, and to whom."""

    number: int
    to: AlarmTo


def next_alarm(
    urgency: Urgency, *, rung: int, last_rung_at: datetime | None, now: datetime
) -> Alarm | None:
    """Return the alarm that is due now for a task nobody has acknowledged, or None.

    ``rung`` is how many there were. The first rings at once, to the nurses; the duty contact is
    rung from number ``climbs_at`` on, counted from 0. It never stops by itself.
    """
    schedule = ALARMS.get(urgency)
    if schedule is None:
        return None
    wait = timedelta(minutes=schedule.every_minutes)
    if last_rung_at is not None and now < last_rung_at + wait:
        return None
    to = AlarmTo.DUTY_CONTACT if rung >= schedule.climbs_at else AlarmTo.NURSE
    return Alarm(rung + 1, to)


# ---------------------------------------------------------------- trying for a pregnancy

# The six days that end with ovulation: Wilcox 1995, doi:10.1056/NEJM199512073332301.
FERTILE_DAYS_BEFORE_OVULATION = 5


@dataclass(frozen=True, slots=True)
class Cycle:
    """Her cycle as far as we know it; what comes after today in it is an estimate."""

    period_start: date
    usual_days: int
    luteal_days: int

    def fertile_days(self, number: int) -> tuple[date, date]:
        """Return the first and last fertile day of a cycle; 0 is the one she was examined in."""
        start = self.period_start + timedelta(days=number * self.usual_days)
        ovulation = start + timedelta(days=self.usual_days - self.luteal_days - 1)
        return ovulation - timedelta(days=FERTILE_DAYS_BEFORE_OVULATION), ovulation


@dataclass(frozen=True, slots=True)
class WhenToTry:
    """From when a couple may try, what that waits for, and the next fertile days, estimated."""

    from_day: date | None
    """None while something it waits for is not known to have ended."""
    waits_for: tuple[tuple[str, date], ...]
    """What is waited for and its last day, the longest first."""
    not_known: tuple[str, ...]
    cycles_ahead: int | None
    """0: still in the cycle of the examination; 1: the next one; None where it cannot be told."""
    fertile_from: date | None
    fertile_to: date | None


def usual_cycle_days(starts: Collection[date]) -> int | None:
    """Return the middle length of the cycles between these period starts; None for fewer than two.

    Of an even number the shorter middle one counts.
    """
    ordered = sorted(starts)
    lengths = sorted((b - a).days for a, b in pairwise(ordered))
    return lengths[(len(lengths) - 1) // 2] if lengths else None


def when_to_try(waits: dict[str, date | None], cycle: Cycle | None) -> WhenToTry:
    """Return from when to try: the day after the last of everything it waits for.

    ``waits`` has the last day of each wait, None where it is not known to have ended. There is no
    wait for radiation: none is supported. Where a fertile time has begun before that day, the
    next one is named: the fertile days are those of the first cycle that has them whole.
    """
    known = sorted(
        ((what, day) for what, day in waits.items() if day is not None),
        key=lambda each: (-each[1].toordinal(), each[0]),
    )
    not_known = tuple(sorted(what for what, day in waits.items() if day is None))
    from_day = known[0][1] + timedelta(days=1) if known and not not_known else None
    number: int | None = None
    fertile: tuple[date | None, date | None] = (None, None)
    if from_day is not None and cycle is not None:
        number = 0
        while cycle.fertile_days(number)[0] < from_day:
            number += 1
        fertile = cycle.fertile_days(number)
    return WhenToTry(from_day, tuple(known), not_known, number, *fertile)


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
