"""The one thing she does next: what, by when, why, and the button that does it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patency.core.site.model import Campus
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest
from patency.doors.web.languages import spoken
from patency.doors.web.patient.herself import Hers
from patency.doors.web.patient.road import next_booking
from patency.doors.web.ribbon import likely_words
from patency.doors.web.templatetags.plain import moment
from patency.doors.web.words import HER_NEXT, HER_URGENCIES, day_words

S = VisitState


@dataclass(frozen=True, slots=True)
class NextThing:
    """What stands first on her page."""

    what: str
    by: str = ""
    """Until when; empty where nothing ends."""
    why: str = ""
    label: str = ""
    address: str = ""
    tone: str = "first"
    """first, look or danger: the colour above what says it in words."""
    where: str = ""
    other_label: str = ""
    other_address: str = ""


def next_thing(request: ActorRequest, found: Hers) -> NextThing:
    """Return the one thing to do next, as far as her journey has come."""
    alarm = alarm_of(found)
    if alarm is not None:
        return NextThing(what=alarm[0], why=alarm[1], tone="danger")
    if found.line.kept is not None:
        return _answer_the_offer(request, found)
    match VisitState(found.journey.visit.state):
        case S.REGISTERED:
            return _registered(request, found)
        case S.ON_HOLD:
            return _held(found)
        case S.CLEARED:
            return _cleared(found)
        case S.BOOKED:
            return _booked(request, found)
        case S.CLOSED | S.CANCELLED | S.ARRIVED as state:
            now, then = HER_NEXT[state]
            return NextThing(what=str(now), why=str(then))
        case state:
            return _afterwards(request, found, state)


def _afterwards(request: ActorRequest, found: Hers, state: VisitState) -> NextThing:
    """Return what she does from the examination on: read her report, write in her diary."""
    her = found.journey
    is_open = her.follow_up is not None and her.follow_up.state == "open"
    write = (_("Write in my diary"), reverse("my-diary-write")) if is_open else ("", "")
    if state == S.RELEASED:
        return NextThing(
            what=_("Your report is ready."),
            why=str(HER_NEXT[state][1]),
            label=_("Read my report"),
            address=reverse("my-report"),
            other_label=write[0],
            other_address=write[1],
        )
    if her.follow_up is None:
        now, then = HER_NEXT[state]
        return NextThing(what=str(now), why=str(then))
    due = ""
    if her.release is not None and not her.release.held_reason:
        due = _("Your report is due {moment}.").format(moment=moment(her.release.due_at))
    number = (request.around.today - her.follow_up.exam_day).days
    if is_open and all(row.day != number for row in her.diary):
        return NextThing(
            what=_("Tell us how you are today."),
            by=due,
            why=_("It takes about a minute, each day until day 14, and answers what to do."),
            label=write[0],
            address=write[1],
        )
    return NextThing(
        what=_("Nothing to do today."),
        by=due,
        why=_("If anything changes, write again, or call us."),
        label=_("My days afterwards"),
        address=reverse("my-after"),
    )


def place_words(request: ActorRequest, campus: Campus | None) -> str:
    """Return where a place is, in the language of the page; nothing where no place is known."""
    if campus is None:
        return ""
    site, code = request.around.site, spoken().code
    parts = (campus.name, campus.building, campus.floor, campus.room)
    return " · ".join(site.say(part, code) for part in parts)


def alarm_of(found: Hers) -> tuple[str, str] | None:
    """Return what she must do now, while what she told in her diary waits for someone."""
    her = found.journey
    open_here = [row.urgency for row in her.tasks if row.visit_id == her.visit.pk]
    if not her.diary or her.diary[-1].urgency not in open_here:
        return None
    short, sentence = HER_URGENCIES[her.diary[-1].urgency]
    return str(short), str(sentence)


def _answer_the_offer(request: ActorRequest, found: Hers) -> NextThing:
    kept = found.line.kept
    assert kept is not None
    where = place_words(request, kept.where)
    return NextThing(
        what=_("A place is kept for you: {moment}").format(moment=moment(kept.offer.slot.starts_at))
        if not kept.is_move
        else _("Another date could be yours: {moment}").format(
            moment=moment(kept.offer.slot.starts_at)
        ),
        by=_("Answer until {until}.").format(until=kept.until),
        label=_("Look at it, and answer"),
        address=reverse("my-offer", args=[kept.offer.pk]),
        where=where,
    )


def _registered(request: ActorRequest, found: Hers) -> NextThing:
    period = found.journey.period
    if found.seen_to_first:
        return NextThing(
            what=_("Something has to be seen to before the examination."),
            why=str(HER_NEXT[S.ON_HOLD][1]),
            label=_("Read what, why, and when it goes on"),
            address=found.seen_to_first,
            tone="look",
            other_label=_("Answer our questions") if found.questions else "",
            other_address=reverse("my-answers") if found.questions else "",
        )
    if found.questions:
        many = ngettext(
            "Answer {count} question.", "Answer {count} questions.", found.questions
        ).format(count=found.questions)
        return NextThing(
            what=many,
            by=_("Best today: your days follow from it."),
            why=_("We ask only what decides whether and when the examination is right for you."),
            label=_("Answer now"),
            address=reverse("my-answers"),
            other_label=_("Tell us about my period"),
            other_address=reverse("my-period"),
        )
    if period is None or (found.window is not None and not found.window.lines):
        return _wait_for_the_period(found)
    if period.bleeding_ended is None:
        return NextThing(
            what=_("Tell us the last day of your bleeding."),
            by=_("On the day after it; spotting counts as bleeding."),
            why=_("The days for the test and the examination are counted from it."),
            label=_("Tell us about my period"),
            address=reverse("my-period"),
        )
    visit = next_booking(found, "clinic_visit")
    if visit is not None:
        return NextThing(
            what=_("Come for your test: {moment}").format(moment=moment(visit.slot.starts_at)),
            why=_("If it is in order, you can have a firm date for the examination."),
            label=_("Where, and what to bring"),
            address=reverse("my-day"),
        )
    if found.window is not None and found.window.open_days:
        last = found.window.open_days[-1].day
        return NextThing(
            what=_("Choose a time for your test."),
            by=_("The last day that suits you in this cycle is {day}.").format(day=day_words(last)),
            why=_("The test has to be in order before the examination."),
            label=_("See the free times"),
            address=reverse("my-dates"),
            other_label=_("Numbers for the clinic") if request.around.site.release else "",
            other_address=reverse("my-numbers") if request.around.site.release else "",
        )
    return _wait_for_the_period(found)


def _wait_for_the_period(found: Hers) -> NextThing:
    forecast, by = found.forecast, ""
    if forecast is not None and forecast.late is None:
        likely = likely_words(*forecast.likely_start())
        by = _("It begins {likely}.").format(likely=likely)
    no_more = found.journey.period is not None
    return NextThing(
        what=_("Tell us on the first day of your next period.")
        if no_more
        else _("Tell us on the first day of your period."),
        by=by,
        why=_("No day of this cycle suits any more. The next chance comes with it.")
        if no_more
        else _("The days for the test and the examination are counted from it."),
        label=_("My period has started"),
        address=reverse("my-period"),
        other_label=_("See the calendar"),
        other_address=reverse("my-calendar"),
    )


def _held(found: Hers) -> NextThing:
    hold = found.journey.hold
    _now, then = HER_NEXT[S.ON_HOLD]
    return NextThing(
        what=_("Something has to be seen to before the examination."),
        why=str(then),
        label=_("Read what, why, and when it goes on") if hold else "",
        address=reverse("decision", args=[hold.decision_id]) if hold else "",
        tone="look",
    )


def _cleared(found: Hers) -> NextThing:
    last = found.window.open_days[-1].day if found.window and found.window.open_days else None
    if last is None:
        return _wait_for_the_period(found)
    by = _("The last day that suits you in this cycle is {day}.").format(day=day_words(last))
    if found.questions:
        many = ngettext(
            "Answer {count} question before you choose a date.",
            "Answer {count} questions before you choose a date.",
            found.questions,
        ).format(count=found.questions)
        return NextThing(
            what=many,
            by=by,
            label=_("Answer now"),
            address=reverse("my-answers"),
            other_label=_("See the free times"),
            other_address=reverse("my-dates"),
        )
    return NextThing(
        what=_("You passed the test. Choose your date."),
        by=by,
        why=_("The result counts for a few days only, so the date comes soon after it."),
        label=_("Choose a date"),
        address=reverse("my-dates"),
        other_label=_("What I sign"),
        other_address=reverse("my-consent"),
    )


def _booked(request: ActorRequest, found: Hers) -> NextThing:
    booked = next_booking(found, "exam")
    if booked is None:
        return _cleared(found)
    campus = request.around.site.campuses.get(booked.slot.campus)
    return NextThing(
        what=_("Come to your examination: {moment}").format(moment=moment(booked.slot.starts_at)),
        why=_("Tell us before if you bleed, have a fever, or feel unwell."),
        label=_("Where, what to bring, how it feels"),
        address=reverse("my-day"),
        where=place_words(request, campus),
        other_label=_("Answer our questions") if found.questions else _("Move or cancel it"),
        other_address=reverse("my-answers") if found.questions else reverse("my-date"),
    )
