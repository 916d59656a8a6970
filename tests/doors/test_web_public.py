"""What anybody may read: the pages of each clinic, without signing in and without a cookie."""

from dataclasses import replace
from datetime import date, datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from patency.core.access import Role
from patency.doors.web import house as handed
from patency.doors.web.public.weeks import closed_in, weeks_of
from tests.make import SITE, make_patient

pytestmark = pytest.mark.django_db
PAGES = (
    "clinic",
    "about-examination",
    "about-bleeding",
    "about-price",
    "about-days",
    "about-where",
    "about-registering",
)
CLINICS = ("demo-west", "demo-leeds")


def text(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return unescape(answer.content.decode())


def read(page, site=SITE, *, language="en", client=None, **more):
    address = reverse(page, args=[site]) if page != "start" else "/"
    return (client or Client()).get(address, headers={"accept-language": language}, **more)


@pytest.fixture
def changed(house):
    """Return how the site's file is changed: ``changed(campuses=...)``."""

    def change(**fields):
        site = replace(house.site(SITE), **fields)
        ours = replace(house, sites={**house.sites, SITE: site})
        handed.provide(lambda: ours)
        return ours

    return change


# ---------------------------------------------------------------- every page


@pytest.mark.parametrize("site", CLINICS)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("language", "spoken"), [("en", "en"), ("zh-CN", "zh-hans")])
def test_a_page_is_there_for_anybody_in_both_languages(house, page, site, language, spoken):
    answer = read(page, site, language=language)

    said = text(answer)
    assert f'<html lang="{spoken}"' in said
    assert answer["Content-Language"] == spoken
    assert said.count("<h1") == 1
    assert f'href="tel:{house.site(site).emergency_number}"' in said or "<strong>" in said


@pytest.mark.parametrize("page", ["start", *PAGES])
def test_nothing_is_set_and_nothing_is_asked_of_a_browser_that_only_reads(house, page):
    answer = read(page)

    assert not answer.cookies
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "csrfmiddlewaretoken" not in answer.content.decode()
    assert "Accept-Language" in answer["Vary"]


def test_the_language_in_the_address_counts_before_all_and_is_carried_on(house):
    client = Client()

    said = text(read("clinic", client=client, data={"language": "zh-hans"}))

    assert '<html lang="zh-hans"' in said
    assert f'href="{reverse("about-price", args=[SITE])}?language=zh-hans"' in said
    assert client.cookies["language"].value == "zh-hans"
    assert '<html lang="zh-hans"' in text(read("about-price", client=client))


def test_a_page_in_a_language_of_its_own_is_kept_by_nobody_else(house):
    answer = read("clinic", data={"language": "zh-hans"})

    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("language", ["xx", "", "<script>", "zh" * 500])
def test_a_language_nobody_speaks_is_none(house, language):
    assert '<html lang="en"' in text(read("clinic", data={"language": language}))


@pytest.mark.parametrize("page", PAGES)
def test_a_clinic_that_is_none_is_not_found(house, page):
    assert read(page, "no-such-clinic").status_code == 404


def test_an_address_is_only_read(house):
    assert Client().post(reverse("clinic", args=[SITE])).status_code == 405


# ---------------------------------------------------------------- the start


def test_a_stranger_begins_at_the_clinics_with_clear_ways(house):
    said = text(read("start"))

    for site in CLINICS:
        assert reverse("clinic", args=[site]) in said
    assert "Register" in said and "Sign in to my page" in said and "Staff sign in" in said


def test_who_is_signed_in_still_begins_at_her_own_page(house, as_staff, as_herself):
    assert as_staff(Role.NURSE).get("/")["Location"] == reverse("today")
    assert as_herself(make_patient()).get("/")["Location"] == reverse("mine")


# ---------------------------------------------------------------- the examination, bleeding


def test_it_is_honest_about_pain_and_gives_risks_as_numbers_with_their_source(house):
    said = text(read("about-examination"))

    assert "94 of 100" in said and "painless" not in said.lower()
    assert "1 of 170,000" in said
    assert "Roest I et al." in said
    assert "Not yet signed off by this clinic." in said
    assert "Answers for it: lead gynaecologist." in said


