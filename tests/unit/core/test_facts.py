from datetime import UTC, date, datetime

import pytest

from patency.core.facts import AskedOf, FactCatalogue, FactRefused, FactType, Kind, did_you_mean


def fact(kind, **more):
    return FactType("it", kind, AskedOf.STAFF, **more)


TEMPERATURE = fact(Kind.NUMBER, unit="°C", low=30, high=45)
CLEANLINESS = fact(Kind.CHOICE, choices=("I", "II", "III", "IV"))


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        (fact(Kind.YES_NO), True, True),
        (fact(Kind.COUNT), 3, 3),
        (TEMPERATURE, 37, 37.0),
        (TEMPERATURE, 37.5, 37.5),
        (CLEANLINESS, "II", "II"),
        (fact(Kind.DAY), "2025-10-01", date(2025, 10, 1)),
        (fact(Kind.DAY), date(2025, 10, 1), date(2025, 10, 1)),
        (fact(Kind.MOMENT), "2025-10-01T07:00:00Z", datetime(2025, 10, 1, 7, tzinfo=UTC)),
    ],
)
def test_a_value_is_read_as_its_kind(type_, raw, value):
    assert type_.read(raw) == value


@pytest.mark.parametrize(
    ("type_", "raw", "sentence"),
    [
        (fact(Kind.YES_NO), "yes", "is not true or false"),
        (fact(Kind.COUNT), True, "is not a whole number"),
        (fact(Kind.COUNT), 2.5, "is not a whole number"),
        (TEMPERATURE, "hot", "is not a number of °C from 30 up to 45"),
        (TEMPERATURE, 375, "outside its range"),
        (TEMPERATURE, 3, "outside its range"),
        (TEMPERATURE, float("nan"), "is not a number"),
        (TEMPERATURE, float("inf"), "is not a number"),
        (CLEANLINESS, "V", "is not one of I, II, III, IV. Did you mean 'IV'"),
        (CLEANLINESS, 2, "is not one of I, II"),
        (fact(Kind.DAY), "31 September", "is not a day such as"),
        (fact(Kind.DAY), datetime(2025, 10, 1, tzinfo=UTC), "is not a day such as"),
        (fact(Kind.MOMENT), "2025-10-01T07:00:00", "with its time zone"),
        (fact(Kind.MOMENT), "soon", "with its time zone"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_what_is_allowed(type_, raw, sentence):
    with pytest.raises(FactRefused, match=sentence):
        type_.read(raw)


CATALOGUE = FactCatalogue(
    {
        "fever": FactType("fever", Kind.YES_NO, AskedOf.PATIENT),
        "cycle_day": FactType("cycle_day", Kind.COUNT, AskedOf.DERIVED),
    }
)


def test_null_leaves_a_fact_unknown():
    assert CATALOGUE.read({"fever": None}, where="facts.json") == {}
    assert "fever" in CATALOGUE
    assert CATALOGUE["fever"].kind is Kind.YES_NO


def test_every_wrong_fact_is_said_at_once_with_its_file():
    with pytest.raises(FactRefused) as caught:
        CATALOGUE.read({"fevr": True, "cycle_day": 3, "fever": "no"}, where="facts.json")

    said = str(caught.value)
    assert said.startswith("facts.json: ")
    assert "Did you mean 'fever'?" in said
    assert "cycle_day is worked out from other facts" in said
    assert "'no' is not true or false" in said


def test_a_name_far_from_all_others_gets_no_suggestion():
    assert did_you_mean("xyzzy", ["fever"]) == ""
