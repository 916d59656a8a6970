"""The night of a pretend clinic: its sessions of the coming days, and every woman who waits.

Nothing here is about a real clinic. How women differ comes from a population; how full the days
are, how many have wishes and how many insist is invented, meant to be harder than an ordinary
night: more women than places in the days that matter, and half of them with wishes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from patency.core.booking.rank import PriorityRules, Standing, ovulated_by
from patency.core.booking.sessions import (
    EXAM,
    VISIT,
    About,
    DayPair,
    Groups,
    Operator,
    Part,
    Session,
    Strength,
    Timetable,
    Wish,
    Wishes,
    timetable,
    ways,
)
from patency.core.booking.tonight import Waiting
from patency.core.document import WEEKDAYS
from patency.core.study.simulation.day_rules import Known, Rule
from patency.synthetic.women import Population

ONE_DAY = timedelta(days=1)
DAYS_AHEAD = 20
# Period starts of the women who wait, from today: those who bleed or have bled, and those whose
# period is expected within five days.
STARTS = (-9, 5)
CAMPUSES = ("north", "south")
LANGUAGES = ("en", "zh-hans")
WEEKS = (frozenset(range(5)), frozenset(range(6)), frozenset(range(7)))
WEEKS_CHOSEN = (0.7, 0.2, 0.1)
TESTS_PER_EXAM = 1.2
WITH_WISHES, INSISTING, TOLD_A_DAY, TESTED = 0.5, 0.3, 0.6, 0.3
REMEMBERED = 6
PARTS = (frozenset({Part.MORNING.value}), frozenset({Part.AFTERNOON.value}))
EITHER_CAMPUS = tuple(frozenset({one}) for one in CAMPUSES)
EITHER_LANGUAGE = tuple(frozenset({one}) for one in LANGUAGES)
EITHER_SEX = (frozenset({"female"}), frozenset({"male"}))


@dataclass(frozen=True, slots=True)
class Night:
    """One clinic's problem of one night, before anybody asks what each woman may have."""

    today: date
    hours: Timetable
    women: tuple["Asking", ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """A woman who waits, the days the protocol allows her, and what she wishes."""

    who: int
    standing: Standing
    pairs: tuple[DayPair, ...]
    wishes: Wishes
    told_number: int | None
    """Which of her ways she was told last, counted round; None before anything was."""


def draw_night(
    rule: Rule,
    population: Population,
    rules: PriorityRules,
    chance: np.random.Generator,
    *,
    today: date,
    women: int = 400,
    exams_a_day: int = 30,
) -> Night:
    """Return a night of a clinic on which so many women have days left to be examined on.

    ``rule`` gives the days of a cycle were everything open; it is asked often, so let it remember.
    ``exams_a_day`` are the places of an open day with nobody booked; the nearer the day, the more
    of them are taken by firm dates.
    """
    hours = timetable(_sessions(today, exams_a_day, chance))
    pairs: list[tuple[DayPair, ...]] = []
    while len(pairs) < women:
        pairs += _with_days(rule, population, rules, chance, today, women, hours)
    pairs = pairs[:women]
    urgency = chance.choice(3, women, p=(0.93, 0.05, 0.02))
    refused = chance.poisson(0.2, women)
    age, waited = chance.integers(22, 44, women), chance.integers(0, 120, women)
    told = np.where(chance.random(women) < TOLD_A_DAY, chance.integers(0, 1000, women), -1)
    wishes = _wishes(women, today, chance)
    return Night(
        today,
        hours,
        tuple(
            Asking(
                one,
                Standing(
                    urgency=int(urgency[one]),
                    refused=int(refused[one]),
                    days_left=max(0, len({pair.exam_day for pair in pairs[one]}) - 1),
                    age=int(age[one]),
                    days_waited=int(waited[one]),
                ),
                pairs[one],
                wishes[one],
                int(told[one]) if told[one] >= 0 else None,
            )
            for one in range(women)
        ),
    )


def waiting_of(night: Night, rules: PriorityRules) -> list[Waiting]:
    """Return every woman with all her ways, as the clinic's night is decided on."""
    known: Groups = {}
    found = []
    for one in night.women:
        hers = ways(
            one.pairs,
            night.hours,
            one.wishes,
            points_a_wish=rules.points.unmet_wish,
            known=known,
        )
        held = hers[one.told_number % len(hers)] if hers and one.told_number is not None else None
        found.append(Waiting(one.who, one.standing, hers, held))
    return found


def _with_days(
    rule: Rule,
    population: Population,
    rules: PriorityRules,
    chance: np.random.Generator,
    today: date,
    count: int,
    hours: Timetable,
) -> Iterator[tuple[DayPair, ...]]:
    """Yield the days of those of so many women who have any left: the others do not wait now."""
    cycles = population.draw(count, REMEMBERED + 1, chance)
    bleeding = cycles.bleeding[:, REMEMBERED].tolist()
    shortest = cycles.length[:, :REMEMBERED].min(axis=1).tolist()
    starts = chance.integers(STARTS[0], STARTS[1] + 1, count).tolist()
    tested = (chance.random(count) < TESTED).tolist()
    for one in range(count):
        hers = tuple(
            _pairs(
                rule(Known(bleeding[one], shortest[one])).exams,
                today,
                today + starts[one] * ONE_DAY,
                bleeding[one],
                hours,
                rules,
                test_passed=tested[one],
            )
        )
        if hers:
            yield hers


def _pairs(
    exams: Sequence[tuple[int, tuple[int, ...]]],
    today: date,
    start: date,
    bleeding: int,
    hours: Timetable,
    rules: PriorityRules,
    *,
    test_passed: bool,
) -> Iterator[DayPair]:
    for of_cycle, tests in exams:
        day = start + of_cycle * ONE_DAY
        if day <= today or (EXAM, day) not in hours.on:
            continue
        ovulated = ovulated_by(of_cycle - bleeding + 1, rules)
        test_days = [start + test * ONE_DAY for test in tests]
        if test_passed and test_days and test_days[0] <= today:
            yield DayPair(None, day, ovulated)
            continue
        for test_day in test_days:
            if test_day > today and (VISIT, test_day) in hours.on:
                yield DayPair(test_day, day, ovulated)


def _sessions(today: date, exams_a_day: int, chance: np.random.Generator) -> Iterator[Session]:
    weekdays = WEEKS[chance.choice(len(WEEKS), p=WEEKS_CHOSEN)]
    campuses = CAMPUSES[: int(chance.integers(1, len(CAMPUSES) + 1))]
    rooms = [(campus, number) for campus in campuses for number in range(2 // len(campuses))]
    staff = {service: _staff(service, 2 * len(rooms), chance) for service in (VISIT, EXAM)}
    for ahead in range(1, DAYS_AHEAD + 1):
        day = today + ahead * ONE_DAY
        if day.weekday() not in weekdays:
            continue
        taken = max(0.0, 0.6 - 0.08 * ahead)
        for service, total in ((VISIT, round(TESTS_PER_EXAM * exams_a_day)), (EXAM, exams_a_day)):
            for part in Part:
                on_duty = chance.permutation(len(staff[service]))
                for number, (campus, room) in enumerate(rooms):
                    share = _share(total, 2 * len(rooms), 2 * number + (part is Part.MORNING))
                    yield Session(
                        slug=f"{day}-{part}-{campus}-{service}-{room + 1}",
                        service=service,
                        day=day,
                        part=part,
                        campus=campus,
                        room=f"{campus}-{service}-{room + 1}",
                        operator=staff[service][on_duty[number]],
                        places=int(chance.binomial(share, 1 - taken)),
                    )


def _share(total: int, sessions: int, number: int) -> int:
    return total // sessions + (number < total % sessions)


def _staff(service: str, count: int, chance: np.random.Generator) -> list[Operator]:
    return [
        Operator(
            slug=f"{service}-operator-{number + 1}",
            sex="female" if chance.random() < 0.6 else "male",
            languages=frozenset(LANGUAGES[: 1 + int(chance.random() < 0.5)]),
        )
        for number in range(count)
    ]


def _wishes(women: int, today: date, chance: np.random.Generator) -> list[Wishes]:
    """Return what each woman wishes: half of them nothing, the others one to three things."""
    days = [(today + ahead * ONE_DAY).isoformat() for ahead in range(1, DAYS_AHEAD + 1)]
    has = (chance.random(women) < WITH_WISHES).tolist()
    count = chance.integers(1, 4, women).tolist()
    order = _shuffled(women, len(About), chance)
    insists = (chance.random((women, len(About))) < INSISTING).tolist()
    luck = chance.random((women, len(About))).tolist()
    days_liked = _shuffled(women, DAYS_AHEAD, chance)
    weekdays_liked = _shuffled(women, 6, chance)
    abouts = [*About]

    def wished(one: int, about: About, coin: float) -> frozenset[str]:
        match about:
            case About.DAY:
                return frozenset(days[day] for day in days_liked[one][:8])
            case About.WEEKDAY:
                return frozenset(WEEKDAYS[day] for day in weekdays_liked[one][:3])
            case About.PART:
                return PARTS[coin < 0.5]
            case About.CAMPUS:
                return EITHER_CAMPUS[coin < 0.5]
            case About.LANGUAGE:
                return EITHER_LANGUAGE[coin < 0.5]
            case About.OPERATOR_SEX:
                return EITHER_SEX[coin < 0.1]

    return [
        tuple(
            Wish(
                abouts[number],
                wished(one, abouts[number], luck[one][number]),
                Strength.MUST if insists[one][number] else Strength.RATHER,
            )
            for number in order[one][: count[one]]
        )
        if has[one]
        else ()
        for one in range(women)
    ]


def _shuffled(women: int, numbers: int, chance: np.random.Generator) -> list[list[int]]:
    """Return the numbers from 0 in an order of each woman's own."""
    orders: list[list[int]] = chance.permuted(
        np.tile(np.arange(numbers), (women, 1)), axis=1
    ).tolist()
    return orders
