"""Limits and codes hold when many try at one moment, and registering oneself is proved."""

from datetime import date, timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.core.privacy import TEXT_VERSION
from patency.records.models.entrance import DataConsent, OneTimeCode, Tally
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.people import Patient
from patency.service import entrance, erasure, limits, registering
from patency.service.details import visitor_at, women_with
from tests.make import NOW, SITE, make_actor, make_patient
from tests.service.test_at_once import at_once

__all__ = ["at_once"]

VISITOR = visitor_at(SITE)
BY = {"by": VISITOR, "now": NOW}
WORKER = {"by": make_actor(Role.SYSTEM, name="worker"), "now": NOW}
WORDS = {"en": ("Your code", "Your code is {code}."), "zh": ("验证码", "验证码 {code}")}
PHONE = "138 0000 7399"


def new_code(house, purpose, contact=PHONE, language="en"):
    """Return a code on its way with the digits that were sent."""
    row = entrance.ask_code(house, purpose, contact, language=language, **BY)
    assert entrance.send_code(house, row.pk, WORDS, **WORKER)
    text = (house.gateways.mail if "@" in contact else house.gateways.sms).sent[-1].text
    return row, "".join(filter(str.isdecimal, text))


def proved(house, contact=PHONE):
    row, digits = new_code(house, "register", contact)
    return entrance.use_code(row.pk, digits, **BY)


def register(house, codes, **changes):
    details = {
        "site": SITE,
        "campus": "west",
        "family_name": "王",
        "given_name": "秀英",
        "birth_date": date(1993, 5, 17),
        "phone": PHONE,
        "language": "en",
        "consents": {"sms": True},
        "agreed_to": TEXT_VERSION,
        **changes,
    }
    return registering.register_herself(
        house, proved_by=[code.pk for code in codes], **details, **BY
    )


@pytest.mark.django_db(transaction=True)
def test_tries_of_many_processes_at_one_moment_are_counted_together(at_once):
    most = limits.LIMITS["sign-in-name"].most

    answers = at_once(
        *[lambda: limits.count("sign-in-name", "nurse-one", **BY) for _ in range(most + 3)]
    )

    assert sorted(each for each in answers if isinstance(each, int)) == list(range(1, most + 1))
    refused = [each for each in answers if isinstance(each, limits.TooOften)]
    assert len(refused) == 3
    assert sum(each.just_now for each in refused) == 1


@pytest.mark.django_db(transaction=True)
def test_a_code_is_used_once_however_many_type_it_at_one_moment(at_once, house):
    make_patient(phone=PHONE)
    row, digits = new_code(house, "sign-in")

    answers = at_once(*[lambda: entrance.use_code(row.pk, digits, **BY) for _ in range(4)])

    assert sum(isinstance(each, OneTimeCode) for each in answers) == 1
    assert sum(isinstance(each, entrance.CodeOver) for each in answers) == 3


@pytest.mark.django_db(transaction=True)
def test_five_tries_are_five_also_at_one_moment(at_once, house):
    make_patient(phone=PHONE)
    row, digits = new_code(house, "sign-in")
    wrong = "000000" if digits != "000000" else "111111"

    answers = at_once(*[lambda: entrance.use_code(row.pk, wrong, **BY) for _ in range(8)])

    assert sum(isinstance(each, entrance.WrongCode) for each in answers) == 4
    assert OneTimeCode.objects.get().tries_left == 0
    with pytest.raises(entrance.CodeOver):
        entrance.use_code(row.pk, digits, **BY)


@pytest.mark.django_db(transaction=True)
def test_one_proof_registers_one_woman_also_at_one_moment(at_once, house):
    code = proved(house)

    answers = at_once(*[lambda: register(house, [code]) for _ in range(3)])

    assert Patient.objects.count() == 1
    assert sum(isinstance(each, registering.RegisteringRefused) for each in answers) == 2


@pytest.mark.django_db
def test_a_limit_begins_anew_when_its_while_is_over():
    for _ in range(3):
        limits.count("code-contact", PHONE, **BY)
    with pytest.raises(limits.TooOften, match="01:15 UTC"):
        limits.count("code-contact", PHONE, **BY)

    later = NOW + timedelta(minutes=15)

    assert limits.count("code-contact", PHONE, by=VISITOR, now=later) == 1


@pytest.mark.django_db
def test_old_tallies_and_codes_go(house):
    limits.count("code-contact", PHONE, **BY)
    entrance.ask_code(house, "sign-in", PHONE, language="en", **BY)
    later = {"by": VISITOR, "now": NOW + timedelta(days=2)}

    limits.forget("sign-in-name", "nobody", **later)
    entrance.ask_code(house, "sign-in", "139 0000 0000", language="en", **later)

    assert not Tally.objects.filter(what="code-contact").exists()
    assert OneTimeCode.objects.count() == 1


