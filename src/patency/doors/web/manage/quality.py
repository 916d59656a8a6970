"""How well the service does: small multiples of twelve months, and the cases behind a month."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.quality import Aim, Counted, Indicator, Judged, Kind, months_back, scale
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.templatetags.plain import month as month_words
from patency.records.models.quality import QualityMonth
from patency.records.seen_by import seen_by
from patency.service.quality import SHOWN_MONTHS

WHY = "the quality of the service"
WIDTH, HEIGHT, EDGE = 288, 96, 10
CASES = 25

# The indicators of quality/*.toml by their ids: what is counted, and how it is counted.
INDICATORS: Mapping[str, tuple[Promise, Promise]] = {
    "dose": (
        gettext_lazy("Average dose-area product"),
        gettext_lazy("Of the examinations whose dose was recorded."),
    ),
    "screening-time": (
        gettext_lazy("Average screening time"),
        gettext_lazy("Of the examinations whose fluoroscopy time was recorded."),
    ),
    "cannulation": (
        gettext_lazy("Cervix cannulated"),
        gettext_lazy("Examinations in which it did not fail."),
    ),
    "key-images": (
        gettext_lazy("All four key images"),
        gettext_lazy("Examinations with every key image recorded."),
    ),
    "diagnostic": (
        gettext_lazy("Examinations with an answer"),
        gettext_lazy("Neither stopped early nor without clear pictures."),
    ),
    "concordance": (
        gettext_lazy("Blind review agrees"),
        gettext_lazy("Reports that a second reader, who did not know them, agrees with."),
    ),
    "report-in-time": (
        gettext_lazy("Report out in time"),
        gettext_lazy("Reports released by the day that was promised."),
    ),
    "wait": (
        gettext_lazy("Seen within three months"),
        gettext_lazy("From her registration to her examination."),
    ),
    "turned-down-next-cycle": (
        gettext_lazy("Turned down, seen in the next cycle"),
        gettext_lazy("Women without a day in one cycle who were examined in the next."),
    ),
    "pregnancy-test": (
        gettext_lazy("Pregnancy test on the day"),
        gettext_lazy("Examinations with a test recorded on the same day."),
    ),
    "inside-window": (
        gettext_lazy("Examined inside the window"),
        gettext_lazy("No timing rule stood against the day when she arrived."),
    ),
    "outside-approved": (
        gettext_lazy("Outside the window, with approval"),
        gettext_lazy(
            "A clinician had gone another way on every timing rule that stood against it."
        ),
    ),
    "given-up-on-the-day": (
        gettext_lazy("Given up on the day"),
        gettext_lazy("Women with a date that day who went home without the examination."),
    ),
    "no-show": (
        gettext_lazy("Did not come"),
        gettext_lazy("Dates that passed without her."),
    ),
    "infection": (
        gettext_lazy("Infection treated within 14 days"),
        gettext_lazy("Examinations after which a treatment was begun within 14 days."),
    ),
    "dilated-antibiotics": (
        gettext_lazy("Dilated tube, antibiotics given"),
        gettext_lazy("Examinations that found a dilated tube."),
    ),
    "repeated": (
        gettext_lazy("Repeated examinations"),
        gettext_lazy("Within half a year of one that gave no answer."),
    ),
    "critical-told": (
        gettext_lazy("Critical result told in time"),
        gettext_lazy("Told to somebody before it was due."),
    ),
    "outcome-known": (
        gettext_lazy("Outcome known after half a year"),
        gettext_lazy("Women whose weeks after ended with word from them."),
    ),
    "ectopic": (
        gettext_lazy("Ectopic pregnancies"),
        gettext_lazy("Of the pregnancies that ended; each is looked at."),
    ),
    "pain": (
        gettext_lazy("Pain during the examination"),
        gettext_lazy("As she said it, from 0 to 10."),
    ),
    "dignity": (
        gettext_lazy("Dignity and information"),
        gettext_lazy("As women say it afterwards."),
    ),
}
WORDS: Mapping[Judged, tuple[Promise, str]] = {
    Judged.MET: (gettext_lazy("meets the standard"), "done"),
    Judged.MISSED: (gettext_lazy("misses the standard"), "look"),
    Judged.WATCHED: (gettext_lazy("watched"), ""),
    Judged.NO_CASES: (gettext_lazy("no cases"), ""),
}
FEW = 10
"""Under this many cases no month is said to meet its standard; our choice."""
TOO_FEW = gettext_lazy("too few cases to say")


@dataclass(frozen=True, slots=True)
class Point:
    """One month in a plot."""

    month: date
    x: float
    y: float
    """Nothing stands there where there were no cases."""
    shown: str
    of: int
    judged: Judged
    outliers: int

    @property
    def misses(self) -> bool:
        return self.judged is Judged.MISSED

    @property
    def verdict(self) -> tuple[Promise, str]:
        """How the month stands: words, and the tone of the mark. A miss is said of any number."""
        if self.judged is Judged.MET and self.of < FEW:
            return TOO_FEW, ""
        return WORDS[self.judged]

    @property
    def words(self) -> str:
        """The month and its figure in words."""
        if self.judged is Judged.NO_CASES:
            return _("%(month)s: no cases") % {"month": month_words(self.month)}
        return _("%(month)s: %(value)s of %(of)s") % {
            "month": month_words(self.month),
            "value": self.shown,
            "of": self.of,
        }


@dataclass(frozen=True, slots=True)
class Plot:
    """One indicator over twelve months, drawn; the text says the same."""

    indicator: Indicator
    name: str
    counts: str
    standard: str
    standard_y: float | None
    line: str
    """The points joined, in SVG's words; a month without cases leaves a gap."""
    points: tuple[Point, ...]
    low: str
    high: str

    @property
    def newest(self) -> Point | None:
        """The newest month with cases."""
        return next((one for one in reversed(self.points) if one.of), None)

    @property
    def verdict(self) -> tuple[Promise, str]:
        """How the newest month stands: words, and the tone of the mark."""
        return self.newest.verdict if self.newest else WORDS[Judged.NO_CASES]

    @property
    def text(self) -> str:
        return "; ".join(point.words for point in self.points)


