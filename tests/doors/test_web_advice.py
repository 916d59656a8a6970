"""The page of the advice: the newest, with its day, a bar and the same in words for each change."""

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.service import advice
from tests.make import NOW, SITE, make_actor

pytestmark = pytest.mark.django_db
R = Role


def row(key, mean, low, high, **more):
    return {
        "change": key,
        "says": f"Change {key}",
        "clinical": False,
        "lost_cycles": {"mean": 0.4 - mean, "low": 0.0, "high": 0.5},
        "won_cycles": {"mean": mean, "low": low, "high": high},
        "certain": low > 0,
        "no_plan_share": 0.229,
        "examined_share": 0.98,
        "after_ovulation_share": 0.031,
        "extra_hours_a_year": 104.0,
    } | more


def keep(site=SITE, **more):
    result = {
        "site": site,
        "protocol": "hsg/2026-1",
        "from": "2025-09-22",
        "days": 365,
        "own_women": 3,
        "referrals_a_day": 6.8,
        "referrals_measured": False,
        "exams_a_week": 56,
        "exams_measured": True,
        "years_without_notice": [2027],
        "playings": 6,
        "women": 12345,
        "rows": [
            row("as-it-is", 0.0, 0.0, 0.0),
            row("lab-saturday", 0.11, 0.09, 0.13),
            row("cap-11", 0.02, -0.05, 0.09, clinical=True),
        ],
    } | more
    return advice.keep(result, by=make_actor(R.MANAGER, site=site), now=NOW)


def page(client):
    return client.get(reverse("advice")).content.decode()


def test_each_change_has_its_bar_and_the_same_in_words(as_staff):
    keep()

    shown = page(as_staff(R.MANAGER))

    assert "0.40 cycles a woman" in shown
    assert shown.count("<svg class") == 2
    assert shown.count("wins 0.11 cycles a woman, between 0.09 and 0.13") == 2
    assert "wins 0.02 cycles a woman, between -0.05 and 0.09 · not certain" in shown
    saturday = "Clinic and test laboratory open on Saturdays"
    later = "Examination to cycle day 11 without"
    assert shown.index(saturday) < shown.index(later)


def test_what_was_assumed_or_not_known_stands_beside_the_figures(as_staff):
    keep()

    shown = page(as_staff(R.GYNAECOLOGIST))

    assert "No official holiday notice is loaded for 2027" in shown
    assert "assumed as 85 % of the places" in shown
    assert "clinician signs it off" in shown


def test_the_newest_advice_of_the_own_site_is_shown(as_staff):
    keep(protocol="hsg/older")
    keep(protocol="hsg/newer")
    keep(site="demo-leeds", protocol="hsg/elsewhere")

    shown = page(as_staff(R.MANAGER))

    assert "hsg/newer" in shown
    assert "hsg/older" not in shown and "hsg/elsewhere" not in shown


def test_before_the_first_advice_the_page_says_how_to_have_it(as_staff):
    assert f"patency advise {SITE}" in page(as_staff(R.MANAGER))


def test_only_who_may_see_it_has_the_way_to_it(as_staff):
    assert reverse("advice") in as_staff(R.MANAGER).get(reverse("today")).content.decode()
    assert reverse("advice") not in as_staff(R.NURSE).get(reverse("today")).content.decode()
