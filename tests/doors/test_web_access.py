"""Who reaches which page: every address the program has, tried as everyone there is.

The addresses come from the resolver, and who may come in from the guard of each page. A new page
is tried without being named here; one without a guard must be told in ``OPEN``, with its reason.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from patency.core.access import Reach, Role
from patency.records.models.booking import Booking, Slot
from patency.records.models.images import ImageFile
from patency.records.models.ledger import Audit
from patency.records.models.people import GIVEN, Patient
from tests.make import NOW, SITE, make_follow_up, make_patient, make_staff
from tests.service.test_other_site import make_hers

pytestmark = pytest.mark.django_db
R = Role
STAFF_ROLES = sorted(GIVEN)

# What anybody reaches, and why that is right.
OPEN = {
    "start": "where everyone begins",
    "language": "the language of the pages is anybody's choice",
    "sign-in": "the way in of staff",
    "account_login": "the same, by the library's name",
    "account_inactive": "says that a sign-in was taken away, and nothing else",
    "mfa_authenticate": "the second step, for who has taken the first one",
    "mfa_login_webauthn": "the way in by passkey",
    "sign-out": "whoever is out stays out",
    "account_logout": "the same, by the library's name",
    "my-sign-in": "the way in of a woman",
    "my-sign-in-code": "the second step, for who has taken the first one",
    "my-sign-in-which": "the third step, for who has taken the second one",
    "join-place": "she registers herself",
    "join-name": "she registers herself",
    "join-born": "she registers herself",
    "join-reach": "she registers herself",
    "join-write": "she registers herself",
    "join-data": "she registers herself",
    "join-code": "she registers herself",
    "join-check": "she registers herself",
    "join-known": "leads whoever is known to sign in",
    "sms-answer": "the SMS provider hands answers on, signed with a key of its own",
    "calendar-file": "her calendar, which names no examination, behind a key of its own",
    "channels": "the way out that stands in every message, behind a key of its own",
    "clinic": "what every stranger may know of a clinic",
    "about-examination": "what every stranger may know of a clinic",
    "about-bleeding": "what every stranger may know of a clinic",
    "about-price": "what every stranger may know of a clinic",
    "about-days": "what every stranger may know of a clinic",
    "about-where": "what every stranger may know of a clinic",
    "about-registering": "what every stranger may know of a clinic",
}
# Pages on which a role that the guard lets in is refused by what the page does itself, and why.
NARROWER = {
    "account_change_password": "a sign-in without a password has none to change",
    "account_reauthenticate": "a sign-in without a password proves itself another way",
    "mfa_reauthenticate": "a sign-in without a second factor proves itself another way",
    "mfa_reauthenticate_webauthn": "a sign-in without a passkey proves itself another way",
}
# What stands for a woman in an address, by the name of the part, in a journey that has all of it.
PARTS: dict[str, Callable[[Any], Any]] = {
    "entry_id": lambda hers: newest("DiaryEntry", hers),
    "message_id": lambda hers: newest("Message", hers),
    "comparison_id": lambda hers: newest("Comparison", hers),
    "patient_id": lambda hers: hers.patient,
    "visit_id": lambda hers: hers.visit,
    "booking_id": lambda hers: hers.booking,
    "decision_id": lambda hers: hers.decision,
    "offer_id": lambda hers: hers.offer,
    "task_id": lambda hers: hers.task,
    "claim_id": lambda hers: hers.claim,
    "report_id": lambda hers: hers.report,
    "slot_id": lambda hers: hers.slot,
    "release_id": lambda hers: hers.number_release,
    "treatment_id": lambda hers: hers.treatment,
    "payment_id": lambda hers: hers.payment,
    "quote_id": lambda hers: hers.quote,
    "finding_id": lambda hers: hers.finding,
    "referral_id": lambda hers: hers.referral,
    "episode_id": lambda hers: hers.episode,
    "follow_up_id": lambda hers: hers.follow_up,
    "image_id": lambda hers: hers.image,
    "step_id": lambda hers: hers.step,
    "reading_id": lambda hers: hers.reading,
    # Of her images, as DICOM names them.
    "study": lambda hers: uids_of(hers)[0],
    "series": lambda hers: uids_of(hers)[1],
    "instance": lambda hers: uids_of(hers)[2],
    "frames": lambda hers: "1",
    "place": lambda hers: "7FE00010",
}


def uids_of(hers: Any) -> tuple[str, str, str]:
    """Return study, series and image of a file that is filed with her visit."""
    rows = ImageFile.objects.filter(visit=hers.visit, is_dicom=True)
    row = rows.exclude(image_uid="").first() or ImageFile.objects.create(
        site=SITE, sha256="ab" * 32, size=9, is_dicom=True, arrived_at=NOW, arrived_by="x",
        study_uid="1.2.3", series_uid="1.2.3.4", image_uid="1.2.3.4.5", state="filed",
        visit_id=hers.visit, patient_id=hers.patient, filed_at=NOW, filed_by="x",
    )  # fmt: skip
    return row.study_uid, row.series_uid, row.image_uid


def newest(table: str, hers: Any) -> Any:
    """Return the key of a row about her, or of her site, made here where her journey has none."""
    try:
        model = apps.get_model("records", table)
    except LookupError:
        return uuid4()
    row = model._default_manager.order_by("pk").last()
    if row is None and table == "Message":
        row = model._default_manager.create(
            site=SITE, about=f"visit/{hers.visit}", name="x", patient_id=hers.patient, made_at=NOW
        )
    if row is None and table == "DiaryEntry":
        row = model._default_manager.create(
            follow_up_id=hers.follow_up, day=1, urgency="S", at=NOW, entry={}
        )
    return row.pk if row is not None else uuid4()


def pages() -> dict[str, tuple[str, Any]]:
    """Return every named address of the program: its route and what answers it."""

    def walk(found: list[URLPattern | URLResolver], before: str) -> dict[str, tuple[str, Any]]:
        named: dict[str, tuple[str, Any]] = {}
        for each in found:
            route = before + str(each.pattern)
            if isinstance(each, URLResolver):
                named |= walk(each.url_patterns, route)
            else:
                assert each.name, f"{route} has no name; every address has one"
                named[each.name] = (route, each.callback)
        return named

    return walk(get_resolver().url_patterns, "")


PAGES = pages()
GUARDED: dict[str, Reach] = {
    name: view.reach for name, (_, view) in PAGES.items() if hasattr(view, "reach")
}


def parts_of(name: str) -> list[tuple[str, str]]:
    return [(kind, part) for kind, part in re.findall(r"<(?:(\w+):)?(\w+)>", PAGES[name][0])]


def made_up(kind: str) -> Any:
    made: dict[str, Callable[[], Any]] = {
        "uuid": uuid4,
        "int": lambda: 987654321,
        "slug": lambda: "no-such",
        "uid": lambda: "1.9.9",
        "numbers": lambda: "1",
        "place": lambda: "00100010",
    }
    return made[kind]()


def address(name: str, hers: Any = None) -> str:
    """Return the address of a page about a woman's rows, or about none that there are."""
    known = {part: PARTS[part](hers) for _, part in parts_of(name) if hers and part in PARTS}
    return reverse(name, kwargs={p: known.get(p) or made_up(k) for k, p in parts_of(name)})


