"""Her wishes: what can be wished for, what is kept, and what a must costs in days."""

import re
from html import unescape

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.core.booking import reasons
from patency.core.booking.sessions import About
from patency.doors.web import planned, wished
from patency.records.models.booking import Slot
from patency.records.models.waiting import WISHES, Wish
from patency.service import waiting
from tests.make import NOW, SITE, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db
R = Role
DAY_AFTER = walk.EXAM_DAY.replace(day=24)
SATURDAY = {"weekday": ["sat", "sun"], "weekday-strength": "must"}


def text(answer):
    return unescape(answer.content.decode())


def told(visit):
    return set(Wish.objects.filter(visit=visit).values_list("about", "value", "strength"))


@pytest.fixture
def visit(house):
    return walk.answered(house)


def test_she_tells_her_wishes_and_finds_them_again(visit, as_herself):
    herself, where = as_herself(visit.patient), reverse("my-wishes")

    kept = text(
        herself.post(
            where,
            {**SATURDAY, "operator-sex": ["female"], "operator-sex-strength": "rather"},
            follow=True,
        )
    )

    assert told(visit) == {
        ("weekday", "sat", "must"),
        ("weekday", "sun", "must"),
        ("operator-sex", "female", "rather"),
    }
    assert "Your wishes are kept" in kept
    assert 'name="weekday" value="sat" checked' in kept
    assert 'name="weekday-strength" value="must" checked' in kept
    assert 'name="operator-sex-strength" value="rather" checked' in kept


def test_what_is_not_ticked_any_more_is_wished_no_more(visit, as_herself):
    herself, where = as_herself(visit.patient), reverse("my-wishes")
    herself.post(where, SATURDAY)

    herself.post(where, {"weekday-strength": "must"})

    assert told(visit) == set()


def test_where_she_registered_is_where_she_comes_until_she_says_otherwise(visit, as_herself):
    page = text(as_herself(visit.patient).get(reverse("my-wishes")))

    assert "You registered at West campus; without a wish we look only there." in page
    assert 'name="campus" value="west" checked' not in page
    assert 'name="campus-strength" value="must" checked' not in page
    assert "East campus" in page


def test_a_form_sent_as_it_was_shown_keeps_no_wish_she_never_told(visit, as_herself):
    herself, where = as_herself(visit.patient), reverse("my-wishes")
    shown = text(herself.get(where))
    boxes = re.findall(
        r'type="(?:checkbox|radio)" id="\S+" name="(\S+?)" value="(\S+?)" checked', shown
    )

    kept = text(herself.post(where, dict(boxes), follow=True))

    assert boxes
    assert told(visit) == set()
    assert "without a wish we look only there" in kept


def test_a_campus_she_told_stands_as_told_and_no_other_is_looked_at_unsaid(visit, as_herself):
    page = text(
        as_herself(visit.patient).post(
            reverse("my-wishes"), {"campus": ["east"], "campus-strength": "rather"}, follow=True
        )
    )

    assert 'name="campus" value="east" checked' in page
    assert "without a wish we look" not in page


def test_the_desk_reads_where_is_looked_without_a_wish(house, visit, as_staff):
    Slot.objects.filter(pk__in=[row.pk for row in walk.exam_slots(house)]).update(campus="east")

    page = text(as_staff(R.REGISTRATION).get(reverse("wishes", args=[visit.pk])))

    assert "She registered at West campus; without a wish we look only there." in page
    assert "That leaves 0 of 1 day." in page
    assert "at West campus none is left. Tick where else would do." in page


def test_a_must_says_honestly_how_many_days_it_leaves(house, visit, as_herself):
    walk.exam_slots(house, last=DAY_AFTER)
    herself, where = as_herself(visit.patient), reverse("my-wishes")

    free = text(herself.get(where))
    one = text(herself.post(where, {"weekday": ["tue"], "weekday-strength": "must"}, follow=True))
    none = text(herself.post(where, SATURDAY, follow=True))
    rather = text(herself.post(where, {**SATURDAY, "weekday-strength": "rather"}, follow=True))

    assert "Places are free in this cycle on 2 days that suit. The wishes leave them all." in free
    assert "on 2 days that suit; with these musts 1 of them." in one
    assert "This must alone leaves 1 of 2 days." in one
    assert "with these musts none is left. Turn a must into a rather." in none
    assert "The wishes leave them all." in rather


