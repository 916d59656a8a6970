"""Booking by telephone, as leaflets tell women to: who calls takes the earliest free day, for good.

``fcfs``: she calls on the first open day from day 1 of her period. ``fcfs-callback``: who holds no
day then calls again when bleeding has ended. ``hold``: a place is held for her from day 1 without
a call, and tried again every day while she has none.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from patency.core.study.simulation.world import Examined, Played, World

Agenda = defaultdict[int, list[tuple[int, int]]]


@dataclass(slots=True)
class _Book:
    """The appointment book, and what each day still brings; pairs are woman and turn."""

    world: World
    played: Played
    taken: list[int]
    running: list[int]
    """The turn that each woman is in."""
    booked: list[int | None]
    """Each woman's day in it."""
    attempted: list[int]
    """The last turn in which a place was kept for her to the end: there is one in a cycle."""
    refused: list[int]
    """Cycles in which each woman was turned down so far."""
    calls: Agenda = field(default_factory=lambda: defaultdict(list))
    again: Agenda = field(default_factory=lambda: defaultdict(list))
    results: Agenda = field(default_factory=lambda: defaultdict(list))
    exams: Agenda = field(default_factory=lambda: defaultdict(list))
    ends: Agenda = field(default_factory=lambda: defaultdict(list))


def play_phone(world: World, *, calls_back: bool = False, holds: bool = False) -> Played:
    """Return what happens to everybody when women book by telephone.

    Whoever was turned down in an earlier cycle is answered first. A place whose test fails, or
    that turns out to lie outside her days, is given back at noon of the first day of the test.
    """
    count = len(world.women)
    book = _Book(
        world,
        Played([None] * count),
        taken=[0] * world.length,
        running=[0] * count,
        booked=[None] * count,
        attempted=[-1] * count,
        refused=[0] * count,
    )
    for number in range(count):
        _begin(book, number, 0, holds=holds)
    for today in range(world.length):
        for number, turn in book.results.pop(today, ()):
            _judge(book, number, turn)
        for number, turn in book.exams.pop(today, ()):
            _examine(book, number, turn, today)
        for number, turn in _in_line(book, book.calls.pop(today, ())):
            if book.running[number] != turn:
                continue  # closed for longer than her whole cycle
            days = world.women[number].turns[turn].expected.exam
            _answer(book, number, turn, days, today)
            if calls_back or holds or book.booked[number] is not None:
                ended = world.women[number].turns[turn].bleeding_ends + 1
                book.again[max(ended if holds else world.first_open(ended), today + 1)].append(
                    (number, turn)
                )
        waiting = _in_line(book, book.again.pop(today, ()))
        for number, turn in waiting:
            _call_again(book, number, turn, today, holds=holds)
        for number, turn in book.ends.pop(today, ()):
            _end(book, number, turn, holds=holds)
    return book.played


def _begin(book: _Book, number: int, turn: int, *, holds: bool) -> None:
    """Put the call of a cycle, and the end of its days, into the agenda."""
    turns = book.world.women[number].turns
    if turn >= len(turns):
        return
    one = turns[turn]
    book.running[number] = turn
    book.calls[one.start if holds else book.world.first_open(one.start)].append((number, turn))
    # Her days are over when the next period starts at the latest.
    if turn + 1 < len(turns):
        book.ends[turns[turn + 1].start - 1].append((number, turn))


def _in_line(book: _Book, callers: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted(callers, key=lambda caller: -book.refused[caller[0]])


def _answer(book: _Book, number: int, turn: int, days: tuple[int, ...], today: int) -> None:
    """Give her the earliest of her days that is free, if there is one."""
    places, one = book.world.exam_places, book.world.women[number].turns[turn]
    day = next((day for day in days if day > today and book.taken[day] < places[day]), None)
    if day is None:
        return
    book.taken[day] += 1
    book.booked[number] = day
    book.exams[day].append((number, turn))
    noon = one.true.first_test
    # A day before any day for the test shows to be none when it comes near.
    known = day - 1 if noon is None else min(noon, day - 1)
    if known <= today:
        _judge(book, number, turn)
    else:
        book.results[known].append((number, turn))


def _give_back(book: _Book, number: int, turn: int) -> None:
    day = book.booked[number]
    assert day is not None
    book.booked[number] = None
    book.taken[day] -= 1
    book.exams[day].remove((number, turn))


def _judge(book: _Book, number: int, turn: int) -> None:
    one = book.world.women[number].turns[turn]
    day = book.booked[number] if book.running[number] == turn else None
    if day is not None and not (one.passes and day in one.true.exam):
        _give_back(book, number, turn)


def _examine(book: _Book, number: int, turn: int, today: int) -> None:
    one = book.world.women[number].turns[turn]
    book.booked[number] = None
    book.attempted[number] = turn
    if one.shows and one.works_on(today):
        book.played.examined[number] = Examined(turn, today)
    else:
        book.played.wasted += 1


def _call_again(book: _Book, number: int, turn: int, today: int, *, holds: bool) -> None:
    """Answer a woman whose bleeding has ended: she may need a day still, or another one."""
    if book.running[number] != turn or book.attempted[number] == turn:
        return
    one = book.world.women[number].turns[turn]
    day = book.booked[number]
    tested = one.true.first_test is not None and one.true.first_test <= today
    if tested and not one.passes:
        return
    if day is not None and day not in one.true.exam:
        _give_back(book, number, turn)
        book.played.moves += 1
        day = None
    if day is None:
        _answer(book, number, turn, one.true.exam, today)
    if holds and book.booked[number] is None and one.true.exam and today < one.true.exam[-1]:
        book.again[today + 1].append((number, turn))


def _end(book: _Book, number: int, turn: int, *, holds: bool) -> None:
    if book.played.examined[number] is not None:
        return
    one = book.world.women[number].turns[turn]
    if one.true.exam and one.passes and book.attempted[number] != turn:
        book.refused[number] += 1
        book.played.refusals += 1
    _begin(book, number, turn + 1, holds=holds)
