"""What each booking policy costs women in lost cycles: the published table, then the goals.

    make bench-simulate                        five seeds, about 15 minutes on two cores
    make bench-simulate ARGS="--seeds 3 --only goals"
    make bench-simulate ARGS=--json
    PATENCY_FEDCYCLE=cycles.csv make bench-simulate     also the published table, on its real cycles

Every policy meets the same women. The published table was counted with cycles of real women drawn
again and again; its cells for booking by telephone and for perfect foresight are compared only
where the file of those cycles is named. All other rows draw the pretend women that ship.

Not comparable: the table's own programs are not published, so a cell is compared with its mean and
spread over seeds, not world by world; its first seeds are not ours. No row is about a real clinic.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from math import hypot
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from patency.config.data import load_population, load_protocol, load_ranking
from patency.core.study.cycles import parse_cycles
from patency.core.study.simulation.figures import Row
from patency.core.study.simulation.rolling import Overbooking
from patency.synthetic.clinic import Scenario
from patency.synthetic.trial import Draw, Setting, all_draws, rows_of_trial, run_trial, sit_down
from patency.synthetic.women import Population, resampled

# Lost cycles (M3) of the published table, world W1: capacity, load, policy, mean. A spread over its
# seeds is given for two cells only; where it is not, ours alone is the yardstick.
PUBLISHED: Mapping[tuple[int, float, str], tuple[float, float]] = {
    (8, 0.70, "fcfs"): (0.074, 0.0),
    (8, 0.70, "fcfs-callback"): (0.064, 0.0),
    (8, 0.70, "clairvoyant"): (0.004, 0.0),
    (8, 0.85, "fcfs"): (0.415, 0.08),
    (8, 0.85, "fcfs-callback"): (0.247, 0.0),
    (8, 0.85, "clairvoyant"): (0.010, 0.0),
    (8, 0.95, "fcfs"): (1.78, 0.13),
    (8, 0.95, "fcfs-callback"): (1.28, 0.0),
    (8, 0.95, "clairvoyant"): (0.063, 0.0),
    (30, 0.85, "fcfs"): (0.262, 0.0),
    (30, 0.85, "fcfs-callback"): (0.169, 0.0),
    (30, 0.85, "clairvoyant"): (0.009, 0.0),
    (30, 0.95, "fcfs"): (1.32, 0.0),
    (30, 0.95, "fcfs-callback"): (1.12, 0.0),
    (30, 0.95, "clairvoyant"): (0.012, 0.0),
}
WORLDS = ("W5", "W1", "W2", "W3", "W4")
PHONE = ("fcfs", "fcfs-callback", "clairvoyant")
ALL = ("fcfs", "fcfs-callback", "hold", "match", "clairvoyant")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that are read together."""

    name: str
    title: str
    worlds: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    overbook: tuple[int, ...]
    policies: tuple[str, ...] = ALL
    real_cycles: bool = False


PARTS = (
    Part(
        "table",
        "The published table, on the same real cycles",
        ("W1",),
        (
            *(Scenario(8, load) for load in (0.7, 0.85, 0.95)),
            Scenario(30, 0.85),
            Scenario(30, 0.95),
        ),
        (0,),
        PHONE,
        real_cycles=True,
    ),
    Part(
        "goals",
        "8 a day, load up to 0.85",
        WORLDS,
        (Scenario(8, 0.7), Scenario(8, 0.85)),
        (0, 1),
    ),
    Part("large", "30 a day, load 0.95", WORLDS, (Scenario(30, 0.95),), (2, 3)),
    Part(
        "frontier",
        "8 a day, load 0.95: what bumps buy, and what women who can come at once do",
        ("W5", "W1"),
        (Scenario(8, 0.95), Scenario(8, 0.95, on_call=0.3)),
        (0, 1, 2, 3),
        ("fcfs-callback", "match", "clairvoyant"),
    ),
    Part(
        "on-call",
        "8 a day, load up to 0.85, where 3 of 10 women can come at once",
        ("W5", "W1"),
        (Scenario(8, 0.7, on_call=0.3), Scenario(8, 0.85, on_call=0.3)),
        (0, 1),
        ("fcfs-callback", "match", "clairvoyant"),
    ),
    Part(
        "irregular",
        "8 a day, load 0.85, one woman in five with irregular cycles",
        ("W5", "W1"),
        (Scenario(8, 0.85, irregular=0.2),),
        (0, 1),
    ),
)