def asked(client: Client, name: str, hers: Any = None) -> list[Any]:
    where = address(name, hers)
    return [client.get(where), client.post(where)]


def without_ids(answer: Any) -> str:
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    # What an earlier page had left to say is said on the next one, whichever that is.
    page = re.sub(r'<div id="said" role="status">.*?</div>\n', "", page, flags=re.DOTALL)
    page = re.sub(r"/(studies|series|instances|frames|bulkdata)/[0-9A-F.]+", r"/\1/id", page)
    return re.sub(r"/[0-9a-f-]{36}/", "/id/", page)


def test_every_page_has_a_guard_or_is_open_for_a_reason() -> None:
    assert PAGES.keys() - GUARDED.keys() <= OPEN.keys()
    assert not OPEN.keys() & GUARDED.keys()


def test_no_reason_is_told_of_a_page_that_is_gone() -> None:
    assert OPEN.keys() <= PAGES.keys()


def test_no_address_holds_more_than_ids() -> None:
    held = {f"{kind}:{part}" for name in PAGES for kind, part in parts_of(name)}

    # A number is the key of a passkey; a slug names a clinic, a rule, an indicator or a kind of
    # picture: no woman.
    # A DICOM UID is an id that is made up; frames and places count within one image.
    assert {part for part in held if not part.startswith("uuid:")} <= {
        "int:pk",
        "slug:site",
        "slug:rule_id",
        "slug:indicator",
        "slug:picture",
        "uid:study",
        "uid:series",
        "uid:instance",
        "numbers:frames",
        "place:place",
    }


