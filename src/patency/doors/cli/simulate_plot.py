"""The plot of a simulation: what each policy loses, and what bumps buy."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patency.core.study.simulation.figures import Row

MARKS = "osD^v<>Px*"
# Told apart by colour-blind eyes too: Okabe and Ito, Color Universal Design (2008).
COLOURS = ("#D55E00", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#CC79A7", "#000000")
LEAST_SHOWN = 0.001  # cycles; a logarithmic axis has no zero


def plot(rows: Sequence["Row"], path: Path) -> None:
    """Write two panels: lost cycles by load, and the share of the prize by bumps.

    Raises ``ValueError`` for a kind of file that cannot be drawn, ``OSError`` when the place cannot
    be written to.
    """
    # Drawing takes a second to load; nothing else of the program draws with it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    lost, bumps = figure.subplots(1, 2)
    _lost_cycles(lost, rows)
    _prize_for_bumps(bumps, rows)
    figure.savefig(path, dpi=150)


def _lost_cycles(panel: Any, rows: Sequence["Row"]) -> None:
    lines: dict[tuple[str, str, str, int], list[Row]] = defaultdict(list)
    for row in rows:
        lines[row.policy, row.overbook, row.world, row.capacity].append(row)
    policies = list(dict.fromkeys((row.policy, row.overbook) for row in rows))
    places = list(dict.fromkeys((row.world, row.capacity) for row in rows))
    for (policy, overbook, world, capacity), of_line in lines.items():
        ordered = sorted(of_line, key=lambda row: row.load)
        panel.errorbar(
            [row.load for row in ordered],
            [max(row.lost_cycles, LEAST_SHOWN) for row in ordered],
            yerr=[row.lost_cycles_sd for row in ordered],
            color=COLOURS[policies.index((policy, overbook)) % len(COLOURS)],
            marker=MARKS[places.index((world, capacity)) % len(MARKS)],
            capsize=2,
            label=f"{_name(policy, overbook)}, {world}, {capacity} a day",
        )
    panel.set_yscale("log")
    panel.set_ylim(bottom=LEAST_SHOWN)
    panel.set_xlabel("referrals over places")
    panel.set_ylabel("cycles lost per woman (± over seeds)")
    panel.set_title("What booking costs")
    panel.legend(fontsize=6)


def _prize_for_bumps(panel: Any, rows: Sequence["Row"]) -> None:
    lines: dict[tuple[str, int, float], list[Row]] = defaultdict(list)
    for row in rows:
        if row.policy == "match" and row.prize_share is not None:
            lines[row.world, row.capacity, row.load].append(row)
    for number, ((world, capacity, load), of_line) in enumerate(lines.items()):
        ordered = sorted(of_line, key=lambda row: row.bumps_per_1000)
        panel.plot(
            [row.bumps_per_1000 for row in ordered],
            [100 * (row.prize_share or 0.0) for row in ordered],
            color=COLOURS[number % len(COLOURS)],
            marker=MARKS[number % len(MARKS)],
            label=f"{world}, {capacity} a day, load {load:g}",
        )
        for row in ordered:
            panel.annotate(
                _name("", row.overbook),
                (row.bumps_per_1000, 100 * (row.prize_share or 0.0)),
                fontsize=6,
                xytext=(3, -8),
                textcoords="offset points",
            )
    panel.set_xlabel("women sent home per 1,000 examined")
    panel.set_ylabel("share of the prize against call-back, %")
    panel.set_title("What overbooking buys")
    if lines:
        panel.legend(fontsize=6)


def _name(policy: str, overbook: str) -> str:
    return f"{policy} +{overbook}".strip() if overbook not in ("", "0") else policy or "+0"
