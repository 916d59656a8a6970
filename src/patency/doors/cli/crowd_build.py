"""``patency demo --patients``, the work itself: who comes when, moulds, rows, and free times.

A big crowd is made by two processes. Moulds are walked by both, each its own campus; then one makes
the rows while the other hands them to the database.
"""

import gc
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from patency.doors.cli.crowd import (
    BEGIN_ON,
    BY,
    ENGLISH_ON,
    OPEN,
    Crowd,
    Kind,
    OpenKind,
    Planned,
    clock,
    open_kind,
    planned,
)
from patency.doors.cli.second_process import made_elsewhere
from patency.doors.cli.story_people import SITE
from patency.service import seeding
from patency.service.house import House
from patency.service.moulds import Mould, still_says
from patency.service.seeding import Made, Sown
from patency.synthetic import crowd

AT_ONCE, AT_ONCE_OF_MANY = 1_000, 4_000  # visits in one transaction
PLACES_AHEAD = 21  # days on which times stand open for those who wait
MANY = 20_000
MANY_AT_ONCE = 2_000  # from here on, two processes, and indexes are made at the end


def people_the_clinic(out: Console, house: House, patients: int, seed: int) -> float:
    """Fill the demo's clinic with so many women and return how many were made in a second."""
    began = time.perf_counter()
    today = house.day_at(SITE, house.now())
    begin_on = range(7) if patients >= MANY else BEGIN_ON
    it = Crowd(house, today, dice_of(seed), begin_on)
    if patients >= MANY_AT_ONCE:
        learn_all(out, it, with_weeks=patients >= MANY)
    with _bar(out) as bar, _uncollected():
        visits = _in_order(it, patients, bar)
    if patients >= MANY_AT_ONCE:
        seeding.let_go(by=BY, now=it.now)
        with (
            made_elsewhere(lambda: made(it, visits, AT_ONCE_OF_MANY)) as ready,
            seeding.in_bulk(by=BY, now=it.now),
        ):
            rows = _written(out, it, ready, len(visits))
    else:
        rows = _written(out, it, made(it, visits, AT_ONCE), len(visits))
    opened = open_ahead(it)
    size = seeding.settle(by=BY, now=it.now)
    seconds = time.perf_counter() - began
    out.print(
        f"{patients:,} women with {len(visits):,} visits: {rows:,} rows and {opened:,} free times "
        f"in {seconds:,.1f} s, {patients / seconds:,.0f} women a second. The database takes "
        f"{size / 2**20:,.0f} MB."
    )
    return patients / seconds


def dice_of(seed: int) -> random.Random:
    """Return the crowd's dice: not the story's, or a woman gets a number the story has given."""
    return random.Random(f"a crowd beside {seed}")


# ---------------------------------------------------------------- moulds


class Learnt(NamedTuple):
    """What one of two processes has learnt."""

    moulds: Mapping[Kind, Mould]
    weeks: Mapping[Kind, list[int]]
    open_moulds: Mapping[OpenKind, Mould]


def learn_all(out: Console, it: Crowd, *, with_weeks: bool) -> None:
    """Walk every mould a big crowd needs, one campus here and the other in a second process.

    Two campuses share no room, so neither process waits for a place the other one holds.
    """
    here, there = (list(_wanted(it, campus)) for campus in ("west", "east"))
    seeding.let_go(by=BY, now=it.now)
    with TemporaryDirectory() as folder:

        def elsewhere() -> Iterator[Learnt]:
            seeding.work_on_a_copy(Path(folder), by=BY, now=it.now)
            for kind in there:
                _learn(it, kind, with_weeks=with_weeks)
            yield Learnt(it.moulds, it.weeks, it.open_moulds)

        with made_elsewhere(elsewhere) as ready, _bar(out) as bar:
            task = bar.add_task("kinds of visits", total=len(here) + len(there))
            for kind in here:
                _learn(it, kind, with_weeks=with_weeks)
                bar.advance(task)
            for learnt in ready:
                it.moulds.update(learnt.moulds)
                it.weeks.update(learnt.weeks)
                it.open_moulds.update(learnt.open_moulds)
            bar.advance(task, len(there))


def _wanted(it: Crowd, campus: str) -> Iterator[Kind | OpenKind]:
    """Yield every kind of visit a crowd can have at a campus."""
    for is_first, shares in ((True, crowd.FIRST_SHARES), (False, crowd.LATER_SHARES)):
        for course in shares:
            for weekday in it.begin_on:
                yield Kind(course, is_first, weekday, campus, "zh-hans")
            if campus == "west":
                for weekday in ENGLISH_ON:
                    yield Kind(course, is_first, weekday, campus, "en")
    for name, how in OPEN.items():
        for ago in how.days_ago:
            for exam_on in how.exam_on:
                yield open_kind(it, name, campus, ago, exam_on)


def _learn(it: Crowd, kind: Kind | OpenKind, *, with_weeks: bool) -> None:
    if isinstance(kind, OpenKind):
        it.open_mould(kind)
        return
    mould = it.mould(kind)
    if with_weeks:  # each will be asked about
        for week in it.weeks_for(kind):
            still_says(mould, it.house, SITE, weeks=week)


# ---------------------------------------------------------------- rows


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let nothing look for garbage: hundreds of thousands of visits are kept, none in a circle."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _in_order(it: Crowd, patients: int, bar: Progress) -> Sequence[Sown]:
    """Return every visit, in the order in which they began."""
    task = bar.add_task("who comes when", total=patients * 3)
    found: list[Planned] = []
    for visit in planned(it, patients):
        found.append(visit)
        bar.advance(task)
    bar.update(task, total=len(found))
    found.sort(key=lambda visit: visit.began)
    return [visit.sown for visit in found]


def made(it: Crowd, visits: Sequence[Sown], at_once: int) -> Iterator[Made]:
    """Yield the rows of all visits, so many visits at once."""
    for start in range(0, len(visits), at_once):
        yield seeding.make(visits[start : start + at_once], it.chance, by=BY, now=it.now)


def _written(out: Console, it: Crowd, ready: Iterator[Made], visits: int) -> int:
    with _bar(out) as bar:
        task, rows = bar.add_task("visits written", total=visits), 0
        for some in ready:
            rows += seeding.write(some, by=BY, now=it.now)
            bar.advance(task, some.visits)
    return rows


def open_ahead(it: Crowd) -> int:
    """Return how many times of the next weeks stand open for those who wait."""
    openings, slots = it.house.openings_at(SITE), []
    for ahead in range(1, PLACES_AHEAD + 1):
        day = it.today + timedelta(days=ahead)
        for kind, closed in (("exam", openings.exam), ("clinic_visit", openings.visit)):
            if closed(day) is None:
                for campus in ("west", "east"):
                    slots += it.places.rest(
                        kind, campus, day, begins=clock("08:30"), ends=clock("16:30")
                    )
    last = it.today + timedelta(days=PLACES_AHEAD)
    return seeding.open_times(it.house, slots, it.today, last, by=BY, now=it.now)


def _bar(out: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out,
    )