@require_safe
@staff_may(Action.SEE_QUALITY)
def quality(request: ActorRequest) -> HttpResponse:
    """Return every indicator with its last twelve months."""
    kept = _kept(request)
    plots = [_plot(request, each, kept.get(each.id, {})) for each in request.house.indicators]
    missed = [plot for plot in plots if plot.newest and plot.newest.misses]
    counted_at = max(
        (row.counted_at for rows in kept.values() for row in rows.values()), default=None
    )
    context = {"plots": plots, "missed": missed, "counted_at": counted_at,
               "width": WIDTH, "height": HEIGHT}  # fmt: skip
    return TemplateResponse(request, "manage/quality.html", context)


@require_safe
@staff_may(Action.SEE_QUALITY)
def one(request: ActorRequest, indicator: str) -> HttpResponse:
    """Return one indicator: its months as a table, and the cases behind them."""
    found = next((each for each in request.house.indicators if each.id == indicator), None)
    if found is None:
        raise Http404
    kept = _kept(request).get(indicator, {})
    plot = _plot(request, found, kept)
    cases = [
        (month, visit)
        for month, row in sorted(kept.items(), reverse=True)
        for visit in row.outliers
    ]
    context = {"plot": plot, "cases": cases[:CASES], "more": max(0, len(cases) - CASES),
               "may_open": may(request.actor, Action.SEE_PATIENT),
               "width": WIDTH, "height": HEIGHT}  # fmt: skip
    return TemplateResponse(request, "manage/quality_one.html", context)


