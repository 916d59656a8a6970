"""An examination of the demo, step by step: what the film strip is drawn from."""

from collections.abc import Iterator
from datetime import timedelta

from patency.core.exam import Exam, Step
from patency.doors.cli.story import Tale, Woman
from patency.service import table

FIRST_RUN, BETWEEN_RUNS, RUN = timedelta(seconds=70), timedelta(seconds=55), timedelta(seconds=12)


def write_down(tale: Tale, she: Woman, done: Exam, *, spills: tuple[str, ...]) -> None:
    """Let each step of an examination be written down at its moment, before its record."""
    for step in steps_of(done, spills):
        table.write_step(she.visit, step.kind, step.value, by=tale.by("radiologist"), now=step.at)


def steps_of(done: Exam, spills: tuple[str, ...]) -> Iterator[Step]:
    """Yield the steps that come to the record: a short run for each increment and one to end."""
    at = done.started_at
    yield Step("started", at)
    yield Step("balloon", at + timedelta(seconds=40), 1.5)
    if done.relief_offered:
        yield Step("relief", at + timedelta(seconds=50))
    at += FIRST_RUN
    for number, millilitres in enumerate(done.increments, 1):
        yield Step("run-began", at)
        yield Step("contrast", at + timedelta(seconds=2), millilitres)
        if number == 1:
            yield Step("cavity-full", at + timedelta(seconds=8))
        if number == len(done.increments):
            for seconds, spill in enumerate(spills, 9):
                yield Step(spill, at + timedelta(seconds=seconds))
        yield Step("run-ended", at + RUN)
        if number in done.key_images:
            yield Step("image", at + RUN + timedelta(seconds=1), number)
        at += BETWEEN_RUNS
    for number in done.key_images[len(done.increments) :]:
        yield Step("image", at, number)
        at += timedelta(seconds=15)
    if done.pain_score is not None:
        yield Step("pain", at, done.pain_score)
    yield Step("ended", done.ended_at)
