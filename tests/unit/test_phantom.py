"""Laws of the pretend examinations: nothing is lost, the physics is the table's, seeds decide."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patency.synthetic.phantom import render
from patency.synthetic.phantom.anatomy import cavity_of
from patency.synthetic.phantom.cases import CASES, TubePlan
from patency.synthetic.phantom.detector import back_to_linear
from patency.synthetic.phantom.examination import LAST_FILM_S, examination, inside, made
from patency.synthetic.phantom.flow import flow_of, front_cm
from patency.synthetic.phantom.mix import FAINT_SHARE, case_named
from patency.synthetic.phantom.render import View
from patency.synthetic.phantom.spectrum import beam, density
from patency.synthetic.phantom.truth import SPILLED_ML, runs_of
from patency.synthetic.phantom.tubes import tube_of

THICKNESS_MM = (0.3, 0.5, 1, 2, 4, 6, 8, 15)


@pytest.mark.parametrize(
    ("mg_ml", "wanted"),
    [
        (300, (0.091, 0.151, 0.297, 0.577, 1.096, 1.576, 2.027, 3.461)),
        (370, (0.112, 0.186, 0.364, 0.702, 1.324, 1.894, 2.428, 4.122)),
        (480, (0.145, 0.239, 0.467, 0.894, 1.668, 2.371, 3.029, 5.113)),
    ],
)
def test_contrast_takes_from_the_beam_what_was_reckoned_independently(mg_ml, wanted):
    found = density(beam(75.0, 0.2), np.array(THICKNESS_MM) / 10 * mg_ml)

    assert found == pytest.approx(wanted, rel=0.03)


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(sorted(CASES)), st.integers(0, 999))
def test_nothing_that_was_injected_is_lost(name, seed):
    woman = examination(name, seed, side=128).woman
    flow = woman.flow

    assert sum(flow.ml.values()) == pytest.approx(flow.injected_ml, abs=1e-9)
    for second in (20.0, 40.0, 120.0):
        iodine = sum(float(mass.sum()) for _, _, mass in woman.grains_at(second).values())
        iodine += flow.at("gone", second) * woman.case.iodine_mg_ml
        injected = float(np.interp(second, flow.seconds, flow.injected_ml))
        assert iodine == pytest.approx(injected * woman.case.iodine_mg_ml, rel=0.01, abs=1.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.1, 12.0))
def test_iodine_laid_on_a_plane_weighs_what_it_weighed(seed, spread_mm):
    rng = np.random.default_rng(seed)
    where, mass = rng.uniform(-20, 20, (30, 3)), rng.uniform(0, 5, 30)

    laid = render.lay(View(256, 0.5, 0.0, (0.0, 0.0)), where, np.full(30, spread_mm / 3), mass)

    assert float(laid.sum()) * 0.05**2 == pytest.approx(mass.sum(), rel=1e-3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_a_mirrored_woman_gives_the_mirrored_picture(seed):
    rng = np.random.default_rng(seed)
    where, mass = rng.uniform(-20, 20, (40, 3)), rng.uniform(0, 5, 40)
    view = View(128, 0.5, 0.0, (0.0, 0.0))
    spread = np.full(40, 0.7)

    mirrored = render.lay(view, where * [-1, 1, 1], spread, mass)

    np.testing.assert_allclose(render.lay(view, where, spread, mass)[:, ::-1], mirrored, atol=1e-3)


@pytest.mark.parametrize("name", ["normal", "one-tube-not-passed", "neither", "no-contrast"])
def test_contrast_goes_no_further_than_the_case_says(name):
    woman = examination(name, 5, side=128).woman
    plans = {"right": woman.case.right, "left": woman.case.left}

    for side, tube in woman.tubes.items():
        reached = front_cm(tube, woman.flow.at(side, 1000.0))
        spilled = woman.flow.at(f"spill_{side}", 1000.0)
        if plans[side].stopped_at is not None:
            assert spilled == 0
            assert reached <= tube.stop_cm
    if name == "no-contrast":
        assert woman.flow.injected_ml.max() == 0


def test_shutting_one_tube_sends_more_to_the_other():
    def right_got(left, seed):
        rng = np.random.default_rng(seed)
        case = replace(CASES["normal"], left=left)
        cavity = cavity_of(case, rng)
        tubes = {
            side: tube_of(TubePlan(), horn, side=sign, rng=rng)
            for side, horn, sign in (("right", cavity.horns[0], -1), ("left", cavity.horns[1], 1))
        }
        if left.stopped_at:
            tubes["left"] = replace(tubes["left"], stop_cm=0.0)
        flow = flow_of(case, cavity, tubes, starts_s=1.0, ends_s=45.0, rng=rng)
        return flow.at("right", 45.0) + flow.at("spill_right", 45.0)

    for seed in range(5):
        assert right_got(TubePlan("cornual"), seed) >= right_got(TubePlan(), seed)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others():
    def first_run(seed):
        return next(made(examination("normal", seed, side=128)))[0].frames.tobytes()

    assert first_run(3) == first_run(3)
    assert first_run(3) != first_run(4)


def test_the_mix_is_the_one_that_was_asked_for():
    drawn = [case_named("random", np.random.default_rng(seed)) for seed in range(2000)]

    passed = np.array([(c.right.stopped_at is None) + (c.left.stopped_at is None) for c in drawn])

    assert [(passed == n).mean() for n in (2, 1, 0)] == pytest.approx([0.60, 0.25, 0.15], abs=0.03)
    faint = np.mean([case.patient_cm > 22 for case in drawn])
    assert faint == pytest.approx(FAINT_SHARE, abs=0.03)


@pytest.mark.parametrize("name", ["random", "faint"])
def test_in_a_mix_the_tubes_that_spill_are_those_that_were_planned_to(name):
    for seed in range(12):
        found = inside(name, seed)
        for side, plan in (("right", found.case.right), ("left", found.case.left)):
            spills = found.flow.at(f"spill_{side}", LAST_FILM_S) > SPILLED_ML
            assert spills == (plan.stopped_at is None)


def test_the_lookup_of_logarithmic_values_leads_back_to_something_linear():
    table = back_to_linear().astype(float)

    assert (np.diff(table) >= 0).all()
    assert table[4095] / table[4095 - 700] == pytest.approx(np.e, rel=1e-3)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_a_mask_can_be_had_back_from_its_runs(cells):
    told = runs_of(np.array([cells]))

    inside = np.repeat(np.arange(len(told["runs"])) % 2 == 1, told["runs"])
    assert inside.tolist() == cells


def test_the_mask_of_the_cavity_leaves_out_the_canal():
    *_, (_, told) = made(examination("normal", 1, side=128))

    runs = told["cavity_mask"]["runs"]
    area_cm2 = sum(runs[1::2]) * (told["pixel_mm_iso"] / 10) ** 2
    seen = told["frames"][-1]["iodine_mg_in_view"]
    assert seen["canal"] > 0
    assert 2.0 < area_cm2 < 9.0