def main(arguments: Sequence[str]) -> None:
    """Play every part, and print what came out."""
    asked = argparse.ArgumentParser(description="Lost cycles by booking policy.")
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--only", action="append", choices=[part.name for part in PARTS])
    asked.add_argument("--world", action="append", choices=WORLDS)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args(arguments)

    real = os.environ.get("PATENCY_FEDCYCLE", "")
    parts = [part for part in PARTS if part.name in (options.only or [part.name])]
    told: dict[str, Any] = {"machine": machine(), "seeds": options.seeds, "parts": {}}
    for part in parts:
        part = replace(part, worlds=tuple(w for w in part.worlds if w in (options.world or WORLDS)))
        if part.real_cycles and not real:
            print(
                "Left out: the published table; name its cycles: PATENCY_FEDCYCLE=…",
                file=sys.stderr,
            )
            continue
        begun = perf_counter()
        rows = played(part, options.seeds, options.workers, women(real if part.real_cycles else ""))
        told["parts"][part.name] = {
            "title": part.title,
            "seconds": round(perf_counter() - begun, 1),
            "rows": [asdict(row) for row in rows],
            **({"published": against_the_table(rows)} if part.real_cycles else {}),
        }
        if not options.json:
            show(told["parts"][part.name])
    if options.json:
        print(json.dumps(told, indent=2))
    else:
        print(told["machine"])


def women(real: str) -> Population:
    """Return the pretend women, or real ones of a file."""
    if not real:
        return load_population()
    with Path(real).open(encoding="utf-8-sig", newline="") as lines:
        return resampled(parse_cycles(lines, real).counted)


def played(part: Part, seeds: int, workers: int, population: Population) -> list[Row]:
    """Return the rows of a part; every worker asks the protocol itself."""
    setting = Setting(
        protocol=load_protocol("hsg/2026-1"),
        rules=load_ranking(),
        population=population,
        policies=part.policies,
        overbooking={str(extra): Overbooking(most=extra) for extra in part.overbook},
    )
    draws = all_draws(part.worlds, part.scenarios, seeds)
    with hands(setting, workers) as some:
        found: dict[Draw, Any] = {}
        for number, (draw, outcomes) in enumerate(run_trial(draws, some), start=1):
            found[draw] = outcomes
            if sys.stderr.isatty():
                print(f"\r{part.name}: {number} of {len(draws)}", end="", file=sys.stderr)
    return rows_of_trial(draws, found, part.policies)


@contextmanager
def hands(setting: Setting, workers: int) -> Iterator[Executor]:
    """Yield fresh processes that know the setting."""
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=sit_down, initargs=(setting,)
    ) as some:
        yield some


def against_the_table(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return each published cell beside ours, and how many spreads they lie apart."""
    found = []
    ours = {(row.capacity, row.load, row.policy): row for row in rows}
    for key, (mean, spread) in PUBLISHED.items():
        row = ours[key]
        of_both = hypot(row.lost_cycles_sd, spread) if spread else row.lost_cycles_sd
        found.append(
            {
                "capacity": key[0],
                "load": key[1],
                "policy": key[2],
                "published": mean,
                "ours": round(row.lost_cycles, 4),
                "sd": round(of_both, 4),
                "spreads_apart": round(abs(row.lost_cycles - mean) / of_both, 2)
                if of_both
                else None,
            }
        )
    return found


def show(part: Mapping[str, Any]) -> None:
    """Print the rows of a part for a person."""
    print(f"\n{part['title']} ({part['seconds']} s)")
    print(
        "world policy         +  a day load  on call  lost     ±       prize (se)      "
        "1st cycle  bumps  moves  after ov.  irreg./reg."
    )
    for row in part["rows"]:
        prize = row["prize_share"]
        told = (
            "–"
            if prize is None
            else f"{100 * prize:6.1f} % ({100 * (row['prize_share_se'] or 0):.1f})"
        )
        uneven = (
            ""
            if row["lost_irregular"] is None
            else f"{row['lost_irregular']:.4f}/{row['lost_regular']:.4f}"
        )
        print(
            f"{row['world']:5} {row['policy']:14} {row['overbook']:>1} {row['capacity']:5} "
            f"{row['load']:5.2f} {row['on_call']:7.1f} {row['lost_cycles']:8.4f} "
            f"{row['lost_cycles_sd']:7.4f} {told:>17} {100 * row['first_cycle_share']:8.1f} % "
            f"{row['bumps_per_1000']:7.1f} {row['moves_per_woman']:6.2f} "
            f"{100 * row['after_ovulation_share']:7.1f} % {uneven:>14}"
        )
    for cell in part.get("published", ()):
        print(
            f"  published {cell['policy']:14} {cell['capacity']:3} a day {cell['load']:.2f}: "
            f"{cell['published']:.3f}, ours {cell['ours']:.4f}, "
            f"{cell['spreads_apart']} spreads apart"
        )
    outside = sum(row["outside_window"] for row in part["rows"])
    print(f"examinations outside the observable window: {outside}", flush=True)


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "ortools")},
    }


if __name__ == "__main__":
    main(sys.argv[1:])
