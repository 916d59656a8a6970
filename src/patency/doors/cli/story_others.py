"""The women around her on the clock's last day, each at another stage, so that no list is empty."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from patency.core.exam import Exam
from patency.core.findings.model import (
    Calibre,
    Cavity,
    Findings,
    Quality,
    Segment,
    Shape,
    Spill,
    Tube,
)
from patency.doors.cli.story import Tale, Woman
from patency.doors.cli.story_after import WELL
from patency.doors.cli.story_exam import ON_ARRIVAL
from patency.doors.cli.story_first_cycle import enter, open_times, patient_of, slot_on
from patency.doors.cli.story_people import (
    HER_ANSWERS,
    NORMAL_TEST,
    STAFF_ANSWERS,
    VISIT_ANSWERS,
    Invented,
)
from patency.doors.cli.story_table import write_down
from patency.service import (
    aftercare,
    arrival,
    booking,
    cycles,
    examination,
    paperwork,
    payment,
    reporting,
    screening,
)
from patency.service.laboratory import TestTaken

TODAY = date(2026, 1, 5)
YESTERDAY = TODAY - timedelta(days=1)
BOTH_OPEN = Findings(
    cavity=Cavity(Shape.NORMAL),
    right=Tube(Segment.FIMBRIA, Spill.FREE, Calibre.NORMAL),
    left=Tube(Segment.FIMBRIA, Spill.FREE, Calibre.NORMAL),
    quality=Quality.GOOD,
)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one woman's cycle and of her test."""

    period: date
    ended: date
    test: date


def _days(period: tuple[int, int, int], test: date) -> Days:
    start = date(*period)
    return Days(start, start + timedelta(days=3), test)


# She bled for four days; the test is on day 3 or 2 after.
WEEKEND = _days((2025, 12, 29), YESTERDAY)
LI = Invented("李", "娜", "Li Na", date(1990, 2, 3), "010-0000-7302")
ZHANG = Invented("张", "敏", "Zhang Min", date(1995, 11, 21), "010-0000-7303")
LIU = Invented("刘", "洋", "Liu Yang", date(1997, 7, 8), "010-0000-7304", "zh-hans")
XU = Invented("徐", "雪", "Xu Xue", date(1988, 9, 30), "010-0000-7305")
SUN = Invented("孙", "丽", "Sun Li", date(1991, 6, 12), "010-0000-7306")
ZHOU = Invented("周", "婷", "Zhou Ting", date(1999, 1, 27), "010-0000-7307")
WU = Invented("吴", "霞", "Wu Xia", date(1992, 12, 5), "010-0000-7308")
ZHENG = Invented("郑", "红", "Zheng Hong", date(1989, 3, 16), "010-0000-7309")


TODAYS_LIST = "on today's list"
WAITING = "waiting, not on today's list: Find, by her number"
AT_HOME = "at home, not on today's list: Find, by her number"
SIGNS_IN = "zheng"
"""The sign-in of the woman whose diary is open on the story's last day."""
COMES = "li"
"""The sign-in of a woman whose examination is on the story's last day."""
WAITS = "liu"
"""The sign-in of a woman who waits for a date: her plan, her wishes, her numbers."""


def others(tale: Tale) -> dict[str, list[str]]:
    """Return where the women around her are found on the story's last day, a line for each."""
    open_times(tale, date(2025, 12, 24), date(2026, 1, 23), now=_at(tale, date(2025, 12, 22), 8))
    found: dict[str, list[str]] = {}
    for who, stage, where in (
        (LI, booked_today, TODAYS_LIST),
        (ZHANG, arrived, TODAYS_LIST),
        (LIU, test_today, TODAYS_LIST),
        (XU, on_hold, WAITING),
        (SUN, being_watched, TODAYS_LIST),
        (ZHOU, one_question_open, WAITING),
        (WU, report_signed, AT_HOME),
        (ZHENG, at_home, AT_HOME),
    ):
        she = Woman(who.spelled)
        says = stage(tale, who, she)
        number = patient_of(tale, she, tale.house.now()).number
        found.setdefault(where, []).append(f"{who.shown}, {number}: {says}")
    return found


def booked_today(tale: Tale, who: Invented, she: Woman) -> str:
    registered(tale, who, she, WEEKEND, sign_in=COMES)
    cleared_and_booked(tale, she, WEEKEND.test, TODAY, after="10:40")
    return "cleared yesterday, her examination is today at 10:50; signs in with a code."


def arrived(tale: Tale, who: Invented, she: Woman) -> str:
    registered(tale, who, she, WEEKEND)
    cleared_and_booked(tale, she, WEEKEND.test, TODAY, after="10:00")
    check_in(tale, she, _at(tale, TODAY, 9, 50))
    return "has arrived, everything was asked and measured; she goes in at 10:10."


