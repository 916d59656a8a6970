"""Who reaches which page; another site's woman does not exist; a stranger reaches nothing."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from patency.core.access import Role
from patency.doors.web import sign_in, urls
from patency.records.models.ledger import Audit
from tests.make import (
    SITE,
    make_booking,
    make_decision,
    make_follow_up,
    make_patient,
    make_staff,
    make_visit,
)

pytestmark = pytest.mark.django_db
R = Role

OPEN = {"start", "sign-in", "sign-out", "language"}
# The page, what stands in its address, and the roles that reach it.
STAFF_PAGES = {
    "today": ((), {R.NURSE, R.CASHIER, R.MANAGER, R.REGISTRATION, R.GYNAECOLOGIST}),
    "find": ((), {R.NURSE, R.CASHIER, R.REGISTRATION, R.GYNAECOLOGIST, R.ADMINISTRATOR}),
    "journey": (
        ("patient",),
        {R.NURSE, R.CASHIER, R.REGISTRATION, R.GYNAECOLOGIST, R.ADMINISTRATOR},
    ),
    "visit": (
        ("patient", "visit"),
        {R.NURSE, R.CASHIER, R.REGISTRATION, R.GYNAECOLOGIST, R.ADMINISTRATOR},
    ),
    "period": (("patient",), {R.NURSE, R.REGISTRATION, R.GYNAECOLOGIST}),
    "answers": (("visit",), {R.NURSE, R.REGISTRATION, R.GYNAECOLOGIST}),
    "results": (("visit",), {R.NURSE, R.GYNAECOLOGIST}),
    "treatment": (("visit",), {R.NURSE, R.REGISTRATION, R.GYNAECOLOGIST}),
    "register": ((), {R.NURSE, R.REGISTRATION}),
    "planner": ((), {R.NURSE, R.REGISTRATION, R.GYNAECOLOGIST}),
    "wishes": (("visit",), {R.NURSE, R.REGISTRATION, R.GYNAECOLOGIST}),
    "releases": ((), {R.NURSE, R.REGISTRATION, R.MANAGER}),
    "advice": ((), {R.MANAGER, R.GYNAECOLOGIST}),
    "papers": (("visit",), {R.NURSE, R.GYNAECOLOGIST}),
    "money": (("visit",), {R.CASHIER}),
    "dates": (("visit",), {R.NURSE, R.REGISTRATION, R.GYNAECOLOGIST}),
    "check-in": (("booking",), {R.NURSE, R.GYNAECOLOGIST}),
    "decision": (("decision",), {R.NURSE, R.REGISTRATION, R.GYNAECOLOGIST}),
}
POSTED = {
    "plan-again",
    "answer-offer",
    "release-announce",
    "number-return",
    "task-acknowledge",
    "task-close",
    "override",
    "release-hold",
    "my-period-undo",
}
HER_PAGES = {
    "my-numbers",
    "mine",
    "my-answers",
    "my-dates",
    "my-offer",
    "my-wishes",
    "my-period",
    "my-diary",
    "my-care-card",
    "my-timeline",
    "my-calendar",
    "my-answers-sent",
    "my-period-told",
    "my-date-check",
    "my-date",
    "my-date-cancel",
    "my-waiting",
    "my-preparation",
    "my-day",
    "my-consent",
    "my-cost",
    "my-receipt",
}
ROLES = (R.NURSE, R.CASHIER, R.MANAGER, R.REGISTRATION, R.GYNAECOLOGIST, R.ADMINISTRATOR)


@pytest.fixture
def rows(house):
    visit = make_visit()
    return {
        "patient": visit.patient_id,
        "visit": visit.pk,
        "booking": make_booking(visit).pk,
        "decision": make_decision(visit).pk,
    }


def address(page, rows):
    return reverse(page, args=[rows[part] for part in STAFF_PAGES[page][0]])


def without_token(answer):
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())


def test_every_address_stands_in_a_table_of_this_test():
    names = {each.name for each in urls.urlpatterns}

    assert names == OPEN | STAFF_PAGES.keys() | POSTED | HER_PAGES


def test_no_address_holds_more_than_ids():
    held = re.findall(r"<([^>]+)>", " ".join(str(each.pattern) for each in urls.urlpatterns))

    assert all(part.startswith("uuid:") for part in held)


@pytest.mark.parametrize("page", STAFF_PAGES)
def test_a_stranger_is_asked_to_sign_in(page, rows, client):
    answer = client.get(address(page, rows))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("sign-in"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", STAFF_PAGES)
def test_a_page_opens_to_its_roles_and_to_no_other(page, role, rows, as_staff):
    answer = as_staff(role).get(address(page, rows))

    assert (answer.status_code == 200) == (role in STAFF_PAGES[page][1]), answer.status_code
    assert answer.status_code in (200, 403, 404)


@pytest.mark.parametrize("page", sorted(STAFF_PAGES.keys() - {"decision"}))
def test_a_woman_reaches_no_page_of_the_staff(page, rows, as_herself):
    assert as_herself(make_patient()).get(address(page, rows)).status_code == 403


@pytest.mark.parametrize(
    "page", ["mine", "my-answers", "my-dates", "my-wishes", "my-period", "my-diary"]
)
def test_staff_reach_no_page_of_a_woman(page, as_staff):
    assert as_staff(R.NURSE).get(reverse(page)).status_code == 403


@pytest.mark.parametrize(
    "page",
    sorted(STAFF_PAGES.keys() - {"today", "find", "register", "releases", "advice", "planner"}),
)
def test_another_sites_rows_are_not_found_and_look_like_none_at_all(page, rows, as_staff):
    elsewhere = as_staff(R.NURSE, R.GYNAECOLOGIST, R.CASHIER, site="demo-leeds")
    nothing = {name: uuid4() for name in rows}

    theirs, none = (elsewhere.get(address(page, each)) for each in (rows, nothing))

    assert theirs.status_code == none.status_code == 404
    assert without_token(theirs) == without_token(none)
    assert b"Not found at your site" in theirs.content


def test_another_sites_task_cannot_be_taken(as_staff):
    task = make_follow_up().tasks.create(
        site=SITE,
        kind="call",
        urgency="C",
        opened_at="2025-09-22T01:00Z",
        due_at="2025-09-23T01:00Z",
    )

    answer = as_staff(R.NURSE, site="demo-leeds").post(reverse("task-acknowledge", args=[task.pk]))

    task.refresh_from_db()
    assert answer.status_code == 404
    assert task.acknowledged_at is None


def test_a_woman_cannot_see_another_womans_decision(rows, as_herself):
    other = as_herself(make_patient())

    assert other.get(address("decision", rows)).status_code == 404


def test_a_sign_in_that_belongs_to_nobody_is_told_so(house, django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_user("nobody"))

    answer = client.get(reverse("today"))

    assert answer.status_code == 403
    assert "belongs to no member of staff" in answer.content.decode()


def test_everyone_begins_where_their_work_is(house, as_staff, as_herself, client):
    assert as_staff(R.NURSE).get("/")["Location"] == reverse("today")
    assert as_staff(R.ADMINISTRATOR).get("/")["Location"] == reverse("find")
    assert as_herself(make_patient()).get("/")["Location"] == reverse("mine")
    assert client.get("/")["Location"] == reverse("sign-in")


def test_signing_in_with_name_and_password(house, client):
    make_staff(R.NURSE, name="nurse-one")

    answer = client.post(
        reverse("sign-in"), {"username": "nurse-one", "password": "for tests only"}
    )

    assert answer["Location"] == "/"
    assert client.get(reverse("today")).status_code == 200
    client.post(reverse("sign-out"))
    assert client.get(reverse("today")).status_code == 302


def test_the_sixth_try_within_a_minute_is_not_looked_at(house, client):
    make_staff(R.NURSE, name="nurse-one")
    for _ in range(sign_in.TRIES_A_MINUTE):
        wrong = client.post(reverse("sign-in"), {"username": "nurse-one", "password": "guess"})
        assert "do not belong together" in wrong.content.decode()

    right = client.post(reverse("sign-in"), {"username": "Nurse-One", "password": "for tests only"})

    assert "tried too often" in right.content.decode()
    assert client.get(reverse("today")).status_code == 302


def test_a_right_password_forgets_the_wrong_ones(house, client):
    make_staff(R.NURSE, name="nurse-one")
    for password in (*["guess"] * 4, "for tests only", *["guess"] * 4, "for tests only"):
        answer = client.post(reverse("sign-in"), {"username": "nurse-one", "password": password})

    assert answer["Location"] == "/"


@pytest.mark.parametrize("role", sorted(set(Role) - {R.PATIENT, R.SYSTEM}))
def test_the_way_to_find_a_woman_is_shown_to_whom_it_opens(role, house, as_staff):
    client = as_staff(role)
    today, find = client.get(reverse("today")), client.get(reverse("find"))
    shown = find if today.status_code == 403 else today

    is_shown = f'href="{reverse("find")}">Find</a>' in shown.content.decode()

    assert is_shown == (find.status_code == 200)


def test_pages_load_and_run_nothing_from_elsewhere(house, as_staff):
    answer = as_staff(R.NURSE).get(reverse("today"))

    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "no-store"
    page = answer.content.decode()
    assert "<script" not in page
    assert "style=" not in page


def test_a_form_without_its_token_is_refused_kindly(house, django_user_model):
    careful = Client(enforce_csrf_checks=True)

    answer = careful.post(reverse("sign-in"), {"username": "a", "password": "b"})

    assert answer.status_code == 403
    assert "sent from an old page" in answer.content.decode()


def test_a_read_of_her_page_is_audited_with_its_reason(rows, as_staff):
    as_staff(R.NURSE).get(address("journey", rows))

    found = Audit.objects.filter(action="read", patient_id=rows["patient"])
    assert [row.why for row in found][:1] == ["her journey"]
