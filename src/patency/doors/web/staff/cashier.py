"""The cashier's day: what is outstanding, what was taken, what went back, and the closing."""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.money import Money
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.money_words import GROUNDS, METHODS
from patency.doors.web.staff.owing import owing
from patency.records.seen_by import Seen, seen_by

A_PAGE = 25
ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Drawer:
    """What one cashier took and gave back on one day, in one currency."""

    cashier: str
    currency: str
    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    given_back: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    count: int = 0

    @property
    def lines(self) -> list[tuple[str, str, str, str]]:
        """One line for each way to pay: taken, given back, left."""
        used = [each for each in METHODS if each in self.taken or each in self.given_back]
        return [
            (
                str(METHODS[each]),
                self._money(self.taken[each]),
                self._money(self.given_back[each]),
                self._money(self.taken[each] - self.given_back[each]),
            )
            for each in used
        ]

    @property
    def total(self) -> str:
        return self._money(sum(self.taken.values()) - sum(self.given_back.values()))

    def _money(self, minor: int) -> str:
        sign = "−" if minor < 0 else ""
        return sign + str(Money(abs(minor), self.currency))


@require_safe
@staff_may(Action.REFUND)
def cashier(request: ActorRequest) -> HttpResponse:
    """Return what is outstanding, and the closing of one day."""
    seen = seen_by(request.actor, "the cashier's day", now=request.now)
    asked, today = request.GET.get("day", ""), request.around.today
    day = _day(asked, today)
    payments, refunds = _of_day(request, seen, day or today)
    page = Paginator(owing(seen, request.now), A_PAGE).get_page(request.GET.get("page"))
    shown = day or today
    context = {
        "day": shown,
        "no_such_day": day is None,
        "is_today": shown == today,
        "before": (shown - ONE_DAY).isoformat(),
        "after": (shown + ONE_DAY).isoformat() if shown < today else "",
        "drawers": _drawers(payments, refunds),
        "payments": payments,
        "refunds": refunds,
        "page": page,
        "may_take": may(request.actor, Action.TAKE_PAYMENT),
    }
    return TemplateResponse(request, "staff/cashier.html", context)


@require_safe
@staff_may(Action.REFUND)
def closing_csv(request: ActorRequest) -> HttpResponse:
    """Return one day's payments and refunds as a table for a spreadsheet."""
    seen = seen_by(request.actor, "the day's closing", now=request.now)
    today = request.around.today
    day = _day(request.GET.get("day", ""), today) or today
    payments, refunds = _of_day(request, seen, day)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="closing-{day:%Y-%m-%d}.csv"'
    answer.write("\ufeff")  # so that a spreadsheet reads it as UTF-8
    rows = csv.writer(answer)
    rows.writerow(
        [
            _("Time"),
            _("What"),
            _("Cashier"),
            _("Receipt"),
            _("Patient number"),
            _("How she pays"),
            _("Amount"),
            _("Currency"),
            _("Rule"),
        ]
    )
    zone = ZoneInfo(request.around.site.time_zone)
    for row in sorted([*payments, *refunds], key=lambda each: each.at):
        rows.writerow([_cell(each) for each in _csv_row(row, zone)])
    return answer


def _csv_row(row: Any, zone: ZoneInfo) -> list[str]:
    is_refund = hasattr(row, "payment_id")
    paid = row.payment if is_refund else row
    amount = Money(row.amount_minor, paid.currency)
    plain = str(amount).removeprefix(paid.currency).strip().replace(",", "")
    return [
        f"{row.at.astimezone(zone):%Y-%m-%d %H:%M}",
        _("Given back") if is_refund else _("Paid"),
        row.by if is_refund else row.taken_by,
        paid.receipt_number,
        paid.quote.visit.patient.number,
        str(METHODS.get(paid.method, paid.method)),
        f"-{plain}" if is_refund else plain,
        paid.currency,
        str(GROUNDS.get(row.ground, _("By itself: the date was given up"))) if is_refund else "",
    ]


def _cell(text: str) -> str:
    """Return a cell no spreadsheet takes for a formula; an amount below zero is none."""
    is_number = text.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{text}" if text[:1] in "=+-@\t\r" and not is_number else text


def _drawers(payments: list[Any], refunds: list[Any]) -> list[Drawer]:
    drawers: dict[tuple[str, str], Drawer] = {}

    def drawer(name: str, currency: str) -> Drawer:
        return drawers.setdefault((name, currency), Drawer(name, currency))

    for row in payments:
        mine = drawer(row.taken_by, row.currency)
        mine.taken[row.method] += row.amount_minor
        mine.count += 1
    for row in refunds:
        # Money goes back the way it came.
        mine = drawer(row.by, row.payment.currency)
        mine.given_back[row.payment.method] += row.amount_minor
        mine.count += 1
    return [drawers[key] for key in sorted(drawers)]


def _of_day(request: ActorRequest, seen: Seen, day: date) -> tuple[list[Any], list[Any]]:
    zone = ZoneInfo(request.around.site.time_zone)
    span = tuple(datetime.combine(each, time(), zone) for each in (day, day + ONE_DAY))
    payments = seen.payments.filter(at__gte=span[0], at__lt=span[1])
    refunds = seen.refunds.filter(at__gte=span[0], at__lt=span[1])
    return (
        list(payments.select_related("quote__visit__patient", "refund").order_by("at")),
        list(refunds.select_related("payment__quote__visit__patient").order_by("at")),
    )


def _day(raw: str, today: date) -> date | None:
    """Return the day that was asked for, or None when there is no such day up to today."""
    try:
        found = date.fromisoformat(raw) if raw else today
    except ValueError:
        return None
    return found if date.min < found <= today else None
