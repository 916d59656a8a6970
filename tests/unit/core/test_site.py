"""A site's file is read completely or refused with every place that is wrong."""

import tomllib
import zoneinfo
from datetime import date, time
from importlib.resources import files

import pytest

from patency.core.calendar.legal import HolidayYear, LegalCalendar, Notice
from patency.core.document import DocumentRefused
from patency.core.money import Money
from patency.core.site.contested import CONTESTED, Standing
from patency.core.site.model import check_protocol_use
from patency.core.site.parse import parse_site

SITES = {
    file.name: file.read_text(encoding="utf-8")
    for file in (files("patency") / "sites").iterdir()
    if file.name.endswith(".toml")
}
WEST = SITES["demo-west.toml"]
ZONES = zoneinfo.available_timezones()


def read(text=WEST, file_name="demo-west.toml"):
    return parse_site(tomllib.loads(text), file_name, countries=["CN", "GB-ENG"], time_zones=ZONES)


def make_calendar(country):
    closed = {date(2025, 10, day): "National Day" for day in range(1, 9)}
    notice = Notice("State Council", "notice", date(2024, 11, 12), "")
    return LegalCalendar(country, {2025: HolidayYear(country, 2025, closed, {}, notice)})


@pytest.mark.parametrize("file_name", sorted(SITES))
def test_every_site_that_ships_is_complete(file_name):
    site = read(SITES[file_name], file_name)

    assert site.duty.phone and site.emergency_number
    assert 15 <= site.exam_minutes <= 30
    assert site.choices.keys() == CONTESTED.keys()
    assert {room.service for room in site.rooms.values()} == {"exam", "visit"}


def test_the_western_demo_follows_the_article():
    site = read()

    assert site.numbers_released_at == time(7)
    assert sorted(site.campuses) == ["east", "west"]
    assert site.prices["hsg"].amount == Money(100000, "CNY")
    assert "read as CNY" in site.prices["hsg"].provenance
    assert site.choices["report_working_days"].value == 1


def test_the_western_demo_opens_at_weekends_but_not_on_national_day():
    exam = read().open_days("exam", make_calendar("CN"))

    assert exam.is_open(date(2025, 9, 27))
    assert exam.closed_because(date(2025, 10, 1)) == "legal holiday: National Day"


def test_the_report_clock_keeps_its_own_days():
    site = read()
    calendar = make_calendar("CN")

    assert site.open_days("exam", calendar).is_open(date(2025, 9, 27))
    assert not site.open_days("report", calendar).is_open(date(2025, 9, 27))


def test_each_service_has_its_own_closures():
    leeds = read(SITES["demo-leeds.toml"], "demo-leeds.toml")

    exam, visit = (leeds.open_days(name, make_calendar("GB-ENG")) for name in ("exam", "visit"))
    assert exam.closed_because(date(2025, 12, 24)) == "closed: staff training"
    assert visit.is_open(date(2025, 12, 24))


def test_a_site_does_not_keep_another_countrys_holidays():
    with pytest.raises(ValueError, match="demo-west is in CN and cannot keep the holidays of GB"):
        read().open_days("exam", make_calendar("GB-ENG"))


def test_contacts_that_nobody_confirmed_come_up_for_a_check():
    site = read()

    assert site.contacts_to_check(date(2026, 12, 31)) == ()
    assert [one.slug for one in site.contacts_to_check(date(2027, 1, 1))] == ["west", "east"]


def test_a_choice_says_how_well_it_is_supported():
    west = read().choices
    delayed = read(
        WEST.replace(
            "[choices.conception_delay_months]\nvalue = 0",
            "[choices.conception_delay_months]\nvalue = 3",
        )
    ).choices

    assert west["antibiotic_policy"].standing is Standing.CONVENTION
    assert west["conception_delay_months"].standing is Standing.EVIDENCE
    assert delayed["conception_delay_months"].standing is Standing.SITE_PREFERENCE


def test_a_protocol_for_study_is_refused_for_a_site():
    site = read(WEST.replace("hsg/2026-1", "hsg/as-published"))

    check_protocol_use(read(), "clinic")
    with pytest.raises(DocumentRefused, match="'hsg/as-published' is for study only"):
        check_protocol_use(site, "study")


def without_table(name):
    start = WEST.index(f"[{name}]")
    return WEST[:start] + WEST[WEST.index("\n[", start) + 1 :]


def test_a_site_without_somebody_who_answers_at_any_hour_is_refused():
    with pytest.raises(DocumentRefused, match="duty: is missing"):
        read(without_table("duty"))


