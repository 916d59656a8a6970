"""Why tonight's list gave a woman her day or none, and what would have changed it, as reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from patency.core.booking.reasons import reason
from patency.core.booking.sessions import (
    EXAM,
    About,
    DayPair,
    Session,
    Strength,
    Timetable,
    Wish,
)
from patency.core.booking.window import ExamWindow

Reasons = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood before the list was made, in one woman's eyes."""

    window: ExamWindow | None
    pairs: Sequence[DayPair]
    wishes: Sequence[Wish]
    hours: Timetable
    """The free places."""
    held: Mapping[date, frozenset[tuple[str, str]]]
    """By day, part of day and campus of every examination session there is, free or full."""
    today: date


def why_given(seen: Seen, exam: Session, test_day: date | None) -> Reasons:
    """Return why she has this session: what it rests on, and what stood against earlier days."""
    found = [reason("planned", day=exam.day, part=exam.part.value, campus=exam.campus)]
    if test_day is not None:
        found.append(reason("test-on", day=test_day))
    elif seen.window is not None and seen.window.test_passed:
        found.append(reason("test-passed"))
    share = max((each.ovulated for each in seen.pairs if each.exam_day == exam.day), default=0.0)
    found.append(reason("ovulation-risk", day=exam.day, share=share))
    earlier = list(_against(seen, before=exam.day))
    return found + (earlier or [reason("earliest")])


def why_refused(seen: Seen) -> Reasons:
    """Return what stood against each day of the cycle, and then what would have changed it."""
    return [*_against(seen), *_would_help(seen)]


def _against(seen: Seen, before: date | None = None) -> Iterator[dict[str, object]]:
    suits = {each.exam_day for each in seen.pairs}
    for day in seen.window.days if seen.window is not None else ():
        if day.day < seen.today or (before is not None and day.day >= before):
            continue
        if day.day in suits:
            yield _no_room(seen, day.day)
        elif day.reasons:
            yield reason("rule", day=day.day, rules=[each.rule.id for each in day.reasons])


def _no_room(seen: Seen, day: date) -> dict[str, object]:
    """Return why a day that suits her, and that she did not get, was none for her."""
    places = seen.hours.on.get((EXAM, day), ())
    if day not in seen.held:
        return reason("no-session", day=day)
    if not places:
        return reason("full", day=day)
    insisted = [wish for wish in seen.wishes if wish.strength is Strength.MUST]
    if not any(_meets(one, insisted) for one in places):
        about = sorted({wish.about.value for wish in insisted})
        first = places[0]
        return reason(
            "not-as-wished", day=day, part=first.part.value, campus=first.campus, about=about
        )
    return reason("given-to-others", day=day)


def _meets(one: Session, insisted: Sequence[Wish]) -> bool:
    return all(not wish.any_of.isdisjoint(one.is_about(wish.about)) for wish in insisted)


def _would_help(seen: Seen) -> Iterator[dict[str, object]]:
    if seen.window is None:
        yield reason("tell-bleeding-end")
        return
    suits = sorted({each.exam_day for each in seen.pairs})
    insisted = [wish for wish in seen.wishes if wish.strength is Strength.MUST]
    campuses = {one for wish in insisted if wish.about is About.CAMPUS for one in wish.any_of}
    for day in suits:
        for part, campus in sorted(seen.held.get(day, ())):
            if not campuses or campus in campuses:
                yield reason("one-more-place", day=day, part=part, campus=campus)
        if day not in seen.held:
            yield reason("one-more-place", day=day, part="day", campus="the clinic")
    others = [wish.about.value for wish in insisted if wish.about is not About.CAMPUS]
    if others and any(seen.hours.on.get((EXAM, day)) for day in suits):
        yield reason("without-wish", about=sorted(set(others)))
    if not seen.window.test_passed and suits:
        yield reason("test-passed-by", day=suits[-1])
    for each in seen.window.usable_with_approval():
        if each.day >= seen.today:
            yield reason("approval", day=each.day, rules=[found.rule.id for found in each.reasons])
