"""An administrator's acts on the sign-ins of the own site, and on no other's."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.db import SessionStore

from patency.core.access import NotPermitted, Role
from patency.records.models.entrance import SignedIn
from patency.records.models.ledger import Audit
from patency.records.models.people import StaffMember
from patency.service import browsers, staffing
from tests.make import NOW, make_actor, make_staff

pytestmark = pytest.mark.django_db
OFFICE = make_actor(Role.ADMINISTRATOR, name="he.ping")
ELSEWHERE = make_actor(Role.ADMINISTRATOR, name="elsewhere", site="demo-leeds")
BY = {"by": OFFICE, "now": NOW}
NEW = "bada-lomi-kesu-rina-42"
ACTS = {
    "member": lambda pk, **w: staffing.member(pk, **w),
    "change_roles": lambda pk, **w: staffing.change_roles(pk, {Role.CASHIER}, **w),
    "take_away": lambda pk, **w: staffing.take_away(pk, **w),
    "give_back": lambda pk, **w: staffing.give_back(pk, **w),
    "new_password": lambda pk, **w: staffing.new_password(pk, NEW, **w),
    "forget_second_factor": lambda pk, **w: staffing.forget_second_factor(pk, **w),
}


@pytest.fixture
def office():
    return make_staff(Role.ADMINISTRATOR, name="he.ping")


@pytest.fixture
def nurse(office):
    row = make_staff(Role.NURSE, name="nurse-one")
    store = SessionStore()
    store.create()
    browsers.begin(
        row.user_id,
        store.session_key,
        device="–",
        own_phone=False,
        at_most=3,
        by=row.as_actor(),
        now=NOW,
    )
    Authenticator.objects.create(user=row.user, type="totp", data={"secret": "x"})
    return row


@pytest.mark.parametrize("act", ACTS)
def test_another_sites_administrator_finds_nobody(act, nurse):
    before = list(StaffMember.objects.values())

    with pytest.raises(StaffMember.DoesNotExist, match="list of your own site"):
        ACTS[act](nurse.pk, by=ELSEWHERE, now=NOW)

    assert list(StaffMember.objects.values()) == before
    assert SignedIn.objects.count() == 1


@pytest.mark.parametrize("act", ACTS)
def test_only_an_administrator_may(act, nurse):
    with pytest.raises(NotPermitted, match="administrator"):
        ACTS[act](nurse.pk, by=make_actor(Role.MANAGER), now=NOW)


def test_the_list_holds_the_own_site_alone(nurse):
    make_staff(Role.NURSE, name="far", site="demo-leeds")

    assert {row.user.username for row in staffing.staff(**BY)} == {"he.ping", "nurse-one"}


def test_roles_change_and_the_audit_says_so(nurse):
    staffing.change_roles(nurse.pk, {Role.CONSULTANT, Role.GYNAECOLOGIST}, **BY)

    nurse.refresh_from_db()
    assert nurse.as_actor().roles == {Role.CONSULTANT, Role.GYNAECOLOGIST}
    assert Audit.objects.get(action="roles-changed").actor == "he.ping"


def test_a_sign_in_taken_away_ends_at_once_everywhere_and_can_be_given_back(nurse):
    staffing.take_away(nurse.pk, **BY)

    assert not SignedIn.objects.exists()
    assert authenticate(username="nurse-one", password="for tests only") is None
    staffing.give_back(nurse.pk, **BY)
    assert authenticate(username="nurse-one", password="for tests only") == nurse.user


def test_a_new_password_counts_and_ends_what_was_signed_in(nurse):
    staffing.new_password(nurse.pk, NEW, **BY)

    assert authenticate(username="nurse-one", password=NEW) == nurse.user
    assert not SignedIn.objects.exists()
    assert NEW not in str(list(Audit.objects.values()))


@pytest.mark.parametrize("weak", ["short", "password1234", "nurse-one-nurse"])
def test_a_password_that_is_easy_to_guess_is_refused(weak, nurse):
    with pytest.raises(staffing.PasswordRefused):
        staffing.new_password(nurse.pk, weak, **BY)


def test_a_forgotten_second_factor_is_gone(nurse):
    assert staffing.has_second_factor(nurse.user_id, **BY)

    staffing.forget_second_factor(nurse.pk, **BY)

    assert not staffing.has_second_factor(nurse.user_id, **BY)


@pytest.mark.parametrize("act", ["change_roles", "take_away"])
def test_nobody_takes_it_from_themselves_and_one_administrator_stays(act, office):
    with pytest.raises(staffing.OneselfOrTheLast):
        ACTS[act](office.pk, **BY)

    other = make_staff(Role.ADMINISTRATOR, name="second")
    ACTS[act](other.pk, **BY)  # the first one is still there
    other.refresh_from_db()


def test_no_role_at_all_is_refused(nurse):
    with pytest.raises(staffing.StaffingRefused, match="at least one"):
        staffing.change_roles(nurse.pk, (), **BY)