@pytest.mark.parametrize(("media", "told"), [(("water", "oil"), True), (("water",), False)])
def test_oil_is_told_of_only_where_the_clinic_keeps_it(house, changed, media, told):
    site = house.site(SITE)
    kept = {name: one for name, one in site.contrast_agents.items() if one.medium in media}
    changed(contrast_agents=kept)

    assert ("Oil or water" in text(read("about-examination"))) is told


def test_an_alarm_stands_before_what_is_expected_and_every_number_dials(house):
    said = text(read("about-bleeding"))

    assert said.index("Call the emergency number now") < said.index("What is expected")
    assert 'href="tel:120"' in said and 'href="tel:01000000120"' in said
    assert "up to 7 days" in said


def test_what_sources_disagree_about_is_shown_with_who_says_what(house):
    said = text(read("about-bleeding")).split('class="contested"')[1]

    for claim in ("1 to 2 days", "up to 48 hours", "call if it lasts more than 3 days"):
        assert claim in said
    assert "Jones Radiology" in said


# ---------------------------------------------------------------- price, days, where


def test_the_price_says_since_when_and_what_it_holds_in_no_shorthand_of_the_clinic(house):
    said = text(read("about-price"))

    assert "CNY 1,000.00" in said
    assert "since Sunday 1 January 2023" in said
    assert "oil contrast" in said.split("Paid apart")[1]
    assert "read as CNY" not in said


def test_a_price_that_is_still_to_come_is_not_shown_as_todays(house, changed, clock):
    price = house.site(SITE).prices["hsg"]
    changed(prices={"hsg": replace(price, since=date(2026, 1, 1))})

    said = text(read("about-price"))

    assert "CNY" not in said
    assert "No price is known for today" in said


def test_the_next_six_weeks_name_the_holiday_that_closes_them(house):
    said = text(read("about-days"))

    assert "<strong>National Day and Mid-Autumn Festival</strong>" in said or "National Day" in said
    assert "Wednesday 1 October to Wednesday 8 October" in said
    assert "every day, weekends too" in said


def test_days_of_a_year_without_a_notice_are_not_known_yet(house, clock):
    clock.at = datetime(2026, 12, 10, 1, tzinfo=ZoneInfo("UTC"))

    said = text(read("about-days"))

    assert "not announced yet" in said
    assert "not known yet" in said


def test_six_weeks_are_forty_two_days_from_monday_on_and_only_past_days_are_past(house):
    for offset in range(14):
        today = date(2025, 9, 15 + offset)

        weeks = weeks_of(house, house.site(SITE), today)

        days = [day.day for week in weeks for day in week]
        assert len(days) == 42 and days == sorted(days) and days[0].weekday() == 0
        assert all((day.kind == "past") == (day.day < today) for week in weeks for day in week)


def test_a_closure_of_the_sites_own_is_named_and_says_what_it_leaves_open(house, clock):
    leeds = house.site("demo-leeds")
    weeks = weeks_of(house, leeds, date(2025, 12, 20))

    found = {str(one.first): one.why for one in closed_in(weeks)}
    assert found["2025-12-24"] == "staff training (tests only)"
    assert "Christmas" in found["2025-12-25"]


def test_every_campus_stands_with_room_floor_phone_and_until_when_it_is_good(house):
    said = text(read("about-where"))

    for part in ("West campus", "2nd floor", "Radiology, room 249", "010-0000-0249", "East campus"):
        assert part in said
    assert "good until Thursday 31 December 2026" in said
    assert "Not confirmed" not in said


def test_an_address_nobody_confirmed_warns_and_still_gives_the_phone(house, changed):
    site = house.site(SITE)
    west = replace(site.campuses["west"], valid_until=date(2025, 5, 31))
    changed(campuses={**site.campuses, "west": west})

    said = text(read("about-where"))

    assert said.count("Not confirmed") == 1
    assert "good until Saturday 31 May 2025, and nobody has confirmed them since" in said
    assert "tel:01000000249" in said


def test_in_chinese_a_sites_own_words_are_chinese_too(house):
    said = text(read("about-where", language="zh-CN"))

    assert "西院区" in said and "放射科249室" in said
    assert "West campus" not in said
