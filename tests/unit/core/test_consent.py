from patency.core.consent import RATES, as_shown, rates_for


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
