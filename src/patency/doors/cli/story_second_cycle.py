"""The second cycle: the retest, what she signs and pays, and a date that is firm."""

from datetime import date, datetime, timedelta

from patency.core.booking.reasons import sentences
from patency.core.consent import RATES
from patency.core.protocol.model import Stage
from patency.doors.cli.story import Tale, Woman, in_full, short
from patency.doors.cli.story_first_cycle import days_in_words, herself, local, slot_on
from patency.doors.cli.story_people import NORMAL_TEST, SHOWN, VISIT_ANSWERS, WANG
from patency.records.models.waiting import Offer
from patency.records.seen_by import seen_by
from patency.service import booking, cycles, offers, paperwork, payment, screening, waiting
from patency.service.laboratory import TestTaken

PERIOD = date(2025, 10, 22)
BLEEDING_ENDED = date(2025, 10, 25)
RETEST = date(2025, 10, 27)


def period(tale: Tale, she: Woman) -> None:
    now = tale.step(PERIOD, "18:30", she.name, "tells us: my period began today.")
    by = herself(tale, she, now)
    screening.record_answers(tale.house, she.visit, {"possible_pregnancy": False}, by=by, now=now)
    told = cycles.report_period(tale.house, she.patient, PERIOD, by=by, now=now)
    tale.decision(she, Stage.TENTATIVE)
    assert told.outlook is not None and told.outlook.plan is not None
    plan = told.outlook.plan
    assert plan.test_day is not None
    tale.say(
        "a plan, not a booking",
        f"retest {in_full(plan.test_day)}, examination {in_full(plan.exam_day)}. No holiday is in "
        "the way this time, and she comes first.",
    )
    sunday = date(2025, 10, 26)
    now = tale.then(sunday, "09:00", f"{she.name}, {short(sunday)}", "bleeding ended yesterday.")
    by = herself(tale, she, now)
    cycles.report_bleeding_end(tale.house, she.patient, BLEEDING_ENDED, normal=True, by=by, now=now)
    now = tale.then(sunday, "09:20", "Chen Jing, registration", "gives her a time on Monday.")
    slot = slot_on(tale, RETEST, "clinic_visit", now=now)
    booking.book_visit(tale.house, she.visit, slot.pk, by=tale.by("registration"), now=now)
    tale.say("booked", f"clinic visit {in_full(RETEST)}, {local(tale, slot.starts_at)}.")
    tale.next("The hold still stands. Only a passed test ends it.")


def retest(tale: Tale, she: Woman) -> None:
    now = tale.step(RETEST, "09:10", "Zhao Lan, nurse", "repeats the test. Everything is normal.")
    test = TestTaken(
        kind="leucorrhoea",
        parts=NORMAL_TEST,
        taken_at=now - timedelta(minutes=15),
        read_at=now - timedelta(minutes=5),
        lot="LT-1025",
    )
    screening.record_results(
        tale.house,
        she.visit,
        tests=[test],
        answers={
            **VISIT_ANSWERS,
            "genital_infection_treated": True,
            "treatment_rules_kept": True,
            "retest_passed": True,
            "infection_cleared": True,
            "last_bleed_normal": True,
        },
        by=tale.by("nurse"),
        now=now,
    )
    tale.decision(she, Stage.VISIT)
    rows = seen_by(tale.by("nurse"), "tell the demo", now=now)
    hold = rows.holds.filter(visit_id=she.visit).order_by("opened_at").last()
    assert hold is not None and hold.released_at is not None
    opened, released = (
        tale.house.day_at(tale.site, at) for at in (hold.opened_at, hold.released_at)
    )
    tale.say(
        "the hold",
        f"of {short(opened)} is released {(released - opened).days} days later, by "
        f"{SHOWN[hold.released_by]}. {she.name} is cleared.",
    )
    tale.next("She reads what the examination is, how often something goes wrong, and signs.")


