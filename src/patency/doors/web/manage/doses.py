"""The doses of a site against its reference level: medians by month, and what was above and why."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Case, CharField, FloatField, Q, QuerySet, When
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.dose import DoseAudit, Given, Tally, audit_of
from patency.core.quality import months_back
from patency.doors.web.asking import ActorRequest, staff_may
from patency.records.models.exam import ExamRecord
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

    visit: str
    """Its id without hyphens: as text, because a list of thousands is read as fast as it can be."""
    month: date
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
    page = Paginator(shown, A_PAGE).get_page(request.GET.get("page"))
    days = _days(request, seen.exam_records.filter(visit__in=[UUID(row.visit) for row in page]))
    reports = seen.dose_reports.filter(read_at__gte=_starts(request)[0])
    context = {
        "whole": audit_of(tallies.values()),
        "months": _together(tallies, lambda key: key[0], newest_first=True),
        "stations": _together(tallies, lambda key: key[1]),
        "page": page,
        "shown": [(row, UUID(row.visit), days.get(row.visit)) for row in page],
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
    seen = seen_by(request.actor, WHY, now=request.now)
    days = _days(request, seen.exam_records.filter(started_at__gte=_starts(request)[0]))
    for row in _rows(request, seen):
        given = row.given
        table.writerow(
            [
                request.actor.site,
                days[row.visit].isoformat(),
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


def _starts(request: ActorRequest) -> list[datetime]:
    """Return when each of the twelve months begins, on the site's clock.

    Moments, not days: a database finds moments by its index, and would work out a day for each.
    """
    zone = ZoneInfo(request.around.site.time_zone)
    months = months_back(request.around.today, SHOWN_MONTHS)
    return [datetime.combine(month, time(), zone) for month in months]


def _days(request: ActorRequest, exams: "QuerySet[ExamRecord]") -> dict[str, date]:
    """Return the day of each examination on the site's clock, by its visit."""
    zone = ZoneInfo(request.around.site.time_zone)
    began = exams.values_list("visit_id", "started_at")
    return {visit.hex: at.astimezone(zone).date() for visit, at in began}


def _rows(request: ActorRequest, seen: Seen) -> list[Row]:
    """Return the examinations of the twelve months, the newest first."""
    starts, level = _starts(request), request.around.site.dose_reference.dap_gy_cm2
    told = _told_by_machines(seen, starts[0], level)
    least = min([level, *(reference for _dap, reference, _source in told.values())])
    # Bare values, not rows: nobody's record is read for an audit of many.
    exams = seen.exam_records.filter(started_at__gte=starts[0])
    unsure = exams.filter(Q(dap_gy_cm2__gt=least) | Q(dap_gy_cm2__isnull=True))
    reasons = {
        visit.hex: reason_in(events) for visit, events in unsure.values_list("visit_id", "events")
    }
    # The database says which month it was: a moment or an id of each row is slow to take over.
    ends = enumerate(starts[1:])
    last = len(starts) - 1
    month = Case(*(When(started_at__lt=end, then=place) for place, end in ends), default=last)
    columns = exams.order_by("-started_at").values_list(
        Cast("visit_id", CharField()),
        month,
        "station",
        "device",
        Cast("dap_gy_cm2", FloatField()),
        "fluoro_seconds",
    )
    months = [start.date() for start in starts]
    rows = []
    for text, place, station, device, dap, seconds in columns:
        visit = text.replace("-", "")
        by_machine, reference, source = told.get(visit, (None, level, ""))
        given = Given(
            by_machine if dap is None else dap, reference, by_machine, reasons.get(visit, "")
        )
        rows.append(Row(visit, months[place], station or device, given, source, seconds))
    return rows


def _told_by_machines(
    seen: Seen, since: datetime, level: float
) -> dict[str, tuple[float, float, str]]:
    """Return what a machine told of a visit in Gy·cm², its reference, and in what it told it."""
    told: dict[str, tuple[float, float, str]] = {}
    steps = seen.performed_steps.filter(
        ended_at__gte=since, visit__isnull=False, dap_gy_cm2__isnull=False
    )
    for visit, dap in steps.values_list("visit", "dap_gy_cm2"):
        if visit is None or dap is None:
            continue
        so_far = told[visit.hex][0] if visit.hex in told else 0.0
        told[visit.hex] = (so_far + float(dap), level, STEP)
    reports = seen.dose_reports.filter(
        read_at__gte=since, image__visit__isnull=False, dap_gy_cm2__isnull=False
    ).order_by("read_at")
    for visit, dap, reference in reports.values_list(
        "image__visit", "dap_gy_cm2", "reference_gy_cm2"
    ):
        if dap is not None:
            told[str(visit)] = (
                float(dap),
                reference,
                REPORT,
            )  # a report counts for more than steps
    return told


def _tallied(rows: Iterable[Row]) -> dict[tuple[date, str], Tally]:
    """Return the examinations counted by month and station."""
    found: dict[tuple[date, str], Tally] = defaultdict(Tally)
    for row in rows:
        found[row.month, row.station].add(row.given)
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
