"""Sessions: a room and its operator for a part of a day, and what she wishes of them.

A session joins the room and the operator, so whoever gets a place in it has both. One room or one
operator in two sessions at once is refused before anything is planned. A wish she insists on leaves
sessions out; one she would rather have met costs points. Sessions of a day that are the same to her
become one way with any of their places.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from patency.core.booking.tonight import Way
from patency.core.booking.two_visits import AnyOf
from patency.core.document import WEEKDAYS

VISIT, EXAM = "visit", "exam"


class Part(StrEnum):
    """The part of a day that a session fills."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class About(StrEnum):
    """What a wish is about."""

    DAY = "day"
    WEEKDAY = "weekday"
    PART = "part-of-day"
    CAMPUS = "campus"
    LANGUAGE = "language"
    OPERATOR_SEX = "operator-sex"


class Strength(StrEnum):
    """Whether she insists."""

    MUST = "must"
    RATHER = "rather"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing she wishes of her sessions; several values are alternatives."""

    about: About
    any_of: frozenset[str]
    """Such as ``2026-03-02``, ``sat``, ``morning``, ``west``, ``en`` or ``female``."""
    strength: Strength


Wishes = tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """Who examines, or who sees and tests."""

    slug: str
    sex: str
    languages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """A room and an operator for a part of a day, with places that are the same to everyone."""

    slug: str
    service: str
    """``visit`` (the clinic visit with the test) or ``exam``, as rooms of a site are marked."""
    day: date
    part: Part
    campus: str
    room: str
    operator: Operator | None
    """None when nobody has said who; a wish for a language or a sex is then not met."""
    places: int
    """Places that are still free."""

    def is_about(self, about: About) -> frozenset[str]:
        """Return what this session is in the eyes of a wish."""
        match about:
            case About.DAY:
                return frozenset({self.day.isoformat()})
            case About.WEEKDAY:
                return frozenset({WEEKDAYS[self.day.weekday()]})
            case About.PART:
                return frozenset({self.part.value})
            case About.CAMPUS:
                return frozenset({self.campus})
            case About.LANGUAGE:
                return self.operator.languages if self.operator else frozenset()
            case About.OPERATOR_SEX:
                return frozenset({self.operator.sex}) if self.operator else frozenset()


class SessionsClash(ValueError):
    """A room or an operator would be in two sessions at once, or a session stands twice."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The sessions of the coming days, checked; made by ``timetable``."""

    sessions: Mapping[str, Session]
    """By slug."""
    on: Mapping[tuple[str, date], tuple[Session, ...]]
    """By service and day."""
    about: Mapping[tuple[About, str], frozenset[str]]
    """The slugs of the sessions that are, in the eyes of a wish, what is asked for."""
    free: frozenset[str]
    """The slugs of the sessions with places."""

    @property
    def capacity(self) -> dict[str, int]:
        """How many women each session still takes, by its slug."""
        return {slug: one.places for slug, one in self.sessions.items()}

    def meeting(self, wish: Wish) -> frozenset[str]:
        """Return the slugs of the sessions that meet a wish."""
        return frozenset().union(*(self.about.get((wish.about, one), ()) for one in wish.any_of))


def timetable(sessions: Iterable[Session]) -> Timetable:
    """Return the sessions by day. Raises ``SessionsClash`` naming every one that cannot be."""
    known: dict[str, Session] = {}
    holding: dict[tuple[str, date, Part, str], str] = {}
    on: dict[tuple[str, date], list[Session]] = defaultdict(list)
    meets: dict[tuple[About, str], set[str]] = defaultdict(set)
    problems: list[str] = []
    for one in sessions:
        if one.slug in known:
            problems.append(f"Session {one.slug} stands in the timetable twice. Keep one of them.")
        if one.places < 0:
            problems.append(f"Session {one.slug} has {one.places} places. Give 0 or more.")
        for what, name in _holds(one):
            other = holding.setdefault((what, one.day, one.part, name), one.slug)
            if other != one.slug:
                problems.append(
                    f"{what} {name} is in sessions {other} and {one.slug} at once, in the "
                    f"{one.part} of {one.day}. A {what.lower()} can be in one session at a time: "
                    "move one of them, or give it another."
                )
        known[one.slug] = one
        on[one.service, one.day].append(one)
        for about in About:
            for value in one.is_about(about):
                meets[about, value].add(one.slug)
    if problems:
        raise SessionsClash("\n".join(problems))
    return Timetable(
        known,
        {key: tuple(those) for key, those in on.items()},
        {key: frozenset(those) for key, those in meets.items()},
        frozenset(slug for slug, one in known.items() if one.places),
    )


def _holds(one: Session) -> Iterator[tuple[str, str]]:
    yield "Room", one.room
    if one.operator is not None:
        yield "Operator", one.operator.slug


