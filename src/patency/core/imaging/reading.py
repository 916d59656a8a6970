"""The reading of a series: a draft with its evidence, that says of each tube what it can.

Words as in clinical reports that oversell nothing: *passed*, *not passed by t seconds*, or
*indeterminate*, with the reason. Never "blocked": of tubes that did not fill near the uterus, more
than half were open a month later (Dessole 2000, PMID 10785234).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.cavity import Cavity, cavity_of
from patency.core.imaging.elsewhere import VEINS_MM, Elsewhere, elsewhere, from_cavity
from patency.core.imaging.ends import followed_on, without_the_horn
from patency.core.imaging.paths import Course, another_course, courses, loose_lines, strength
from patency.core.imaging.series import Picture, Series
from patency.core.imaging.spill import FOLLOWED_MM, Spill, clouds
from patency.core.imaging.timeline import Timeline, timeline_of
from patency.core.imaging.tubes import Filling, filling_of, runs_backwards

PASSED, NOT_PASSED, INDETERMINATE = "passed", "not_passed", "indeterminate"
DETECTABLE = 16.0
"""The least detectability at which "nothing came" may be said; see docs/reading.md."""
SEEN_MM = 3.0
UNFILLED_MM, TURN_MM = 8.0, (6.0, 10.0)
"""How long a rest of a course stays empty before another way is looked for, and what is barred of
the first: lengths beyond the last that filled. Both by trial on tuning women."""
OWN_MM = 10.0
"""How far a tube is followed before it says itself how it shows: nearer, the cavity shines in."""
HIDDEN_FROM_MM, HIDDEN_MM = 25.0, 9.0
LOOSE_BEFORE_MM = 50.0
RIM_MM = 10.0
"""Of the field: what leaves a tube that ends so near to it may not be seen."""
LARGE_CM2 = 2.0
"""Of a cloud beside a line whose beginning was too faint to be followed from the uterus."""
WATCHED_S = 8.0
"""How long nothing may have moved on, in either tube, before "not passed" is said."""
GAP_S, FEW_BLOCKS = 60.0, 3
"""A picture or two after so long a gap show an end, but not how it came about: no front is followed
into them, and "not passed" is not said of their time."""
SEGMENTS = ((0.0, "cornu"), (1.0, "interstitial"), (3.5, "isthmus"), (8.0, "ampulla"))
OTHER = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Tube:
    """What is said of one tube, and what it rests on."""

    verdict: str
    reason: str
    by_s: float | None
    furthest_segment: str | None
    front: tuple[tuple[float, float], ...]
    """Seconds and centimetres along the tube from its horn, as projected."""
    spill: bool | None
    detectability: float
    spill_since_s: float | None = None
    course: Course | None = None
    filling: Filling | None = None


@dataclass(frozen=True)
class Reading:
    """Everything the reading found; ``right`` and ``left`` are the sides of the woman."""

    tubes: Mapping[str, Tube]
    sides_known: bool
    line: Timeline | None
    cavity: Cavity | None
    spills: Mapping[str, Spill] = field(default_factory=dict)
    elsewhere: Elsewhere | None = None
    notes: tuple[str, ...] = ()
    """Codes of what limits it."""


def read(series: Series, tick: Callable[[int], None] = lambda _frames: None) -> Reading:
    """Return the reading of a series."""
    notes = _limits(series)
    if series.why_unreadable:
        return _nothing(series, series.why_unreadable, notes)
    if not series.runs:
        return _nothing(series, "no-images", notes)
    line, outside = timeline_of(series, tick)
    if outside:
        notes.append("runs-of-other-projections-not-followed")
    if line is None:
        return _nothing(series, "too-few-frames", notes)
    if line.first_contrast is None:
        return _nothing(series, "no-contrast-seen", notes, line)
    if line.first_contrast == 0:
        notes.append("contrast-from-the-first-picture")
    cavity = cavity_of(line)
    if cavity is None:
        return _nothing(series, "cavity-not-outlined", notes, line)
    ridge = strength(line, cavity)
    found = {
        side: _followed(line, cavity, ridge, side, course)
        for side, course in courses(line, cavity, ridge).items()
    }
    away = elsewhere(line, cavity, ridge)
    spills = clouds(line, cavity, found, away.net)
    loose = loose_lines(
        line, cavity, ridge, {side: each and each[0] for side, each in found.items()}
    )
    shown = {
        side: _tube(line, cavity, side, found, spills[side], away.net, loose)
        for side in ("left", "right")
    }
    # The right of a woman who faces the reader stands at the left, unless a marker says otherwise.
    right_at = series.right_is or "left"
    return Reading(
        tubes={"right": shown[right_at], "left": shown[OTHER[right_at]]},
        sides_known=series.right_is is not None,
        line=line,
        cavity=cavity,
        spills={"right": spills[right_at], "left": spills[OTHER[right_at]]},
        elsewhere=away,
        notes=tuple(notes),
    )


def _followed(
    line: Timeline, cavity: Cavity, ridge: Picture, side: str, course: Course | None
) -> tuple[Course, Filling] | None:
    if course is None:
        return None
    course = _whole(line, cavity, course)
    filling = filling_of(line, course)
    if runs_backwards(filling):
        other = another_course(line, cavity, ridge, side, course)
        if other is not None:
            other = _whole(line, cavity, other)
            again = filling_of(line, other)
            if not runs_backwards(again) and again.furthest_mm > SEEN_MM:
                return other, again
    if course.arc_mm[-1] - filling.furthest_mm > UNFILLED_MM:
        # Nothing came to the rest of the line: it may be another's, and the tube goes another way.
        there = (filling.furthest_mm + TURN_MM[0], filling.furthest_mm + TURN_MM[1])
        other = another_course(line, cavity, ridge, side, course, there)
        if other is not None:
            other = _whole(line, cavity, other)
            again = filling_of(line, other)
            if again.furthest_mm > filling.furthest_mm + SEEN_MM and not runs_backwards(again):
                return other, again
    return course, filling


def _whole(line: Timeline, cavity: Cavity, course: Course) -> Course:
    return followed_on(line, cavity, without_the_horn(line, cavity, course))


def _limits(series: Series) -> list[str]:
    notes = []
    if any(run.is_lossy for run in series.runs):
        notes.append("lossy-images")
    if any(run.spacing_mm is None for run in series.runs):
        notes.append("scale-not-known")
    elif not all(run.at_isocentre for run in series.runs):
        notes.append("lengths-at-the-detector")
    if series.right_is is None:
        notes.append("sides-not-checked")
    return notes


def _nothing(series: Series, why: str, notes: list[str], line: Timeline | None = None) -> Reading:
    front = () if line is None else tuple((float(t), 0.0) for t in line.seconds)
    tube = Tube(INDETERMINATE, why, None, None, front, None, 0.0)
    return Reading(
        {"right": tube, "left": tube}, series.right_is is not None, line, None, notes=tuple(notes)
    )


def _tube(
    line: Timeline,
    cavity: Cavity,
    side: str,
    found: Mapping[str, tuple[Course, Filling] | None],
    spill: Spill,
    net: bool | None,
    loose: Mapping[str, bool],
) -> Tube:
    mine = found[side]
    fronts: NDArray[np.float64] = np.zeros(len(line.seconds)) if mine is None else mine[1].front_mm
    far = float(fronts[-1])
    detect = _detectability(line, cavity, side, found)
    stopped = float(line.seconds[int(np.argmax(fronts >= far))]) if far > 0 else None
    end = _watched_until(line)
    watched_from = stopped if stopped is not None else float(line.seconds[cavity.block])
    base = {
        "furthest_segment": segment(far / 10.0),
        "front": tuple(
            (float(t), round(float(mm) / 10.0, 2))
            for t, mm in zip(line.seconds, fronts, strict=True)
        ),
        "detectability": round(detect, 2),
        "spill_since_s": spill.since_s,
        "course": None if mine is None else mine[0],
        "filling": None if mine is None else mine[1],
    }

    def says(verdict: str, reason: str, by_s: float | None, seen: bool | None) -> Tube:
        return Tube(verdict=verdict, reason=reason, by_s=by_s, spill=seen, **base)  # type: ignore[arg-type]

    if net and (mine is None or _within_the_veins(line, cavity, mine, far)):
        return says(INDETERMINATE, "veins-hide-the-tube", None, None)
    if spill.seen and far >= FOLLOWED_MM:
        return says(PASSED, "spill-beyond-the-tube", spill.since_s, True)
    if spill.seen and loose[side] and spill.area_cm2 >= LARGE_CM2:
        return says(PASSED, "spill-beyond-a-line", spill.since_s, True)
    if spill.seen:
        return says(INDETERMINATE, "cloud-without-a-tube", None, True)
    if detect < DETECTABLE:
        return says(INDETERMINATE, "too-faint-to-tell", None, spill.seen)
    if mine is not None and runs_backwards(mine[1]):
        return says(INDETERMINATE, "its-course-could-not-be-told", None, spill.seen)
    if mine is not None and _leaves(line, mine[0], far):
        return says(INDETERMINATE, "leaves-the-field", None, None)
    if mine is not None and far > HIDDEN_FROM_MM and _hidden(line, cavity, mine, far):
        return says(INDETERMINATE, "its-end-is-hidden", None, None)
    if end - max(watched_from, _moved_on_until(line, found[OTHER[side]])) < WATCHED_S:
        return says(INDETERMINATE, "still-filling-at-the-end", None, spill.seen)
    if loose[side] and far < LOOSE_BEFORE_MM:
        return says(INDETERMINATE, "a-line-that-joins-no-tube", None, spill.seen)
    if spill.seen is None:
        return says(INDETERMINATE, "spill-could-not-be-told", None, None)
    return says(NOT_PASSED, "no-contrast-beyond", end, False)


def _watched_until(line: Timeline) -> float:
    """Return until when contrast was followed: without a few late pictures after a long gap."""
    last = len(line.seconds)
    for gap in reversed(np.nonzero(np.diff(line.seconds) > GAP_S)[0].tolist()):
        if last - (gap + 1) >= FEW_BLOCKS or gap + 1 < FEW_BLOCKS:
            break
        last = gap + 1
    return float(line.seconds[last - 1])


def _moved_on_until(line: Timeline, tube: tuple[Course, Filling] | None) -> float:
    """Return when contrast last moved on in a tube: while it does, the other may still open."""
    if tube is None or tube[1].furthest_mm < FOLLOWED_MM:
        return float(line.seconds[0])
    fronts = tube[1].front_mm
    return float(line.seconds[int(np.argmax(fronts >= fronts[-1]))])


def _within_the_veins(
    line: Timeline, cavity: Cavity, tube: tuple[Course, Filling], far_mm: float
) -> bool:
    return _beside_the_cavity(line, cavity, tube, far_mm) < VEINS_MM


def _hidden(line: Timeline, cavity: Cavity, tube: tuple[Course, Filling], far_mm: float) -> bool:
    """Return whether a tube runs back to the cavity, which hides how it goes on."""
    return _beside_the_cavity(line, cavity, tube, far_mm) < HIDDEN_MM


def _beside_the_cavity(
    line: Timeline, cavity: Cavity, tube: tuple[Course, Filling], far_mm: float
) -> float:
    """Return how far the end of a tube lies from the outline of the cavity, in mm."""
    course, _ = tube
    at = int(np.searchsorted(course.arc_mm, far_mm))
    x, y = course.points[min(at, len(course.points) - 1)].round().astype(int)
    height, width = line.field.shape
    away = from_cavity(line, cavity)
    return float(away[min(max(y, 0), height - 1), min(max(x, 0), width - 1)])


def segment(front_cm: float) -> str | None:
    """Return the furthest segment reached, by length alone, as projected; None for nothing."""
    if front_cm <= 0:
        return None
    return [name for least, name in SEGMENTS if front_cm >= least][-1]


def _detectability(line: Timeline, cavity: Cavity, side: str, found: Mapping[str, Any]) -> float:
    """Return how surely contrast beyond the front would have been seen.

    What is expected there is what the tube shows just before; where little entered, what the other
    tube shows near its horn, or a tenth of the cavity's density. The noise is that of a stretch of
    three pieces over three blocks.
    """
    gain = 3.0
    mine, other = found[side], found[OTHER[side]]
    if mine is not None and mine[1].furthest_mm > OWN_MM:
        filling: Filling = mine[1]
        last = int(np.searchsorted(filling.arc_mm, filling.furthest_mm)) + 1
        part = slice(max(0, last - 5), last)
        expected = float(np.median(filling.contrast[part]))
        noise = float(np.median(filling.noise[part]))
    elif other is not None and other[1].furthest_mm > 2 * OWN_MM:
        filling = other[1]
        isthmus = (filling.arc_mm > OWN_MM / 2) & (filling.arc_mm <= 2 * OWN_MM)
        expected = float(np.median(filling.contrast[isthmus]))
        noise = float(np.median(filling.noise[isthmus]))
    else:
        expected = 0.10 * cavity.density
        noise = float(np.median(line.noise)) / 3.0
    return gain * expected / max(noise, 1e-9)


def _leaves(line: Timeline, course: Course, far_mm: float) -> bool:
    at = int(np.searchsorted(course.arc_mm, far_mm))
    x, y = course.points[min(at, len(course.points) - 1)]
    reach = round(RIM_MM / line.mm)
    height, width = line.field.shape
    top, left = max(0, int(y) - reach), max(0, int(x) - reach)
    part = line.field[top : int(y) + reach + 1, left : int(x) + reach + 1]
    near_edge = x < reach or y < reach or x > width - reach or y > height - reach
    return bool(near_edge or not part.all())
