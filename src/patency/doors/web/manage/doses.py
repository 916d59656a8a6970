"""The doses of a site against its reference level: medians by month, and what was above and why."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.dose import DoseAudit, Given, Tally, audit_of
from patency.core.quality import months_back
from patency.doors.web.asking import ActorRequest, staff_may
from patency.records.seen_by import Seen, seen_by
from patency.service.dosed import reason_in

K = TypeVar("K", date, str)

WHY = "the doses of the site"
SHOWN_MONTHS = 12
A_PAGE = 25
REPORT, STEP = "dose-report", "procedure-step"


@dataclass(frozen=True, slots=True)
class Row:
    """One examination in the audit; of whom it was stands behind its link."""

    visit: UUID
    day: date
    station: str
    given: Given
    source: str
    fluoro_seconds: int | None


@require_safe
@staff_may(Action.SEE_DOSES)
def doses(request: ActorRequest) -> HttpResponse:
    """Return the doses of the last twelve months."""
    seen = seen_by(request.actor, WHY, now=request.now)
    rows = _rows(request, seen)
    tallies = _tallied(rows)
    shown = [row for row in rows if row.given.is_above or row.given.differs]
    shown.sort(key=lambda row: not row.given.lacks_reason)  # what is still to be done first
    reports = seen.dose_reports.filter(read_at__date__gte=_months(request)[0])
    context = {
        "whole": audit_of(tallies.values()),
        "months": _together(tallies, lambda key: key[0], newest_first=True),
        "stations": _together(tallies, lambda key: key[1]),
        "page": Paginator(shown, A_PAGE).get_page(request.GET.get("page")),
        "reference": request.around.site.dose_reference,
        "may_open": may(request.actor, Action.SEE_PATIENT),
        "may_say": may(request.actor, Action.RECORD_EXAM),
        "may_file": may(request.actor, Action.FILE_IMAGES),
        "astray": reports.filter(image__visit__isnull=True).count(),
        "unread": reports.exclude(faults=[]).count(),
    }
    return TemplateResponse(request, "manage/doses.html", context)


@require_safe
@staff_may(Action.SEE_DOSES)
def doses_csv(request: ActorRequest) -> HttpResponse:
    """Return every examination of the twelve months as a table for a spreadsheet; no woman's."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="doses.csv"'
    answer.write("\ufeff")  # without it a spreadsheet takes the units for something else
    table = csv.writer(answer)
    table.writerow(["site", "day", "station", "dap_gy_cm2", "told_by_machine_gy_cm2", "source",
                    "fluoroscopy_s", "reference_gy_cm2", "above", "reason_given"])  # fmt: skip
    for row in _rows(request, seen_by(request.actor, WHY, now=request.now)):
        given = row.given
        table.writerow(
            [
                request.actor.site,
                row.day.isoformat(),
                row.station,
                _number(given.dap_gy_cm2),
                _number(given.told_gy_cm2),
                row.source,
                "" if row.fluoro_seconds is None else row.fluoro_seconds,
                f"{given.reference_gy_cm2:g}",
                "yes" if given.is_above else "no",
                "" if not given.is_above else "no" if given.lacks_reason else "yes",
            ]
        )
    return answer


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _months(request: ActorRequest) -> list[date]:
    return list(months_back(request.around.today, SHOWN_MONTHS))


def _rows(request: ActorRequest, seen: Seen) -> list[Row]:
    """Return the examinations of the twelve months, the newest first."""
    first, site = _months(request)[0], request.around.site
    told: dict[UUID, tuple[Decimal, float, str]] = {}
    steps = seen.performed_steps.filter(
        ended_at__date__gte=first, visit__isnull=False, dap_gy_cm2__isnull=False
    )
    for visit, dap in steps.values_list("visit", "dap_gy_cm2"):
        if dap is None:
            continue
        so_far = told[visit][0] if visit in told else Decimal(0)
        told[visit] = (so_far + dap, site.dose_reference.dap_gy_cm2, STEP)
    reports = seen.dose_reports.filter(
        read_at__date__gte=first, image__visit__isnull=False, dap_gy_cm2__isnull=False
    ).order_by("read_at")
    for visit, dap, reference in reports.values_list(
        "image__visit", "dap_gy_cm2", "reference_gy_cm2"
    ):
        if dap is not None:
            told[visit] = (dap, reference, REPORT)  # a report counts for more than steps
    level, zone = site.dose_reference.dap_gy_cm2, ZoneInfo(site.time_zone)
    least = min([level, *(reference for _dap, reference, _source in told.values())])
    # Bare values, not rows: nobody's record is read for an audit of many.
    exams = seen.exam_records.filter(started_at__date__gte=first)
    unsure = exams.filter(Q(dap_gy_cm2__gt=least) | Q(dap_gy_cm2__isnull=True))
    reasons = {
        visit: reason_in(events) for visit, events in unsure.values_list("visit_id", "events")
    }
    columns = "visit_id", "started_at", "station", "device", "dap_gy_cm2", "fluoro_seconds"
    return [
        _row(Exam(*values), told.get(values[0]), reasons.get(values[0], ""), level, zone)
        for values in exams.order_by("-started_at").values_list(*columns)
    ]


class Exam(NamedTuple):
    """What the audit reads of one examination."""

    visit: UUID
    started_at: datetime
    station: str
    device: str
    dap_gy_cm2: Decimal | None
    fluoro_seconds: int | None


def _row(
    exam: Exam,
    told: tuple[Decimal, float, str] | None,
    reason: str,
    level: float,
    zone: ZoneInfo,
) -> Row:
    by_machine = None if told is None else float(told[0])
    dap = by_machine if exam.dap_gy_cm2 is None else float(exam.dap_gy_cm2)
    return Row(
        visit=exam.visit,
        day=exam.started_at.astimezone(zone).date(),
        station=exam.station or exam.device,
        given=Given(dap, level if told is None else told[1], by_machine, reason),
        source="" if told is None else told[2],
        fluoro_seconds=exam.fluoro_seconds,
    )


def _tallied(rows: Iterable[Row]) -> dict[tuple[date, str], Tally]:
    """Return the examinations counted by month and station."""
    found: dict[tuple[date, str], Tally] = defaultdict(Tally)
    for row in rows:
        found[row.day.replace(day=1), row.station].add(row.given)
    return found


def _together(
    tallies: Mapping[tuple[date, str], Tally],
    by: Callable[[tuple[date, str]], K],
    *,
    newest_first: bool = False,
) -> list[tuple[K, DoseAudit]]:
    """Return what they come to by month or by station, in order."""
    of: dict[K, list[Tally]] = defaultdict(list)
    for key, tally in tallies.items():
        of[by(key)].append(tally)
    return [(key, audit_of(of[key])) for key in sorted(of, reverse=newest_first)]
