"""Blood samples of one pregnancy drawn as dots on a line, with what the newest pair says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patency.core.pregnancy import HcgLimits, HcgPair, PairRead, Reading, Sample

WIDTH, HEIGHT, EDGE, LEFT = 560, 180, 16, 64


@dataclass(frozen=True, slots=True)
class Dot:
    """One sample as it is drawn."""

    x: float
    y: float
    value: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing, the sentence for those who do not see it, and the reading."""

    dots: tuple[Dot, ...]
    points: str
    text: str
    top: str
    says: str
    """What the newest pair says; empty while there is one sample."""
    tone: str
    due_from: datetime | None
    due_by: datetime | None
    width: int = WIDTH
    height: int = HEIGHT


def hcg_chart(
    samples: Sequence[Sample], limits: HcgLimits, read: PairRead | None, pair: HcgPair | None
) -> Chart:
    """Return the samples from left to right in time; the upper edge is the highest value."""
    most = max(each.iu_per_l for each in samples) or 1.0
    first, last = samples[0].taken_at, samples[-1].taken_at
    span = (last - first).total_seconds() or 1.0
    dots = tuple(
        Dot(
            round(LEFT + (WIDTH - LEFT - EDGE) * (each.taken_at - first).total_seconds() / span, 1),
            round(HEIGHT - EDGE - (HEIGHT - 3 * EDGE) * each.iu_per_l / most, 1),
            f"{each.iu_per_l:g}",
            each.taken_at,
        )
        for each in samples
    )
    text = ngettext(
        "%(count)s blood sample: %(values)s IU/L.",
        "%(count)s blood samples, oldest first: %(values)s IU/L.",
        len(samples),
    ) % {"count": len(samples), "values": ", ".join(dot.value for dot in dots)}
    says, tone = _says(read, pair, limits)
    return Chart(
        dots=dots,
        points=" ".join(f"{dot.x:g},{dot.y:g}" for dot in dots),
        text=text,
        top=f"{most:g}",
        says=says,
        tone=tone,
        due_from=read.due_from if read else None,
        due_by=read.due_by if read else None,
    )


def _says(read: PairRead | None, pair: HcgPair | None, limits: HcgLimits) -> tuple[str, str]:
    if read is None or pair is None:
        return (
            _(
                "One sample says nothing about where a pregnancy lies. The second is due %(hours)g "
                "hours after the first, not earlier."
            )
            % {"hours": limits.hours_apart_min},
            "look",
        )
    change = "" if read.change_percent is None else f"{read.change_percent:+.0f} %"
    values = {"change": change, "hours": round(pair.hours_apart)}
    match read.reading:
        case Reading.TOO_EARLY:
            says = _("Taken only %(hours)s hours apart: too early to be read. Take the next one.")
            return says % values, "look"
        case Reading.LIKELY_INTRAUTERINE:
            says = _(
                "Change %(change)s in %(hours)s hours: likely in the womb. An ectopic pregnancy is "
                "not excluded: about one in five rises like this. A scan decides."
            )
            return says % values, "done"
        case Reading.LIKELY_ENDING:
            says = _(
                "Change %(change)s in %(hours)s hours: unlikely to go on. A urine test in 14 days; "
                "if it is still positive, a review within 24 hours."
            )
            return says % values, "look"
        case _:
            says = _(
                "Change %(change)s in %(hours)s hours: neither a rise nor a fall that can be "
                "relied on. A review within 24 hours, whatever day it is."
            )
            return says % values, "danger"