def test_a_stranger_is_asked_to_sign_in(house: Any) -> None:
    ways_in = (reverse("sign-in"), reverse("my-sign-in"))
    let_in = []

    for name in sorted(GUARDED):
        for answer in asked(Client(), name):
            led = answer.status_code == 302 and answer["Location"].startswith(ways_in)
            if not led and answer.status_code != 405:
                let_in.append((name, answer.request["REQUEST_METHOD"], answer.status_code))

    assert let_in == []


@pytest.mark.parametrize("role", [*STAFF_ROLES, R.PATIENT])
def test_a_page_opens_to_whom_its_guard_says_and_to_no_other(
    role: Role, house: Any, as_staff: Any, as_herself: Any
) -> None:
    client = as_herself(make_patient()) if role is R.PATIENT else as_staff(role)
    wrong = []

    for name in sorted(GUARDED.keys() - NARROWER.keys()):
        answer = client.get(where := address(name))
        if answer.status_code == 405:
            answer = client.post(where)
        is_in = answer.status_code != 403
        if is_in != GUARDED[name].opens_to(role) or answer.status_code >= 500:
            wrong.append((name, answer.status_code))

    assert wrong == []


ABOUT_ROWS = sorted(name for name in GUARDED if any(p in PARTS for _, p in parts_of(name)))


def test_what_an_address_names_is_tried_with_rows_of_a_woman() -> None:
    ours_alone = {
        "staff_id",
        "pk",
        "rule_id",
        "site",
        "indicator",
        "picture",
    }  # tried elsewhere, or no woman's
    unknown = {part for name in GUARDED for _, part in parts_of(name)} - PARTS.keys() - ours_alone

    assert not unknown, f"add {sorted(unknown)} to PARTS, so that another site's are tried"


def test_another_sites_rows_are_not_found_and_look_like_none_at_all(
    house: Any, as_staff: Any
) -> None:
    elsewhere = as_staff(*STAFF_ROLES, site="demo-leeds")
    hers = make_hers()
    before = rows_that_matter()
    wrong = []

    for name in ABOUT_ROWS:
        if GUARDED[name].herself:
            continue  # staff are not let in at all: tried above
        for one, other in zip(asked(elsewhere, name, hers), asked(elsewhere, name), strict=True):
            is_same = (one.status_code, without_ids(one)) == (other.status_code, without_ids(other))
            if not is_same or one.status_code not in (404, 405, 302):
                wrong.append((name, one.request["REQUEST_METHOD"], one.status_code))

    assert wrong == []
    assert rows_that_matter() == before


def test_another_womans_rows_are_not_found_by_her(house: Any, as_herself: Any) -> None:
    other = as_herself(make_patient(given_name="Bea"))
    hers = make_hers()
    before = rows_that_matter()
    wrong = []

    for name in ABOUT_ROWS:
        if not GUARDED[name].opens_to(R.PATIENT):
            continue  # no woman is let in at all: tried above
        for answer in asked(other, name, hers):
            if answer.status_code not in (404, 405, 302):
                wrong.append((name, answer.request["REQUEST_METHOD"], answer.status_code))

    assert wrong == []
    assert rows_that_matter() == before


def rows_that_matter() -> list[Any]:
    return [
        list(model._default_manager.order_by("pk").values()) for model in (Booking, Slot, Patient)
    ]


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


def test_a_sign_in_that_belongs_to_nobody_is_told_so(house, django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_user("nobody"))

    answer = client.get(reverse("today"))

    assert answer.status_code == 403
    assert "belongs to no member of staff" in answer.content.decode()


def test_everyone_begins_where_their_work_is(house, as_staff, as_herself):
    assert as_staff(R.NURSE).get("/")["Location"] == reverse("today")
    assert as_staff(R.ADMINISTRATOR).get("/")["Location"] == reverse("find")
    assert as_herself(make_patient()).get("/")["Location"] == reverse("mine")


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_the_way_to_find_a_woman_is_shown_to_whom_it_opens(role, house, as_staff):
    client = as_staff(role)
    shown = client.get(reverse("own-browsers")).content.decode()

    is_shown = f'href="{reverse("find")}"' in shown

    assert is_shown == (client.get(reverse("find")).status_code == 200)


def test_a_read_of_her_page_is_audited_with_its_reason(house, as_staff):
    hers = make_hers()
    as_staff(R.NURSE).get(address("journey", hers))

    found = Audit.objects.filter(action="read", patient_id=hers.patient)
    assert "her journey" in {row.why for row in found}


def test_a_member_of_staff_whose_site_is_gone_reaches_nothing(house):
    member = make_staff(R.NURSE, site="closed-down")
    client = Client()
    client.force_login(member.user)

    assert client.get(reverse("today")).status_code == 403
