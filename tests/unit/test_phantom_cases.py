"""Each pretend case shows what it is named for, before the X-rays and in the truth."""

from functools import cache

import numpy as np
import pytest

from patency.synthetic.phantom.examination import DAY_S, examination, made
from patency.synthetic.phantom.truth import of_examination
from patency.synthetic.phantom.woman import JUMPS_S

pytestmark = pytest.mark.xdist_group("phantom cases")  # a woman made once is made in one process

SMALL = 128


@cache
def woman_of(name, seed=1):
    return examination(name, seed, side=SMALL).woman


@cache
def truth_of(name, seed=1):
    one = examination(name, seed, side=SMALL)
    return of_examination(one, [told for _, told in made(one)])


def across_mm(woman):
    """Return how far each grain of the cavity lies from the line between both sides."""
    body = woman.cavity.grains.where[woman.cavity.canal :]
    begin, end = woman.tubes["right"].grains.where[0], woman.tubes["left"].grains.where[0]
    along = (end - begin) / np.linalg.norm(end - begin)
    return (body - woman.cavity.grains.where[: woman.cavity.canal].mean(axis=0)) @ along


def held_ml(woman, part, second):
    return woman.grains_at(second)[part][2].sum() / woman.case.iodine_mg_ml


def test_one_horn_leans_to_the_side_of_its_only_tube():
    woman = woman_of("unicornuate")

    assert across_mm(woman).mean() < -5
    assert woman.flow.at("left", 900.0) == woman.flow.at("spill_left", 900.0) == 0
    told = truth_of("unicornuate")["tubes"]
    assert told["left"]["verdict"] == "absent"
    assert told["left"]["d_prime"] is None


def test_two_separate_horns_hold_nothing_between_them():
    woman = woman_of("didelphys")
    across = across_mm(woman)

    assert (across < -4).sum() > 500
    assert (across > 4).sum() > 500
    assert (np.abs(across) < 1).sum() == 0
    horns = [tube.grains.where[0] for tube in woman.tubes.values()]
    assert np.linalg.norm(horns[1] - horns[0]) > 40  # over 4 cm apart, as it is told from a septum


def test_a_myoma_leaves_no_contrast_where_it_bulges_into_the_cavity():
    usual, with_it = woman_of("normal"), woman_of("myoma")

    missing = usual.cavity.grains.volume_ml.sum() - with_it.cavity.grains.volume_ml.sum()
    assert missing > 0.1
    assert truth_of("myoma")["cavity"]["defect"] == "myoma"


def test_a_bubble_is_elsewhere_some_frames_later_and_takes_no_contrast_away():
    woman = woman_of("bubble")
    first, later = woman.bubble.at(60.0), woman.bubble.at(66.0)
    grains = woman.cavity.grains.where[woman.cavity.canal :]

    def beside(at, second):
        near = np.linalg.norm(grains - at, axis=1) < 0.6 * woman.bubble.half_mm
        return woman.grains_at(second)["cavity"][2][near].sum()

    assert np.linalg.norm(first - later) > 1.0
    assert beside(first, 60.0) < 0.2 * beside(first, 66.0)
    both = woman.grains_at(60.0)
    total = (both["cavity"][2].sum() + both["canal"][2].sum()) / woman.case.iodine_mg_ml
    assert total == pytest.approx(woman.flow.at("cavity", 60.0))


def test_contrast_comes_slowly_through_a_narrow_cervix():
    usual, narrow = woman_of("normal").flow, woman_of("stenosis").flow

    def given(flow):
        return np.interp(30.0, flow.seconds, flow.injected_ml)

    assert given(narrow) < 0.2 * given(usual)
    assert narrow.injected_ml[-1] == pytest.approx(9.0, abs=0.1)


def test_diverticula_beside_the_isthmus_fill_as_the_front_comes_by():
    tube = woman_of("nodosa").tubes["left"]
    room = tube.room_ml(2.0)

    own, pockets = tube.held(room)

    assert 6 <= len(pockets) < 12
    near = np.linalg.norm(
        tube.pockets.where[:, None] - tube.grains.where[None, tube.arc_cm <= 3.6], axis=2
    ).min(axis=1)
    assert (near < 2.5).all()
    assert (pockets > 0).sum() == (tube.pockets_cm < 2.0).sum()
    assert own.sum() + pockets.sum() == pytest.approx(room)


def test_walled_spill_stays_where_free_spill_goes_away():
    woman = woman_of("loculated")

    far = {}
    for side in ("right", "left"):
        where, _, mass = woman.spill_at(side, 600.0)
        middle = np.average(where, axis=0, weights=mass)
        far[side] = np.linalg.norm(where - middle, axis=1).max()
    assert far["right"] < 14
    assert far["left"] > 20
    assert truth_of("loculated")["tubes"]["right"]["is_walled"]


