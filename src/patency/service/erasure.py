"""What she may ask of us about her record: a copy of it, or its end as far as the law lets it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import User
from django.db import models, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.protocol.model import Urgency
from patency.core.visit import FINAL
from patency.records.erasure import erase_rows, files_of, kept_by_law
from patency.records.ledger import remember, remember_change, subject_of
from patency.records.models.base import unfit
from patency.records.models.booking import Slot
from patency.records.models.exam import ExamRecord
from patency.records.models.followup import FollowUp, Task
from patency.records.models.hers import ErasureWish
from patency.records.models.ledger import Retention
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service.house import House


@dataclass(frozen=True, slots=True)
class Law:
    """How long a country's law keeps the record of an examination, and where that is written."""

    years: int
    source: str


# General knowledge of the editors, confirmed by no lawyer: a clinic has its own years checked.
LAWS: Mapping[str, Law] = {
    "CN": Law(
        15,
        "Regulations on Medical Records of Medical Institutions (2013), art. 29: outpatient "
        "records, 15 years from the last visit",
    ),
    "GB-ENG": Law(
        8,
        "NHS Records Management Code of Practice (2021), appendix II: adult health records, "
        "8 years from the last contact",
    ),
}
# What the record of an examination consists of. Her name belongs to it; how to reach her does not.
RECORD_OF_AN_EXAM = (
    "Patient",
    "Consent",
    "TestResult",
    "Treatment",
    "ExamRecord",
    "Observation",
    "Findings",
    "Report",
    "CriticalFinding",
    "ImageFile",
    "PerformedStep",
    *("DoseReport", "DraftReading", "Judgement"),
)
NOT_PART_OF_IT: Mapping[str, Any] = {"phone": "", "email": "", "user": None}


class ErasureRefused(Exception):
    """A record that cannot be erased or kept as it was asked for."""


class VisitNotOver(ErasureRefused):
    """She is on her way to an examination, or in the weeks after one."""


class NothingAsked(ErasureRefused):
    """There is no wish of hers that could be taken back."""


# Who erases, and until when at the latest: our choice, within the month that most laws give.
TO_ERASE = "end-her-record"
TIME_TO_ERASE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of her record: what stands in the way today, and what the law keeps."""

    visit_open: bool
    follow_up_open: bool
    locked: Mapping[str, date]
    """By table, the last day each must be kept."""
    law: str
    wish: ErasureWish | None
    """Hers that still waits to be seen to."""

    @property
    def kept_until(self) -> date | None:
        """The last day of the longest lock."""
        return max(self.locked.values(), default=None)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, by table, and what the law holds back until when."""

    patient: Patient
    erased: Mapping[str, int]
    locked: Mapping[str, date]


def would_erase(house: House, *, by: Actor, now: datetime) -> Outlook:
    """Return what would become of her record if it ended today; nothing is changed by asking."""
    return _outlook(house, _herself(by, now), now=now)


def would_erase_of(house: House, patient_id: UUID, *, by: Actor, now: datetime) -> Outlook:
    """Return the same to the administrator who is to do it."""
    access.check(by, Action.ERASE)
    patient = seen_by(by, "before erasing", now=now).patients.get(pk=patient_id)
    return _outlook(house, patient, now=now)


def ask_to_erase(house: House, *, by: Actor, now: datetime) -> ErasureWish:
    """Return her wish that her record ends, which an administrator sees to; asking twice is one.

    She may ask at any time; the record ends once nobody waits for her any more.
    """
    her = _herself(by, now)
    with transaction.atomic():
        her = Patient.objects.select_for_update().get(pk=her.pk)
        there = _open_wish(her)
        if there is not None:
            return there
        wish = ErasureWish.objects.create(patient=her, asked_at=now)
        task = Task.objects.create(
            site=her.site,
            patient=her,
            kind=TO_ERASE,
            urgency=Urgency.CALL.value,
            why="her-wish",
            opened_at=now,
            due_at=now + TIME_TO_ERASE,
        )
        remember_change(
            wish,
            "erasure-asked",
            by=by,
            now=now,
            fields=["erasure_wish", "task"],
            payload={"task": task.pk},
        )
    return wish