@pytest.mark.django_db
def test_the_worker_lets_codes_of_yesterday_go_with_their_contacts(house):
    entrance.ask_code(house, "sign-in", PHONE, language="en", **BY)

    kept = entrance.forget_old(by=WORKER["by"], now=NOW + timedelta(hours=23))
    gone = entrance.forget_old(by=WORKER["by"], now=NOW + timedelta(hours=25))

    assert (kept, gone) == (0, 1)
    assert not OneTimeCode.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kept", "typed", "found"),
    [
        ("+86 138 0000 7399", "13800007399", True),
        ("13800007399", "0086-138-0000-7399", True),
        ("010-0000-7301", "+86 10 0000 7301", True),
        ("138 0000 7399", "139 0000 7399", False),
        ("00007399", "13800007399", False),
        ("Ann@Example.org", "ann@example.org", True),
        ("ann@example.org", "bann@example.org", False),
    ],
)
def test_a_contact_is_found_however_it_is_written_and_no_other(kept, typed, found):
    field = "email" if "@" in kept else "phone"
    her = make_patient(**{field: kept})

    assert women_with(typed) == ([her] if found else [])


@pytest.mark.django_db
def test_an_erased_woman_is_found_by_no_contact(house):
    her = make_patient(phone=PHONE, email="ann@example.org")
    office = make_actor(Role.ADMINISTRATOR, name="office-one")

    erasure.erase(house, her.pk, by=office, now=NOW)

    assert women_with(PHONE) == women_with("ann@example.org") == []


@pytest.mark.django_db
def test_only_the_worker_sends_and_only_once(house):
    make_patient(phone=PHONE)
    row = entrance.ask_code(house, "sign-in", PHONE, language="zh-hans", **BY)
    with pytest.raises(NotPermitted, match="the worker"):
        entrance.send_code(house, row.pk, WORDS, **BY)

    sent = [entrance.send_code(house, row.pk, WORDS, **WORKER) for _ in range(2)]

    assert sent == [True, False]
    (text,) = house.gateways.sms.sent
    assert text.text.startswith("验证码")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"site": "demo-leeds"}, registering.DetailsWrong),
        ({"campus": "nowhere"}, registering.DetailsWrong),
        ({"family_name": " "}, registering.DetailsWrong),
        ({"birth_date": date(2031, 1, 1)}, registering.DetailsWrong),
        ({"phone": ""}, registering.DetailsWrong),
        ({"language": "tlh"}, registering.DetailsWrong),
        ({"agreed_to": "data-2020-1"}, registering.NotAgreed),
        ({"phone": "139 0000 0001"}, registering.NotProved),
        ({"email": "ann@example.org"}, registering.NotProved),
    ],
)
def test_what_is_not_right_not_agreed_or_not_proved_registers_nobody(house, changes, refusal):
    code = proved(house)

    with pytest.raises(refusal) as said:
        register(house, [code], **changes)

    assert not Patient.objects.exists()
    assert "7399" not in str(said.value) and "王" not in str(said.value)


@pytest.mark.django_db
def test_a_proof_for_a_sign_in_is_none_for_registering(house):
    make_patient(phone=PHONE, birth_date=date(1990, 1, 1))
    row, digits = new_code(house, "sign-in")
    entrance.use_code(row.pk, digits, **BY)

    with pytest.raises(registering.NotProved):
        register(house, [row])


@pytest.mark.django_db
def test_who_is_signed_in_registers_nobody_else(house):
    code, her = proved(house), make_patient()

    with pytest.raises(registering.DetailsWrong, match="registers nobody else"):
        registering.register_herself(
            house,
            site=SITE,
            campus="west",
            family_name="X",
            birth_date=date(1993, 5, 17),
            phone=PHONE,
            language="en",
            consents={},
            agreed_to=TEXT_VERSION,
            proved_by=[code.pk],
            by=her.as_actor(),
            now=NOW,
        )


@pytest.mark.django_db
def test_her_consent_is_in_her_export_and_outlives_her_facts(house):
    visit = register(house, [proved(house)])
    office = make_actor(Role.ADMINISTRATOR, name="office-one")

    record = erasure.export(house, visit.patient_id, by=office, now=NOW)

    (agreed,) = record["dataconsent"]
    assert agreed["version"] == TEXT_VERSION
    assert DataConsent.objects.get().way == "online"


@pytest.mark.django_db
def test_the_desk_looks_at_her_card_once_and_the_task_is_done(house):
    visit = register(house, [proved(house)])
    desk = make_actor(Role.REGISTRATION, name="desk-one")

    for _ in range(2):
        registering.identity_seen(visit.patient_id, by=desk, now=NOW)

    assert not Patient.objects.get().registered_herself
    task = Task.objects.get()
    assert (task.done_at, task.acknowledged_by) == (NOW, "desk-one")
    assert Event.objects.filter(kind="identity-checked").count() == 1


@pytest.mark.django_db
def test_she_does_not_look_at_her_own_card(house):
    visit = register(house, [proved(house)])

    with pytest.raises(NotPermitted, match="at the desk"):
        registering.identity_seen(visit.patient_id, by=visit.patient.as_actor(), now=NOW)