def test_today(tale: Tale, who: Invented, she: Woman) -> str:
    days = _days((2025, 12, 31), TODAY)
    registered(tale, who, she, days, sign_in=WAITS)
    now = _at(tale, days.test, 8)
    slot = slot_on(tale, days.test, "clinic_visit", now=_at(tale, days.test, 10, 55))
    booking.book_visit(tale.house, she.visit, slot.pk, by=tale.by("registration"), now=now)
    return "comes for the test today at 11:00; she reads Chinese; signs in with a code."


def on_hold(tale: Tale, who: Invented, she: Woman) -> str:
    registered(tale, who, she, WEEKEND)
    test(tale, she, WEEKEND.test, leucorrhoea_yeast=True)
    return "on hold since yesterday: yeast. A gynaecologist has not seen her yet."


def being_watched(tale: Tale, who: Invented, she: Woman) -> str:
    registered(tale, who, she, WEEKEND)
    cleared_and_booked(tale, she, WEEKEND.test, TODAY, after="08:40")
    check_in(tale, she, _at(tale, TODAY, 8, 35))
    examine(tale, she, _at(tale, TODAY, 9, 40), dilated_tube=True)
    return "examined, a tube is wide: a task waits, antibiotics at this visit."


def one_question_open(tale: Tale, who: Invented, she: Woman) -> str:
    now = _at(tale, TODAY, 9)
    enter(tale, she, who, now=now)
    known = {name: value for name, value in HER_ANSWERS.items() if name != "possible_pregnancy"}
    screening.record_answers(
        tale.house, she.visit, {**known, **STAFF_ANSWERS}, by=tale.by("nurse"), now=now
    )
    return "registered today; one question is still open."


def report_signed(tale: Tale, who: Invented, she: Woman) -> str:
    days = _days((2025, 12, 27), date(2025, 12, 31))
    registered(tale, who, she, days)
    cleared_and_booked(tale, she, days.test, YESTERDAY, after="09:00")
    check_in(tale, she, _at(tale, YESTERDAY, 9))
    examine(tale, she, _at(tale, YESTERDAY, 9, 30))
    goes_home(tale, she, _at(tale, YESTERDAY, 9, 59))
    aftercare.open_follow_up(
        tale.house, she.visit, by=tale.by("nurse"), now=_at(tale, YESTERDAY, 10)
    )
    report(tale, she, _at(tale, YESTERDAY, 11))
    return "examined yesterday; her report was due today and is released: it went out by itself."


def at_home(tale: Tale, who: Invented, she: Woman) -> str:
    days = _days((2025, 12, 22), date(2025, 12, 28))
    exam_day = date(2025, 12, 29)
    registered(tale, who, she, days, sign_in=SIGNS_IN)
    cleared_and_booked(tale, she, days.test, exam_day, after="09:00")
    check_in(tale, she, _at(tale, exam_day, 9))
    examine(tale, she, _at(tale, exam_day, 9, 30))
    goes_home(tale, she, _at(tale, exam_day, 9, 59))
    report(tale, she, _at(tale, exam_day, 11))
    nurse = tale.by("nurse")
    follow_up = aftercare.open_follow_up(
        tale.house, she.visit, by=nurse, now=_at(tale, exam_day, 10)
    )
    reporting.release(
        tale.house, she.visit, by=tale.by("gynaecologist"), now=_at(tale, date(2025, 12, 30), 10)
    )
    for number in (1, 3, 5):
        day = exam_day + timedelta(days=number)
        aftercare.record_diary(
            tale.house, follow_up.pk, day, WELL, by=nurse, now=_at(tale, day, 20)
        )
    return "day 7, her diary is open and waits for a word today; signs in with a code."


# ---------------------------------------------------------------- one step each


def registered(tale: Tale, who: Invented, she: Woman, days: Days, *, sign_in: str = "") -> None:
    """Let a woman be registered, answer her questions and tell us of her period."""
    early = _at(tale, days.period, 9)
    enter(tale, she, who, now=early, sign_in=sign_in)
    answers = {**HER_ANSWERS, **STAFF_ANSWERS}
    screening.record_answers(tale.house, she.visit, answers, by=tale.by("nurse"), now=early)
    desk = tale.by("registration")
    cycles.report_period(tale.house, she.patient, days.period, by=desk, now=early)
    later = _at(tale, days.ended + timedelta(days=1), 8)
    cycles.report_bleeding_end(tale.house, she.patient, days.ended, normal=True, by=desk, now=later)


