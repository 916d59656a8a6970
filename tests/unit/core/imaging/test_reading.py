"""The reading says what it can of a pretend examination, and nothing where there is nothing."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from patency.core.imaging.drawn import courses_in_runs
from patency.core.imaging.elsewhere import _under_the_canal
from patency.core.imaging.reading import Reading, _moved_on_until, _watched_until, read
from patency.core.imaging.series import Run, Series
from tests.unit.core.imaging.plain_phantom import Pretended, pretend

pytestmark = pytest.mark.xdist_group("reading")  # what is made once is made in one process


@cache
def one_side_open() -> tuple[Pretended, Reading]:
    """Return an examination whose right tube lets contrast through, and its reading: made once."""
    made = pretend(2, passed=(True, False), gas=False)
    return made, read(made.series)


def verdicts(found: Reading) -> dict[str, str]:
    return {side: tube.verdict for side, tube in found.tubes.items()}


def test_what_went_through_and_what_did_not_is_told_apart() -> None:
    made, found = one_side_open()

    assert found.tubes["right"].verdict == "passed"
    assert found.tubes["right"].spill is True
    assert found.tubes["left"].verdict == "not_passed"
    assert found.tubes["left"].spill is False
    for side, tube in found.tubes.items():
        assert abs(tube.front[-1][1] - made.front_cm[side]) < 0.6


def test_a_mirrored_picture_swaps_the_sides() -> None:
    plain = verdicts(one_side_open()[1])
    flipped = pretend(2, passed=(True, False), gas=False, flip=True)
    mirrored = verdicts(read(flipped.series))

    assert mirrored == {"right": plain["left"], "left": plain["right"]}


def test_a_marker_says_which_side_is_which() -> None:
    made, without = one_side_open()
    series = made.series

    told = read(Series(series.runs, right_is="right"))

    assert told.sides_known
    assert told.tubes["left"].verdict == "passed"
    assert not without.sides_known


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_nothing_is_found_where_no_contrast_is(seed: int) -> None:
    found = read(pretend(seed, contrast=False, motion_mm=3.0).series)

    assert found.cavity is None
    assert {tube.verdict for tube in found.tubes.values()} == {"indeterminate"}
    assert {cm for tube in found.tubes.values() for _, cm in tube.front} == {0.0}


def test_a_front_never_goes_back_and_time_never_stands_still() -> None:
    for tube in read(pretend(4, dose=120.0).series).tubes.values():
        seconds = [at for at, _ in tube.front]
        reached = [cm for _, cm in tube.front]
        assert seconds == sorted(set(seconds))
        assert reached == sorted(reached)


@pytest.mark.parametrize(
    "changed",
    [{"mapping": "LOG"}, {"mapping": "DISP"}, {"inverted": True}, {"round_field": True}],
    ids=str,
)
def test_how_values_are_stored_changes_no_word(changed: dict[str, object]) -> None:
    made = pretend(2, passed=(True, False), gas=False, **changed)  # type: ignore[arg-type]

    assert verdicts(read(made.series)) == {"right": "passed", "left": "not_passed"}


def test_the_cavity_is_outlined() -> None:
    made = pretend(1)

    found = read(made.series)

    assert found.cavity is not None
    shifted = (np.roll(made.cavity, dy, 0) for dy in range(-8, 9))
    both = found.cavity.mask.sum() + made.cavity.sum()
    assert max(2 * (each & found.cavity.mask).sum() / both for each in shifted) > 0.93
    assert found.cavity.shape == "regular"


def test_pictures_that_end_too_early_are_no_ground_for_not_passed() -> None:
    full = one_side_open()[0].series
    first = full.runs[0]
    cut = Run(first.frames, first.seconds, spacing_mm=first.spacing_mm)

    assert "not_passed" not in {tube.verdict for tube in read(Series((cut,))).tubes.values()}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_handful_of_pictures_is_said_to_be_too_few(count: int) -> None:
    frames = np.full((count, 64, 64), 900, np.uint16)
    runs = (Run(frames, np.arange(count, dtype=float)),) if count else ()

    for tube in read(Series(runs)).tubes.values():
        assert tube.verdict == "indeterminate"


def test_what_may_not_be_read_is_refused_with_why() -> None:
    series = pretend(1, runs=1).series

    found = read(Series(series.runs, why_unreadable="not-an-hsg"))

    assert {tube.reason for tube in found.tubes.values()} == {"not-an-hsg"}
    assert found.cavity is None


def test_single_pictures_are_read_one_by_one() -> None:
    film = pretend(2, passed=(True, False), gas=False, runs=6, frames=12).series
    every = np.concatenate([run.frames[::6] for run in film.runs])
    seconds = np.concatenate([run.seconds[::6] for run in film.runs])
    singles = Run(every, seconds, spacing_mm=film.runs[0].spacing_mm)

    found = read(Series((singles,)))

    assert found.line is not None
    assert len(found.line.seconds) == len(every)
    assert found.tubes["left"].verdict != "passed"


@pytest.mark.parametrize(
    ("later", "until"),
    [
        ([], 3.0),
        ([30.0], 30.0),
        ([900.0], 3.0),
        ([900.0, 86_400.0], 3.0),
        ([900.0, 900.5, 901.0], 901.0),
    ],
)
def test_a_picture_or_two_after_a_long_gap_are_no_time_that_was_watched(later, until) -> None:
    line = SimpleNamespace(seconds=np.array([0.0, 1.0, 2.0, 3.0, *later]))

    assert _watched_until(line) == until


def test_the_other_tube_is_watched_until_nothing_moves_on_in_it() -> None:
    line = SimpleNamespace(seconds=np.arange(5.0))

    def tube(*front_mm: float) -> tuple[None, SimpleNamespace]:
        return None, SimpleNamespace(front_mm=np.array(front_mm), furthest_mm=front_mm[-1])

    assert _moved_on_until(line, tube(0, 10, 20, 30, 30)) == 3.0
    assert _moved_on_until(line, tube(0, 0, 0, 2, 4)) == 0.0  # too short to be surely a tube
    assert _moved_on_until(line, None) == 0.0


def test_a_cloud_that_came_down_beside_the_canal_has_not_run_out_of_it() -> None:
    across = np.mgrid[0:40, -40:41][1].astype(float)
    under = (np.abs(across) < 6).astype(np.uint8)
    beside = ((across > 18) & (across < 28)).astype(np.uint8)

    assert _under_the_canal(under, across) == under.sum()
    assert _under_the_canal(beside, across) == 0
    assert _under_the_canal(under | beside, across) == under.sum()


def test_the_line_of_a_tube_is_told_in_the_pixels_of_each_run() -> None:
    made, found = one_side_open()

    for tube in found.tubes.values():
        courses = courses_in_runs(tube, found, made.series)

        assert courses is not None
        assert [each["from_s"] for each in courses] == [
            round(float(run.seconds[0]), 2) for run in made.series.runs
        ]
        for course, run in zip(courses, made.series.runs, strict=True):
            assert course["size"] == list(run.frames.shape[1:])
            assert abs(course["points"][-1][2] - tube.front[-1][1]) < 0.15


def test_the_line_of_a_tube_lies_on_contrast() -> None:
    made, found = one_side_open()
    first, last = made.series.runs[0], made.series.runs[-1]
    darkened = np.mean(first.frames[:3], axis=0) - np.mean(last.frames[-3:], axis=0)

    course = (courses_in_runs(found.tubes["right"], found, made.series) or [])[-1]
    points = np.array(course["points"])[:, :2] + course["moved"][-1][1:]
    x, y = points.round().astype(int).T

    beside = [darkened[y + dy, x + dx] for dx, dy in ((0, 12), (0, -12), (12, 0), (-12, 0))]
    assert np.median(darkened[y, x]) > 1.5 * np.median(beside)
