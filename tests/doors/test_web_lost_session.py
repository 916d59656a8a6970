"""A lost session loses nothing that was typed, and shows it to nobody but her who typed it."""

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from patency.core.access import Role
from patency.doors.web.kept import _Filler
from patency.records.models.entrance import SignedIn
from tests.doors.test_web_entrance import ask, delivered, give
from tests.doors.test_web_staff_sign_in import sign_in
from tests.make import NOW, make_patient, make_staff, make_visit

pytestmark = pytest.mark.django_db
PHONE = "138 0000 7301"
TYPED = {"family_name": "Nilüfer <b>", "given_name": "王秀英", "language": "en", "consents": "sms"}


@pytest.fixture
def desk(house):
    return make_staff(Role.REGISTRATION, name="desk-one")


@pytest.fixture
def at_the_desk(desk):
    client = Client()
    sign_in(client, name="desk-one")
    client.get(reverse("register"))
    return client


def lose(client):
    """Lose the session on the server, as a clean-up or an administrator does."""
    Session.objects.filter(session_key=client.session.session_key).delete()


def send(client, **more):
    page = reverse("register")
    return client.post(page, {**TYPED, **more}, headers={"Referer": f"http://testserver{page}"})


def test_what_she_typed_is_there_again_after_signing_in_and_was_not_sent(at_the_desk):
    lose(at_the_desk)

    answer = send(at_the_desk)
    back = sign_in(at_the_desk, name="desk-one", next=answer["Location"].split("next=")[1])
    page = at_the_desk.get(reverse("register")).content.decode()

    assert answer["Location"] == f"{reverse('sign-in')}?next={reverse('register')}"
    assert back["Location"] == "/" or back["Location"] == reverse("register")
    assert 'value="Nilüfer &lt;b&gt;"' in page
    assert 'value="王秀英"' in page
    assert "It has not been sent" in page
    assert "<b>" not in page.split("<main")[1].split("</main")[0].replace("&lt;b&gt;", "")


def test_it_is_shown_once(at_the_desk):
    lose(at_the_desk)
    send(at_the_desk)
    sign_in(at_the_desk, name="desk-one")
    at_the_desk.get(reverse("register"))

    assert "王秀英" not in at_the_desk.get(reverse("register")).content.decode()


def test_somebody_else_at_the_same_computer_sees_nothing_of_it(at_the_desk):
    make_staff(Role.REGISTRATION, name="desk-two")
    lose(at_the_desk)
    send(at_the_desk)
    sign_in(at_the_desk, name="desk-two")

    assert "王秀英" not in at_the_desk.get(reverse("register")).content.decode()

    at_the_desk.post(reverse("sign-out"))
    sign_in(at_the_desk, name="desk-one")
    assert "王秀英" not in at_the_desk.get(reverse("register")).content.decode()


def test_it_lies_in_the_session_sealed_and_without_passwords(at_the_desk):
    lose(at_the_desk)
    send(at_the_desk, password="for tests only")

    stored = str([session.get_decoded() for session in Session.objects.all()])
    assert "王秀英" not in stored
    assert "typed" in stored


def test_it_is_forgotten_after_two_hours(at_the_desk, clock):
    lose(at_the_desk)
    send(at_the_desk)
    clock.at = NOW + timedelta(hours=2, minutes=1)
    sign_in(at_the_desk, name="desk-one")

    assert "王秀英" not in at_the_desk.get(reverse("register")).content.decode()


def test_a_browser_in_which_nobody_was_signed_in_keeps_nothing(desk):
    stranger = Client()
    send(stranger)
    sign_in(stranger, name="desk-one")

    assert "王秀英" not in stranger.get(reverse("register")).content.decode()


def test_a_second_tab_that_signed_in_again_does_not_lose_the_form_of_the_first(desk):
    careful = Client(enforce_csrf_checks=True)
    page = careful.get(reverse("sign-in")).content.decode()
    old = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    sign_in(careful, name="desk-one", csrfmiddlewaretoken=old)
    careful.get(reverse("register"))

    where = {"Referer": f"http://testserver{reverse('register')}", "Origin": "http://testserver"}
    said = careful.post(reverse("register"), {**TYPED, "csrfmiddlewaretoken": old}, headers=where)
    again = careful.get(reverse("register")).content.decode()

    assert said.status_code == 403
    assert "What you typed is not lost" in said.content.decode()
    assert 'value="王秀英"' in again


def test_a_form_from_another_site_is_refused_and_not_kept(desk):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(desk.user)
    careful.get(reverse("register"))

    said = careful.post(
        reverse("register"), TYPED, headers={"Origin": "https://evil.example", "Referer": ""}
    )

    assert said.status_code == 403
    assert "王秀英" not in careful.get(reverse("register")).content.decode()


def test_she_is_signed_out_when_idle_and_her_next_page_says_why(house, client, clock):
    make_visit(patient=make_patient(phone=PHONE))
    ask(client, PHONE)
    give(client, delivered(house))
    idle = house.site("demo-west").sign_in.her_idle_minutes
    clock.at = NOW + timedelta(minutes=idle)
    assert client.get(reverse("mine")).status_code == 200
    clock.at += timedelta(minutes=idle, seconds=1)

    answer = client.get(reverse("mine"))

    assert answer["Location"] == f"{reverse('my-sign-in')}?next={reverse('mine')}"
    assert "nothing was done for a while" in client.get(answer["Location"]).content.decode()


