"""What a draft suggests, and what a reader's word fills in: never more than was said."""

import pytest

from patency.core.suggested import Suggestion, fields_of, her_side, suggestions_of
from tests.service.readings import ABSTAINS, CANNOT_TELL, found


def test_each_part_of_a_draft_is_one_suggestion():
    got = {each.about: each.value for each in suggestions_of(found().findings)}

    assert got == {"right": "passed", "left": "not_passed", "cavity": "normal", "leak": "no"}


def test_that_nothing_could_be_told_is_said_too():
    assert all(each.abstains for each in suggestions_of(ABSTAINS.findings))
    assert suggestions_of(found(right=CANNOT_TELL).findings)[0].abstains


@pytest.mark.parametrize(
    ("suggestion", "said", "fills"),
    [
        (Suggestion("right", "passed"), "passed", {"filled_to": "fimbria"}),
        (
            Suggestion("right", "not_passed", segment="cornu"),
            "not_passed",
            {"spill": "none", "filled_to": "horn"},
        ),
        (Suggestion("right", "passed", segment="ampulla"), "not_passed", {"spill": "none"}),
        (Suggestion("left", "passed"), "indeterminate", {"spill": "not seen"}),
        (Suggestion("cavity", "normal"), "arcuate", {"shape": "arcuate"}),
        (Suggestion("leak", "no"), "yes", {"leak": "on"}),
        (Suggestion("leak", "no"), "no", {"leak": ""}),
    ],
)
def test_a_word_fills_in_what_it_says_and_no_more(suggestion, said, fills):
    assert fields_of(suggestion, said) == fills


def test_only_tubes_change_sides():
    assert her_side("right", is_mirrored=True) == "left"
    assert her_side("right", is_mirrored=False) == "right"
    assert her_side("cavity", is_mirrored=True) == "cavity"
