"""The words of the pages themselves; what the protocol says comes from the protocol."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from patency.core.language import nearest
from patency.core.protocol.model import Protocol, Stage
from patency.core.visit import VisitState
from patency.doors.web.codes import CODES as CODES
from patency.doors.web.codes import capital as capital
from patency.doors.web.codes import in_words as in_words
from patency.doors.web.languages import Words, spoken
from patency.service.judging import language_of

S = VisitState

# For each state: what it is called, and the next step for the clinic.
STATES: Mapping[VisitState, tuple[Words, Words]] = {
    S.REGISTERED: (_("Registered"), _("Questions, then the test")),
    S.ON_HOLD: (_("On hold"), _("See to the reasons, then release the hold")),
    S.CLEARED: (_("Cleared"), _("Consent, payment, then a date")),
    S.BOOKED: (_("Booked"), _("Check her in")),
    S.ARRIVED: (_("Arrived"), _("The examination")),
    S.EXAMINED: (_("Examined"), _("Write the report")),
    S.ABANDONED: (_("Stopped early"), _("Write the report")),
    S.NON_DIAGNOSTIC: (_("No clear pictures"), _("Write the report")),
    S.REPORTED: (_("Report signed"), _("Release the report when it is due")),
    S.RELEASED: (_("Report released"), _("Follow her diary")),
    S.CLOSED: (_("Closed"), _("Nothing")),
    S.CANCELLED: (_("Cancelled"), _("Nothing")),
}

# For each state: what she does next, in her words.
HER_NEXT: Mapping[VisitState, tuple[Words, Words]] = {
    S.REGISTERED: (
        _("Answer our questions, and tell us on the first day of your period."),
        _("With that we can work out the days that suit you for the test and the examination."),
    ),
    S.ON_HOLD: (
        _("Wait: something has to be seen to before the examination. Read below what and why."),
        _(
            "Your date is not lost for good: we look again after the treatment, or in your next "
            "cycle."
        ),
    ),
    S.CLEARED: (
        _("You passed the test. Sign the consent, pay, and take one of the days below."),
        _("The result counts for a few days only, so the date comes soon after it."),
    ),
    S.BOOKED: (
        _("Come at the time below. Tell us before if you bleed, have a fever, or feel unwell."),
        _("On that day we ask a few things again and make a pregnancy test first."),
    ),
    S.ARRIVED: (
        _("You are here. A member of staff will call you."),
        _("You may stop the examination at any time; say so, and it stops."),
    ),
    S.EXAMINED: (
        _("Your examination is done. Write in your diary each day until day 14."),
        _("The diary tells us early if something is not as it should be."),
    ),
    S.ABANDONED: (
        _("Your examination was stopped early. Write in your diary each day until day 14."),
        _("We will tell you what could be seen, and what comes next."),
    ),
    S.NON_DIAGNOSTIC: (
        _("The pictures do not answer the question. Write in your diary each day until day 14."),
        _("We will tell you what could be seen, and what comes next."),
    ),
    S.REPORTED: (
        _("Your report is signed and will be released on the day below."),
        _("Until then, write in your diary each day."),
    ),
    S.RELEASED: (
        _("Your report is ready. Read it below, and go on with your diary until day 14."),
        _("Talk about the result with your doctor; one film does not settle a question for good."),
    ),
    S.CLOSED: (_("This journey is over."), _("For a new question, call the clinic.")),
    S.CANCELLED: (_("This visit was cancelled."), _("For a new date, call the clinic.")),
}

STAGES: Mapping[Stage, Words] = {
    Stage.REGISTRATION: _("Registration"),
    Stage.TENTATIVE: _("Tentative plan"),
    Stage.VISIT: _("Clinic visit"),
    Stage.BOOKING: _("Booking"),
    Stage.ARRIVAL: _("Arrival"),
    Stage.EXAM: _("Examination"),
    Stage.RELEASE: _("Release of the report"),
    Stage.AFTERCARE: _("Aftercare"),
    Stage.CONCEPTION: _("Trying for a pregnancy"),
    Stage.PREGNANCY: _("Pregnancy"),
}

# Short word, sentence for staff, sentence for her.
VERDICTS: Mapping[str, tuple[Words, Words, Words]] = {
    "BLOCK": (
        _("Not this time"),
        _("She cannot go on in this cycle as things stand."),
        _("This cannot go ahead as things stand. Below you read why, and when it can."),
    ),
    "HOLD": (
        _("On hold"),
        _("Something must be seen to before she goes on."),
        _(
            "Not yet: something has to be seen to first. Below you read what, and when to come "
            "back."
        ),
    ),
    "ASK": (
        _("Not decided"),
        _("Questions are still open, and unknown never clears anyone."),
        _("We cannot say yet: a few things are still to be asked."),
    ),
    "FLAG": (
        _("Look at this"),
        _("A clinician must look at this before she goes on."),
        _("A clinician will look at this with you before it goes ahead."),
    ),
    "CLEAR": (
        _("Nothing in the way"),
        _("She may go on: no rule stands against it, and nothing is left to ask."),
        _("Nothing stands in the way."),
    ),
}
URGENCIES: Mapping[str, tuple[Words, Words]] = {
    "E": (_("Emergency"), _("Ambulance or emergency department, now.")),
    "U": (_("Today"), _("To be seen in person the same day.")),
    "C": (_("Call back"), _("A clinician calls back within 24 hours.")),
    "S": (_("Self-care"), _("Go on with the diary; call if something changes.")),
}
# A pregnancy that goes as it should has no diary to go on with.
AS_EXPECTED = (_("As expected"), _("Nothing speaks for an urgent step."))
OUTCOMES: Mapping[str, Words] = {
    "BLOCK": _("Stops her"),
    "HOLD": _("Holds her"),
    "FLAG": _("Look at this"),
    "INFO": _("Good to know"),
}
EVIDENCE: Mapping[str, Words] = {
    "G": _("guideline"),
    "R": _("trial"),
    "S": _("single study"),
    "L": _("leaflet"),
    "W": _("weak web page"),
    "C": _("computed"),
    "D": _("our proposal"),
    "K": _("not confirmed"),
}


def language_name(code: str) -> str:
    """Return the name of a language in the language of the page, or in itself."""
    known = nearest(settings.SPEAKS, code)
    if known is None:
        return code
    names = {"en": gettext("English"), "zh": gettext("Chinese")}
    return names.get(known.code, known.name)


def question(protocol: Protocol, fact: str, language: str = "") -> str:
    """Return how a fact is asked for in the language of the page, or its name where nobody is.

    A ``language`` that is named is taken instead.
    """
    words = protocol.words[language_of(protocol, language or spoken().code)]
    return words.questions.get(fact) or capital(in_words(fact))


def day_words(day: date) -> str:
    """Return a calendar day with its weekday; the year is left to whoever needs it."""
    return spoken().day_of_year(day)


def how_long(span: timedelta) -> str:
    """Return a span as a person says it: minutes, hours or days, whole."""
    minutes = int(span.total_seconds() // 60)
    if minutes >= 60 * 24:
        days = minutes // (60 * 24)
        return ngettext("{count} day", "{count} days", days).format(count=days)
    if minutes >= 60:
        hours = minutes // 60
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    if minutes >= 1:
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    return gettext("less than a minute")


def due_words(due: datetime, now: datetime) -> str:
    """Return how late something is, or how long there is still."""
    if now > due:
        return gettext("{span} late").format(span=how_long(now - due))
    return gettext("due in {span}").format(span=how_long(due - now))


# What she does now, by how soon someone must act; the numbers to call stand beside it.
HER_URGENCIES: Mapping[str, tuple[Words, Words]] = {
    "E": (
        _("Get help now"),
        _(
            "This may be an emergency. Call the emergency number now, or go to the emergency "
            "department; do not wait for us to call."
        ),
    ),
    "U": (
        _("Be seen today"),
        _(
            "Someone must see you today. Call the clinic's duty number now; if you cannot reach "
            "it, "
            "go to the emergency department."
        ),
    ),
    "C": (
        _("We call you"),
        _(
            "A clinician calls you back within 24 hours. If it gets worse before, call the duty "
            "number at once."
        ),
    ),
    "S": (
        _("Carry on"),
        _("What you tell us is as expected. Go on with your diary, and call if anything changes."),
    ),
}
# What stands in the dated plan after an examination.
PLANNED: Mapping[str, Words] = {
    "no-intercourse": _("No intercourse"),
    "no-bath": _("No bath in a tub; a shower is fine"),
    "bleeding-may-last": _("A little bleeding may last"),
    "diary": _("Write in your diary each day"),
    "check-in": _("We wait for your word"),
    "antibiotics": _("Take the antibiotics as prescribed"),
    "thyroid-test": _("Blood test of the thyroid"),
}
STANDINGS: Mapping[str, Words] = {
    "evidence": _("supported by evidence"),
    "convention": _("a convention; sources differ"),
    "site-preference": _("this clinic's wish; no evidence asks for it"),
}