@require_safe
@staff_may(Action.SEE_QUALITY)
def figures(request: ActorRequest) -> HttpResponse:
    """Return every figure of the twelve months as a table for a spreadsheet; no woman's."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="quality.csv"'
    answer.write("\ufeff")  # without it a spreadsheet takes the units for something else
    table = csv.writer(answer)
    table.writerow(["site", "month", "indicator", "value", "unit", "cases", "aim", "standard",
                    "judged", "outliers", "counted_at"])  # fmt: skip
    kept = _kept(request)
    for each in request.house.indicators:
        for month, row in sorted(kept.get(each.id, {}).items()):
            value = _counted(row).value(each.kind)
            table.writerow(
                [
                    request.actor.site,
                    f"{month:%Y-%m}",
                    each.id,
                    "" if value is None else f"{value:.4g}",
                    each.unit,
                    row.of,
                    each.aim.value,
                    "" if each.standard is None else f"{each.standard:g}",
                    each.judged(value).value,
                    len(row.outliers),
                    row.counted_at.isoformat(),
                ]
            )
    return answer


@require_safe
@staff_may(Action.SEE_PATIENT)
def open_case(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Go to the record of a case."""
    visit = seen_by(request.actor, WHY, now=request.now).visits.get(pk=visit_id)
    return redirect("visit", visit.patient_id, visit.pk)


def _kept(request: ActorRequest) -> dict[str, dict[date, QualityMonth]]:
    """Return what was counted in the last twelve months, by indicator and month."""
    months = months_back(request.around.today, SHOWN_MONTHS)
    rows = seen_by(request.actor, WHY, now=request.now).quality_months
    kept: dict[str, dict[date, QualityMonth]] = {}
    for row in rows.filter(month__gte=months[0]):
        kept.setdefault(row.indicator, {})[row.month] = row
    return kept


def _counted(row: QualityMonth) -> Counted:
    return Counted(row.total, row.of, tuple(row.outliers))


def _plot(request: ActorRequest, indicator: Indicator, kept: Mapping[date, QualityMonth]) -> Plot:
    months = months_back(request.around.today, SHOWN_MONTHS)
    found = [_counted(kept[month]) if month in kept else Counted(0.0, 0, ()) for month in months]
    values = [each.value(indicator.kind) for each in found]
    low, high = scale(values, indicator.standard)
    step = (WIDTH - 2 * EDGE) / (len(months) - 1)

    def y(value: float) -> float:
        return round(HEIGHT - EDGE - (value - low) / (high - low) * (HEIGHT - 2 * EDGE), 1)

    points = tuple(
        Point(
            month=month,
            x=round(EDGE + number * step, 1),
            y=y(value) if value is not None else 0.0,
            shown=_figure(value, indicator),
            of=counts.of,
            judged=indicator.judged(value),
            outliers=len(counts.outliers),
        )
        for number, (month, counts, value) in enumerate(zip(months, found, values, strict=True))
    )
    name, counts_words = INDICATORS[indicator.id]
    standard = indicator.standard
    return Plot(
        indicator=indicator,
        name=str(name),
        counts=str(counts_words),
        standard=_standard(indicator),
        standard_y=y(standard) if standard is not None else None,
        line=_line(points),
        points=points,
        low=_figure(low, indicator),
        high=_figure(high, indicator),
    )


def _line(points: tuple[Point, ...]) -> str:
    said, down = [], False
    for point in points:
        if point.of:
            said.append(f"{'L' if down else 'M'}{point.x} {point.y}")
        down = bool(point.of)
    return " ".join(said)


def _figure(value: float | None, indicator: Indicator) -> str:
    if value is None:
        return "–"
    if indicator.kind is Kind.SHARE:
        return f"{min(value, 100):.1f} %".replace(".0 %", " %")
    return f"{value:.3g} {indicator.unit}"


def _standard(indicator: Indicator) -> str:
    if indicator.aim is Aim.TREND or indicator.standard is None:
        return _("no standard; it is watched")
    figure = _figure(indicator.standard, indicator)
    if indicator.aim is Aim.AT_LEAST:
        return _("standard: at least %(figure)s") % {"figure": figure}
    return _("standard: at most %(figure)s") % {"figure": figure}
