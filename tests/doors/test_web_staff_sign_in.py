"""Staff sign in by password and second factor; wrong tries are counted for everyone together."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from patency.core.access import Role
from patency.gateways.clock import system_clock
from patency.records.models.entrance import SignedIn, Tally
from patency.records.models.followup import Task
from patency.records.models.ledger import Audit, Event
from patency.records.models.people import StaffMember
from patency.service import limits
from tests.make import NOW, make_patient, make_staff
from tests.service.test_other_site import make_hers

pytestmark = pytest.mark.django_db
R = Role
PASSWORD = "for tests only"
MOST = limits.LIMITS["sign-in-name"].most


@pytest.fixture
def nurse(house):
    return make_staff(R.NURSE, name="nurse-one")


@pytest.fixture
def second_factor_asked(settings):
    settings.PATENCY_SECOND_FACTOR = True


def sign_in(client, name="nurse-one", password=PASSWORD, **more):
    return client.post(reverse("sign-in"), {"username": name, "password": password, **more})


def code_of(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def set_up_an_app(client):
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'id="totp-key">([A-Z2-7]+)<', page)[1]
    return secret, client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})


def test_name_and_password_open_the_day(nurse, client):
    answer = sign_in(client)

    assert answer["Location"] == "/"
    assert client.get(reverse("today")).status_code == 200
    assert SignedIn.objects.get().user == nurse.user


def test_a_wrong_password_is_said_kindly_and_the_name_stays(nurse, client):
    page = sign_in(client, password="guess").content.decode()

    assert "do not belong together" in page
    assert 'value="nurse-one"' in page
    assert "guess" not in page


def test_a_page_asked_for_before_is_opened_afterwards_but_none_elsewhere(nurse, client):
    assert sign_in(client, next=reverse("find"))["Location"] == reverse("find")
    client.post(reverse("sign-out"))
    assert sign_in(client, next="https://evil.example/")["Location"] == "/"


def test_the_sixth_try_of_a_name_is_not_looked_at_wherever_it_comes_from(nurse):
    for number in range(MOST):
        sign_in(Client(REMOTE_ADDR=f"10.0.0.{number}"), password="guess")

    answer = sign_in(Client(REMOTE_ADDR="10.9.9.9"), name="Nurse-One")

    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert "15 minutes" in answer.content.decode()


def test_a_lock_out_ends_by_itself(nurse, client, clock):
    for _ in range(MOST + 1):
        sign_in(client, password="guess")
    clock.at = NOW + timedelta(minutes=15)

    assert sign_in(client)["Location"] == "/"


def test_a_right_password_forgets_the_wrong_ones(nurse, client):
    for password in (*["guess"] * (MOST - 1), PASSWORD, *["guess"] * (MOST - 1), PASSWORD):
        answer = sign_in(Client(), password=password)

    assert answer["Location"] == "/"


def test_a_locked_out_name_is_a_task_for_its_site_once(nurse, client):
    for _ in range(MOST + 3):
        sign_in(client, password="guess")

    (task,) = Task.objects.all()
    assert (task.kind, task.why, task.site) == ("sign-in-locked", "nurse-one", nurse.site)


def test_a_name_that_nobody_has_is_answered_alike_and_tells_nobody(house, client):
    said = [sign_in(client, name="no-such").status_code for _ in range(MOST + 1)]

    assert said == [200] * MOST + [429]
    assert not Task.objects.exists()


def test_one_address_cannot_try_many_names(house, client):
    for number in range(limits.LIMITS["sign-in-address"].most):
        sign_in(client, name=f"name-{number}")
    make_staff(R.NURSE, name="nurse-one")

    assert sign_in(client).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="10.1.1.1"))["Location"] == "/"


def test_tries_are_kept_as_keyed_hashes(nurse, client):
    sign_in(client, password="guess")

    assert "nurse" not in str(list(Tally.objects.values()))
    assert "127.0.0.1" not in str(list(Tally.objects.values()))


def test_a_proxy_is_believed_only_where_there_is_one(nurse, settings):
    said = {}
    for believed in (False, True):
        settings.BEHIND_PROXY = believed
        Tally.objects.all().delete()
        for number in range(limits.LIMITS["sign-in-address"].most + 1):
            client = Client(HTTP_X_FORWARDED_FOR=f"1.2.3.4, 10.0.{number}.1")
            said[believed] = sign_in(client, name=f"name-{number}").status_code

    assert said == {False: 429, True: 200}


def test_staff_without_a_second_factor_set_one_up_before_anything_else(
    nurse, client, second_factor_asked
):
    sign_in(client)

    for page in ("today", "find", "own-browsers"):
        assert client.get(reverse(page))["Location"] == reverse("mfa_index")
    assert "Set up a second factor now" in client.get(reverse("mfa_index")).content.decode()

    _secret, answer = set_up_an_app(client)

    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(reverse("mfa_view_recovery_codes")).content.count(b"<li><code>") == 10
    assert client.get(reverse("today")).status_code == 200


def test_a_woman_is_not_asked_for_a_second_factor(house, as_herself, second_factor_asked):
    assert as_herself(make_patient()).get(reverse("mine")).status_code == 200


def test_the_second_factor_is_asked_for_at_the_next_sign_in(nurse, client, second_factor_asked):
    sign_in(client)
    secret, _ = set_up_an_app(client)
    client.post(reverse("sign-out"))

    assert sign_in(client)["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("today")).status_code == 302
    Authenticator.objects.filter(type="totp").update(last_used_at=None)
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    cache.clear()  # a code is taken once within its half minute
    right = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert "not right" in wrong.content.decode()
    assert right["Location"] == "/"
    assert client.get(reverse("today")).status_code == 200


def test_a_recovery_code_opens_once(nurse, client, second_factor_asked):
    sign_in(client)
    set_up_an_app(client)
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    code = re.search(r"<li><code>(\d+)</code>", page)[1]
    said = []
    for _ in range(2):
        other = Client()
        sign_in(other)
        said.append(other.post(reverse("mfa_authenticate"), {"code": code}).status_code)

    assert said == [302, 200]


def test_second_factors_are_guessed_five_times_and_no_more(nurse, client, second_factor_asked):
    sign_in(client)
    set_up_an_app(client)
    client.post(reverse("sign-out"))
    said = []
    for _ in range(6):
        other = Client()
        sign_in(other)
        said.append(other.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code)

    assert said == [200] * 5 + [429]


def test_the_key_of_an_app_is_sealed_in_its_table(nurse, client):
    sign_in(client)
    secret, _ = set_up_an_app(client)

    assert secret not in str(list(Authenticator.objects.values()))


def test_what_is_changed_about_the_ways_in_is_in_the_audit(
    nurse, client, django_capture_on_commit_callbacks
):
    sign_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_an_app(client)

    done = set(Audit.objects.values_list("action", flat=True))
    assert {"signed-in", "second-factor-added"} <= done


def test_the_old_proof_does_not_count_for_what_cannot_be_undone(house, client):
    make_staff(R.ADMINISTRATOR, name="he.ping")
    sign_in(client, name="he.ping")
    assert client.get(reverse("staff-new")).status_code == 200

    at = system_clock()().timestamp() - 16 * 60
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": at}]
    session.save()
    answer = client.post(reverse("staff-new"), {"display_name": "Zhao Lan", "name": "zhao"})

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not StaffMember.objects.filter(display_name="Zhao Lan").exists()

    back = client.post(answer["Location"], {"password": PASSWORD})
    page = client.get(back["Location"]).content.decode()

    assert back["Location"] == reverse("staff-new")
    assert 'value="Zhao Lan"' in page
    assert "It has not been sent" in page


def test_a_wrong_password_proves_nothing(house, client):
    make_staff(R.ADMINISTRATOR, name="he.ping")
    sign_in(client, name="he.ping")

    page = client.post(reverse("account_reauthenticate"), {"password": "guess"}).content.decode()

    assert "This is not your password" in page


def test_one_changes_the_own_password_and_other_browsers_end(nurse, client):
    other = Client()
    sign_in(other)
    sign_in(client)
    new = "a fine long password 7"

    weak = client.post(
        reverse("account_change_password"),
        {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"},
    )
    client.post(
        reverse("account_change_password"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    assert "12" in weak.content.decode()
    assert client.get(reverse("today")).status_code == 200
    assert other.get(reverse("today")).status_code == 302
    assert sign_in(Client(), password=new)["Location"] == "/"


def test_a_sign_in_that_was_taken_away_opens_nothing(nurse, client):
    nurse.user.is_active = False
    nurse.user.save()

    page = sign_in(client)

    assert "do not belong together" in page.content.decode()


def test_no_page_of_the_library_is_open_that_we_did_not_make_ours(client):
    for path in ("/accounts/signup/", "/signup/", "/accounts/login/", "/accounts/password/reset/"):
        assert client.get(path).status_code == 404


def test_the_events_of_a_sign_in_hold_no_address(nurse, client):
    sign_in(client)

    assert "127.0.0.1" not in str(list(Event.objects.values()))


CANNOT_BE_UNDONE = {
    "staff-new": (),
    "staff-one": ("staff",),
    "refund": ("payment",),
    "account_change_password": (),
    "mfa_add_webauthn": (),
    "mfa_activate_totp": (),
}


@pytest.mark.parametrize("page", CANNOT_BE_UNDONE)
def test_what_cannot_be_undone_asks_again_who_one_is(page, house, client):
    member = make_staff(R.ADMINISTRATOR, R.CASHIER, R.MANAGER, name="he.ping")
    rows = {"staff": member.pk, "payment": make_hers().payment}
    where = reverse(page, args=[rows[part] for part in CANNOT_BE_UNDONE[page]])
    sign_in(client, name="he.ping")
    fresh = client.get(where)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 16 * 60
    session.save()

    stale = client.get(where)

    assert fresh.status_code == 200
    assert stale["Location"] == f"{reverse('account_reauthenticate')}?next={quote(where, safe='')}"