def withdraw_wish(*, by: Actor, now: datetime) -> ErasureWish:
    """Return her wish, taken back while nobody has seen to it. Raises ``NothingAsked``."""
    her = _herself(by, now)
    with transaction.atomic():
        her = Patient.objects.select_for_update().get(pk=her.pk)
        wish = _open_wish(her)
        if wish is None:
            raise NothingAsked(
                f"patient/{her.pk} has no open wish that her record ends, so nothing was taken "
                "back. Look at the record; it may have ended."
            )
        wish.withdrawn_at = now
        wish.save(update_fields=["withdrawn_at"])
        _finish_tasks(her, "taken back by her", by=by, now=now)
        remember_change(
            wish, "erasure-wish-withdrawn", by=by, now=now, fields=["erasure_wish", "task"]
        )
    return wish


def erase(house: House, patient_id: UUID, *, by: Actor, now: datetime) -> Erased:
    """Return what was erased of a woman's record, and what stays locked until its day.

    Facts, words, images and how to reach her go; verdicts, rule ids, times and her number stay.
    Where there was an examination, the law of the site's country keeps its record: those tables are
    locked until the end of that term and go when she asks again then. Raises ``VisitNotOver``.
    """
    access.check(by, Action.ERASE)
    patient = seen_by(by, "erase", now=now).patients.get(pk=patient_id)
    with transaction.atomic():
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        _check_over(patient)
        today = house.day_at(patient.site, now)
        _lock_the_exams(house, patient, today)
        locked = kept_by_law(patient, today)
        user: User | None = patient.user
        if user is not None:
            user.is_active = False
            user.set_unusable_password()
            user.save(update_fields=["is_active", "password"])
        files = files_of(patient, kept=locked.keys())
        counts = erase_rows(patient, kept=locked.keys(), now=now)
        wishes = ErasureWish.objects.filter(patient=patient, withdrawn_at=None, done_at=None)
        wishes.update(done_at=now)
        _finish_tasks(patient, "erased", by=by, now=now)
        if "Patient" in locked:
            Patient.objects.filter(pk=patient.pk).update(erased_at=now, **NOT_PART_OF_IT)
        remember(
            kind="erased",
            subject=subject_of(patient),
            by=by,
            now=now,
            site=patient.site,
            patient=patient,
            fields=[name for name, count in counts.items() if count],
            payload={"locked": sorted(locked), "files": files},
        )
    patient.refresh_from_db()
    return Erased(patient, counts, locked)


def keep_until(
    house: House, patient_id: UUID, *, what: str, law: str, ends_on: date, by: Actor, now: datetime
) -> Retention:
    """Return the lock on one table of a woman's record, with the law and the day it ends.

    For what the terms of the country do not know, such as a court's order.
    """
    access.check(by, Action.ERASE)
    patient = seen_by(by, "keep by law", now=now).patients.get(pk=patient_id)
    known = sorted(model.__name__ for model in apps.get_app_config("records").get_models())
    is_past = ends_on < house.day_at(patient.site, now)
    if what not in known or not law.strip() or is_past or unfit(Retention, law=law):
        raise ErasureRefused(
            f"{what!r} of patient/{patient.pk} was not locked until {ends_on}. It is a table such "
            f"as {', '.join(RECORD_OF_AN_EXAM)}, with the law that keeps it and a day to come; "
            "correct it."
        )
    with transaction.atomic():
        row, _ = Retention.objects.update_or_create(
            patient=patient,
            what=what,
            law=law.strip(),
            defaults={"site": patient.site, "ends_on": ends_on},
        )
        remember(
            kind="kept-by-law",
            subject=subject_of(row),
            by=by,
            now=now,
            site=patient.site,
            patient=patient,
            fields=[what],
        )
    return row


def export(house: House, patient_id: UUID, *, by: Actor, now: datetime) -> dict[str, Any]:
    """Return the whole record of a woman as plain values, table by table, oldest row first.

    Moments are ISO 8601 in UTC. The audit of who saw her is part of it.
    """
    access.check(by, Action.EXPORT)
    patient = seen_by(by, "export", now=now).patients.get(pk=patient_id)
    with transaction.atomic():
        record: dict[str, Any] = {
            "exported_at": _plain(now),
            "site": house.site(patient.site).name,
            "patient": _row(patient),
        }
        for model in apps.get_app_config("records").get_models():
            way = getattr(model, "WOMAN", None)
            if way and model is not Patient:
                rows = model._default_manager.filter(**{way: patient}).order_by("pk")
                record[str(model._meta.model_name)] = [_row(row) for row in _in_order(rows)]
        # A slot is nobody's, yet without it nobody can tell when she was to come.
        slots = Slot.objects.filter(bookings__visit__patient=patient).distinct()
        record["slot"] = [_row(row) for row in _in_order(slots)]
        remember(
            kind="exported",
            subject=subject_of(patient),
            by=by,
            now=now,
            site=patient.site,
            patient=patient,
            fields=sorted(record),
        )
    return record


