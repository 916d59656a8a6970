"""Advice to the clinic: what its own rules cost in lost cycles, as it was last worked out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, at_site, staff_may
from patency.doors.web.staff.advice_words import change_words, rests_on, won_words
from patency.records.seen_by import seen_by

# The plot of one row: its width, and the room at both ends for the ends of a line.
WIDTH, EDGE = 240, 6


@dataclass(frozen=True, slots=True)
class Bar:
    """What one change wins, drawn: a bar from nothing to the mean, a line over the interval."""

    zero: float
    x: float
    width: float
    low: float
    high: float
    text: str
    wins: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One change as a row of the table."""

    says: str
    clinical: bool
    certain: bool
    lost: str
    bar: Bar | None
    """None of the site as it is, which wins nothing."""
    no_plan: str
    after: str
    hours: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest advice of a site."""

    made_at: datetime
    protocol: str
    rests_on: tuple[str, ...]
    as_it_is: Line
    changes: tuple[Line, ...]


@require_safe
@staff_may(Action.ADVISE)
def advice(request: ActorRequest) -> HttpResponse:
    """Return the newest advice of the site, or how to have it worked out."""
    row = seen_by(request.actor, "advice to the clinic", now=request.now).advices.order_by("-id")
    newest = row.first()
    shown = None
    if newest is not None:
        first, *others = lines(newest.result["rows"])
        shown = Shown(
            made_at=at_site(request.house, newest.site, newest.made_at),
            protocol=newest.protocol,
            rests_on=tuple(rests_on(newest.result)),
            as_it_is=first,
            changes=tuple(others),
        )
    return TemplateResponse(
        request,
        "staff/advice.html",
        {"shown": shown, "command": f"patency advise {request.actor.site}", "width": WIDTH},
    )


def lines(rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return the rows of a result as they are shown, all bars on one scale."""
    ends = [row["won_cycles"][end] for row in rows for end in ("low", "high")]
    low, high = min(0.0, *ends), max(0.0, *ends)
    return [
        Line(
            says=change_words(row["change"], row["says"]),
            clinical=row["clinical"],
            certain=row["certain"],
            lost=f"{row['lost_cycles']['mean']:.2f}",
            bar=_bar(row["won_cycles"], low, high) if number else None,
            no_plan=f"{row['no_plan_share'] * 100:.1f} %",
            after=f"{row['after_ovulation_share'] * 100:.1f} %",
            hours=f"{row['extra_hours_a_year']:,.0f}",
        )
        for number, row in enumerate(rows)
    ]


def _bar(won: Mapping[str, float], low: float, high: float) -> Bar:
    reach = (high - low) or 1.0

    def x(value: float) -> float:
        return round(EDGE + (value - low) / reach * (WIDTH - 2 * EDGE), 1)

    wins = won["mean"] >= 0
    return Bar(
        zero=x(0.0),
        x=min(x(0.0), x(won["mean"])),
        width=round(abs(x(won["mean"]) - x(0.0)), 1),
        low=x(won["low"]),
        high=x(won["high"]),
        text=won_words(won),
        wins=wins,
    )
