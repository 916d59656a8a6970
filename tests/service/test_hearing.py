"""What she should have heard by today."""

from datetime import timedelta

import pytest

from patency.records.models.visit import Visit
from patency.service import hearing
from patency.service.house import House
from tests.make import NOW, make_actor
from tests.service import walk


def heard(house: House, visit: Visit) -> list[str]:
    by = visit.patient.as_actor()
    return [one.id for one in hearing.messages_for(house, visit.pk, by=by, now=NOW)]


@pytest.mark.django_db
def test_with_a_date_she_hears_how_to_prepare(house: House) -> None:
    assert heard(house, walk.booked(house).visit) == ["day-before", "preparation"]


@pytest.mark.django_db
def test_without_a_date_there_is_nothing_to_hear_yet(house: House) -> None:
    assert heard(house, walk.cleared(house)) == []


@pytest.mark.django_db
def test_another_sites_staff_hear_nothing_of_her(house: House) -> None:
    visit = walk.booked(house).visit

    with pytest.raises(Visit.DoesNotExist):
        hearing.messages_for(
            house, visit.pk, by=make_actor(site="demo-leeds"), now=NOW + timedelta(days=1)
        )
