"""How long somebody stays signed in at a site: the project's defaults, or the site's own choice."""

import pytest

from patency.core.access import ALLOWED, Action, Reach, Role
from patency.core.document import DocumentRefused
from patency.core.site.sign_in import DEFAULT
from tests.unit.core.test_site import WEST, read

OWN = """
[sign_in]
staff_idle_minutes = 10
staff_hours = 8
her_idle_minutes = 15
her_hours = 2
own_phone_days = 14
sessions_at_most = 2
proof_minutes = 5
provenance = "the clinic's own rule of 2026-01-01"
"""


def test_a_site_that_says_nothing_keeps_the_projects_defaults():
    assert read().sign_in == DEFAULT


def test_a_site_chooses_for_itself():
    found = read(WEST + OWN).sign_in

    assert (found.staff_idle_minutes, found.sessions_at_most, found.proof_minutes) == (10, 2, 5)
    assert found.provenance == "the clinic's own rule of 2026-01-01"


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("staff_idle_minutes = 10", "staff_idle_minutes = 500", "staff_idle_minutes"),
        ("sessions_at_most = 2", "sessions_at_most = 0", "sessions_at_most"),
        ('provenance = "the', 'ground = "the', "provenance"),
    ],
)
def test_a_choice_out_of_its_range_or_without_its_ground_is_refused(was, becomes, says):
    with pytest.raises(DocumentRefused, match=says):
        read(WEST + OWN.replace(was, becomes))


@pytest.mark.parametrize("action", Action)
def test_a_page_opens_to_the_roles_of_its_action_on_its_own_side(action):
    staff, hers = Reach(action, False), Reach(action, True)

    assert {role for role in Role if staff.opens_to(role)} == ALLOWED[action] - {Role.PATIENT}
    assert {role for role in Role if hers.opens_to(role)} == ALLOWED[action] & {Role.PATIENT}


def test_a_page_about_oneself_opens_to_everyone_who_is_signed_in():
    assert all(Reach(None).opens_to(role) for role in Role)