# ---------------------------------------------------------------- what she may have


class DayPair(NamedTuple):
    """Two days that the protocol allows for her test and her examination."""

    test_day: date | None
    """None when the test is passed already."""
    exam_day: date
    ovulated: float
    """The chance that she has ovulated by the day of the examination, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A session she cannot have, although the protocol allows its day."""

    session: Session
    unmet: Wishes
    """The wishes she insists on that it does not meet; empty when it is full."""

    def __str__(self) -> str:
        one = self.session
        where = f"{one.day} {one.part}, {one.campus} {one.room}"
        if not self.unmet:
            return f"{where}: full"
        asked = ", ".join(
            f"{wish.about}: {' or '.join(sorted(wish.any_of))}" for wish in self.unmet
        )
        return f"{where}: not as she asked ({asked})"


@dataclass(frozen=True, slots=True)
class Offered:
    """Every way to examine her, and why each other session is none."""

    ways: tuple[Way, ...]
    left_out: tuple[LeftOut, ...]
    without_session: tuple[tuple[str, date], ...]
    """Service and day that the protocol allows and for which there is no session at all."""


class _Group(NamedTuple):
    """Sessions of one day that are the same to her."""

    places: AnyOf
    unmet: int
    """How many wishes they leave unmet that she would rather have met."""


@dataclass(frozen=True, slots=True)
class _Hers:
    """What her wishes make of the timetable."""

    allowed: frozenset[str]
    """The sessions with places that meet every wish she insists on."""
    rather: tuple[frozenset[str], ...]
    """For each wish she would rather have met, the sessions that meet it."""
    groups: dict[tuple[str, date], tuple[_Group, ...]]
    """By service and day, as far as it was asked for."""


Groups = dict[Wishes, _Hers]


def offered(
    pairs: Sequence[DayPair], hours: Timetable, wishes: Wishes, *, points_a_wish: float
) -> Offered:
    """Return what she may have, and why not the rest, in the order of the days.

    ``points_a_wish`` is what each unmet wish costs, a visit (``points.unmet_wish``).
    """
    days = sorted(
        {(VISIT, pair.test_day) for pair in pairs if pair.test_day is not None}
        | {(EXAM, pair.exam_day) for pair in pairs}
    )
    insisted = [(one, hours.meeting(one)) for one in wishes if one.strength is Strength.MUST]
    looked_at = [
        LeftOut(one, tuple(wish for wish, meeting in insisted if one.slug not in meeting))
        for key in days
        for one in hours.on.get(key, ())
    ]
    return Offered(
        ways=ways(pairs, hours, wishes, points_a_wish=points_a_wish, known={}),
        left_out=tuple(one for one in looked_at if one.unmet or not one.session.places),
        without_session=tuple(key for key in days if key not in hours.on),
    )


def ways(
    pairs: Sequence[DayPair],
    hours: Timetable,
    wishes: Wishes,
    *,
    points_a_wish: float,
    known: Groups,
) -> tuple[Way, ...]:
    """Return every way to examine her on these days.

    ``known`` keeps what was worked out for the same wishes on the same day: hand the same one
    to every woman of a night, and a new one to the next.
    """
    if wishes not in known:
        known[wishes] = _hers(hours, wishes)
    hers = known[wishes]
    found = []
    for test_day, exam_day, ovulated in pairs:
        exams = _groups(EXAM, exam_day, hours, hers)
        if test_day is None:
            found += [
                Way(exam.places, exam_day, None, None, ovulated, points_a_wish * exam.unmet)
                for exam in exams
            ]
            continue
        tests = _groups(VISIT, test_day, hours, hers)
        found += [
            Way(
                exam.places,
                exam_day,
                test.places,
                test_day,
                ovulated,
                points_a_wish * (exam.unmet + test.unmet),
            )
            for exam in exams
            for test in tests
        ]
    return tuple(found)


def _hers(hours: Timetable, wishes: Wishes) -> _Hers:
    allowed, rather = hours.free, []
    for wish in wishes:
        if wish.strength is Strength.MUST:
            allowed &= hours.meeting(wish)
        else:
            rather.append(hours.meeting(wish))
    return _Hers(allowed, tuple(rather), {})


def _groups(service: str, day: date, hours: Timetable, hers: _Hers) -> tuple[_Group, ...]:
    key = (service, day)
    if key not in hers.groups:
        alike: dict[int, list[str]] = {}
        for one in hours.on.get(key, ()):
            slug = one.slug
            if slug in hers.allowed:
                unmet = len(hers.rather)
                for meeting in hers.rather:
                    unmet -= slug in meeting
                alike.setdefault(unmet, []).append(slug)
        hers.groups[key] = tuple(
            _Group(AnyOf(tuple(slugs)), unmet) for unmet, slugs in sorted(alike.items())
        )
    return hers.groups[key]
