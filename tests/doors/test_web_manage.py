"""The rules, the settings, the audit and the look back, as those who answer for them see them."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from patency.core.access import Actor, Role
from patency.core.protocol.model import Stage
from patency.records.models.comparison import Comparison
from patency.records.models.ledger import Audit
from patency.records.seen_by import seen_by
from patency.service import comparison
from patency.service.judging import judge
from tests.make import NOW, SITE, TODAY, make_patient, make_period, make_visit

pytestmark = pytest.mark.django_db
R = Role
NURSE = Actor("nurse-one", SITE, frozenset({R.NURSE}))
WORKER = Actor("worker", SITE, frozenset({R.SYSTEM}))


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def look_at(patient, times=1, at=NOW):
    for _number in range(times):
        seen_by(NURSE, "for this test", now=at).patients.get(pk=patient.pk)


def test_the_rules_stand_with_what_they_do_and_whether_they_are_signed_off(as_staff):
    page = as_staff(R.GYNAECOLOGIST).get(reverse("protocol"))

    assert "temperature-too-high" in text(page)
    assert "not yet" in text(page)


def test_rules_can_be_narrowed_to_a_stage_and_an_outcome(as_staff):
    client = as_staff(R.NURSE)

    every = client.get(reverse("protocol")).context["lines"]
    some = client.get(reverse("protocol"), {"stage": "arrival", "outcome": "BLOCK"}).context[
        "lines"
    ]

    assert 0 < len(some) < len(every)
    assert {line.outcome for line in some} == {"BLOCK"}


def test_nonsense_in_the_address_narrows_nothing(as_staff):
    page = as_staff(R.NURSE).get(reverse("protocol"), {"stage": "<script>", "outcome": "x" * 5000})

    assert page.status_code == 200
    assert "<script>" not in page.content.decode().replace("<script ", "")


def test_every_rule_has_a_page_that_says_when_it_fires_and_why(as_staff, house):
    client = as_staff(R.NURSE)

    for rule in house.protocol("hsg/2026-1").rules:
        page = client.get(reverse("rule", args=[rule.id]))
        assert page.status_code == 200, rule.id
        assert rule.owner in text(page)


def test_a_rule_that_is_not_there_is_not_found(as_staff):
    assert as_staff(R.NURSE).get(reverse("rule", args=["no-such-rule"])).status_code == 404


def test_a_sites_settings_stand_with_their_ground(as_staff):
    page = text(as_staff(R.MANAGER).get(reverse("settings")))

    assert "both articles: two weeks" in page
    assert "010-0000-0120" in page


def test_a_contact_nobody_has_checked_is_said_first(as_staff, clock):
    clock.at = NOW.replace(year=2028)

    page = as_staff(R.MANAGER).get(reverse("settings"))

    assert {each.name for each in page.context["stale"]} >= {"West campus", "East campus"}


def test_the_audit_says_who_saw_what_and_never_a_name(as_staff):
    patient = make_patient(family_name="Distinctive")
    look_at(patient)

    page = text(as_staff(R.MANAGER).get(reverse("audit")))

    assert "nurse-one" in page
    assert "for this test" in page
    assert "Distinctive" not in page


def test_looking_at_the_audit_leaves_one_trace(as_staff):
    for _number in range(3):
        look_at(make_patient())
    before = Audit.objects.count()

    as_staff(R.MANAGER).get(reverse("audit"))

    assert Audit.objects.count() == before + 1


def test_the_audit_is_read_a_page_at_a_time(as_staff):
    look_at(make_patient(), times=120)
    client = as_staff(R.MANAGER)

    pages, address = [], reverse("audit")
    while address:
        page = client.get(address)
        pages.append(len(page.context["lines"]))
        address = f"{reverse('audit')}?{page.context['older']}" if page.context["older"] else ""

    assert pages[:2] == [50, 50]
    assert sum(pages) >= 120


def test_the_audit_of_one_woman_is_asked_for_by_a_number_that_no_address_holds(as_staff):
    hers, other = make_patient(), make_patient()
    look_at(hers, times=2)
    look_at(other)

    answer = as_staff(R.MANAGER).post(reverse("audit-of"), {"number": hers.number}, follow=True)

    assert hers.number not in answer.redirect_chain[-1][0]
    assert {line.subject for line in answer.context["lines"]} == {f"patient/{hers.pk}"}


@pytest.mark.parametrize("typed", ["", "PT-", "x" * 100_000, "王秀英"])
def test_a_number_that_is_none_is_said_to_be_none(as_staff, typed):
    answer = as_staff(R.MANAGER).post(reverse("audit-of"), {"number": typed})

    assert answer.status_code == 400
    assert "This is no number of ours" in text(answer)


def test_the_audit_can_be_narrowed_to_days_and_to_who(as_staff):
    look_at(make_patient(), at=NOW - timedelta(days=40))
    look_at(make_patient(), at=NOW)
    client = as_staff(R.MANAGER)

    old = client.get(reverse("audit"), {"last": str(TODAY - timedelta(days=30))})
    none = client.get(reverse("audit"), {"actor": "somebody-else"})

    assert len(old.context["lines"]) == 1
    assert none.context["lines"] == []


def test_a_day_that_is_none_is_said_and_the_rest_is_shown(as_staff):
    look_at(make_patient())

    answer = as_staff(R.MANAGER).get(reverse("audit"), {"first": "soon"})

    assert answer.status_code == 200
    assert answer.context["form"].errors["first"]


def test_another_sites_audit_is_not_seen(as_staff):
    look_at(make_patient())

    page = as_staff(R.MANAGER, site="demo-leeds").get(reverse("audit"))

    assert all(line.actor != "nurse-one" for line in page.context["lines"])


def ask(client, **changed):
    asked = {"old": "hsg/2026-1", "new": "hsg/as-published", "since_day": "1", "since_month": "1",
             "since_year": "2025", **changed}  # fmt: skip
    return client.post(reverse("compare"), asked)


def test_a_look_back_is_asked_for_worked_out_and_shown(as_staff, house):
    visit = make_visit()
    make_period(visit.patient)
    judge(house, visit, Stage.REGISTRATION, by=NURSE, now=NOW)
    client = as_staff(R.GYNAECOLOGIST)

    asked = ask(client)
    waiting = client.get(asked["Location"])
    row = Comparison.objects.get()
    comparison.work_out(house, row.pk, by=WORKER, now=NOW)
    done = client.get(asked["Location"])

    assert "Still being worked out" in text(waiting)
    assert f"{row.result['changed'] if row.result else ''} of 1" in text(done) or "of 1" in text(
        done
    )
    assert "What differs in the rules" in text(done)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"new": "hsg/2026-1"}, "Choose two versions"),
        ({"since_year": "2999"}, "lies in the future"),
        ({"since_month": "13"}, "no such day"),
        ({"old": "nonsense"}, "nonsense"),
    ],
)
def test_what_cannot_be_compared_is_said_beside_the_form(as_staff, changed, said):
    answer = ask(as_staff(R.MANAGER), **changed)

    assert answer.status_code == 400
    assert said in text(answer)
    assert not Comparison.objects.exists()


def test_another_sites_look_back_is_not_found(as_staff):
    ask(as_staff(R.MANAGER))

    row = Comparison.objects.get()
    elsewhere = as_staff(R.MANAGER, site="demo-leeds", name="another")
    other = elsewhere.get(reverse("comparison", args=[row.pk]))

    assert other.status_code == 404
