"""The first cycle: registered, planned, held for treatment, and a holiday in the way."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from patency.core.access import Actor
from patency.core.booking.window import ExamWindow, WindowDay
from patency.core.protocol.model import Stage
from patency.doors.cli.story import Tale, Woman, in_full, short
from patency.doors.cli.story_people import (
    CAMPUS,
    HER_ANSWERS,
    NORMAL_TEST,
    STAFF_ANSWERS,
    VISIT_ANSWERS,
    WANG,
    Invented,
)
from patency.records.models.booking import Slot
from patency.records.seen_by import seen_by
from patency.service import (
    booking,
    cycles,
    registration,
    screening,
    sign_ins,
    slots,
)
from patency.service.laboratory import TestTaken

DAY_1 = date(2025, 9, 24)
VISIT_DAY = date(2025, 9, 29)
LEFT_OUT = "contrast_reaction"  # the question she overlooks


def register(tale: Tale, she: Woman) -> None:
    now = tale.step(DAY_1, "08:30", "Tang Rui, clinic manager", "opens the times of the autumn.")
    opened = open_times(tale, DAY_1, date(2025, 11, 14), now=now)
    tale.say(
        "opened",
        f"{opened} times from {short(DAY_1)} to Fri 14 Nov, none from 1 to 8 October: National "
        "Day and the Mid-Autumn Festival close the clinic by official notice.",
    )
    now = tale.then(
        DAY_1,
        "09:10",
        "Chen Jing, registration",
        f"a woman calls: {WANG.family_name}{WANG.given_name}, {she.name}, 32. She is new here.",
    )
    enter(tale, she, WANG, now=now, sign_in="wang")
    patient = patient_of(tale, she, now)
    tale.say("her number", f"{patient.number}. It is ours, not a national one.")
    tale.say(
        "may reach her by", "SMS yes, phone yes, e-mail no, post no: nobody writes to her home."
    )
    tale.next("She answers the questions at home, with her own sign-in.")


def answer(tale: Tale, she: Woman) -> None:
    now = tale.step(DAY_1, "11:20", she.name, "answers the questions and overlooks one.")
    answers = {name: value for name, value in HER_ANSWERS.items() if name != LEFT_OUT}
    screening.record_answers(tale.house, she.visit, answers, by=herself(tale, she, now), now=now)
    now = tale.then(DAY_1, "11:40", "Zhao Lan, nurse", "adds what the referral letter says.")
    screening.record_answers(tale.house, she.visit, STAFF_ANSWERS, by=tale.by("nurse"), now=now)
    tale.decision(she, Stage.REGISTRATION)
    tale.next("An open question never clears her. It goes back to her as the question it is.")


def answer_the_rest(tale: Tale, she: Woman) -> None:
    now = tale.step(DAY_1, "12:05", she.name, "answers it: no, never a reaction to contrast.")
    rest = {LEFT_OUT: HER_ANSWERS[LEFT_OUT]}
    screening.record_answers(tale.house, she.visit, rest, by=herself(tale, she, now), now=now)
    tale.decision(she, Stage.REGISTRATION)
    tale.next("She tells us when her period begins. Every day is counted from there.")


def period(tale: Tale, she: Woman) -> None:
    now = tale.step(DAY_1, "19:45", she.name, "tells us: my period began today.")
    told = cycles.report_period(tale.house, she.patient, DAY_1, by=herself(tale, she, now), now=now)
    tale.decision(she, Stage.TENTATIVE)
    assert told.outlook is not None and told.outlook.plan is not None
    plan = told.outlook.plan
    assert plan.test_day is not None
    tale.say(
        "a plan, not a booking",
        f"test {in_full(plan.test_day)}, examination {in_full(plan.exam_day)} "
        f"({plan.certainty.replace('-', ' ')}: she usually bleeds for "
        f"{HER_ANSWERS['usual_bleeding_days']} days).",
    )
    after = plan.exam_day + timedelta(days=1)
    tale.list("the days after it", list(days_in_words(told.outlook.window, first=after)))
    tale.next("The holiday leaves her one day. She tells us when the bleeding has ended.")


def bleeding_ends(tale: Tale, she: Woman) -> None:
    now = tale.step(
        date(2025, 9, 28), "08:15", she.name, "tells us: yesterday was the last day of bleeding."
    )
    by = herself(tale, she, now)
    today = {"possible_pregnancy": False}  # true of its day only, so it is asked again
    screening.record_answers(tale.house, she.visit, today, by=by, now=now)
    told = cycles.report_bleeding_end(
        tale.house, she.patient, date(2025, 9, 27), normal=True, by=by, now=now
    )
    assert told.outlook is not None and told.outlook.plan is not None
    plan = told.outlook.plan
    assert plan.test_day is not None
    tale.decision(she, Stage.TENTATIVE)
    tale.say("the plan", f"test {in_full(plan.test_day)}, examination {in_full(plan.exam_day)}.")
    now = tale.then(
        now.date(), "08:30", "Chen Jing, registration", "gives her a time at the clinic."
    )
    slot = slot_on(tale, VISIT_DAY, "clinic_visit", now=now)
    booking.book_visit(tale.house, she.visit, slot.pk, by=tale.by("registration"), now=now)
    tale.say(
        "booked",
        f"clinic visit {in_full(VISIT_DAY)}, {local(tale, slot.starts_at)}: day 2 after bleeding. "
        "Sunday 28 September is a workday by official notice, in exchange for the holiday.",
    )
    tale.next("At the visit the discharge is tested, and the result is seen at once.")


def hold(tale: Tale, she: Woman) -> None:
    now = tale.step(VISIT_DAY, "09:20", "Zhao Lan, nurse", "tests the discharge: trichomonas.")
    test = TestTaken(
        kind="leucorrhoea",
        parts={
            **NORMAL_TEST,
            "leucorrhoea_trichomonas": True,
            "leucorrhoea_ph": 5.0,
        },
        taken_at=now - timedelta(minutes=15),
        read_at=now - timedelta(minutes=5),
        lot="LT-0925",
    )
    chlamydia = TestTaken(
        kind="chlamydia",
        parts={"chlamydia_result": "negative"},
        taken_at=now - timedelta(minutes=15),
        read_at=now - timedelta(minutes=5),
    )
    screening.record_results(
        tale.house,
        she.visit,
        tests=[test, chlamydia],
        answers=VISIT_ANSWERS,
        by=tale.by("nurse"),
        now=now,
    )
    tale.decision(she, Stage.VISIT)
    tale.say("money", "she has not paid yet, so there is nothing to give back.")
    tale.next("A gynaecologist sees her this morning.")


def treat(tale: Tale, she: Woman) -> None:
    now = tale.step(
        VISIT_DAY, "10:05", "Dr Lin Mei, gynaecologist", "treats her, and advises her partner too."
    )
    row = screening.treat(
        tale.house,
        she.visit,
        what="metronidazole by mouth for 7 days; her partner is treated too",
        prescriber="Dr Lin Mei",
        started_on=VISIT_DAY,
        ended_on=date(2025, 10, 5),
        by=tale.by("gynaecologist"),
        now=now,
    )
    she.ids["treatment"] = row.pk
    tale.say(f"prescribed by {row.prescriber}", f"{row.what}. A common name, never a brand.")
    tale.say("until Sunday 5 October", "no intercourse, no tub bath. The last dose is on that day.")
    tale.next("We look at what is left of this cycle.")


def holiday(tale: Tale, she: Woman) -> None:
    day = date(2025, 9, 30)
    now = tale.step(day, "08:40", "Chen Jing, registration", "looks for another day in this cycle.")
    found = booking.window(tale.house, she.visit, by=tale.by("registration"), now=now)
    assert found.is_empty
    tale.list("no day is left", list(days_in_words(found)))
    tale.say(
        "why",
        "even a test passed today leaves no day: the clinic is closed from Wednesday 1 October, "
        "and when it opens again, her days are over. An empty window is an answer.",
    )
    assert found.next_period_from is not None and found.next_period_to is not None
    booking.turn_down(
        tale.house, she.visit, "clinic-closed-on-exam-day", by=tale.by("registration"), now=now
    )
    tale.next(
        f"Her next period may begin between {in_full(found.next_period_from)} and "
        f"{in_full(found.next_period_to)}. Then she comes first: it was not hers to answer for."
    )


def attest(tale: Tale, she: Woman) -> None:
    day = date(2025, 10, 9)
    now = tale.step(
        day, "09:00", "Zhao Lan, nurse", "calls her on the first day after the holiday."
    )
    screening.attest_treatment(
        tale.house,
        she.ids["treatment"],
        no_intercourse=True,
        no_bath=True,
        by=tale.by("nurse"),
        now=now,
    )
    tale.say("she says", "I took every dose; no intercourse and no tub bath all the while.")
    tale.next("The hold stays until a test is passed. It is made again after her next period.")


STEPS = (
    register,
    answer,
    answer_the_rest,
    period,
    bleeding_ends,
    hold,
    treat,
    holiday,
    attest,
)


# ---------------------------------------------------------------- pieces the chapters share


def open_times(tale: Tale, first: date, last: date, *, now: datetime) -> int:
    """Return how many times were opened at the clinic and in the X-ray room of the campus."""
    return sum(
        len(
            slots.open_slots(
                tale.house,
                room=room,
                first=first,
                last=last,
                begins=time(8, 30),
                ends=time(11, 30),
                by=tale.by("manager"),
                now=now,
            )
        )
        for room in (f"{CAMPUS}-clinic-1", f"{CAMPUS}-xray-1")
    )


def enter(tale: Tale, she: Woman, who: Invented, *, now: datetime, sign_in: str = "") -> None:
    """Register a woman and give her a sign-in."""
    visit = registration.register(
        tale.house,
        site=tale.site,
        campus=CAMPUS,
        family_name=who.family_name,
        given_name=who.given_name,
        birth_date=who.born,
        phone=who.phone,
        language=who.language,
        consents={"sms": True, "phone": True, "email": False, "post": False},
        medium_wanted="water",
        indication="infertility",
        by=tale.by("registration"),
        now=now,
    )
    she.ids |= {"visit": visit.pk, "patient": visit.patient_id}
    if sign_in:
        sign_ins.admit_woman(visit.patient_id, name=sign_in, by=tale.by("registration"), now=now)


def patient_of(tale: Tale, she: Woman, now: datetime):
    """Return her row."""
    return seen_by(tale.by("nurse"), "tell the demo", now=now).patients.get(pk=she.patient)


def herself(tale: Tale, she: Woman, now: datetime) -> Actor:
    """Return her as the one who acts."""
    actor: Actor = patient_of(tale, she, now).as_actor()
    return actor


def slot_on(tale: Tale, day: date, kind: str, *, now: datetime) -> Slot:
    """Return the first free time of a day at the campus."""
    rows = seen_by(tale.by("registration"), "offer a time", now=now).slots
    taken = seen_by(tale.by("registration"), "offer a time", now=now).bookings
    busy = {row.slot_id for row in taken.filter(state__in=("held", "firm", "attended"))}
    free = rows.filter(kind=kind, day=day, campus=CAMPUS, starts_at__gt=now).order_by("starts_at")
    return next(slot for slot in free if slot.pk not in busy)


def local(tale: Tale, moment: datetime) -> str:
    """Return the hour at the clinic."""
    return f"{moment.astimezone(tale.zone):%H:%M}"


def days_in_words(window: ExamWindow, *, first: date | None = None) -> Iterator[str]:
    """Yield each day of a window up to the last that could have been, open or why not."""
    days = [day for day in window.days if first is None or day.day >= first]
    last = max((n for n, day in enumerate(days) if is_near(day)), default=len(days) - 1)
    for day in days[: last + 1]:
        tested = window.test_passed or bool(day.visit_days)
        yield f"{short(day.day)}, cycle day {day.cycle_day}: {why_closed(day, tested=tested)}"


def is_near(day: WindowDay) -> bool:
    """Return whether a day is open, or closed by the calendar alone."""
    return day.is_open or [reason.rule.id for reason in day.reasons] == [
        "clinic-closed-on-exam-day"
    ]


def why_closed(day: WindowDay, *, tested: bool) -> str:
    """Return whether a day suits, or the reasons why not."""
    if day.is_open:
        return "suits" if tested else "would suit, but no day is left for the test before it"
    return "; ".join(
        day.closed
        if reason.rule.id == "clinic-closed-on-exam-day" and day.closed
        else reason.staff.rstrip(".")
        for reason in day.reasons
    )
