"""The courses a visit of a crowd can take: those that are over, and those that go on."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from patency.doors.cli.crowd_steps import (
    DIARY_DAYS,
    TEST_ON,
    Walk,
    answered,
    arrived,
    bleeding,
    booked,
    cleared,
    on_hold,
    one_question_open,
    planned,
    registered,
    released,
    reported,
    test_booked,
    watched,
    writes,
)
from patency.doors.cli.story_after import DRY
from patency.doors.cli.story_exam import SEEN as ONE_OPEN
from patency.service import aftercare, arrival, booking, registration, screening, tasks


def called_off(walk: Walk) -> None:
    """Registered; two days later she does not want it any more."""
    registered(walk)
    _leaves(walk, 2, "her-wish")


def called_off_after_answers(walk: Walk) -> None:
    """Her questions were answered; she goes elsewhere."""
    answered(walk)
    _leaves(walk, 5, "no-further-need")


def no_day(walk: Walk) -> None:
    """No day was left for her in this cycle, and she does not wait for the next."""
    planned(walk)
    booking.turn_down(
        walk.house,
        walk.visit,
        "no-place-free",
        by=walk.by("registration"),
        now=walk.at(TEST_ON, 16),
    )
    _leaves(walk, TEST_ON + 4, "her-wish")


def held_and_left(walk: Walk) -> None:
    """On hold and treated; she comes back to it another year."""
    on_hold(walk)
    screening.attest_treatment(
        walk.house,
        walk.ids["treatment"],
        no_intercourse=True,
        no_bath=True,
        by=walk.by("nurse"),
        now=walk.at(TEST_ON + 7, 9),
    )
    _leaves(walk, TEST_ON + 9, "her-wish")


def paid_and_left(walk: Walk) -> None:
    """Cleared and paid; she leaves the same day, and her money goes back."""
    cleared(walk)
    _leaves(walk, TEST_ON, "her-wish", hour=23)


def missed(walk: Walk) -> None:
    """She had a date and did not come."""
    booked(walk)
    slot = walk.place("exam", walk.day(walk.exam_on))
    arrival.mark_missed(
        walk.house, walk.ids["exam"], by=walk.by("nurse"), now=walk.beside(slot, 30)
    )
    _leaves(walk, walk.exam_on + 3, "no-further-need")


def closed(walk: Walk) -> None:
    """Examined, both tubes open, well at home: closed after two weeks."""
    released(walk)
    _ends(walk)


def closed_one_tube(walk: Walk) -> None:
    """Examined, one tube does not fill: closed after two weeks."""
    released(walk, ONE_OPEN, pain_score=5, increments=(2.0, 3.0, 3.0))
    _ends(walk)


def closed_after_a_call(walk: Walk) -> None:
    """Examined; on day 2 she bleeds more and is called back; closed after two weeks."""
    released(walk, pain_score=6, fluoro_seconds=44, dap_gy_cm2=1.6)
    told = writes(
        walk,
        2,
        bleeding_amount="more_than_period",
        pads_soaked=2,
        pads_over_hours=1,
        bleeding_less_than_yesterday=False,
        pain_score=3,
    )
    if told.task is not None:
        doctor, now = walk.by("gynaecologist"), walk.at(walk.exam_on + 2, 20, 9)
        tasks.acknowledge(told.task.pk, by=doctor, now=now)
        note = "Called at once; seen the same night, the bleeding has slowed."
        tasks.close(told.task.pk, note, by=doctor, now=now + timedelta(hours=2))
    _ends(walk)


def _leaves(walk: Walk, days: int, why: str, *, hour: int = 15) -> None:
    registration.cancel_visit(walk.visit, why, by=walk.by("registration"), now=walk.at(days, hour))


def _ends(walk: Walk) -> None:
    for number in DIARY_DAYS[1:]:
        writes(walk, number, **DRY)
    aftercare.close_follow_up(
        walk.ids["follow_up"], by=walk.by("nurse"), now=walk.at(walk.exam_on + 14, 11)
    )


Course = Callable[[Walk], Any]

OVER: Mapping[str, Course] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            called_off,
            called_off_after_answers,
            no_day,
            held_and_left,
            paid_and_left,
            missed,
            closed,
            closed_one_tube,
            closed_after_a_call,
        )
    }
)
STILL_OPEN: Mapping[str, Course] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            one_question_open,
            answered,
            bleeding,
            planned,
            test_booked,
            on_hold,
            cleared,
            booked,
            arrived,
            watched,
            reported,
            released,
        )
    }
)
