"""What the tables know of a woman on a day, as the facts of the core."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from patency.core.facts import FactValue
from patency.records.models.booking import STILL_TO_COME, Intervention
from patency.records.models.followup import FollowUp
from patency.records.models.money import Payment
from patency.records.models.paperwork import ApplicationForm
from patency.records.models.visit import Answer, Period, TestResult, Visit

# What facts are made of. Read together for a whole line of women, it is a few queries, not a few
# for each of them.
FACTS_ARE_OF = (
    "answers",
    "test_results",
    "treatments",
    "bookings__slot",
    "consents",
    "quotes__payment__refund",
    "application_form",
    "patient__periods__interventions",
)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\S+")


def facts_on(visit: Visit, day: date, *, follow_up: FollowUp | None = None) -> dict[str, FactValue]:
    """Return everything known of her for this visit on a calendar day of the site.

    An answer counts when it lasts or was given for ``day``; of several the newest, and an empty
    one takes back what was said. Rows count more than answers. Tests belong to the cycle in which
    they were taken, a urine pregnancy test to its day. With ``follow_up`` the answers are those of
    the follow-up too. What is not known is absent; whether the clinic is open is not in the tables.
    """
    period = newest_period(visit, day)
    return {
        **_answers(visit, day, follow_up),
        **_period(period),
        **_tests(visit, day, period),
        **_interventions(period),
        **_bookings(visit),
        **({"exam_date": follow_up.exam_day} if follow_up else {}),
        **_paperwork(visit),
    }


def newest_period(visit: Visit, day: date) -> Period | None:
    """Return the period that a day belongs to, if she told us of one."""
    told = _periods_read(visit)
    if told is None:
        rows = Period.objects.filter(patient_id=visit.patient_id, start__lte=day)
        return rows.order_by("-start").first()
    return max((row for row in told if row.start <= day), key=lambda row: row.start, default=None)


def periods_until(visit: Visit, day: date) -> list[Period]:
    """Return the periods she told us of that began up to a day, the first one first."""
    told = _periods_read(visit)
    if told is None:
        rows = Period.objects.filter(patient_id=visit.patient_id, start__lte=day)
        return list(rows.order_by("start"))
    return sorted((row for row in told if row.start <= day), key=lambda row: row.start)


def _periods_read(visit: Visit) -> list[Period] | None:
    patient = visit.patient if "patient" in visit._state.fields_cache else None
    return None if patient is None else read_already(patient, "periods")


def with_facts(
    visits: "QuerySet[Visit]", *, asked: Collection[str] | None = None
) -> "QuerySet[Visit]":
    """Return visits that bring with them all that facts are made of, as it is when they are read.

    For deciding about many women at once; whoever writes reads the visit again first. With
    ``asked`` the answers to these questions only, for a list that needs no others: nothing may be
    decided from such a visit.
    """
    found = visits.select_related("patient")
    if asked is None:
        return found.prefetch_related(*FACTS_ARE_OF)
    answers = Prefetch("answers", Answer.objects.filter(fact__in=asked))
    return found.prefetch_related(answers, *(name for name in FACTS_ARE_OF if name != "answers"))


def bring_facts(visit: Visit) -> None:
    """Read with a visit, once, all that facts are made of: for a page that asks for them often.

    As with ``with_facts`` nothing that is written may rest on it.
    """
    prefetch_related_objects([visit], *FACTS_ARE_OF)


def read_already(row: Any, name: str) -> "list[Any] | None":
    """Return the related rows that were read with a row; None where they were not."""
    found = getattr(row, "_prefetched_objects_cache", {}).get(name)
    return None if found is None else list(found)


def to_json(value: FactValue) -> bool | int | float | str:
    """Return a fact as JSON keeps it; days and moments become ISO 8601 text."""
    return value.isoformat() if isinstance(value, date) else value


def from_json(raw: Any) -> FactValue:
    """Return what ``to_json`` wrote; text in the form of a day or a moment is one."""
    if isinstance(raw, str):
        if _DAY.fullmatch(raw):
            return date.fromisoformat(raw)
        if _MOMENT.fullmatch(raw):
            return datetime.fromisoformat(raw)
    return raw


def facts_to_json(facts: Mapping[str, FactValue]) -> dict[str, Any]:
    """Return facts as a decision keeps them."""
    return {name: to_json(value) for name, value in sorted(facts.items())}


def facts_from_json(kept: Mapping[str, Any]) -> dict[str, FactValue]:
    """Return the facts a decision was made with."""
    return {name: from_json(value) for name, value in kept.items() if value is not None}


def _answers(visit: Visit, day: date, follow_up: FollowUp | None) -> dict[str, FactValue]:
    of = {None, follow_up.pk if follow_up else None}
    rows = sorted(visit.answers.all(), key=lambda row: row.pk)
    newest = {
        row.fact: row.value
        for row in rows
        if row.follow_up_id in of and (row.day is None or row.day == day)
    }
    return facts_from_json(newest)


def _period(period: Period | None) -> dict[str, FactValue]:
    if period is None:
        return {}
    facts: dict[str, FactValue] = {"period_start": period.start}
    if period.bleeding_ended is not None:
        facts["bleeding_ended"] = period.bleeding_ended
    return facts


def _tests(visit: Visit, day: date, period: Period | None) -> dict[str, FactValue]:
    newest: dict[str, TestResult] = {}
    read = [row for row in visit.test_results.all() if row.read_at is not None]
    for row in sorted(read, key=lambda row: (row.taken_at, row.read_at)):
        if _belongs(row, day, period):
            newest[row.kind] = row
    facts: dict[str, FactValue] = {}
    for row in newest.values():
        facts |= facts_from_json(row.parts or {})
    test = newest.get("leucorrhoea")
    facts["leucorrhoea_test_done"] = test is not None
    if test is not None and test.verdict == "passed":
        facts["test_passed_on"] = test.day
    return facts


def _belongs(row: TestResult, day: date, period: Period | None) -> bool:
    """Return whether a result still says something on a day."""
    match row.kind:
        case "pregnancy_urine":
            return row.day == day
        case "leucorrhoea" | "hcg_serum":
            return period is None or row.day >= period.start
        case _:
            return True


def _interventions(period: Period | None) -> dict[str, FactValue]:
    if period is None:
        return {}
    read = read_already(period, "interventions")
    count = Intervention.objects.filter(period=period).count() if read is None else len(read)
    return {"interventions_this_cycle": count}


def _bookings(visit: Visit) -> dict[str, FactValue]:
    return dict(_booked_days(visit))


def _booked_days(visit: Visit) -> Iterator[tuple[str, FactValue]]:
    names = {"clinic_visit": "visit_date", "exam": "exam_date"}
    read: Iterable[Any] | None = read_already(visit, "bookings")
    rows = visit.bookings.select_related("slot") if read is None else read
    hers = [row for row in rows if row.state in (*STILL_TO_COME, "attended")]
    # The last word is the booking still to come; before it, the last one attended.
    for row in sorted(hers, key=lambda row: (row.state in STILL_TO_COME, row.made_at)):
        yield names[row.kind], row.slot.day


def _paperwork(visit: Visit) -> dict[str, FactValue]:
    quotes = read_already(visit, "quotes")
    if quotes is None:
        paid = Payment.objects.filter(quote__visit=visit, refund__isnull=True).exists()
        applied = ApplicationForm.objects.filter(visit=visit).exists()
    else:
        payments = [getattr(quote, "payment", None) for quote in quotes]
        paid = any(one is not None and not hasattr(one, "refund") for one in payments)
        applied = hasattr(visit, "application_form")
    return {
        "consent_signed": any(row.withdrawn_at is None for row in visit.consents.all()),
        "payment_recorded": paid,
        "application_signed": applied,
    }
