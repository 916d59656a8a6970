"""Advice: worked out from the site's own women, places and days, kept, and shown to nobody else."""

from datetime import timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.core.study.opening import AS_IT_IS, Change, opening
from patency.records.models.advice import Advice
from patency.records.models.base import RowIsKept
from patency.records.models.ledger import Audit, Event
from patency.service import advice
from patency.synthetic.own_year import Rules, play_once, rules_of
from tests.make import (
    NOW,
    SITE,
    TODAY,
    make_actor,
    make_booking,
    make_patient,
    make_period,
    make_slot,
    make_visit,
)

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
MANAGER = make_actor(Role.MANAGER, name="manager-one")
RESULT = {"site": SITE, "protocol": "hsg/2026-1", "rows": []}


def own(house, **more):
    return advice.own_clinic(house, SITE, by=MANAGER, now=NOW, **more)


def test_a_woman_who_waits_brings_her_own_cycles_and_no_name(house):
    patient = make_patient()
    make_visit(patient=patient)
    for back, bled in ((62, 6), (33, 5), (5, None)):
        start = TODAY - back * ONE_DAY
        ended = None if bled is None else start + (bled - 1) * ONE_DAY
        make_period(patient, start=start, bleeding_ended=ended)

    (woman,) = own(house).clinic.women

    assert woman.lengths == (29, 28)
    assert woman.bleedings == (6, 5)
    assert (woman.period_start, woman.bleeding_days) == (TODAY - 5 * ONE_DAY, None)
    assert Audit.objects.filter(action="read", patient=patient, why=advice.WHY).exists()


def test_a_woman_with_a_firm_date_waits_no_more(house):
    make_booking(make_visit())

    assert own(house).clinic.women == ()


def test_another_sites_women_do_not_exist(house):
    make_visit(patient=make_patient(site="demo-leeds"))

    assert own(house).clinic.women == ()


def test_places_are_counted_from_what_the_site_has_opened(house):
    for ahead in range(1, 15):
        for hour in range(2 + (ahead % 7 == 0)):
            make_slot(
                kind="exam",
                day=TODAY + ahead * ONE_DAY,
                starts_at=NOW + timedelta(days=ahead, hours=hour),
            )

    found = own(house)

    assert found.exams_measured
    assert found.clinic.hours.exams_on == {0: 3, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2}


def test_what_nobody_has_opened_is_assumed_and_said_to_be(house):
    found = own(house)

    assert not found.exams_measured and not found.referrals_measured
    assert set(found.clinic.hours.exams_on.values()) == {advice.ASSUMED_EXAMS_A_DAY}
    assert own(house, exams_a_day=3).clinic.hours.exams_on[0] == 3


def test_referrals_are_counted_on_open_days(house):
    for back in (90, 60, 30, 1):
        make_visit(patient=make_patient(), opened_at=NOW - back * ONE_DAY)

    found = own(house)

    past = opening(found.clinic.hours, AS_IT_IS, TODAY - 90 * ONE_DAY, 90)
    assert found.referrals_measured
    assert found.clinic.referrals_a_day == pytest.approx(4 / sum(past.visit_open))


def test_advice_is_kept_with_its_event_and_never_changed():
    row = advice.keep(RESULT, by=MANAGER, now=NOW)

    assert (row.site, row.made_by, row.protocol) == (SITE, "manager-one", "hsg/2026-1")
    assert Event.objects.get().subject == f"advice/{row.pk}"
    with pytest.raises(RowIsKept):
        Advice.objects.update(protocol="other")


@pytest.mark.parametrize("role", [Role.NURSE, Role.CASHIER, Role.PATIENT])
def test_others_may_neither_work_it_out_nor_keep_it(house, role):
    by = make_actor(role, name="someone")

    with pytest.raises(NotPermitted):
        advice.own_clinic(house, SITE, by=by, now=NOW)
    with pytest.raises(NotPermitted):
        advice.keep(RESULT, by=by, now=NOW)


def test_advice_of_another_site_is_refused():
    with pytest.raises(NotPermitted, match="demo-leeds"):
        advice.keep(RESULT | {"site": "demo-leeds"}, by=MANAGER, now=NOW)


def test_the_year_is_played_with_the_women_who_wait(house):
    patient = make_patient()
    make_visit(patient=patient)
    make_period(patient, start=TODAY - ONE_DAY, bleeding_ended=None)
    clinic = own(house, exams_a_day=1).clinic
    first, *_ = rules_of(house.rulebook_at(SITE), clinic)
    more = Rules(Change("more", "More", more_exams_on=frozenset(range(7))), first.rule)

    playing = play_once(clinic, (first, more), house.population, house.ranking_at(SITE), 0)

    assert [change.key for change, _ in playing] == ["as-it-is", "more"]
    as_it_is, with_more = (figures for _, figures in playing)
    assert as_it_is.women == with_more.women > 100
    assert with_more.lost_cycles < as_it_is.lost_cycles
    assert playing == play_once(clinic, (first, more), house.population, house.ranking_at(SITE), 0)
