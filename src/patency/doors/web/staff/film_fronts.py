"""The fronts of a draft reading as the film draws them: which line belongs to which run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SAME_S = 0.1
"""Two clocks that count from the first image of a study agree so well, or do not agree."""


@dataclass(frozen=True, slots=True)
class RunSeen:
    """What tells one run of the film from another."""

    begins_s: float
    frames: int
    rows: int
    columns: int


def fronts(draft: Mapping[str, Any], runs: Sequence[RunSeen]) -> dict[str, Any]:
    """Return for each tube how far contrast had come, and its line in each run of the film.

    ``steps`` are (seconds, cm) only where it changes. ``lines`` holds one entry for each run, None
    where no line is surely of this run: a line in the wrong picture would be worse than none.
    """
    found: dict[str, Any] = {}
    for side, tube in (draft.get("tubes") or {}).items():
        steps: list[Any] = []
        for at, cm in tube.get("front") or []:
            if not steps or steps[-1][1] != cm:
                steps.append([at, cm])
        found[side] = {"steps": steps, "lines": _lines(tube.get("course") or (), runs)}
    return found


def _lines(courses: Sequence[Mapping[str, Any]], runs: Sequence[RunSeen]) -> list[Any]:
    of_runs = [[each for each in courses if _may_be_of(each, run)] for run in runs]
    claims = [
        sum(run.frames > 1 and each in mine for run, mine in zip(runs, of_runs, strict=True))
        for each in courses
    ]
    doubted = [each for each, count in zip(courses, claims, strict=True) if count > 1]
    return [
        {"points": mine[0]["points"], "moved": mine[0]["moved"]}
        if len(mine) == 1 and mine[0] not in doubted
        else None
        for mine in of_runs
    ]


def _may_be_of(course: Mapping[str, Any], run: RunSeen) -> bool:
    if list(course["size"]) != [run.rows, run.columns]:
        return False
    if run.frames == 1:  # single pictures of one kind are read as one run
        return bool(course["from_s"] - SAME_S <= run.begins_s <= course["to_s"] + SAME_S)
    begins_together = abs(course["from_s"] - run.begins_s) <= SAME_S
    return bool(begins_together and course["frames"] == run.frames)
