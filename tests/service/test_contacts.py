from dataclasses import replace
from datetime import date, timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.service import contacts
from patency.service.house import House
from tests.make import NOW, SITE, make_actor

pytestmark = pytest.mark.django_db
JOB = make_actor(Role.SYSTEM, name="worker")


@pytest.fixture
def stale(house: House) -> House:
    """Return the house, the contacts of its western site's west campus unconfirmed since May."""
    site = house.site(SITE)
    west = replace(site.campuses["west"], valid_until=date(2025, 5, 31))
    changed = replace(site, campuses={**site.campuses, "west": west})
    return replace(house, sites={**house.sites, SITE: changed})


def test_a_campus_that_nobody_confirmed_is_one_task_however_often_it_is_looked_at(
    stale: House,
) -> None:
    opened = [contacts.check_contacts(stale, SITE, by=JOB, now=NOW) for _ in range(3)]

    assert [len(each) for each in opened] == [1, 0, 0]
    task = Task.objects.get()
    assert (task.why, task.patient, task.urgency) == ("campus:west", None, "C")
    assert task.due_at == NOW + timedelta(days=2)
    assert Event.objects.get().kind == "contact-to-confirm"


def test_a_confirmed_campus_is_no_task(house: House) -> None:
    assert contacts.check_contacts(house, SITE, by=JOB, now=NOW) == ()
    assert not Task.objects.exists()


def test_the_last_good_day_is_still_good(stale: House) -> None:
    may = NOW.replace(year=2025, month=5, day=31)

    assert contacts.check_contacts(stale, SITE, by=JOB, now=may) == ()
    assert len(contacts.check_contacts(stale, SITE, by=JOB, now=may + timedelta(days=1))) == 1


@pytest.mark.parametrize(("days", "again"), [(6, 0), (8, 1)])
def test_a_task_closed_without_a_new_day_comes_back_after_a_week(
    stale: House, days: int, again: int
) -> None:
    contacts.check_contacts(stale, SITE, by=JOB, now=NOW)
    Task.objects.update(done_at=NOW, done_note="looked", acknowledged_at=NOW, acknowledged_by="n")

    later = contacts.check_contacts(stale, SITE, by=JOB, now=NOW + timedelta(days=days))

    assert len(later) == again


def test_another_sites_contacts_are_its_own_business(stale: House) -> None:
    elsewhere = make_actor(Role.SYSTEM, name="worker", site="demo-leeds")

    with pytest.raises(NotPermitted):
        contacts.check_contacts(stale, SITE, by=elsewhere, now=NOW)