def test_on_her_own_phone_she_stays_signed_in(house, client, clock):
    make_visit(patient=make_patient(phone=PHONE))
    ask(client, PHONE, own_phone="on")
    give(client, delivered(house))
    clock.at = NOW + timedelta(days=29)

    assert client.get(reverse("mine")).status_code == 200
    assert client.session.get_expire_at_browser_close() is False
    clock.at = NOW + timedelta(days=31)
    assert client.get(reverse("mine")).status_code == 302


def test_however_busy_a_shift_ends(desk, client, clock):
    sign_in(client, name="desk-one")
    for minutes in range(0, 12 * 60, 20):
        clock.at = NOW + timedelta(minutes=minutes)
        assert client.get(reverse("find")).status_code == 200
    clock.at = NOW + timedelta(hours=12, seconds=1)

    assert client.get(reverse("find")).status_code == 302


def test_the_key_of_a_session_is_a_new_one_after_signing_in(desk, client):
    client.get(reverse("sign-in"))
    session = client.session
    session["x"] = 1
    session.save()
    client.cookies["sessionid"] = before = session.session_key

    sign_in(client, name="desk-one")

    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_the_fourth_browser_ends_the_one_used_longest_ago(desk, clock):
    clients = [Client() for _ in range(4)]
    for number, one in enumerate(clients):
        clock.at = NOW + timedelta(minutes=number)
        sign_in(one, name="desk-one")

    said = [one.get(reverse("find")).status_code for one in clients]

    assert said == [302, 200, 200, 200]
    assert SignedIn.objects.count() == 3


def test_other_browsers_are_listed_and_ended_from_here(desk):
    here, there = (
        Client(HTTP_USER_AGENT="Firefox Windows"),
        Client(HTTP_USER_AGENT="Chrome Android"),
    )
    sign_in(there, name="desk-one")
    sign_in(here, name="desk-one")
    page = here.get(reverse("own-browsers")).content.decode()

    here.post(
        reverse("own-browsers"), {"browser": str(SignedIn.objects.get(device="Chrome, Android").pk)}
    )

    assert "Firefox, Windows" in page
    assert "Chrome, Android" in page
    assert there.get(reverse("find")).status_code == 302
    assert here.get(reverse("find")).status_code == 200


def test_a_browser_left_alone_for_too_long_is_not_listed(desk, clock):
    left, here = Client(HTTP_USER_AGENT="Chrome Android"), Client(HTTP_USER_AGENT="Firefox Windows")
    sign_in(left, name="desk-one")
    clock.at = NOW + timedelta(hours=2)
    sign_in(here, name="desk-one")

    page = here.get(reverse("own-browsers")).content.decode()

    assert "Firefox, Windows" in page
    assert "Chrome, Android" not in page


def test_nobody_ends_the_browser_of_somebody_else(desk):
    make_staff(Role.NURSE, name="nurse-one")
    mine, theirs = Client(), Client()
    sign_in(mine, name="desk-one")
    sign_in(theirs, name="nurse-one")
    row = SignedIn.objects.get(user__username="nurse-one")

    mine.post(reverse("own-browsers"), {"browser": str(row.pk)})

    assert theirs.get(reverse("find")).status_code == 200


def test_signing_out_clears_the_session_and_what_the_browser_keeps(desk, client):
    sign_in(client, name="desk-one")
    key = client.session.session_key

    answer = client.post(reverse("sign-out"))

    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.filter(session_key=key).exists()
    assert not SignedIn.objects.exists()
    assert SESSION_KEY not in client.session


PAGE = """<!doctype html><form method="post" action="/other/"><input name="a"></form>
<form method="post"><input type="hidden" name="a" value="kept"><input name="a" value="&lt;old&gt;">
<input type="radio" name="r" value="1" checked><input type="radio" name="r" value="2">
<input type="checkbox" name="c" value="x" checked><textarea name="t">old &amp; gone</textarea>
<select name="s"><option value="1" selected>one</option><option value="2">two</option></select>
<input type="password" name="p"></form><!-- note --><p>&copy; &#8212;</p>"""


def test_a_page_is_filled_field_by_field_and_else_left_as_it_is():
    fields = {"a": ['"new" <b>'], "r": ["2"], "t": ["</textarea><i>"], "s": ["2"], "p": ["secret"]}

    filled = _Filler("/here/", "/here/?x=1", fields).fill(PAGE)

    assert '<form method="post" action="/other/"><input name="a"></form>' in filled
    assert 'type="hidden" name="a" value="kept"' in filled
    assert 'name="a" value="&quot;new&quot; &lt;b&gt;"' in filled
    assert '<input type="radio" name="r" value="1">' in filled
    assert '<input type="radio" name="r" value="2" checked>' in filled
    assert '<input type="checkbox" name="c" value="x">' in filled
    assert '<textarea name="t">&lt;/textarea&gt;&lt;i&gt;</textarea>' in filled
    assert '<option value="1">one</option><option value="2" selected>two</option>' in filled
    assert "secret" not in filled
    assert "<!-- note --><p>&copy; &#8212;</p>" in filled