def test_a_wish_for_who_examines_counts_only_where_it_is_known(house, visit, as_herself):
    for slot in walk.exam_slots(house, last=DAY_AFTER):
        name = "radiologist-1" if slot.day == DAY_AFTER else ""
        Slot.objects.filter(pk=slot.pk).update(operator=name)
    herself, where = as_herself(visit.patient), reverse("my-wishes")

    page = text(
        herself.post(
            where, {"operator-sex": ["female"], "operator-sex-strength": "must"}, follow=True
        )
    )

    assert "with these musts 1 of them" in page


def test_full_days_are_no_days(house, visit, as_herself):
    page = text(as_herself(visit.patient).get(reverse("my-wishes")))

    assert "No place is free in this cycle on a day that suits, whatever is wished." in page


def test_without_a_period_nothing_is_counted(house, as_herself):
    page = text(as_herself(walk.register(house).patient).get(reverse("my-wishes")))

    assert "can be said once a period is told" in page


def test_a_wish_that_is_none_is_refused_in_words_and_nothing_is_kept(visit, as_herself):
    answer = as_herself(visit.patient).post(reverse("my-wishes"), {"weekday": ["feierabend"]})

    assert answer.status_code == 409
    assert "none this clinic knows" in text(answer)
    assert "feierabend" not in text(answer)
    assert told(visit) == set()


def test_after_the_examination_there_is_nothing_to_wish_for(as_herself):
    visit = make_visit(state="examined")
    herself = as_herself(visit.patient)

    page = text(herself.post(reverse("my-wishes"), SATURDAY, follow=True))

    assert "nothing to wish for" in page
    assert told(visit) == set()


def test_her_page_leads_to_her_wishes(visit, as_herself):
    herself = as_herself(visit.patient)

    assert f'href="{reverse("my-waiting")}"' in text(herself.get(reverse("mine")))
    for page in ("my-waiting", "my-dates"):
        assert f'href="{reverse("my-wishes")}"' in text(herself.get(reverse(page)))


# ---------------------------------------------------------------- at the desk


def test_the_desk_takes_the_same_wishes_down(visit, as_staff):
    desk, where = as_staff(R.REGISTRATION), reverse("wishes", args=[visit.pk])
    journey = text(desk.get(reverse("journey", args=[visit.patient_id])))

    page = text(desk.post(where, SATURDAY, follow=True))

    assert f'href="{where}"' in journey
    assert "Her wishes are kept" in page
    assert told(visit) == {("weekday", "sat", "must"), ("weekday", "sun", "must")}


def test_the_desk_reads_exactly_what_was_refused(visit, as_staff):
    answer = as_staff(R.NURSE).post(
        reverse("wishes", args=[visit.pk]), {"campus": ["north"], "campus-strength": "must"}
    )

    assert answer.status_code == 409
    assert "campus 'north' is none of west, east" in text(answer)


@pytest.mark.parametrize("role", [R.CASHIER, R.RADIOGRAPHER, R.MANAGER, R.ADMINISTRATOR])
def test_who_takes_no_answers_takes_no_wishes(role, visit, as_staff):
    where = reverse("wishes", args=[visit.pk])

    assert as_staff(role).post(where, SATURDAY).status_code == 403
    assert told(visit) == set()


def test_another_sites_woman_does_not_exist(house, visit, as_staff):
    other = next(slug for slug in house.sites if slug != SITE)

    where = reverse("wishes", args=[visit.pk])
    assert as_staff(R.NURSE, site=other).get(where).status_code == 404


# ---------------------------------------------------------------- words


def test_every_kind_of_wish_and_every_value_has_its_words(house):
    assert wished.LEGENDS.keys() == set(WISHES)
    for site in house.sites.values():
        for about, values in wished.choices_at(site).items():
            assert all(wished._name(site, about, value) for value in values)


def test_every_reason_can_be_said_to_her():
    assert reasons.SENTENCES.keys() <= planned.HERS.keys()
    assert {about.value for about in About} == planned.ABOUT.keys()


def test_both_strengths_of_one_kind_show_the_must(house, visit, as_herself):
    waiting.record_wishes(
        house,
        visit.pk,
        [waiting.Wished("weekday", "sat", "must"), waiting.Wished("weekday", "mon", "rather")],
        by=walk.DESK,
        now=NOW,
    )

    page = text(as_herself(visit.patient).get(reverse("my-wishes")))

    assert 'name="weekday" value="sat" checked' in page
    assert 'name="weekday-strength" value="must" checked' in page
