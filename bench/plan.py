"""How long the nightly two-visit plan of one clinic takes, and a nation of clinics.

    make bench-plan                        120 different nights, then 700 clinics on 2 processes
    make bench-plan ARGS="--nights 500 --clinics 0"
    make bench-plan ARGS=--json

A night is 400 women with days left in this cycle, the sessions of the coming 20 days (rooms and
operators together), half of the women with wishes. Timed is what the clinic's own program does
every night: every woman's ways out of days, sessions and wishes, then the plan with its proof.
Each woman's days are worked out when she tells of a period, not at night; what asking the protocol
for one woman costs is printed beside it. The days of the year are made before the clock starts.

By the clock on the wall, and by the core's own time, because other programs may want the core. Each
night is timed once cold and then again; the least of its rounds is what it takes undisturbed.
"""

import argparse
import gc
import json
import platform
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from importlib.metadata import version
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from patency.config.data import load_population, load_protocol, load_ranking
from patency.core.booking.clinic_night import plan_clinic
from patency.core.protocol.rulebook import rulebook
from patency.core.study.by_protocol import ByProtocol
from patency.core.study.simulation.day_rules import AsProtocol, Known
from patency.synthetic.nation import Nation, learn, plan_nation
from patency.synthetic.waiting_list import Night, draw_night, waiting_of

GOAL_NIGHT_MS, GOAL_NATION_SECONDS = 150, 45
A_DAY = date(2026, 3, 2)
SEED = 2026


def main(arguments: Sequence[str]) -> None:
    """Make the nights, time them, print what came out."""
    asked = argparse.ArgumentParser(description="The nightly plan of one clinic, and of a nation.")
    asked.add_argument("--protocol", default="hsg/2026-1")
    asked.add_argument("--nights", type=int, default=120)
    asked.add_argument("--rounds", type=int, default=3, help="how often each night is timed")
    asked.add_argument("--women", type=int, default=400)
    asked.add_argument("--exams-a-day", type=int, default=30)
    asked.add_argument("--clinics", type=int, default=700, help="0: no nation")
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args(arguments)

    nation = Nation(
        rule=ByProtocol(load_protocol(options.protocol)),
        population=load_population(),
        rules=load_ranking(),
        today=A_DAY,
        women=options.women,
        exams_a_day=options.exams_a_day,
        seed=SEED,
    )
    told: dict[str, Any] = {
        "machine": machine(),
        "protocol": options.protocol,
        "night": nights(nation, options.nights, options.rounds),
        "asking_ms_a_woman": asking(options.protocol),
    }
    if options.clinics:
        told["nation"] = whole_nation(nation, options.clinics, options.workers)
    if options.json:
        print(json.dumps(told, indent=2))
    else:
        show(told)


def nights(nation: Nation, count: int, rounds: int) -> dict[str, Any]:
    """Return what so many different nights took: other women, other sessions, another weekday."""
    learn(nation, women=20_000)
    walls, cores, least, gaps, given, ways = [], [], [], [], 0, 0
    # The solver is loaded once, before the first night.
    plan_clinic([], drawn(nation, 0).hours, today=A_DAY, rules=nation.rules)
    # As a worker does once it has begun: what stays need not be looked through every night.
    gc.collect()
    gc.freeze()
    for number in range(count):
        # One at a time: what is collected as garbage is what one clinic's night leaves behind.
        night = drawn(nation, number)
        timed = []
        for _ in range(rounds):
            begun, busy = perf_counter(), process_time()
            waiting = waiting_of(night, nation.rules)
            plan = plan_clinic(waiting, night.hours, today=night.today, rules=nation.rules)
            timed.append(((perf_counter() - begun) * 1000, (process_time() - busy) * 1000))
        walls.append(timed[0][0])
        cores.append(timed[0][1])
        least.append(min(wall for wall, _ in timed))
        gaps.append(plan.gap)
        given += len(plan.given)
        ways += sum(len(one.ways) for one in waiting)
    return {
        "nights": count,
        "women": nation.women,
        "ways_a_night": round(ways / count),
        "given_share": round(given / (count * nation.women), 4),
        "largest_gap": max(gaps),
        "wall_ms": spread(walls),
        "core_ms": spread(cores),
        "rounds": rounds,
        "least_wall_ms": spread(least),
        "goal_p95_ms": GOAL_NIGHT_MS,
    }


def drawn(nation: Nation, number: int) -> Night:
    """Return one of the nights: each a day later, with other women and other sessions."""
    return draw_night(
        nation.rule,
        nation.population,
        nation.rules,
        np.random.default_rng([SEED, 1, number]),
        today=A_DAY + timedelta(days=number),
        women=nation.women,
        exams_a_day=nation.exams_a_day,
    )


def asking(protocol: str) -> float:
    """Return how many milliseconds the protocol takes to name one woman's days."""
    rule = AsProtocol(rulebook(load_protocol(protocol)))
    women = [Known(bleeding, shortest) for bleeding in range(3, 8) for shortest in range(24, 32)]
    begun = process_time()
    for known in women:
        rule(known)
    return round((process_time() - begun) * 1000 / len(women), 2)


def whole_nation(nation: Nation, clinics: int, workers: int) -> dict[str, Any]:
    """Return what a night of many clinics took, drawing the women and starting processes too."""
    begun = perf_counter()
    learn(nation, women=20_000)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as hands:
        found = [one for some in plan_nation(nation, clinics, hands, perf_counter) for one in some]
    seconds = perf_counter() - begun
    return {
        "clinics": len(found),
        "workers": workers,
        "women": sum(one.women for one in found),
        "largest_gap": max(one.gap for one in found),
        "seconds": round(seconds, 1),
        "of_it_planning": round(sum(one.seconds for one in found) / workers, 1),
        "goal_seconds": GOAL_NATION_SECONDS,
    }


def spread(numbers: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the most."""
    p50, p95 = np.percentile(numbers, [50, 95])
    return {"p50": round(p50, 1), "p95": round(p95, 1), "most": round(max(numbers), 1)}


def machine() -> dict[str, Any]:
    """Return what it was measured on."""
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": model[0] if model else platform.processor(),
        "cores": cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "ortools")},
    }


def show(told: dict[str, Any]) -> None:
    """Print what came out for a person."""
    on, night = told["machine"], told["night"]
    print(", ".join(f"{name} {value}" for name, value in on.items()))
    print(
        f"{night['nights']} nights of {night['women']} women under {told['protocol']}: "
        f"{night['ways_a_night']:,} ways a night, {night['given_share']:.1%} given a plan, "
        f"largest gap {night['largest_gap']:.1e}"
    )
    print("milliseconds a night (median / 95th percentile / most)")
    for name, key in (
        ("by the clock on the wall, once", "wall_ms"),
        ("core's own time, once", "core_ms"),
        (f"by the clock on the wall, least of {night['rounds']}", "least_wall_ms"),
    ):
        print(f"  {name}: {night[key]['p50']} / {night[key]['p95']} / {night[key]['most']}")
    print(f"goal: p95 at most {night['goal_p95_ms']}")
    print(f"asking the protocol for one woman's days, once a cycle: {told['asking_ms_a_woman']} ms")
    if "nation" in told:
        one = told["nation"]
        print(
            f"{one['clinics']} clinics, {one['women']:,} women, {one['workers']} processes: "
            f"{one['seconds']} s in all, {one['of_it_planning']} s of it planning (the rest draws "
            f"the women and starts the processes), largest gap {one['largest_gap']:.1e}; goal: at "
            f"most {one['goal_seconds']} s"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
