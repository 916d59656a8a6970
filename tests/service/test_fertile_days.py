from datetime import timedelta

import pytest

from patency.core.access import NotPermitted
from patency.core.cycle.forecast import WhyNot
from patency.records.models.ledger import Event
from patency.service import fertile_days
from patency.service.house import House
from tests.make import NOW, TODAY, make_actor, make_patient, make_period, make_visit

pytestmark = pytest.mark.django_db


def outlook(house, patient, *, now=NOW):
    return fertile_days.outlook(house, by=patient.as_actor(), now=now)


def wants(patient, wanted=True):
    return fertile_days.want_fertile_days(wanted, by=patient.as_actor(), now=NOW)


def test_nothing_is_shown_that_she_did_not_ask_for(house: House) -> None:
    patient = make_visit().patient
    make_period(patient)

    assert outlook(house, patient) == fertile_days.Outlook(wanted=False)


def test_she_asks_for_it_and_ends_it_again(house: House) -> None:
    patient = make_visit().patient
    make_period(patient)

    wants(patient)
    shown = outlook(house, patient)
    wants(patient, False)

    assert shown.wanted and len(shown.days) == 2
    assert all(one.last >= TODAY for one in shown.days)
    assert outlook(house, patient).days == ()
    kinds = [event.kind for event in Event.objects.order_by("pk")]
    assert kinds == ["fertile-days-wanted", "fertile-days-not-wanted"]


def test_without_a_period_nobody_can_say(house: House) -> None:
    patient = make_visit().patient
    wants(patient)

    assert outlook(house, patient).why_not is WhyNot.NO_PERIOD


def test_without_a_visit_nobody_can_say_either(house: House) -> None:
    patient = make_patient()
    wants(patient)

    assert outlook(house, patient).why_not is WhyNot.NO_PERIOD


def test_when_her_period_is_late_a_test_comes_before_a_forecast(house: House) -> None:
    patient = make_visit().patient
    make_period(patient)
    wants(patient)

    late = outlook(house, patient, now=NOW + timedelta(days=60))

    assert late.is_late and late.days == ()


def test_staff_see_no_womans_fertile_days(house: House) -> None:
    with pytest.raises(NotPermitted):
        fertile_days.outlook(house, by=make_actor(), now=NOW)
