import pytest

from patency.core.consent import RATES, as_shown, is_name_of, rates_for


def test_every_rate_names_its_source_and_says_it_in_words():
    assert all(rate.source and rate.as_told for rate in RATES)
    assert len({rate.code for rate in RATES}) == len(RATES)


def test_a_rate_has_both_ends_or_none_and_never_the_wrong_way_round():
    for rate in RATES:
        assert (rate.low_percent is None) == (rate.high_percent is None)
        assert (rate.low_percent or 0) <= (rate.high_percent or 0) <= 100


def test_water_shows_nothing_that_only_oil_does():
    codes = {rate.code for rate in rates_for("water")}

    assert "oil-embolism" not in codes
    assert "pain" in codes


def test_oil_and_no_preference_show_everything():
    assert rates_for("oil") == rates_for("no_preference") == RATES


def test_what_was_shown_is_kept_as_plain_values():
    kept = as_shown(rates_for("oil"))

    assert kept["oil-embolism"]["low_percent"] == 0.1
    assert kept["bleeding"]["low_percent"] is None


@pytest.mark.parametrize(
    ("signed", "is_hers"),
    [
        ("王秀英", True),
        ("秀英 王", True),
        ("王 秀英", True),
        ("王秀", False),
        ("", False),
        ("李秀英", False),
    ],
)
def test_a_signature_is_her_name_in_either_order(signed: str, is_hers: bool) -> None:
    assert is_name_of(signed, "王", "秀英") is is_hers


@pytest.mark.parametrize("signed", ["Ann Lee-Brown", "lee brown, ANN", "Ａｎｎ LeeBrown"])
def test_case_width_spaces_and_hyphens_do_not_make_another_name(signed: str) -> None:
    assert is_name_of(signed, "Lee-Brown", "Ann")


def test_nobody_signs_for_a_record_without_a_name() -> None:
    assert not is_name_of("", "", "")
    assert not is_name_of("Ann", "", "")