def _herself(by: Actor, now: datetime) -> Patient:
    access.check(by, Action.EXPORT)
    if by.patient_id is None:
        raise access.NotPermitted(
            f"{by.name} may not ask this in a woman's name; she does so herself on her page."
        )
    her: Patient = seen_by(by, "the end of her record", now=now).patients.get(pk=by.patient_id)
    return her


def _outlook(house: House, her: Patient, *, now: datetime) -> Outlook:
    today = house.day_at(her.site, now)
    locked = dict(kept_by_law(her, today))
    due = _kept_of_the_exams(house, her, today)
    if due is not None:
        for what in RECORD_OF_AN_EXAM:
            locked[what] = max(due[1], locked.get(what, due[1]))
    law = LAWS.get(house.site(her.site).country)
    return Outlook(
        visit_open=Visit.objects.filter(patient=her).exclude(state__in=FINAL).exists(),
        follow_up_open=FollowUp.objects.filter(patient=her, state="open").exists(),
        locked=locked,
        law=law.source if law and locked else "",
        wish=_open_wish(her),
    )


def _check_over(patient: Patient) -> None:
    """Return nothing, or raise ``VisitNotOver`` while somebody waits for her."""
    open_visit = Visit.objects.filter(patient=patient).exclude(state__in=FINAL).first()
    if open_visit is not None:
        raise VisitNotOver(
            f"patient/{patient.pk} was not erased: visit/{open_visit.pk} is "
            f"{open_visit.state}. A record ends when no visit is open; close or cancel it "
            "first."
        )
    followed = FollowUp.objects.filter(patient=patient, state="open").first()
    if followed is not None:
        raise VisitNotOver(
            f"patient/{patient.pk} was not erased: followup/{followed.pk} is open, and what "
            "she writes there may be urgent. A record ends when nobody waits for her; close "
            "the follow-up first."
        )


def _open_wish(patient: Patient) -> ErasureWish | None:
    rows = ErasureWish.objects.filter(patient=patient)
    found: ErasureWish | None = rows.filter(withdrawn_at=None, done_at=None).first()
    return found


def _finish_tasks(patient: Patient, note: str, *, by: Actor, now: datetime) -> None:
    for task in Task.objects.filter(patient=patient, kind=TO_ERASE, done_at__isnull=True):
        if task.acknowledged_at is None:
            task.acknowledged_at, task.acknowledged_by = now, by.name
        task.done_at, task.done_note = now, note
        task.save(update_fields=["acknowledged_at", "acknowledged_by", "done_at", "done_note"])


def _kept_of_the_exams(house: House, patient: Patient, today: date) -> tuple[Law, date] | None:
    """Return the law that keeps her examinations and its last day; None where none does."""
    newest = ExamRecord.objects.filter(visit__patient=patient).order_by("-ended_at").first()
    law = LAWS.get(house.site(patient.site).country)
    if newest is None or law is None:
        return None
    ends_on = _years_after(house.day_at(patient.site, newest.ended_at), law.years)
    return None if ends_on < today else (law, ends_on)


def _lock_the_exams(house: House, patient: Patient, today: date) -> None:
    """Write down what the law of the country keeps, once for every table of the record."""
    kept = _kept_of_the_exams(house, patient, today)
    if kept is None:
        return
    law, ends_on = kept
    for what in RECORD_OF_AN_EXAM:
        Retention.objects.update_or_create(
            patient=patient,
            what=what,
            law=law.source,
            defaults={"site": patient.site, "ends_on": ends_on},
        )


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _in_order(rows: "models.QuerySet[Any]") -> list[Any]:
    """Return rows by the first moment they hold, so that the record reads as it happened."""
    moments = [
        field.name for field in rows.model._meta.fields if isinstance(field, models.DateTimeField)
    ]
    return sorted(
        rows,
        key=lambda row: next((str(value) for name in moments if (value := getattr(row, name))), ""),
    )


def _row(row: models.Model) -> dict[str, Any]:
    return {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.fields}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value