def test_a_site_without_an_emergency_number_is_refused():
    with pytest.raises(DocumentRefused, match="emergency_number: is missing"):
        read(WEST.replace('emergency_number = "120"', ""))


def test_a_choice_left_open_is_refused():
    with pytest.raises(DocumentRefused, match=r"choices\.age_priority: is missing"):
        read(without_table("choices.age_priority"))


def test_local_parameters_are_optional_plain_values():
    assert read(without_table("parameters")).parameters == {}
    assert read(WEST.replace("[parameters]", "[parameters]\ncap = 12")).parameters == {"cap": 12}


MISTAKES = [
    (
        "exam_minutes = 20",
        "exam_minutes = 14",
        "14 is not a whole number of minutes from 15 up to 30",
    ),
    (
        "exam_minutes = 20",
        "exam_minutes = 31",
        "31 is not a whole number of minutes from 15 up to 30",
    ),
    ("exam_minutes = 20", "exam_minutes = true", "True is not a whole number"),
    ("exam_minutes = 20", "exam_minute = 20", "Did you mean 'exam_minutes'?"),
    ("exam_minutes = 20", "exam_minutes = 20\nlunch = 1", "lunch: is not known here. "),
    ('amount = "CNY 1,000.00"', 'amount = "1,000.00"', "'1,000.00' is not an amount with its"),
    ('amount = "CNY 1,000.00"', "amount = 1000", "1000 is not an amount with its currency such as"),
    ('amount = "CNY 1,000.00"', 'amount = "CNY 0.00"', "CNY 0.00 is not more than 0"),
    ('item = "hsg"', 'item = "xray"', 'price: has no item = "hsg"'),
    ('item = "hsg"', 'item = "H S G"', "'H S G' is not a short name"),
    ("around_the_clock = true", "around_the_clock = false", "duty.around_the_clock: must be true"),
    ("around_the_clock = true", 'around_the_clock = "yes"', "'yes' is not true or false"),
    ('phone = "010-0000-0120"', 'phone = "ask inside"', "duty.phone: 'ask inside' is not a phone"),
    ("chosen_on = 2025-09-01", "", "antibiotic_policy.chosen_on: is missing"),
    ('value = "universal_3_5d"', 'value = "some"', "'some' is not one of targeted, universal_3_5d"),
    ('value = "universal_3_5d"', "value = true", "antibiotic_policy.value: True is not one of"),
    ('value = "universal_3_5d"', "value = [1]", "antibiotic_policy.value: [1] is not one of"),
    ('value = "universal_3_5d"', "", "antibiotic_policy.value: nothing is not one of"),
    ("value = 14", "value = 15", "abstinence_days_after.value: 15 is not one of 1, 2, 3"),
    (
        'provenance = "neither article gives way by age"',
        "",
        "choices.age_priority.provenance: is missing",
    ),
    (
        'provenance = "neither article gives way by age"',
        'provenance = " "',
        "choices.age_priority.provenance: ' ' is not text",
    ),
    ("[choices.age_priority]", "[choices.age_prioritty]", "Did you mean 'age_priority'?"),
    ('country = "CN"', 'country = "GB-ENGL"', "Did you mean 'GB-ENG'? A new country needs its"),
    ('country = "CN"', "country = 86", "country: 86 is not one of CN, GB-ENG."),
    ("Asia/Shanghai", "Asia/Shanghay", "'Asia/Shanghay' is not a zone name"),
    ('slug = "demo-west"', 'slug = "west"', "call the file west.toml"),
    ('protocol = "hsg/2026-1"', 'protocol = "2026"', "'2026' is not a protocol such as hsg/2026-1"),
    ("numbers_released_at = 07:00:00", 'numbers_released_at = "7"', "'7' is not a time of day"),
    ("numbers_released_at = 07:00:00", "", "numbers_released_at: is missing"),
    ('languages = ["en", "zh-hans"]', "languages = []", "languages: is empty"),
    ('languages = ["en", "zh-hans"]', 'languages = ["en", "en"]', "says something twice"),
    ('languages = ["en", "zh-hans"]', 'languages = "en"', "'en' is not a list of words"),
    ('"fri"]', '"fry"]', "opening.report.weekdays: 'fry' is not in a list of mon"),
    (
        "[opening.lab]",
        "[opening.lap]",
        "opening.lab: is missing. It must be a table [lab]; add it.",
    ),
    ('slug = "east"', 'slug = "west"', "'west' comes twice. Give each its own name."),
    ('campus = "east"', 'campus = "eats"', "'eats' is not one of west, east. Did you mean 'east'?"),
    ('service = "visit"', 'service = "tea"', "'tea' is not one of exam, visit"),
    ('station = "WESTFLUORO1"', 'station = "west fluoro"', "'west fluoro' is not a station of up"),
    (
        'medium = "oil"',
        'medium = "gas"',
        "contrast_agent[2].medium: 'gas' is not one of water, oil",
    ),
    ("max_ml = 10", 'max_ml = "ten"', "'ten' is not a number of mL from 1 up to 30"),
    ("dap_gy_cm2 = 2.0", "dap_gy_cm2 = 200", "200 is not a number of Gy·cm² from 0.1 up to 20"),
    ("dap_gy_cm2 = 2.0", "", "dose_reference.dap_gy_cm2: is missing"),
    ("days = 5", "days = 50", "drug[1].days: 50 is not a whole number of days from 1 up to 14"),
    ("[parameters]", "[parameters]\ncap = [12]", "parameters.cap: [12] is not a number, a word"),
    ("[[price]]", "[[prices]]", "price: is missing. It must be one or more tables [[price]]"),
    ("[parameters]", "parameters = 1", "parameters: 1 is not a table [parameters]"),
    (
        "[parameters]",
        '[[price]]\nitem = "hcg"\namount = "GBP 5.00"\nsince = 2025-01-01\nprovenance = "x"',
        "price: names two currencies",
    ),
    (
        "[parameters]",
        '[[closure]]\non = 2025-12-24\nwhy = "training"\nservices = ["exams"]',
        "'exams' is not in a list of exam, visit, lab, report. Did you mean 'exam'?",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_each_mistake_is_named_with_its_place(old, new, message):
    text = WEST.replace(old, new, 1) if new != "parameters = 1" else new + "\n" + WEST
    if new == "parameters = 1":
        text = text.replace("[parameters]", "")

    with pytest.raises(DocumentRefused) as refusal:
        read(text)

    assert message in str(refusal.value)
    assert str(refusal.value).startswith("demo-west.toml: ")
    assert str(refusal.value).endswith("See docs/how-to/add-a-site.md.")


def test_an_empty_file_is_told_everything_it_lacks_at_once():
    with pytest.raises(DocumentRefused) as refusal:
        read("")

    told = str(refusal.value)
    for field in ("slug", "country", "duty", "campus", "opening", "price", "choices", "printer"):
        assert f"demo-west.toml: {field}: is missing" in told


def test_a_site_names_who_examines_and_how_it_plans():
    site = read()

    assert site.operators["radiologist-1"].languages == ("zh-hans", "en")
    assert site.planning is not None
    assert (site.planning.plan_at, site.planning.offer_minutes) == (time(20), 120)


def test_a_site_without_planning_leaves_it_to_people():
    text = WEST[: WEST.index("[planning]")] + WEST[WEST.index('# "Outpatient') :]

    assert read(text).planning is None


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('slug = "radiologist-2"', 'slug = "radiologist-1"', "comes twice"),
        ('sex = "male"', 'sex = "unknown"', "not one of female, male"),
        ("overbook_alpha = 0.0", "overbook_alpha = 0.9", "from 0 up to 0.5"),
        ("offer_minutes = 120", "offer_minutes = 0", "from 5 up to 2880"),
    ],
)
def test_an_operator_or_a_plan_that_cannot_be_is_refused(was, becomes, says):
    with pytest.raises(DocumentRefused, match=says):
        read(WEST.replace(was, becomes))


def test_what_women_read_of_a_site_is_said_in_their_language_or_as_it_stands():
    west = read()

    assert west.say("West campus", "zh") == "西院区"
    assert west.say("West campus", "en") == "West campus"
    assert west.say("nobody said this", "zh") == "nobody said this"


def test_a_price_says_what_it_holds_and_what_is_paid_apart():
    price = read().prices["hsg"]

    assert "the written report" in price.includes
    assert "medicines" in price.not_included


@pytest.mark.parametrize("file_name", sorted(SITES))
def test_no_site_that_ships_says_in_another_language_what_it_does_not_say_at_all(file_name):
    raw = SITES[file_name]
    written, _, said = raw.partition("[said_in.zh]")

    unsaid = [text for text in tomllib.loads("[a]\n" + said)["a"] if f'"{text}"' not in written]
    assert unsaid == []
