"""The steps of an examination as a film: what the record knows today, until images are read."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from patency.core.exam import Step
from patency.doors.web.film_strip import Film, Mark, Run

# What is marked on the film, by the step that says it.
MARKED: Mapping[str, str] = {
    "contrast": "injection",
    "cavity-full": "cavity-full",
    "spill-right": "spill-right",
    "spill-left": "spill-left",
    "leak": "leak",
    "intravasation": "intravasation",
    "pain": "pain",
    "faint": "faint",
    "skin": "reaction",
    "severe": "reaction",
    "stopped": "stopped",
    "stopped-by-her": "stopped",
}
ASKS_FROM = {"pain": 4, "intravasation": 1}
"""From which value on something is marked: a little pain is expected."""


def film_of(steps: Iterable[Step], now: datetime) -> Film:
    """Return the film of an examination by its steps; a run that has not ended lasts until now."""
    told = sorted(steps, key=lambda step: step.at)
    begin = next((step.at for step in told if step.kind == "started"), None)
    if begin is None:
        return Film()
    end = next((step.at for step in told if step.kind == "ended"), now)

    def seconds(moment: datetime) -> float:
        return round((moment - begin).total_seconds(), 1)

    runs, open_since = [], None
    for step in told:
        if step.kind == "run-began":
            open_since = seconds(step.at)
        elif step.kind == "run-ended" and open_since is not None:
            runs.append(Run(open_since, seconds(step.at)))
            open_since = None
    if open_since is not None:
        runs.append(Run(open_since, seconds(end)))
    marks = tuple(
        Mark(MARKED[step.kind], seconds(step.at))
        for step in told
        if step.kind in MARKED and (step.value or 0) >= ASKS_FROM.get(step.kind, 0)
    )
    return Film(tuple(runs), marks=marks)
