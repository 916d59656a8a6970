"""What every answer tells the browser, what is refused unread, and what is never said anywhere."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from patency.core.access import Role
from patency.records.models.entrance import OneTimeCode
from patency.records.models.people import Patient
from tests.doors.test_web_access import GUARDED, address
from tests.doors.test_web_entrance import ask, delivered, give
from tests.doors.test_web_joining import walk
from tests.doors.test_web_staff_sign_in import sign_in
from tests.make import make_patient, make_staff
from tests.service.test_other_site import make_hers

R = Role
NAME, PHONE, MAIL = "Zzyzx", "199 7777 7791", "quoth.raven@example.org"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["sign-in", "my-sign-in", "join-place", "start"])
def test_every_page_is_closed_to_what_is_not_ours(page, house, client):
    answer = client.get(reverse(page))

    for name, begins in HEADERS.items():
        assert answer[name].startswith(begins), name
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy


@pytest.mark.django_db
def test_a_page_of_somebody_is_kept_in_no_memory(house, as_staff):
    answer = as_staff(R.NURSE).get(reverse("find"))

    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_kindly(house):
    careful = Client(enforce_csrf_checks=True)

    answer = careful.post(reverse("sign-in"), {"username": "a", "password": "b"})

    assert answer.status_code == 403
    assert "sent from an old page" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "says"), [("en", "too long"), ("zh-hans", "太长")])
def test_what_is_too_long_is_told_in_both_languages(language, says, house, client):
    client.cookies["language"] = language

    answer = client.post(reverse("my-sign-in"), {"contact": "x" * 5_000_000})

    assert answer.status_code == 413
    assert says in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "says"), [("en", "15 minutes"), ("zh-hans", "15 分钟")])
def test_what_is_tried_too_often_says_when_to_try_again(language, says, house, client):
    client.cookies["language"] = language
    for _ in range(3):
        ask(client, "13800000000")

    answer = ask(client, "13800000000")

    assert answer.status_code == 429
    assert says in answer.content.decode()


@pytest.mark.django_db
def test_no_name_number_code_or_password_is_in_an_address_or_a_log(
    house, as_staff, as_herself, caplog
):
    caplog.set_level(logging.DEBUG)
    hers = make_hers()
    Patient.objects.filter(pk=hers.patient).update(
        family_name=NAME, given_name=NAME, phone=PHONE, email=MAIL
    )
    went = []

    def keep(answer):
        went.append(answer.request["PATH_INFO"] + "?" + answer.request["QUERY_STRING"])
        went.append(answer.headers.get("Location", ""))
        return answer

    staff = as_staff(*sorted(set(Role) - {R.PATIENT, R.SYSTEM, R.KIOSK}))
    staff.raise_request_exception = False  # what goes wrong is logged, and looked at here too
    for name in sorted(GUARDED):
        keep(staff.get(address(name, hers)))
    keep(staff.post(reverse("find"), {"typed": NAME, "q": NAME}))
    keep(staff.post(reverse("register"), {"family_name": NAME, "phone": PHONE}))
    her = Client()
    keep(ask(her, PHONE))
    code = delivered(house)
    keep(give(her, "000000" if code != "000000" else "111111"))
    keep(give(her, code))
    her.raise_request_exception = False
    for name in sorted(GUARDED):
        if GUARDED[name].opens_to(R.PATIENT):
            keep(her.get(address(name, hers)))
    joins = Client()
    walk(house, joins, name={"family_name": NAME}, reach={"contact": f"other.{MAIL}"})
    keep(joins.post(reverse("join-check")))
    make_staff(R.NURSE, name="nurse-two")
    for password in ("nevermore-secret", "for tests only"):
        keep(sign_in(Client(), name="nurse-two", password=password))

    said = caplog.text + "\n".join(record.getMessage() for record in caplog.records)
    secrets = (NAME, PHONE, PHONE.replace(" ", ""), MAIL, "raven", code, "nevermore", "%E7%8E%8B")
    assert [secret for secret in secrets if secret.lower() in said.lower()] == []
    assert [secret for secret in secrets if secret.lower() in "\n".join(went).lower()] == []
    assert OneTimeCode.objects.filter(used_at__isnull=False).count() == 2
    assert Patient.objects.filter(registered_herself=True).count() == 1


PRODUCTION = ["-m", "django", "check", "--deploy", "--fail-level", "WARNING"]


def test_an_installation_passes_djangos_own_check(tmp_path):
    key = tmp_path / "key"
    key.write_text("k" * 10 + "".join(chr(97 + n % 26) for n in range(60)) + "0123456789")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PATENCY_")}
    kept.pop("PYTEST_VERSION", None)
    env = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "patency.config.settings",
        "PATENCY_SECRET_KEY_FILE": str(key),
        "PATENCY_HOME": str(tmp_path / "home"),
        "PATENCY_HOSTS": "clinic.example",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src"),
    }
    (tmp_path / "home" / "static").mkdir(parents=True)

    said = subprocess.run(
        [sys.executable, *PRODUCTION], env=env, capture_output=True, text=True, check=False
    )

    assert said.returncode == 0, said.stderr


def test_in_production_a_second_factor_is_always_asked_for(tmp_path):
    key = tmp_path / "key"
    key.write_text("k" * 60)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PATENCY_")}
    kept.pop("PYTEST_VERSION", None)
    env = {
        **kept,
        "PATENCY_SECRET_KEY_FILE": str(key),
        "PATENCY_HOME": str(tmp_path),
        "PATENCY_SECOND_FACTOR": "no",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src"),
    }
    ask_it = "from patency.config import settings as s; print(s.PATENCY_SECOND_FACTOR)"

    said = subprocess.run(
        [sys.executable, "-c", ask_it], env=env, capture_output=True, text=True, check=False
    )

    assert said.stdout.strip() == "True", said.stderr


def test_the_first_request_of_a_process_finds_the_house(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PATENCY_")}
    env = {
        **kept,
        "PATENCY_MODE": "demo",
        "PATENCY_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "patency.config.settings",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src"),
    }
    first = (
        "import django; django.setup(); from django.core.management import call_command;"
        "call_command('migrate', verbosity=0); from django.test import Client;"
        "print(Client(SERVER_NAME='localhost').get('/sign-in/').status_code)"
    )

    said = subprocess.run(
        [sys.executable, "-c", first], env=env, capture_output=True, text=True, check=False
    )

    assert said.stdout.strip() == "200", said.stderr


@pytest.mark.django_db
def test_the_demos_outbox_has_no_address_elsewhere(house, client):
    assert client.get("/demo/outbox/").status_code == 404


@pytest.mark.django_db
def test_a_woman_signs_in_by_no_password(house, as_herself):
    her = make_patient(phone=PHONE)
    as_herself(her)

    answer = sign_in(Client(), name=her.number, password="")

    assert answer.status_code == 200
    assert "_auth_user_id" not in answer.client.session
