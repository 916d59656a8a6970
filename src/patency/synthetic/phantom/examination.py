"""One pretend examination: runs of frames with gaps between them, and the truth of each frame."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patency.synthetic.phantom import render, truth
from patency.synthetic.phantom.cases import Case
from patency.synthetic.phantom.detector import Machine, expected, machine_of, noisy, stored
from patency.synthetic.phantom.mix import MIXES, case_named, drawn, passed_of
from patency.synthetic.phantom.render import View
from patency.synthetic.phantom.spectrum import beam, kvp_for
from patency.synthetic.phantom.taken import Examination, MadeRun, PlannedRun, frames_of
from patency.synthetic.phantom.truth import SPILLED_ML
from patency.synthetic.phantom.woman import SIDES, Inside, Woman, inside_of, woman_of

COPPER_MM = 0.2
SID_MM, SOD_MM = 1000.0, 700.0
STARTS_S, ENDS_S = 17.0, 1200.0
LAST_FILM_S, DAY_S = 900.0, 86_400.0
UNEVEN = 0.4  # how much every second interval is shorter, and the others longer
TRIES = 100
WIDE_MM, NARROW_MM = 300.0, 250.0  # of the detector in use
STEADY_S = 1.5  # in which automatic exposure follows
KEPT = 1 / 3  # of the new frame in a maker's recursive filter, for what is stored for display


def examination(name: str, seed: int, *, side: int = 512) -> Examination:
    """Return a pretend examination: same name, seed and side, same bytes."""
    woman = woman_of(inside(name, seed), _dice(name, seed, "woman"))
    plan = tuple(_planned(woman.case, side, _dice(name, seed, "plan")))
    return Examination(name, seed, woman, plan)


def inside(name: str, seed: int) -> Inside:
    """Return what is hollow in a woman.

    One of a mix has as many tubes that spill while films are taken as were drawn for her: where the
    hand does not open a tube in time, another woman is drawn.
    """
    first = _dice(name, seed, "case")
    if name not in MIXES:
        return _hollow(case_named(name, first), _dice(name, seed, "hollow"))
    passed = passed_of(first)
    for attempt in range(TRIES):
        rng = _dice(name, seed, f"hollow {attempt}")
        found = _hollow(drawn(name, passed, rng), rng)
        plans = {"right": found.case.right, "left": found.case.left}
        if all(
            (plans[side].stopped_at is None)
            == (found.flow.at(f"spill_{side}", LAST_FILM_S) > SPILLED_ML)
            for side in SIDES
        ):
            return found
    raise ValueError(f"No woman of {TRIES} drawn for seed {seed} has {passed} tubes that spill.")


def _hollow(case: Case, rng: np.random.Generator) -> Inside:
    return inside_of(case, starts_s=STARTS_S, ends_s=ENDS_S, rng=rng)


def _dice(name: str, seed: int, what: str) -> np.random.Generator:
    told = sha256(f"{name}/{seed}/{what}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(told[:16], "big")))


def _planned(case: Case, side: int, rng: np.random.Generator) -> Iterator[PlannedRun]:
    for begins, lasts, angle, field in (
        (0.0, 1.0, 0, WIDE_MM),
        (15.0, 12.0, 0, NARROW_MM),
        (31.0, 6.0, 0, NARROW_MM),
        (43.0, 4.0, 30, NARROW_MM),
        (54.0, 4.0, -30, NARROW_MM),
        (66.0, 6.0, 0, NARROW_MM),
        (84.0, 4.0, 0, WIDE_MM),
        (110.0, 4.0, 0, WIDE_MM),
        (LAST_FILM_S, 1.0, 0, WIDE_MM),
        *(((DAY_S, 1.0, 0, WIDE_MM),) if case.is_oil else ()),
    ):
        clock = begins + (rng.uniform(0, 1.5) if begins > STARTS_S else 0.0)
        pan = (float(rng.normal(0, 2)), float(rng.normal(0, 2) - 4))
        iso = field / side * SOD_MM / SID_MM
        yield PlannedRun(clock, lasts, View(side, iso, float(angle), pan))


def made(examination: Examination) -> Iterator[tuple[MadeRun, dict[str, Any]]]:
    """Yield each run with its truth, in the order in which they are taken."""
    woman, case = examination.woman, examination.case
    whole_beam = beam(kvp_for(case.patient_cm), COPPER_MM, case.patient_cm)
    settings = _dice(examination.name, examination.seed, "machine")
    first = machine_of(case, pixel_mm=1.0, rng=settings)
    for number, plan in enumerate(examination.runs, start=1):
        view = plan.view
        at_detector = view.iso_mm * SID_MM / SOD_MM
        machine = Machine(
            first.quanta * at_detector**2, first.scatter, first.glare, at_detector, first.drift
        )
        rng = _dice(examination.name, examination.seed, f"run {number}")
        offsets = _offsets(case, frames_of(case, plan))
        if case.only_stills:
            offsets = offsets + plan.lasts_s
        radius = view.side * 0.49
        y, x = np.ogrid[: view.side, : view.side]
        shut = np.hypot(x - (view.side - 1) / 2, y - (view.side - 1) / 2) > radius
        frames, notes, before, shown, level = [], [], None, None, 0.0
        for offset in offsets:
            second = float(plan.begins_s + offset)
            iodine = {
                part: render.lay(view, *grains) for part, grains in woman.grains_at(second).items()
            }
            signal = _signal(woman, view, second, sum(iodine.values()), whole_beam, machine)
            if not level:
                level = _middle(signal)
            gain = machine.quanta / level * (1 + machine.drift * _full(woman, second - STEADY_S))
            signal = signal * np.float32(gain)
            if before is not None:
                signal_now, signal = signal, signal * 0.98 + before * 0.02
                before = signal_now
            else:
                before = signal
            counts = noisy(signal, rng)
            if case.stored_as == "DISP":
                shown = counts if shown is None else shown * (1 - KEPT) + counts * KEPT
                counts = shown
            values = stored(counts, machine, case)
            values[shut] = 0
            frames.append(values)
            notes.append(truth.of_frame(woman, view, second, iodine, signal, ~shut))
        run = MadeRun(number, plan, machine, np.stack(frames), offsets, radius)
        yield run, truth.of_run(woman, run, notes, signal, iodine, whole_beam)


def _offsets(case: Case, count: int) -> NDArray[np.float64]:
    """Return when each frame of a run is taken, in seconds from the first."""
    step = np.full(count, 1 / case.rate_hz)
    if case.is_uneven:
        step *= 1 + UNEVEN * np.where(np.arange(count) % 2, 1, -1)
    return np.concatenate([[0.0], np.cumsum(step)[:-1]])


def _signal(
    woman: Woman, view: View, second: float, iodine: Any, through: Any, machine: Machine
) -> render.Picture:
    around, sways = woman.around, woman.sways
    still = sways["bone"].at(second)
    deep = render.BONES_DEEP_MM
    bone = render.laid_under(view, around.bone_cm, around, still, deep_mm=deep)
    water = render.laid_under(view, around.water_cm, around, still)
    gas = render.laid_under(view, around.gas_cm, around, sways["gas"].at(second))
    primary = render.passed(through, bone, water - gas, iodine)
    if woman.case.has_marker:
        primary *= 1 - render.laid_under(
            View(view.side, view.iso_mm, 0.0, (0.0, 0.0)), around.metal, around, (0.0, 0.0)
        )
    return expected(primary, machine, view.iso_mm)


def _middle(signal: render.Picture) -> float:
    side = signal.shape[0]
    return float(signal[side // 4 : -side // 4, side // 4 : -side // 4].mean())


def _full(woman: Woman, second: float) -> float:
    return min(1.0, woman.flow.at("cavity", second) / float(woman.cavity.grains.volume_ml.sum()))
