import pytest
from django.contrib.auth import authenticate

from patency.config.wiring import build_house
from patency.core.access import NotPermitted, Role
from patency.records.models.ledger import Audit
from patency.service import sign_ins
from tests.make import NOW, SITE, make_actor, make_patient

pytestmark = pytest.mark.django_db
PASSWORD = "a long one, for tests"
OFFICE = make_actor(Role.ADMINISTRATOR, name="office-one")


@pytest.fixture(scope="module")
def house():
    return build_house({"PATENCY_MODE": "test"})


def admit(house, *, name="he.ping", by=OFFICE, **changes):
    wanted = {"password": PASSWORD, "display_name": "He Ping", "roles": {Role.NURSE}, **changes}
    return sign_ins.admit_staff(house, name=name, by=by, now=NOW, **wanted)


def test_a_member_of_staff_can_sign_in_and_acts_in_the_roles_given(house):
    row = admit(house, roles={Role.CONSULTANT, Role.GYNAECOLOGIST})
    assert authenticate(username="he.ping", password=PASSWORD) == row.user
    assert row.as_actor().roles == {Role.CONSULTANT, Role.GYNAECOLOGIST}
    assert row.site == SITE


def test_who_was_admitted_is_audited_without_the_password(house):
    row = admit(house)
    audit = Audit.objects.get(action="staff-admitted")
    assert audit.subject == f"staffmember/{row.pk}"
    assert PASSWORD not in str(audit.__dict__)


def test_only_an_administrator_admits_staff(house):
    with pytest.raises(NotPermitted, match="administrator"):
        admit(house, by=make_actor(Role.CONSULTANT))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "no blanks please"}, "letters, digits"),
        ({"password": "short"}, "at least 12"),
        ({"roles": set()}, "at least one role"),
        ({"display_name": " "}, "a name to show"),
        ({"site": "demo-leeds"}, "at demo-west only"),
    ],
)
def test_a_sign_in_that_cannot_be_is_refused_in_a_sentence(house, changes, says):
    with pytest.raises(sign_ins.SignInRefused, match=says):
        admit(house, **changes)


def test_a_name_is_given_once(house):
    admit(house)
    with pytest.raises(sign_ins.NameTaken, match=r"he\.ping"):
        admit(house)


def test_a_woman_signs_in_as_herself_once(house):
    patient = make_patient()
    desk = make_actor(Role.REGISTRATION)
    row = sign_ins.admit_woman(patient.pk, name="ann", by=desk, now=NOW)
    assert row.user.username == "ann"
    assert not row.user.has_usable_password()
    with pytest.raises(sign_ins.SignInRefused, match="has a sign-in already"):
        sign_ins.admit_woman(patient.pk, name="ann-2", by=desk, now=NOW)
