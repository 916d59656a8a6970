"""The words of the pages: for every state, every refusal, every span and every field."""

import inspect
from datetime import date, timedelta

import pytest

from patency.core.facts import AskedOf, FactType, Kind
from patency.core.visit import VisitState
from patency.doors.web import fields, happenings, words
from patency.doors.web.refusals import REFUSALS, kindly
from patency.doors.web.staff import tasks as task_pages
from patency.service import (
    aftercare,
    arrival,
    booking,
    calendar_feed,
    critical,
    cycles,
    dates,
    drafting,
    erasure,
    imaging,
    journey,
    laboratory,
    lost,
    numbers,
    offers,
    paperwork,
    payment,
    planning,
    pregnancy,
    referral,
    registration,
    release,
    reporting,
    screening,
    seats,
    slots,
    tasks,
    told_wrong,
    waiting,
)
from tests.make import NOW


def test_every_state_and_urgency_has_its_words():
    assert words.STATES.keys() == words.HER_NEXT.keys() == set(VisitState)
    assert words.URGENCIES.keys() == words.HER_URGENCIES.keys() == set("EUCS")


def test_nothing_that_works_inside_is_told_to_her():
    assert not happenings.HAPPENED.keys() & happenings.INSIDE.keys()


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=30), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "1 hour"),
        (timedelta(hours=49), "2 days"),
    ],
)
def test_a_span_is_said_in_whole_units(span, said):
    assert words.how_long(span) == said


def test_a_day_has_its_weekday():
    assert words.day_words(date(2025, 10, 2)) == "Thursday 2 October"


# ---------------------------------------------------------------- refusals and fields


SERVICES = [
    aftercare,
    arrival,
    booking,
    cycles,
    dates,
    laboratory,
    numbers,
    offers,
    paperwork,
    payment,
    planning,
    registration,
    release,
    screening,
    seats,
    slots,
    told_wrong,
    waiting,
    critical,
    calendar_feed,
    erasure,
    drafting,
    imaging,
    lost,
    pregnancy,
    referral,
    reporting,
]


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_of_the_services_behind_the_forms_has_its_sentence(service):
    refusals = {
        found
        for name, found in inspect.getmembers(service, inspect.isclass)
        if issubclass(found, Exception) and found.__module__ == service.__name__
    }

    assert refusals
    assert refusals <= REFUSALS.keys()


def test_every_refusal_of_a_task_has_its_sentence():
    assert task_pages.REFUSALS.keys() == {tasks.TaskRefused, *tasks.TaskRefused.__subclasses__()}


def test_an_unheard_of_refusal_is_still_kind():
    assert kindly(journey.AnswersRefused("x")) == REFUSALS[journey.AnswersRefused]
    assert "Nothing was changed" in kindly(RuntimeError("x"))


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (Kind.YES_NO, "yes", True),
        (Kind.YES_NO, "no", False),
        (Kind.COUNT, "7", 7),
        (Kind.NUMBER, "36,7", 36.7),
    ],
)
def test_what_is_typed_becomes_a_value_of_its_kind(kind, typed, value):
    fact = FactType("x", kind, AskedOf.STAFF, unit="days")

    assert fields._value(fact, typed, "Asia/Shanghai") == value


def test_a_moment_is_typed_on_the_clinics_clock():
    assert fields.moment_typed("2025-09-22T09:00", "Asia/Shanghai") == NOW