def consent(tale: Tale, she: Woman) -> None:
    now = tale.step(RETEST, "09:40", "Zhao Lan, nurse", "takes her written consent.")
    row = paperwork.sign_consent(
        tale.house,
        she.visit,
        signed_name=f"{WANG.family_name}{WANG.given_name}",
        chaperone=True,
        interpreter_language="",
        operator_sex_wish="female",
        by=tale.by("nurse"),
        now=now,
    )
    tale.list(
        "she was shown",
        [
            f"{rate.what}: {rate.as_told} ({rate.source})"
            for rate in RATES
            if rate.code in row.rates_shown
        ],
    )
    wish = waiting.Wished("operator-sex", "female", "rather")
    waiting.record_wishes(tale.house, she.visit, [wish], by=tale.by("nurse"), now=now)
    tale.say(
        "her wishes",
        "a chaperone, a woman as operator, no interpreter. She may stop at any time.",
    )
    tale.next("The price, from the clinic's own list.")


def pay(tale: Tale, she: Woman) -> None:
    now = tale.step(RETEST, "10:05", "Ma Li, cashier", "tells her the price and takes it.")
    asked = payment.quote(tale.house, she.visit, by=tale.by("cashier"), now=now)
    tale.say(
        "quote",
        f"{money(asked.amount_minor, asked.currency)}, good until "
        f"{in_full(asked.valid_until)}. Where it is from: {asked.lines[0]['provenance']}.",
    )
    now = tale.then(RETEST, "10:10", "Ma Li, cashier", "she pays by phone.")
    paid = payment.record(tale.house, asked.pk, method="mobile", by=tale.by("cashier"), now=now)
    she.ids["payment"] = paid.pk
    tale.say("receipt", paid.receipt_number)
    now = tale.then(RETEST, "10:12", "Ma Li, cashier", "presses the button a second time.")
    try:
        payment.record(tale.house, asked.pk, method="mobile", by=tale.by("cashier"), now=now)
    except payment.AlreadyPaid as refusal:
        tale.refused(refusal)
    tale.next("The application form, which opens only when everything before it is passed.")


def money(minor: int, currency: str) -> str:
    """Return an amount with its currency."""
    return f"{minor / 100:,.2f} {currency}"


def book(tale: Tale, she: Woman) -> None:
    now = tale.step(RETEST, "10:20", "Zhao Lan, nurse", "signs the application form with her.")
    form = paperwork.sign_application(tale.house, she.visit, by=tale.by("nurse"), now=now)
    tale.say("application", form.number)
    now = tale.then(RETEST, "10:25", "Chen Jing, registration", "looks for her day.")
    by = tale.by("registration")
    found = booking.window(tale.house, she.visit, by=by, now=now)
    tale.list("each day, and why", list(days_in_words(found)))
    first = kept_for(tale, she, now)
    tale.say("a place is kept for her", f"{when(tale, first)}, {until(tale, first)}.")
    tale.list("why this one", sentences(first.why))
    now = tale.then(
        RETEST, "10:28", she.name, "cannot be there so early and leaves it; the next is looked for."
    )
    offers.decline(tale.house, first.pk, by=herself(tale, she, now), now=now)
    tale.messages()
    second = kept_for(tale, she, now)
    tale.say("the next place is kept for her", f"{when(tale, second)}, {until(tale, second)}.")
    now = tale.then(RETEST, "10:31", she.name, "takes it.")
    made = offers.accept(tale.house, second.pk, by=herself(tale, she, now), now=now)
    slot = second.slot
    she.ids |= {"booking": made.pk, "slot": slot.pk}
    tale.decision(she, Stage.BOOKING)
    tale.say(
        "booked, and firm",
        f"{in_full(slot.day)}, {local(tale, slot.starts_at)}, {slot.minutes} minutes, "
        f"{tale.house.site(tale.site).campuses['west'].room}. One woman to a time: the database "
        "sees to it.",
    )
    tale.next(f"The examination, {in_full(slot.day)}.")


def kept_for(tale: Tale, she: Woman, now: datetime) -> Offer:
    """Return the offer that stands for her; the worker made it when her test was passed."""
    rows = seen_by(tale.by("registration"), "tell the demo", now=now).offers
    return rows.select_related("slot").get(visit_id=she.visit, state="open")


def when(tale: Tale, offer: Offer) -> str:
    """Return the day and hour of an offered place."""
    return f"{in_full(offer.slot.day)}, {local(tale, offer.slot.starts_at)}"


def until(tale: Tale, offer: Offer) -> str:
    """Return until when a place is kept."""
    return f"until {local(tale, offer.expires_at)} today, and nobody else can have it meanwhile"


STEPS = (period, retest, consent, pay, book)
