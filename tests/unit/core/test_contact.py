import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.contact import hinted, is_contact, plain_contact, same_contact


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("138 0000-7399", "13800007399"),
        ("１３８００００７３９９", "13800007399"),
        (" Ann@Example.ORG ", "ann@example.org"),
        ("+86 (10) 0000.7301", "861000007301"),
    ],
)
def test_a_contact_has_one_plain_form(typed, plain):
    assert plain_contact(typed) == plain


@pytest.mark.parametrize(
    "typed", ["13800007399", "+86 138 0000 7399", "ann@example.org", "安@example.org"]
)
def test_what_can_be_a_contact_is_one(typed):
    assert is_contact(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "1234567", "ann@", "@example.org", "ann@localhost", "王秀英", "12345678x", "1" * 21],
)
def test_what_cannot_be_one_is_none(typed):
    assert not is_contact(typed)


@given(st.from_regex(r"\A[1-9][0-9]{8,12}\Z"), st.sampled_from(["86", "0086", "44", "0"]))
def test_a_number_is_one_with_its_prefix_or_without(number, prefix):
    assert same_contact(prefix + number, number)
    assert same_contact(number, prefix + number)


@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"), st.from_regex(r"\A1[3-9][0-9]{9}\Z"))
def test_two_numbers_of_one_length_are_one_only_when_equal(one, other):
    assert same_contact(one, other) == (one == other)


@given(st.text(max_size=40))
def test_nothing_typed_breaks_it(typed):
    assert isinstance(plain_contact(typed), str)
    assert is_contact(typed) in (True, False)
    same_contact(typed, "13800007399")


def test_a_hint_lets_her_know_it_and_nobody_learn_it():
    assert hinted("138 0000 7399") == "…99"
    assert hinted("ann@example.org") == "a…@example.org"
