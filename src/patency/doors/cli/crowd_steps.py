"""One visit walked through the services to where it stands, for a demo with many women.

A walk ends where its name says. Whoever walks it says who she is, on which day her period begins
and which places are free; nothing here is by chance.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from patency.core.access import Actor
from patency.core.exam import Exam
from patency.core.findings.model import Findings
from patency.doors.cli.story_after import WELL
from patency.doors.cli.story_exam import ON_ARRIVAL
from patency.doors.cli.story_others import BOTH_OPEN
from patency.doors.cli.story_people import (
    HER_ANSWERS,
    NORMAL_TEST,
    STAFF,
    STAFF_ANSWERS,
    VISIT_ANSWERS,
)
from patency.records.models.booking import Slot
from patency.service import (
    aftercare,
    arrival,
    booking,
    cycles,
    examination,
    paperwork,
    payment,
    registration,
    reporting,
    screening,
)
from patency.service.house import House
from patency.service.laboratory import TestTaken
from patency.synthetic.crowd import Somebody

BLED_FOR = 4
TEST_ON, EXAM_ON = 6, 7  # days from the start of her period; the exam may be up to 2 days later
OWN_FACTS = ("bmi_kg_m2", "weight_kg")  # her temperature is measured later
DIARY_DAYS = (1, 4, 8)


@dataclass(slots=True)
class Walk:
    """One visit on its way: who she is, when, and what became of it so far."""

    house: House
    site: str
    she: Somebody
    period: date
    place: Callable[[str, date], Slot]
    """The place kept for her: a kind of slot on a day."""
    patient: UUID | None = None
    """Herself, where she is known already; None for a first visit."""
    late: Mapping[str, timedelta] = field(default_factory=dict)
    """How long after the time of her place things happened, by the kind of the place."""
    exam_on: int = EXAM_ON
    ids: dict[str, UUID] = field(default_factory=dict)

    def by(self, name: str) -> Actor:
        """Return a member of staff at this site."""
        roles = {person.name: person.roles for person in STAFF}[name]
        return Actor(name, self.site, frozenset(roles))

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Return an hour at the clinic, so many days after her period began."""
        zone = ZoneInfo(self.house.site(self.site).time_zone)
        return datetime.combine(self.day(days), time(hour, minute), zone).astimezone(UTC)

    def day(self, days: int) -> date:
        """Return the day so many days after her period began."""
        return self.period + timedelta(days=days)

    def beside(self, slot: Slot, minutes: int) -> datetime:
        """Return a moment so many minutes from the time of her place."""
        late = self.late.get(slot.kind, timedelta())
        return slot.starts_at.astimezone(UTC) + timedelta(minutes=minutes) + late

    @property
    def visit(self) -> UUID:
        """Her visit."""
        return self.ids["visit"]


def registered(walk: Walk) -> None:
    """Let her be registered, or a new visit be opened for her."""
    desk, now, she = walk.by("registration"), walk.at(0, 9), walk.she
    if walk.patient is None:
        visit = registration.register(
            walk.house,
            site=walk.site,
            campus=she.campus,
            family_name=she.family_name,
            given_name=she.given_name,
            birth_date=she.born,
            phone=she.phone,
            language=she.language,
            consents={"sms": True, "phone": True, "email": False, "post": False},
            medium_wanted="water",
            indication="infertility",
            by=desk,
            now=now,
        )
    else:
        visit = registration.open_visit(
            walk.house,
            walk.patient,
            campus=she.campus,
            medium_wanted="water",
            indication="infertility",
            by=desk,
            now=now,
        )
    walk.ids |= {"visit": visit.pk, "patient": visit.patient_id}


def answered(walk: Walk, *, but: tuple[str, ...] = ()) -> None:
    """Let her questions be answered, with what is her own.

    Who was here before tells of her period first: else the one of her last visit would count.
    """
    registered(walk)
    if walk.patient is not None:
        tells_of_her_period(walk)
    own = {name: walk.she.facts[name] for name in OWN_FACTS}
    answers = {**HER_ANSWERS, **STAFF_ANSWERS, "usual_bleeding_days": BLED_FOR, **own}
    told = {name: value for name, value in answers.items() if name not in but}
    screening.record_answers(
        walk.house, walk.visit, told, by=walk.by("nurse"), now=walk.at(0, 9, 20)
    )