def test(tale: Tale, she: Woman, day: date, **differs: object) -> None:
    """Let her be tested at the clinic; ``differs`` are the parts that are not normal."""
    now = _at(tale, day, 8, 45)
    taken = now - timedelta(minutes=10)
    screening.record_results(
        tale.house,
        she.visit,
        tests=[
            TestTaken("leucorrhoea", {**NORMAL_TEST, **differs}, taken, now, "LT-0126"),
            TestTaken("chlamydia", {"chlamydia_result": "negative"}, taken, now),
        ],
        answers={**VISIT_ANSWERS, "last_bleed_normal": True},
        by=tale.by("nurse"),
        now=now,
    )


def cleared_and_booked(tale: Tale, she: Woman, tested: date, exam_day: date, *, after: str) -> None:
    """Let her pass the test, sign, pay, and have a time on ``exam_day``."""
    test(tale, she, tested)
    now = _at(tale, tested, 9, 30)
    nurse, cashier = tale.by("nurse"), tale.by("cashier")
    row = patient_of(tale, she, now)
    name = f"{row.family_name}{row.given_name}"
    paperwork.sign_consent(
        tale.house, she.visit, signed_name=name, chaperone=False, by=nurse, now=now
    )
    asked = payment.quote(tale.house, she.visit, by=cashier, now=now)
    payment.record(tale.house, asked.pk, method="card", by=cashier, now=now)
    paperwork.sign_application(tale.house, she.visit, by=nurse, now=now)
    slot = slot_on(tale, exam_day, "exam", now=tale.moment(exam_day, after))
    made = booking.book(
        tale.house, she.visit, slot.pk, by=tale.by("registration"), now=_at(tale, tested, 10)
    )
    she.ids["booking"] = made.pk


def check_in(tale: Tale, she: Woman, now: datetime) -> None:
    """Let her arrive, with a negative pregnancy test."""
    urine = TestTaken(
        "pregnancy_urine",
        {"pregnancy_test_today": "negative"},
        now - timedelta(minutes=10),
        now - timedelta(minutes=5),
        "HCG-2601",
    )
    arrival.check_in(
        tale.house,
        she.ids["booking"],
        answers=ON_ARRIVAL,
        tests=[urine],
        by=tale.by("nurse"),
        now=now,
    )


def examine(tale: Tale, she: Woman, now: datetime, **differs: Any) -> None:
    """Let her be examined; ``differs`` is what was not as usual."""
    done = {
        "device": "Fluoroscopy unit, West campus",
        "station": "WESTFLUORO1",
        "seal": "balloon catheter",
        "operator": "Dr Sun Yue",
        "agent": "iohexol 300",
        "lot": "IO-7902",
        "increments": (2.0, 3.0),
        "key_images": (1, 2, 3, 4),
        "pain_score": 4,
        "relief_offered": True,
        "dap_gy_cm2": 1.1,
        "fluoro_seconds": 31,
        "started_at": now - timedelta(minutes=8),
        "ended_at": now - timedelta(minutes=2),
        "outcome": "completed",
        "dilated_tube": False,
        **differs,
    }
    exam = Exam(**done)
    write_down(tale, she, exam, spills=("spill-right", "spill-left"))
    examination.record(tale.house, she.visit, exam, by=tale.by("radiologist"), now=now)


def goes_home(tale: Tale, she: Woman, now: datetime) -> None:
    """Let a prescriber decide, and let her leave, half an hour after her examination."""
    nurse = tale.by("nurse")
    examination.choose_antibiotics(
        tale.house,
        she.visit,
        give=True,
        drug="doxycycline",
        allergy_checked=True,
        pregnancy_checked=True,
        by=tale.by("gynaecologist"),
        now=now - timedelta(minutes=20),
    )
    seen: dict[str, str | int | float] = {
        "pulse": 72,
        "systolic": 112,
        "diastolic": 70,
        "well": "yes",
    }
    examination.observe(tale.house, she.visit, seen, by=nurse, now=now)
    examination.let_leave(tale.house, she.visit, by=nurse, now=now)


def report(tale: Tale, she: Woman, now: datetime) -> None:
    """Let her report be drafted and signed, both tubes open."""
    by = tale.by("radiologist")
    reporting.record_findings(tale.house, she.visit, BOTH_OPEN, by=by, now=now)
    drafted = reporting.draft(tale.house, she.visit, by=by, now=now)
    reporting.sign(tale.house, drafted.pk, by=by, now=now)


def _at(tale: Tale, day: date, hour: int, minute: int = 0) -> datetime:
    return tale.moment(day, f"{hour:02}:{minute:02}")
