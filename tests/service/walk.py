"""One healthy woman, taken through the services step by step; a test goes on from where it needs.

Her period began on Monday 15 September 2025 and bled for five days. On Monday the 22nd, the third
day after bleeding, she comes for the test; the examination is on Tuesday the 23rd.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from patency.core.access import Actor, Role
from patency.records.models.booking import Booking, Slot
from patency.records.models.money import Payment
from patency.records.models.visit import Visit
from patency.service import (
    arrival,
    booking,
    cycles,
    paperwork,
    payment,
    registration,
    screening,
    slots,
)
from patency.service.house import House
from patency.service.laboratory import TestTaken
from tests.make import NOW, SITE, TODAY, make_actor

PERIOD_START = date(2025, 9, 15)
BLEEDING_ENDED = date(2025, 9, 19)
EXAM_DAY = TODAY + timedelta(days=1)
EXAM_MORNING = NOW + timedelta(days=1)  # 9:00 in Beijing, the first slot

DESK = make_actor(Role.REGISTRATION, name="desk-one")
NURSE = make_actor(Role.NURSE, name="nurse-one")
DOCTOR = make_actor(Role.GYNAECOLOGIST, name="doctor-one")
CONSULTANT = make_actor(Role.CONSULTANT, name="consultant-one")
CASHIER = make_actor(Role.CASHIER, name="cashier-one")
ADMINISTRATOR = make_actor(Role.ADMINISTRATOR, name="administrator-one")

HEALTHY: Mapping[str, object] = {
    "identity_confirmed": True,
    "shortest_cycle_days": 27,
    "longest_cycle_days": 30,
    "usual_bleeding_days": 5,
    "possible_pregnancy": False,
    "last_bleed_normal": True,
    "unexplained_bleeding": False,
    "suspicious_bleeding": False,
    "past_pelvic_infection": False,
    "recent_delivery_or_curettage": False,
    "methotrexate_in_last_3_months": False,
    "severe_illness": False,
    "contrast_reaction": "none",
    "asthma_or_treated_allergy": False,
    "shellfish_or_iodine_allergy": False,
    "kidney_disease_or_metformin": False,
    "blood_thinners_or_bleeding_disorder": False,
    "bmi_kg_m2": 22.5,
    "weight_kg": 60,
    "genital_tuberculosis_suspected": False,
    "herbal_or_other_medicine": False,
    "overt_thyroid_disease": False,
    "intravasation_risk": False,
    "immunosuppressed": False,
    "interpreter_needed": False,
    "chaperone_wish_met": True,
}
AT_THE_VISIT: Mapping[str, object] = {
    "temperature_c": 36.7,
    "unprotected_intercourse_since_period": False,
    "protected_intercourse_since_period": False,
    "bleeding_today": False,
    "specimen_spoiled": False,
    "active_pelvic_infection": False,
    "discharge_symptoms": False,
    "vaginitis_or_cervicitis": False,
    "lower_abdominal_pain": False,
    "respiratory_illness": "none",
    "chlamydia_result": "negative",
    "genital_infection_treated": False,
    "egfr": 95,
}
ON_ARRIVAL: Mapping[str, object] = {
    "temperature_c": 36.6,
    "unprotected_intercourse_since_period": False,
    "protected_intercourse_since_period": False,
    "bleeding_today": False,
    "last_bleed_normal": True,
    "active_pelvic_infection": False,
    "discharge_symptoms": False,
    "lower_abdominal_pain": False,
    "respiratory_illness": "none",
    "possible_pregnancy": False,
}
LEUCORRHOEA: Mapping[str, object] = {
    "leucorrhoea_cleanliness": "I",
    "leucorrhoea_trichomonas": False,
    "leucorrhoea_yeast": False,
    "leucorrhoea_clue_cells": False,
    "leucorrhoea_amine": False,
    "leucorrhoea_ph": 4.1,
    "leucorrhoea_white_cells": "few",
}


def register(house: House, *, by: Actor = DESK, now: datetime = NOW, **details: Any) -> Visit:
    return registration.register(
        house,
        **{
            "site": SITE,
            "campus": "west",
            "family_name": "Example",
            "given_name": "Ann",
            "birth_date": date(1993, 5, 17),
            "phone": "+86 138 0000 0000",
            "language": "en",
            "consents": {"sms": True},
            "medium_wanted": "water",
            "indication": "infertility",
            **details,
        },
        by=by,
        now=now,
    )


def tell_period(house: House, visit: Visit, *, now: datetime = NOW) -> cycles.Told:
    patient = visit.patient_id
    cycles.report_period(house, patient, PERIOD_START, by=DESK, now=now)
    return cycles.report_bleeding_end(house, patient, BLEEDING_ENDED, normal=True, by=DESK, now=now)


def answered(house: House, *, now: datetime = NOW, **details: Any) -> Visit:
    """Return the visit of a woman who told her period and answered the questions."""
    visit = register(house, now=now, **details)
    tell_period(house, visit, now=now)
    screening.record_answers(house, visit.pk, HEALTHY, by=NURSE, now=now)
    return fresh(visit)


def leucorrhoea(now: datetime = NOW, **parts: object) -> TestTaken:
    return TestTaken("leucorrhoea", {**LEUCORRHOEA, **parts}, taken_at=now, read_at=now)


def urine_test(now: datetime, result: str = "negative") -> TestTaken:
    return TestTaken(
        "pregnancy_urine",
        {"pregnancy_test_today": result},
        taken_at=now,
        read_at=now,
        lot="HCG-0925",
    )


def screened(house: House, visit: Visit, *, now: datetime = NOW, **parts: object) -> Visit:
    """Return the visit after the clinic visit; ``parts`` change what the test found."""
    screening.record_results(
        house,
        visit.pk,
        tests=[leucorrhoea(now, **parts)],
        answers=AT_THE_VISIT,
        by=NURSE,
        now=now,
    )
    return fresh(visit)


def cleared(house: House, *, now: datetime = NOW, **details: Any) -> Visit:
    return screened(house, answered(house, now=now, **details), now=now)


def signed_and_paid(house: House, visit: Visit, *, now: datetime = NOW) -> Payment:
    her_name = f"{visit.patient.family_name} {visit.patient.given_name}"
    paperwork.sign_consent(house, visit.pk, signed_name=her_name, chaperone=True, by=NURSE, now=now)
    quote = payment.quote(house, visit.pk, by=CASHIER, now=now)
    paid = payment.record(house, quote.pk, method="card", by=CASHIER, now=now)
    paperwork.sign_application(house, visit.pk, by=NURSE, now=now)
    return paid


def ready_to_book(house: House, *, now: datetime = NOW, **details: Any) -> Visit:
    visit = cleared(house, now=now, **details)
    signed_and_paid(house, visit, now=now)
    return fresh(visit)


def exam_slots(
    house: House, *, first: date = EXAM_DAY, last: date = EXAM_DAY, now: datetime = NOW
) -> list[Slot]:
    """Return the slots of the X-ray room on West campus from 9:00 to 11:00 in Beijing."""
    slots.open_slots(
        house,
        room="west-xray-1",
        first=first,
        last=last,
        begins=time(9),
        ends=time(11),
        by=NURSE,
        now=now,
    )
    return list(Slot.objects.filter(kind="exam", day__range=(first, last)).order_by("starts_at"))


def booked(house: House, *, now: datetime = NOW, **details: Any) -> Booking:
    visit = ready_to_book(house, now=now, **details)
    slot = exam_slots(house, now=now)[0]
    return booking.book(house, visit.pk, slot.pk, by=DESK, now=now)


def arrived(house: House, **answers: object) -> arrival.Arrived:
    """Return what comes of her arrival on the morning of the examination."""
    date_of_hers = booked(house)
    return check_in(house, date_of_hers, **answers)


def check_in(
    house: House, date_of_hers: Booking, *, pregnancy: str = "negative", **answers: object
) -> arrival.Arrived:
    now = EXAM_MORNING
    return arrival.check_in(
        house,
        date_of_hers.pk,
        answers={**ON_ARRIVAL, **answers},
        tests=[urine_test(now, pregnancy)],
        by=NURSE,
        now=now,
    )


def fresh(visit: Visit) -> Visit:
    return Visit.objects.select_related("patient").get(pk=visit.pk)


def moment(day: int, hour: int = 9, month: int = 9) -> datetime:
    """Return an hour of a day in September 2025 in Beijing, as the clinic's clock shows it."""
    return datetime(2025, month, day, hour, tzinfo=UTC) - timedelta(hours=8)