def one_question_open(walk: Walk) -> None:
    """Leave one question without an answer."""
    answered(walk, but=("contrast_reaction",))


def bleeding(walk: Walk) -> None:
    """Let her tell of her period; she still bleeds."""
    answered(walk)
    if walk.patient is None:
        tells_of_her_period(walk)


def tells_of_her_period(walk: Walk) -> None:
    """Let her tell that her period began today."""
    cycles.report_period(
        walk.house,
        walk.ids["patient"],
        walk.period,
        by=walk.by("registration"),
        now=walk.at(0, 9, 10 if walk.patient else 30),
    )


def planned(walk: Walk) -> None:
    """Let her tell that the bleeding has ended: she has a plan."""
    bleeding(walk)
    cycles.report_bleeding_end(
        walk.house,
        walk.ids["patient"],
        walk.day(BLED_FOR - 1),
        normal=True,
        by=walk.by("registration"),
        now=walk.at(BLED_FOR, 8),
    )


def test_booked(walk: Walk) -> None:
    """Give her a time for the test."""
    planned(walk)
    slot = walk.place("clinic_visit", walk.day(TEST_ON))
    made = booking.book_visit(
        walk.house, walk.visit, slot.pk, by=walk.by("registration"), now=walk.at(BLED_FOR, 8, 30)
    )
    walk.ids["clinic_visit"] = made.pk


def tested(walk: Walk, **differs: object) -> Slot:
    """Let her be tested; ``differs`` are the parts that are not normal. Return her place."""
    test_booked(walk)
    slot = walk.place("clinic_visit", walk.day(TEST_ON))
    now, taken = walk.beside(slot, 8), walk.beside(slot, 1)
    screening.record_results(
        walk.house,
        walk.visit,
        tests=[
            TestTaken("leucorrhoea", {**NORMAL_TEST, **differs}, taken, now, "LT-0126"),
            TestTaken("chlamydia", {"chlamydia_result": "negative"}, taken, now),
        ],
        answers={
            **VISIT_ANSWERS,
            "last_bleed_normal": True,
            "temperature_c": walk.she.facts["temperature_c"],
        },
        by=walk.by("nurse"),
        now=now,
    )
    return slot


def on_hold(walk: Walk) -> None:
    """Find yeast: she waits until it was treated."""
    slot = tested(walk, leucorrhoea_yeast=True)
    row = screening.treat(
        walk.house,
        walk.visit,
        what="clotrimazole, vaginal, for 6 days",
        prescriber="Dr Lin Mei",
        started_on=walk.day(TEST_ON),
        ended_on=walk.day(TEST_ON + 5),
        by=walk.by("gynaecologist"),
        now=walk.beside(slot, 40),
    )
    walk.ids["treatment"] = row.pk


def cleared(walk: Walk) -> None:
    """Let her pass the test, sign and pay: she can have a date."""
    slot = tested(walk)
    nurse, cashier = walk.by("nurse"), walk.by("cashier")
    paperwork.sign_consent(
        walk.house,
        walk.visit,
        signed_name=walk.she.written,
        chaperone=True,
        by=nurse,
        now=walk.beside(slot, 20),
    )
    asked = payment.quote(walk.house, walk.visit, by=cashier, now=walk.beside(slot, 26))
    payment.record(walk.house, asked.pk, method="mobile", by=cashier, now=walk.beside(slot, 28))
    paperwork.sign_application(walk.house, walk.visit, by=nurse, now=walk.beside(slot, 31))


