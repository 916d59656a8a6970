"""The words of the pages themselves; what the protocol says comes from the protocol."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from patency.core.protocol.model import Protocol, Stage
from patency.core.visit import VisitState
from patency.doors.web.languages import spoken
from patency.service.judging import language_of

S = VisitState

# For each state: what it is called, and the next step for the clinic.
STATES: Mapping[VisitState, tuple[str, str]] = {
    S.REGISTERED: ("Registered", "Questions, then the test"),
    S.ON_HOLD: ("On hold", "See to the reasons, then release the hold"),
    S.CLEARED: ("Cleared", "Consent, payment, then a date"),
    S.BOOKED: ("Booked", "Check her in"),
    S.ARRIVED: ("Arrived", "The examination"),
    S.EXAMINED: ("Examined", "Write the report"),
    S.ABANDONED: ("Stopped early", "Write the report"),
    S.NON_DIAGNOSTIC: ("No clear pictures", "Write the report"),
    S.REPORTED: ("Report signed", "Release the report when it is due"),
    S.RELEASED: ("Report released", "Follow her diary"),
    S.CLOSED: ("Closed", "Nothing"),
    S.CANCELLED: ("Cancelled", "Nothing"),
}

# For each state: what she does next, in her words.
HER_NEXT: Mapping[VisitState, tuple[str, str]] = {
    S.REGISTERED: (
        "Answer our questions, and tell us on the first day of your period.",
        "With that we can work out the days that suit you for the test and the examination.",
    ),
    S.ON_HOLD: (
        "Wait: something has to be seen to before the examination. Read below what and why.",
        "Your date is not lost for good: we look again after the treatment, or in your next cycle.",
    ),
    S.CLEARED: (
        "You passed the test. Sign the consent, pay, and take one of the days below.",
        "The result counts for a few days only, so the date comes soon after it.",
    ),
    S.BOOKED: (
        "Come at the time below. Tell us before if you bleed, have a fever, or feel unwell.",
        "On that day we ask a few things again and make a pregnancy test first.",
    ),
    S.ARRIVED: (
        "You are here. A member of staff will call you.",
        "You may stop the examination at any time; say so, and it stops.",
    ),
    S.EXAMINED: (
        "Your examination is done. Write in your diary each day until day 14.",
        "The diary tells us early if something is not as it should be.",
    ),
    S.ABANDONED: (
        "Your examination was stopped early. Write in your diary each day until day 14.",
        "We will tell you what could be seen, and what comes next.",
    ),
    S.NON_DIAGNOSTIC: (
        "The pictures do not answer the question. Write in your diary each day until day 14.",
        "We will tell you what could be seen, and what comes next.",
    ),
    S.REPORTED: (
        "Your report is signed and will be released on the day below.",
        "Until then, write in your diary each day.",
    ),
    S.RELEASED: (
        "Your report is ready. Read it below, and go on with your diary until day 14.",
        "Talk about the result with your doctor; one film does not settle a question for good.",
    ),
    S.CLOSED: ("This journey is over.", "For a new question, call the clinic."),
    S.CANCELLED: ("This visit was cancelled.", "For a new date, call the clinic."),
}

STAGES: Mapping[Stage, str] = {
    Stage.REGISTRATION: "Registration",
    Stage.TENTATIVE: "Tentative plan",
    Stage.VISIT: "Clinic visit",
    Stage.BOOKING: "Booking",
    Stage.ARRIVAL: "Arrival",
    Stage.EXAM: "Examination",
    Stage.RELEASE: "Release of the report",
    Stage.AFTERCARE: "Aftercare",
    Stage.CONCEPTION: "Trying for a pregnancy",
    Stage.PREGNANCY: "Pregnancy",
}

# Short word, sentence for staff, sentence for her.
VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "BLOCK": (
        "Not this time",
        "She cannot go on in this cycle as things stand.",
        "This cannot go ahead as things stand. Below you read why, and when it can.",
    ),
    "HOLD": (
        "On hold",
        "Something must be seen to before she goes on.",
        "Not yet: something has to be seen to first. Below you read what, and when to come back.",
    ),
    "ASK": (
        "Not decided",
        "Questions are still open, and unknown never clears anyone.",
        "We cannot say yet: a few things are still to be asked.",
    ),
    "FLAG": (
        "Look at this",
        "A clinician must look at this before she goes on.",
        "A clinician will look at this with you before it goes ahead.",
    ),
    "CLEAR": (
        "Nothing in the way",
        "She may go on: no rule stands against it, and nothing is left to ask.",
        "Nothing stands in the way.",
    ),
}
URGENCIES: Mapping[str, tuple[str, str]] = {
    "E": ("Emergency", "Ambulance or emergency department, now."),
    "U": ("Today", "To be seen in person the same day."),
    "C": ("Call back", "A clinician calls back within 24 hours."),
    "S": ("Self-care", "Go on with the diary; call if something changes."),
}
# A pregnancy that goes as it should has no diary to go on with.
AS_EXPECTED = ("As expected", "Nothing speaks for an urgent step.")
OUTCOMES: Mapping[str, str] = {
    "BLOCK": "Stops her",
    "HOLD": "Holds her",
    "FLAG": "Look at this",
    "INFO": "Good to know",
}
EVIDENCE: Mapping[str, str] = {
    "G": "guideline",
    "R": "trial",
    "S": "single study",
    "L": "leaflet",
    "W": "weak web page",
    "C": "computed",
    "D": "our proposal",
    "K": "not confirmed",
}
CODES: Mapping[str, str] = {
    "no_preference": "no preference",
    "water": "water-soluble",
    "oil": "oil-based",
    "leucorrhoea": "Leucorrhoea test",
    "chlamydia": "Chlamydia test",
    "pregnancy_urine": "Pregnancy test (urine)",
    "hcg_serum": "hCG in blood",
    "sms": "SMS",
    "tsh": "TSH",
    "ft4": "Free T4",
    "clinic_visit": "Clinic visit",
    "exam": "Examination",
    "non_diagnostic": "no clear pictures",
    "universal_3_5d": "antibiotics for all, 3 to 5 days",
    "targeted": "antibiotics where there is a reason",
    "cleanliness_iii": "cleanliness grade III",
    "flag": "a clinician looks at it",
    "hold": "she is put on hold",
    "pads_soaked": "pads soaked through",
    "pads_over_hours": "over hours",
    "temperature_today_c": "temperature",
    "temperature_c": "temperature",
    "pain_score": "pain",
    "bleeding_amount": "bleeding",
    "as_period": "like a period",
    "more_than_period": "more than a period",
    "spreading_or_face": "spreading or on the face",
    "unable_to_stand": "cannot stand up straight",
    "bleeding_less_than_yesterday": "bleeding less than yesterday",
    "bleeding_returned_after_dry_day": "bleeding came back after a dry day",
    "pain_worse_after_24h": "pain worse since the day after",
    "chest_pain": "chest pain, coughing",
    "vision_or_nerve_symptoms": "sees or speaks differently, weak, numb, or a fit",
}


LANGUAGES_SPOKEN: Mapping[str, str] = {
    "en": "English",
    "zh": "Chinese",
    "zh-hans": "Chinese",
}


def in_words(code: str) -> str:
    """Return a code of ours as a person reads it."""
    return CODES.get(code) or code.replace("_", " ").replace("-", " ")


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def question(protocol: Protocol, fact: str, language: str = "en") -> str:
    """Return how a fact is asked for, or its name where nobody is asked."""
    asked = protocol.words[language_of(protocol, language)].questions.get(fact)
    return asked or capital(in_words(fact))


def day_words(day: date) -> str:
    """Return a calendar day with its weekday; the year is left to whoever needs it."""
    return spoken().day_of_year(day)


def how_long(span: timedelta) -> str:
    """Return a span as a person says it: minutes, hours or days, whole."""
    minutes = int(span.total_seconds() // 60)
    for size, name in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"


def due_words(due: datetime, now: datetime) -> str:
    """Return how late something is, or how long there is still."""
    if now > due:
        return f"{how_long(now - due)} late"
    return f"due in {how_long(due - now)}"


# What she does now, by how soon someone must act; the numbers to call stand beside it.
HER_URGENCIES: Mapping[str, tuple[str, str]] = {
    "E": (
        "Get help now",
        "This may be an emergency. Call the emergency number now, or go to the emergency "
        "department; do not wait for us to call.",
    ),
    "U": (
        "Be seen today",
        "Someone must see you today. Call the clinic's duty number now; if you cannot reach it, "
        "go to the emergency department.",
    ),
    "C": (
        "We call you",
        "A clinician calls you back within 24 hours. If it gets worse before, call the duty "
        "number at once.",
    ),
    "S": (
        "Carry on",
        "What you tell us is as expected. Go on with your diary, and call if anything changes.",
    ),
}
# What stands in the dated plan after an examination.
PLANNED: Mapping[str, str] = {
    "no-intercourse": "No intercourse",
    "no-bath": "No bath in a tub; a shower is fine",
    "bleeding-may-last": "A little bleeding may last",
    "diary": "Write in your diary each day",
    "check-in": "We wait for your word",
    "antibiotics": "Take the antibiotics as prescribed",
    "thyroid-test": "Blood test of the thyroid",
}
STANDINGS: Mapping[str, str] = {
    "evidence": "supported by evidence",
    "convention": "a convention; sources differ",
    "site-preference": "this clinic's wish; no evidence asks for it",
}