@pytest.mark.parametrize(
    ("name", "grade", "reach"),
    [("intravasation", 1, 45), ("intravasation-2", 2, 75), ("intravasation-3", 3, 140)],
)
def test_each_grade_of_veins_reaches_further(name, grade, reach):
    woman = woman_of(name)
    middle = woman.cavity.grains.where.mean(axis=0)

    far = np.linalg.norm(woman.veins.where - middle, axis=1).max()

    assert 0.6 * reach < far < reach
    assert truth_of(name)["intravasation_grade"] == grade
    assert held_ml(woman, "veins", 60.0) > 0.005


def test_only_the_veins_of_the_pelvis_wash_out():
    flows = {grade: woman_of(f"intravasation-{grade}").flow for grade in (2, 3)}

    assert flows[2].at("gone", 900.0) == 0
    assert flows[3].at("gone", 900.0) > 0.05
    assert flows[3].at("veins", 900.0) < 0.05 * flows[3].ml["veins"].max()


def test_oil_has_a_film_the_day_after_when_only_what_is_shut_in_or_spilled_is_left():
    one = examination("oil", 1, side=SMALL)
    woman, told = one.woman, truth_of("oil")

    assert one.runs[-1].begins_s >= DAY_S
    assert held_ml(woman, "spill_right", DAY_S) == pytest.approx(
        held_ml(woman, "spill_right", 1100)
    )
    assert held_ml(woman, "left", DAY_S) == pytest.approx(woman.flow.at("left", 1100.0))
    assert held_ml(woman, "cavity", DAY_S) < 0.1 * held_ml(woman, "cavity", 900.0)
    assert told["settings"]["is_oil"]
    last = told["runs"][-1]["frames"][-1]
    assert sum(last["ml"].values()) == pytest.approx(last["injected_ml"], abs=1e-3)


def test_gas_lies_over_the_tube_it_is_said_to():
    usual, gassy = (woman_of(name).around for name in ("normal", "gas-over-tube"))

    assert gassy.gas_cm.sum() > usual.gas_cm.sum() * 0.5
    woman = woman_of("gas-over-tube")
    course = woman.tubes["right"].grains.where
    middle = course[int(len(course) * 0.4), :2]
    per_mm = (woman.around.gas_cm.shape[0] - 1) / (2 * woman.around.half_mm)
    column, row = ((middle + woman.around.half_mm) * per_mm).astype(int)
    assert woman.around.gas_cm[row - 20 : row + 21, column - 20 : column + 21].max() > 0.8


def test_she_moves_at_once_in_the_middle_of_a_run():
    woman = woman_of("jump")
    second = next(run for run in examination("jump", 1, side=SMALL).runs if run.begins_s > 10)

    assert second.begins_s < JUMPS_S < second.begins_s + second.lasts_s
    for sway in woman.sways.values():
        before, after = (np.array(sway.at(JUMPS_S + step)) for step in (-0.01, 0.01))
        assert np.linalg.norm(after - before) == pytest.approx(6.0, abs=0.5)


def test_where_nothing_was_given_there_is_no_front_and_no_spill():
    told = truth_of("no-contrast")

    for run in told["runs"]:
        assert run["d_prime"] == {}
        for frame in run["frames"]:
            assert frame["front_cm"] == frame["spill"] == {}
            assert sum(frame["ml"].values()) == sum(frame["iodine_mg_in_view"].values()) == 0
    for tube in told["tubes"].values():
        assert (tube["verdict"], tube["spill"], tube["d_prime"]) == ("no_contrast", False, None)


def test_spill_that_no_field_covers_is_not_called_seen():
    one = examination("normal", 1, side=SMALL)
    _, told = list(made(one))[-1]
    assert told["frames"][-1]["spill"] == {"right": True, "left": True}

    for frame in told["frames"]:
        frame["spill"] = {"right": None, "left": True}
    tubes = of_examination(one, [told])["tubes"]

    assert (tubes["right"]["spill"], tubes["right"]["spill_why_unknown"]) == (None, "not covered")
    assert (tubes["left"]["spill"], tubes["left"]["spill_why_unknown"]) == (True, None)


def test_faint_women_have_tubes_that_an_ideal_eye_hardly_sees():
    seen = [
        tube["d_prime"] for seed in range(2) for tube in truth_of("faint", seed)["tubes"].values()
    ]

    assert min(seen) < 1
    assert max(seen) < 6
