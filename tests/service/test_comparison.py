"""Decisions that were kept, decided again by another version, and counted."""

from datetime import timedelta

import pytest

from patency.core.access import Actor, NotPermitted, Role
from patency.core.protocol.model import Stage
from patency.records.models.base import Rows
from patency.records.models.ledger import Event
from patency.records.models.visit import Decision
from patency.service import comparison
from patency.service.house import NotKnown
from patency.service.judging import judge
from tests.make import NOW, SITE, TODAY, make_period, make_visit

pytestmark = pytest.mark.django_db
MANAGER = Actor("manager-one", SITE, frozenset({Role.MANAGER}))
WORKER = Actor("worker", SITE, frozenset({Role.SYSTEM}))
NURSE = Actor("nurse-one", SITE, frozenset({Role.NURSE}))
USED, OTHER = "hsg/2026-1", "hsg/as-published"
SINCE = TODAY - timedelta(days=300)


def decided(house, visits=3, now=NOW):
    for _number in range(visits):
        visit = make_visit()
        make_period(visit.patient)
        judge(house, visit, Stage.REGISTRATION, by=NURSE, now=now)


def asked(house, since=SINCE, old=USED, new=OTHER):
    return comparison.ask(house, old, new, since, by=MANAGER, now=NOW)


def worked_out(house, **asking):
    row = asked(house, **asking)
    return comparison.work_out(house, row.pk, by=WORKER, now=NOW + timedelta(minutes=1))


def test_every_decision_under_the_old_version_is_decided_again(house):
    decided(house)

    row = worked_out(house)

    assert row.decided == row.result["decided"] == 3
    assert row.done_at is not None
    assert sum(count for *_which, count in row.result["turned"]) == row.result["changed"]


def test_it_reads_as_many_as_there_are_a_few_at_a_time(house, monkeypatch):
    decided(house, visits=7)
    monkeypatch.setattr(comparison, "AT_ONCE", 3)

    assert worked_out(house).decided == 7


def test_a_decision_before_the_day_is_left_out(house):
    decided(house, now=NOW - timedelta(days=400))

    assert worked_out(house).decided == 0


def test_a_decision_whose_facts_were_erased_is_counted_apart(house):
    decided(house)
    first = Decision.objects.order_by("pk").first()
    Rows(Decision).filter(pk=first.pk).erase(NOW)

    row = worked_out(house)

    assert (row.result["decided"], row.result["erased"]) == (2, 1)


def test_working_it_out_twice_writes_its_event_once(house):
    row = worked_out(house)

    comparison.work_out(house, row.pk, by=WORKER, now=NOW + timedelta(hours=1))

    assert Event.objects.filter(kind="comparison-made").count() == 1


@pytest.mark.parametrize(
    ("asking", "refused"),
    [
        ({"new": USED}, comparison.SameVersion),
        ({"since": TODAY + timedelta(days=1)}, comparison.NothingSince),
        ({"new": "hsg/2099-1"}, NotKnown),
    ],
)
def test_what_cannot_be_compared_is_refused_and_leaves_nothing(house, asking, refused):
    with pytest.raises(refused):
        asked(house, **asking)

    assert not Event.objects.exists()


def test_a_nurse_may_not_ask(house):
    with pytest.raises(NotPermitted):
        comparison.ask(house, USED, OTHER, SINCE, by=NURSE, now=NOW)
