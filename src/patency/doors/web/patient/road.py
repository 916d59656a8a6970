"""Her whole journey as a list of steps, each with its state, its day and its page."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest
from patency.doors.web.patient.herself import Hers
from patency.doors.web.ribbon import likely_words
from patency.doors.web.templatetags.plain import moment, money
from patency.doors.web.words import day_words
from patency.records.models.booking import Booking

S = VisitState
AFTER_THE_TEST = frozenset(S) - {S.REGISTERED, S.ON_HOLD, S.CANCELLED}
EXAMINED = frozenset({S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC, S.REPORTED, S.RELEASED, S.CLOSED})
DONE, TO_DO, LATER = "done", "look", "plain"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the journey; ``tone`` goes with the word of its state."""

    name: str
    state: str
    tone: str = LATER
    hint: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Steps under one heading."""

    name: str
    steps: tuple[Step, ...]


def road(request: ActorRequest, found: Hers) -> tuple[Part, ...]:
    """Return every step of her journey, in its order."""
    return (
        Part(_("Before the examination"), tuple(_before(request, found))),
        Part(_("The examination and after"), tuple(_after(found))),
    )


def next_booking(found: Hers, kind: str) -> Booking | None:
    """Return her date of a kind that is still to come."""
    return next((row for row in found.journey.to_come if row.kind == kind), None)


def is_paid(found: Hers) -> bool:
    """Return whether a payment stands that was not given back."""
    back = {row.payment_id for row in found.journey.refunds}
    return any(row.pk not in back for row in found.journey.payments)


def _before(request: ActorRequest, found: Hers) -> Iterator[Step]:
    her, state = found.journey, VisitState(found.journey.visit.state)
    yield _questions(found)
    yield _period(found)
    yield _test(found, state)
    if her.consent is not None:
        signed = _("Signed on {moment}.").format(moment=moment(her.consent.signed_at))
        yield Step(_("Consent"), _("Done"), DONE, signed, reverse("my-consent"))
    else:
        read = _("Read it here; you sign it at the clinic.")
        yield Step(_("Consent"), _("To read"), LATER, read, reverse("my-consent"))
    yield _payment(request, found)
    yield _date(found, state)
    prepared = state in EXAMINED or state == S.ARRIVED
    yield Step(
        _("Preparation"),
        _("Over") if prepared else _("To read"),
        LATER,
        "" if prepared else _("What to do before, and what to bring."),
        reverse("my-preparation"),
    )


def _questions(found: Hers) -> Step:
    where = reverse("my-answers")
    if found.questions:
        left = ngettext("{count} question", "{count} questions", found.questions)
        return Step(
            _("Our questions"), _("To do"), TO_DO, left.format(count=found.questions), where
        )
    answered = any(card.row.stage == "registration" for card in found.journey.decisions)
    if not answered and found.journey.before_the_exam:
        return Step(_("Our questions"), _("Nothing to ask"), LATER, "", where)
    return Step(_("Our questions"), _("Done"), DONE, "", where)


def _period(found: Hers) -> Step:
    period, where = found.journey.period, reverse("my-period")
    name = _("Your period")
    if period is None:
        return Step(name, _("To do"), TO_DO, _("Tell us on its first day."), where)
    began = _("Began on {day}.").format(day=day_words(period.start))
    if period.bleeding_ended is None and found.journey.before_the_exam:
        return Step(name, _("To do"), TO_DO, f"{began} {_('Tell us its last day.')}", where)
    ended = (
        _("Bled from {first} to {last}.").format(
            first=day_words(period.start), last=day_words(period.bleeding_ended)
        )
        if period.bleeding_ended
        else began
    )
    return Step(name, _("Told"), DONE, ended, where)


def _test(found: Hers, state: VisitState) -> Step:
    name, dates = _("Clinic visit with the test"), reverse("my-dates")
    booked = next_booking(found, "clinic_visit")
    if state == S.ON_HOLD or found.seen_to_first:
        hold = found.journey.hold
        why = reverse("decision", args=[hold.decision_id]) if hold else found.seen_to_first
        return Step(name, _("Something first"), TO_DO, _("Read what, and why."), why)
    if state in AFTER_THE_TEST:
        passed = [row for row in found.journey.results if row.verdict == "passed"]
        on = _("Passed on {day}.").format(day=day_words(passed[-1].day)) if passed else ""
        return Step(name, _("Done"), DONE, on)
    if booked is not None:
        when = moment(booked.slot.starts_at)
        return Step(name, _("Booked"), DONE, when, reverse("my-day"))
    plan = found.line.plan
    if plan is not None and plan.test_day is not None:
        likely = _("Most likely on {day}; not booked yet.").format(day=day_words(plan.test_day))
        return Step(name, _("Planned"), TO_DO, likely, dates)
    return Step(name, _("Later"), LATER, _("On one of the days that suit you."), dates)


def _payment(request: ActorRequest, found: Hers) -> Step:
    where = reverse("my-cost")
    if is_paid(found):
        paid = [row for row in found.journey.payments if row.quote_id][-1]
        return Step(_("Payment"), _("Paid"), DONE, money(paid), where)
    price = request.around.site.prices.get("hsg")
    return Step(_("Payment"), _("At the clinic"), LATER, str(price.amount) if price else "", where)


def _date(found: Hers, state: VisitState) -> Step:
    name = _("Date of the examination")
    booked = next_booking(found, "exam")
    if booked is not None:
        return Step(name, _("Booked"), DONE, moment(booked.slot.starts_at), reverse("my-date"))
    kept = found.line.kept
    if kept is not None:
        when = moment(kept.offer.slot.starts_at)
        return Step(name, _("Kept for you"), TO_DO, when, reverse("my-offer", args=[kept.offer.pk]))
    if state in EXAMINED or state == S.ARRIVED:
        return Step(name, _("Done"), DONE)
    if state == S.CLEARED:
        return Step(name, _("To do"), TO_DO, _("Choose one of your days."), reverse("my-dates"))
    if state == S.ON_HOLD:
        return Step(name, _("Later"), LATER, _("After what has to be seen to first."))
    plan = found.line.plan
    if plan is not None and plan.exam_day is not None:
        likely = _("Most likely on {day}; not booked yet.").format(day=day_words(plan.exam_day))
        return Step(name, _("Planned"), LATER, likely, reverse("my-waiting"))
    return Step(name, _("You wait"), LATER, _waits_for(found), reverse("my-waiting"))


def _waits_for(found: Hers) -> str:
    if found.line.turned_down is not None and not found.line.comes_first_now:
        return _("No day in this cycle; you come first in the next.")
    if found.forecast is not None and (found.window is None or not found.window.open_days):
        likely = likely_words(*found.forecast.likely_start())
        return _("Your next period begins {likely}.").format(likely=likely)
    return _("It follows from your period and the test.")


def _after(found: Hers) -> Iterator[Step]:
    her, state = found.journey, VisitState(found.journey.visit.state)
    booked = next_booking(found, "exam")
    if state in EXAMINED:
        yield Step(_("The examination"), _("Done"), DONE)
    elif booked is not None or state == S.ARRIVED:
        when = moment(booked.slot.starts_at) if booked else ""
        yield Step(_("The day: where, when, how it feels"), _("To read"), TO_DO, when,
                   reverse("my-day"))  # fmt: skip
    else:
        feels = _("Where, what happens, what it feels like.")
        yield Step(_("The day: where, when, how it feels"), _("Later"), LATER, feels,
                   reverse("my-day"))  # fmt: skip
    released = her.release is not None and her.release.released_at is not None
    if released and her.release is not None:
        out = _("Released on {moment}.").format(moment=moment(her.release.released_at))
        yield Step(_("Your report"), _("Ready"), DONE, out, reverse("my-report"))
    elif her.release is not None and not her.release.held_reason:
        due = _("Due {moment}.").format(moment=moment(her.release.due_at))
        yield Step(_("Your report"), _("Later"), LATER, due, reverse("my-report"))
    else:
        yield Step(_("Your report"), _("Later"), LATER, _("After the examination."))
    if her.follow_up is not None:
        is_open = her.follow_up.state == "open"
        yield Step(
            _("Your days afterwards, and your diary"),
            _("Open") if is_open else _("Over"),
            TO_DO if is_open else DONE,
            _("What to keep to, and how you are, until day 14.") if is_open else "",
            reverse("my-after"),
        )
    else:
        opens = _("It opens on the day of the examination.")
        yield Step(_("Your days afterwards, and your diary"), _("Later"), LATER, opens)
    trying = _("When you may try for a pregnancy")
    if released:
        yield Step(trying, _("To read"), TO_DO, "", reverse("my-trying"))
    else:
        yield Step(trying, _("Later"), LATER, _("It comes with your report."))
