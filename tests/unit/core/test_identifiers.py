import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.identifiers import (
    ALPHABET,
    IdentifierRefused,
    new_identifier,
    read_identifier,
)

seeds = st.binary(min_size=7, max_size=7)
places = st.integers(min_value=0, max_value=7)


def made_from(seed: bytes) -> str:
    return new_identifier(lambda length: seed[:length])


def characters_of(identifier: str) -> list[str]:
    return list(identifier.removeprefix("PT-").replace("-", ""))


@given(seeds)
def test_what_was_made_is_read(seed):
    identifier = made_from(seed)

    assert read_identifier(identifier) == identifier


@given(seeds, places, st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_noticed(seed, place, wrong):
    characters = characters_of(made_from(seed))
    if characters[place] == wrong:
        return
    characters[place] = wrong

    with pytest.raises(IdentifierRefused, match="does not add up"):
        read_identifier("".join(characters))


@given(seeds, places, places)
def test_any_two_characters_that_changed_places_are_noticed(seed, one, other):
    characters = characters_of(made_from(seed))
    if characters[one] == characters[other]:
        return
    characters[one], characters[other] = characters[other], characters[one]

    with pytest.raises(IdentifierRefused, match="does not add up"):
        read_identifier("".join(characters))


@given(seeds)
def test_it_may_be_typed_as_people_type(seed):
    identifier = made_from(seed)
    typed = identifier.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert read_identifier(typed) == identifier
    assert read_identifier("".join(characters_of(identifier))) == identifier


def test_it_has_the_form_people_know():
    assert made_from(bytes(7)) == "PT-0000-0000"
    assert len(made_from(b"\xff" * 7)) == len("PT-7K3M-QX4D")


@pytest.mark.parametrize("typed", ["", "PT-7K3M", "PT-7K3M-QX4DD", "PT-7K3M-QU4D", "XX-0000-0000"])
def test_what_has_another_form_is_refused_with_what_to_do(typed):
    with pytest.raises(IdentifierRefused, match="Type it again from the card"):
        read_identifier(typed)