def booked(walk: Walk) -> None:
    """Give her a firm date."""
    cleared(walk)
    slot = walk.place("exam", walk.day(walk.exam_on))
    made = booking.book(
        walk.house,
        walk.visit,
        slot.pk,
        by=walk.by("registration"),
        now=walk.beside(walk.place("clinic_visit", walk.day(TEST_ON)), 36),
    )
    walk.ids["exam"] = made.pk


def arrived(walk: Walk) -> Slot:
    """Let her arrive on the day of the examination. Return her place."""
    booked(walk)
    slot = walk.place("exam", walk.day(walk.exam_on))
    urine = TestTaken(
        "pregnancy_urine",
        {"pregnancy_test_today": "negative"},
        walk.beside(slot, -20),
        walk.beside(slot, -15),
        "HCG-2601",
    )
    arrival.check_in(
        walk.house,
        walk.ids["exam"],
        answers={**ON_ARRIVAL, "temperature_c": walk.she.facts["temperature_c"]},
        tests=[urine],
        by=walk.by("nurse"),
        now=walk.beside(slot, -10),
    )
    return slot


def watched(walk: Walk, **differs: Any) -> Slot:
    """Let her be examined; she is watched before she goes. Return her place."""
    slot = arrived(walk)
    device = next(
        device for device in walk.house.site(walk.site).devices.values() if device.room == slot.room
    )
    done = {
        "device": device.name,
        "station": device.station,
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
        "started_at": walk.beside(slot, 1),
        "ended_at": walk.beside(slot, 8),
        "outcome": "completed",
        "dilated_tube": False,
        **differs,
    }
    examination.record(
        walk.house, walk.visit, Exam(**done), by=walk.by("radiologist"), now=walk.beside(slot, 10)
    )
    return slot


def reported(walk: Walk, seen: Findings = BOTH_OPEN, **differs: Any) -> None:
    """Let her go home with a plan; her report is signed and not yet released."""
    slot = watched(walk, **differs)
    nurse, radiologist = walk.by("nurse"), walk.by("radiologist")
    examination.choose_antibiotics(
        walk.house,
        walk.visit,
        give=True,
        drug="doxycycline",
        allergy_checked=True,
        pregnancy_checked=True,
        by=walk.by("gynaecologist"),
        now=walk.beside(slot, 14),
    )
    well: dict[str, str | int | float] = {
        "pulse": 72,
        "systolic": 112,
        "diastolic": 70,
        "well": "yes",
    }
    examination.observe(walk.house, walk.visit, well, by=nurse, now=walk.beside(slot, 39))
    examination.let_leave(walk.house, walk.visit, by=nurse, now=walk.beside(slot, 40))
    row = aftercare.open_follow_up(walk.house, walk.visit, by=nurse, now=walk.beside(slot, 42))
    walk.ids["follow_up"] = row.pk
    reporting.record_findings(
        walk.house, walk.visit, seen, by=radiologist, now=walk.beside(slot, 55)
    )
    drafted = reporting.draft(walk.house, walk.visit, by=radiologist, now=walk.beside(slot, 56))
    reporting.sign(walk.house, drafted.pk, by=radiologist, now=walk.beside(slot, 70))


def released(walk: Walk, seen: Findings = BOTH_OPEN, **differs: Any) -> None:
    """Release her report on the first working day after; she writes her first line."""
    reported(walk, seen, **differs)
    days = walk.house.site(walk.site).open_days("report", walk.house.calendar_of(walk.site))
    due = days.add_working_days(walk.day(walk.exam_on), 1)
    reporting.release(
        walk.house,
        walk.visit,
        by=walk.by("gynaecologist"),
        now=walk.at((due - walk.period).days, 10),
    )
    writes(walk, DIARY_DAYS[0], bleeding_amount="spotting")


def writes(walk: Walk, number: int, **differs: object) -> aftercare.Told:
    """Let her write about a day of the diary; the nurse enters it."""
    return aftercare.record_diary(
        walk.house,
        walk.ids["follow_up"],
        walk.day(walk.exam_on + number),
        {**WELL, **differs},
        by=walk.by("nurse"),
        now=walk.at(walk.exam_on + number, 20),
    )
