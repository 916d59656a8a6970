"""``patency demo --patients``: thousands of invented women around the story, with all their rows.

Each kind of visit is walked once through the services and cast again for everyone who took that
course. What is over lies in the years before the story ends; a few hundred visits are open.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from patency.core.access import Actor, Role
from patency.doors.cli.crowd_courses import OVER, STILL_OPEN
from patency.doors.cli.crowd_courses import called_off as leaves_at_once
from patency.doors.cli.crowd_steps import EXAM_ON, TEST_ON, Walk
from patency.doors.cli.story_people import SITE
from patency.records.models.booking import Slot
from patency.service import seeding
from patency.service.house import House
from patency.service.moulds import BORN, OWN_FACTS, TAGS, Mould, fits, still_says
from patency.service.seeding import Sown
from patency.synthetic import crowd
from patency.synthetic.crowd import Somebody

FIRST = date(2023, 2, 6)
BASE = date(2025, 6, 9)  # a Monday; no holiday is near the weeks of a mould
BODIES = 16
OPEN_SHARE, FEWEST_OPEN = 50, 60  # one visit in fifty is open, and at least sixty
BY = Actor("demo-set-up", SITE, frozenset({Role.ADMINISTRATOR, Role.MANAGER}))
LANGUAGES = ("zh-hans", "en")
BEGIN_ON = (0, 3, 5)  # the weekdays on which visits of a small crowd begin, so that few are walked
ENGLISH_ON = (0, 5)


class Kind(NamedTuple):
    """Which mould a visit is cast from."""

    course: str
    is_first: bool
    weekday: int
    campus: str
    language: str


class OpenKind(NamedTuple):
    """The same for a visit that is still open: since how many days, examined on which."""

    kind: Kind
    days_ago: int
    exam_on: int


@dataclass(slots=True)
class Crowd:
    """Everything a crowd is made from; moulds are walked when they are first asked for."""

    house: House
    today: date
    dice: random.Random
    begin_on: Sequence[int] = BEGIN_ON
    """The weekdays on which visits begin."""
    moulds: dict[Kind, Mould] = field(default_factory=dict)
    weeks: dict[Kind, list[int]] = field(default_factory=dict)
    open_moulds: dict[OpenKind, Mould] = field(default_factory=dict)
    bodies: list[Mapping[str, float | int]] = field(init=False)
    chance: seeding.Chance = field(init=False)
    places: seeding.Places = field(init=False)

    def __post_init__(self) -> None:
        self.bodies = crowd.bodies(BODIES, self.dice)
        self.chance = seeding.Chance(self.dice)
        self.places = seeding.Places(self.house, SITE)

    @property
    def now(self) -> datetime:
        """The moment at which the crowd is made."""
        return self.house.now()

    def mould(self, kind: Kind) -> Mould:
        """Return the mould of a kind of visit that is over."""
        if kind not in self.moulds:
            self.moulds[kind] = self.learn(kind, BASE + timedelta(days=kind.weekday), OVER)
        return self.moulds[kind]

    def open_mould(self, key: OpenKind) -> Mould:
        """Return the mould of a kind of visit that is still open."""
        if key not in self.open_moulds:
            kind, ago, exam_on = key
            began = self.today - timedelta(days=ago)
            self.open_moulds[key] = self.learn(kind, began, STILL_OPEN, exam_on=exam_on)
        return self.open_moulds[key]

    def learn(self, kind: Kind, period: date, courses: Mapping[str, Any], **walk: Any) -> Mould:
        """Return the mould of a kind of visit, walked once with her period on a day."""
        she = sentinel(kind, self.bodies[0])

        def before(house: House) -> UUID:
            earlier = Walk(house, SITE, she, period - timedelta(days=70), _no_place)
            leaves_at_once(earlier)
            return earlier.ids["patient"]

        def take(house: House, place: Callable[[str, date], Slot], patient: UUID | None) -> UUID:
            late = {name: timedelta(seconds=seconds) for seconds, name in TAGS.items()}
            hers = Walk(house, SITE, she, period, place, patient, late, **walk)
            courses[kind.course](hers)
            return hers.ids["patient"]

        mould = seeding.learn(
            self.house,
            SITE,
            kind.campus,
            take,
            before=None if kind.is_first else before,
            by=BY,
            now=self.now,
        )
        for body in self.bodies:
            assert still_says(mould, self.house, SITE, own=body), (kind, body)
        return mould

    def weeks_for(self, kind: Kind) -> list[int]:
        """Return the weeks in which a visit of a kind can have been, from the mould's own."""
        if kind not in self.weeks:
            calendar, mould = self.house.calendar_of(SITE), self.mould(kind)
            start = BASE + timedelta(days=kind.weekday)
            first, last = ((day - start).days // 7 for day in (FIRST, self.last_start))
            weeks = range(first + 1, last + 1)
            self.weeks[kind] = [week for week in weeks if fits(mould, calendar, week)]
        return self.weeks[kind]

    @property
    def last_start(self) -> date:
        """The last day on which a visit that is over can have begun."""
        return self.today - timedelta(days=26)


def sentinel(kind: Kind, body: Mapping[str, float | int]) -> Somebody:
    """Return the woman of a mould, whose name is filled in later."""
    family, given = ("Qfamilyq", "Qgivenq") if kind.language == "en" else ("丂丂", "丄丄")
    return Somebody(family, given, BORN, "010-0999-0101", kind.language, kind.campus, body)


def _no_place(kind: str, day: date) -> Slot:
    raise LookupError(f"A visit that is called off at once takes no place ({kind}, {day}).")


# ---------------------------------------------------------------- which visits


# A visit that is open on the last day: its share, how many days ago it can have begun, the hours
# between which her place of today lies, and the days of an examination that is booked.
class Open(NamedTuple):
    """How one course that is still open stands on the crowd's last day."""

    share: float
    days_ago: tuple[int, ...]
    exam_on: tuple[int, ...] = (EXAM_ON,)
    begins: str = "07:30"
    ends: str = "21:30"


OPEN: Mapping[str, Open] = {
    "one_question_open": Open(5, (0, 2)),
    "answered": Open(22, (0, 3, 9, 18)),
    "bleeding": Open(8, (0, 2)),
    "planned": Open(12, (4, 5)),
    "test_booked": Open(9, (5, 6), begins="10:10"),
    "on_hold": Open(8, (7, 11, 14)),
    "cleared": Open(8, (7,)),
    "booked": Open(14, (7,), (7, 8, 9), begins="10:30"),
    "arrived": Open(2, (7,), begins="09:50", ends="10:20"),
    "watched": Open(2, (7,), begins="08:50", ends="09:50"),
    "reported": Open(2, (7,), begins="07:30", ends="08:50"),
    "released": Open(8, (12, 13, 15)),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One visit of the crowd: what is cast, and of which course, from which day, for whom."""

    sown: Sown
    kind: Kind
    began: date
    she: "Herself"
    exam_on: int = EXAM_ON


def over(it: Crowd, women: int, first: int) -> Iterator[Planned]:
    """Yield the visits that are over, woman by woman."""
    for woman, visits in enumerate(crowd.visits_of(women)):
        campus, language = _hers(woman, it.dice)
        she = Herself.new(it, first + woman, campus, language)
        earliest = FIRST
        wanted = crowd.starts(visits, FIRST, it.last_start - timedelta(days=49), it.dice)
        for number, day in enumerate(wanted):
            visit = _visit_over(it, she, number == 0, max(day, earliest))
            earliest = visit.began + timedelta(days=crowd.APART - 7)
            yield visit


def _hers(woman: int, dice: random.Random) -> tuple[str, str]:
    campus = ("west", "east")[woman % 2]
    return campus, "en" if campus == "west" and dice.random() < 0.15 else "zh-hans"


@dataclass(frozen=True, slots=True)
class Herself:
    """One woman of the crowd, with what is written of her into every cast."""

    key: UUID
    somebody: Somebody
    own: Mapping[str, str]

    @classmethod
    def new(cls, it: Crowd, number: int, campus: str, language: str) -> "Herself":
        """Return the woman of that number."""
        body = it.dice.choice(it.bodies)
        she = crowd.somebody(number, language, campus, body, it.dice)
        own = {
            "family": she.family_name,
            "given": she.given_name,
            "phone": she.phone,
            "born": she.born.isoformat(),
            "number": it.chance.number(),
            **{name: str(body[name]) for name in OWN_FACTS},
        }
        return cls(it.chance.key(), she, own)


def _visit_over(it: Crowd, she: Herself, is_first: bool, day: date) -> Planned:
    """Return a visit that began on or soon after a day."""
    somebody = she.somebody
    weekdays = ENGLISH_ON if somebody.language == "en" else it.begin_on
    course = crowd.course(is_first, it.dice)
    for attempt in count():
        weekday = it.dice.choice(weekdays)
        kind = Kind(course, is_first, weekday, somebody.campus, somebody.language)
        start = BASE + timedelta(days=weekday)
        wanted = -((start - day).days // 7)  # the first week that begins on or after the day
        week = crowd.on_or_after(wanted, it.weeks_for(kind))
        if week is not None and still_says(it.mould(kind), it.house, SITE, weeks=week):
            began = start + timedelta(weeks=week)
            slots = _places(it, it.mould(kind), somebody.campus, began)
            if slots is not None:
                seconds = it.dice.randrange(60)
                mould = it.mould(kind)
                sown = Sown(mould, week, she.key, she.own, slots, seconds)
                return Planned(sown, kind, began, she)
        if attempt >= TRIES:
            course = leaves_at_once.__name__
    raise AssertionError("a visit that is called off at once fits every week")


TRIES = 4


def _places(
    it: Crowd,
    mould: Mould,
    campus: str,
    began: date,
    *,
    exam_on: int = EXAM_ON,
    of_today: Open | None = None,
) -> dict[str, Slot] | None:
    """Return her places, or None when one of the days is full."""
    found: dict[str, Slot] = {}
    for kind in mould.slot_times:
        day = began + timedelta(days=TEST_ON if kind == "clinic_visit" else exam_on)
        hours = (
            {"begins": clock(of_today.begins), "ends": clock(of_today.ends)}
            if of_today and day == it.today
            else {}
        )
        slot = it.places.take(kind, campus, day, **hours)
        if slot is None:
            return None
        found[kind] = slot
    return found


def still_open(it: Crowd, women: int, first: int) -> Iterator[Planned]:
    """Yield the visits that are open on the last day, one for each woman."""
    names, shares = list(OPEN), [each.share for each in OPEN.values()]
    for woman in range(women):
        campus = ("west", "east")[woman % 2]
        course = names[woman] if woman < len(names) else it.dice.choices(names, shares)[0]
        for name in (course, "answered"):  # where no place is left for her, she waits
            how = OPEN[name]
            ago, exam_on = it.dice.choice(how.days_ago), it.dice.choice(how.exam_on)
            key = open_kind(it, name, campus, ago, exam_on)
            began, mould = it.today - timedelta(days=ago), it.open_mould(key)
            slots = _places(it, mould, campus, began, exam_on=exam_on, of_today=how)
            if slots is not None:
                she = Herself.new(it, first + woman, campus, key.kind.language)
                seconds = it.dice.randrange(60)
                sown = Sown(mould, 0, she.key, she.own, slots, seconds)
                yield Planned(sown, key.kind, began, she, exam_on)
                break


def open_kind(it: Crowd, name: str, campus: str, ago: int, exam_on: int) -> OpenKind:
    """Return the kind of a visit that began so many days ago and is still open."""
    language = "en" if ago % 3 == 0 and campus == "west" else "zh-hans"
    weekday = (it.today - timedelta(days=ago)).weekday()
    return OpenKind(Kind(name, True, weekday, campus, language), ago, exam_on)


def clock(text: str) -> Any:
    """Return an hour of the day."""
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - an hour has no zone


def planned(it: Crowd, patients: int) -> Iterator[Planned]:
    """Yield every visit of so many women; who is open now comes first."""
    open_now = min(patients, max(patients // OPEN_SHARE, FEWEST_OPEN))
    yield from still_open(it, open_now, 0)
    yield from over(it, patients - open_now, open_now)
