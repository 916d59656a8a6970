"""Money on the pages: price, payment, receipt, refund by a rule, the day's closing and its CSV."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.core.visit import VisitState
from patency.records.models.money import Payment, Refund
from patency.records.models.waiting import Offer
from patency.service import payment
from tests.make import NOW, make_booking, make_patient, make_slot, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_staff):
    return as_staff(Role.CASHIER, name="cashier-one")


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def make_cleared(**fields):
    return make_visit(state=VisitState.CLEARED, **fields)


def paid(house, visit=None, method="card", now=NOW):
    visit = visit or make_cleared()
    quote = payment.quote(house, visit.pk, by=walk.CASHIER, now=now)
    return payment.record(house, quote.pk, method=method, by=walk.CASHIER, now=now)


def test_the_price_is_told_paid_and_on_a_receipt(house, client):
    visit = make_cleared()
    where = reverse("money", args=[visit.pk])

    told = client.post(where, {"what": "quote"}, follow=True)
    taken = client.post(where, {"what": "pay", "method": "mobile"}, follow=True)
    row = Payment.objects.get()
    receipt = client.get(reverse("receipt", args=[row.pk]))

    assert "CNY 1,000.00" in text_of(told)
    assert f"The receipt is {row.receipt_number}." in text_of(taken)
    assert receipt["Content-Type"] == "application/pdf"
    assert row.receipt_number in receipt["Content-Disposition"]
    assert visit.patient.family_name not in receipt["Content-Disposition"]


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({"what": "pay"}, 400, "Choose how she pays."),
        ({"what": "pay", "method": "seashells"}, 400, "Choose one of the ways to pay below."),
        ({"what": "pay", "method": "cash\0"}, 400, "Choose one of the ways to pay below."),
    ],
)
def test_a_payment_that_is_not_told_how_is_not_taken(house, client, typed, status, says):
    visit = make_cleared()
    payment.quote(house, visit.pk, by=walk.CASHIER, now=NOW)

    answer = client.post(reverse("money", args=[visit.pk]), typed)

    assert answer.status_code == status
    assert says in text_of(answer)
    assert not Payment.objects.exists()


def test_what_is_paid_is_not_paid_twice_and_back_after_submit_is_harmless(house, client):
    row = paid(house)
    where = reverse("money", args=[row.quote.visit_id])

    again = client.post(where, {"what": "pay", "method": "card"}, follow=True)
    anew = client.post(where, {"what": "quote"})

    assert Payment.objects.count() == 1
    assert again.status_code in (200, 409)
    assert anew.status_code == 409
    assert "This is paid already" in text_of(anew)


def test_money_goes_back_by_a_rule_and_with_a_reason(house, client):
    row = paid(house)
    where = reverse("refund", args=[row.pk])

    silent = client.post(where, {"ground": "goodwill", "reason": " "})
    lawless = client.post(where, {"reason": "Because."})
    done = client.post(where, {"ground": "paid-elsewhere", "reason": "Twice."}, follow=True)
    again = client.post(where, {"ground": "paid-elsewhere", "reason": "Twice."})

    assert "Say why the money goes back." in text_of(silent)
    assert "Choose the rule." in text_of(lawless)
    assert "Paid twice, or by somebody else" in text_of(done)
    assert again.status_code == 409
    assert (Refund.objects.get().ground, Refund.objects.get().reason) == (
        "paid-elsewhere",
        "Twice.",
    )


def test_money_does_not_go_back_while_her_date_stands(house, client):
    row = paid(house)
    row.quote.visit.advance(VisitState.BOOKED, now=NOW)
    where = reverse("refund", args=[row.pk])

    page = text_of(client.get(where))
    answer = client.post(where, {"ground": "goodwill", "reason": "Kindness."})

    assert "Her date stands." in page
    assert answer.status_code == 409
    assert not Refund.objects.exists()


# ---------------------------------------------------------------- what runs out


def keep_a_place(visit, hours):
    kept = make_slot(starts_at=NOW + timedelta(days=1, hours=hours))
    return Offer.objects.create(
        visit=visit,
        slot=kept,
        booking=make_booking(visit, kept, state="held"),
        kind="new",
        state="open",
        made_at=NOW,
        expires_at=NOW + timedelta(hours=hours),
    )


def test_a_place_that_waits_for_its_payment_stands_first_with_its_end_and_on_the_board(
    house, client
):
    make_visit(state=VisitState.BOOKED, patient=make_patient(family_name="Booked"))
    later, sooner = (
        make_cleared(patient=make_patient(family_name=name)) for name in ("Later", "Sooner")
    )
    keep_a_place(later, 3)
    keep_a_place(sooner, 2)
    settled = make_cleared()
    keep_a_place(settled, 1)
    paid(house, settled)

    page = text_of(client.get(reverse("cashier")))
    board = text_of(client.get(reverse("today")))

    until = "11:00"  # in Beijing
    assert page.index("Sooner") < page.index("Later") < page.index("Booked")
    assert f"place kept until {until}" in page
    assert f"2 places are kept until they are paid, the first until {until}." in board


def test_who_takes_no_money_is_not_told_of_unpaid_places(house, as_staff):
    keep_a_place(make_cleared(), 2)

    board = text_of(as_staff(Role.NURSE).get(reverse("today")))

    assert "kept until" not in board


# ---------------------------------------------------------------- the day


def test_the_closing_adds_up_by_cashier_and_by_way_to_pay(house, client):
    paid(house, method="cash")
    paid(house, method="cash")
    back = paid(house, method="card")
    payment.refund(back.pk, reason="Twice.", ground="paid-elsewhere", by=walk.CASHIER, now=NOW)

    page = text_of(client.get(reverse("cashier")))

    assert "cashier-one CNY 2,000.00 4 entries" in page
    assert "Cash CNY 2,000.00 CNY 0.00 CNY 2,000.00" in page
    assert "Card CNY 1,000.00 CNY 1,000.00 CNY 0.00" in page


def test_a_day_is_the_sites_day(house, client):
    late = paid(house, now=NOW + timedelta(hours=14, minutes=59))  # 23:59 in Beijing
    early = paid(house, now=NOW + timedelta(hours=15))  # midnight: the next day

    today = client.get(reverse("cashier"), {"day": "2025-09-22"}).content.decode()

    assert late.receipt_number in today
    assert early.receipt_number not in today


def test_the_days_table_is_the_same_for_a_spreadsheet_and_runs_nothing_in_it(house, client):
    row = paid(house, method="cash")
    Payment.objects.filter(pk=row.pk).update(taken_by="=cmd()")
    back = paid(house)
    payment.refund(back.pk, reason="x", ground="goodwill", by=walk.CASHIER, now=NOW)

    answer = client.get(reverse("cashier-csv"), {"day": "2025-09-22"})

    lines = list(csv.reader(io.StringIO(answer.content.decode().removeprefix("\ufeff"))))
    assert answer["Content-Disposition"] == 'attachment; filename="closing-2025-09-22.csv"'
    assert len(lines) == 4
    assert [line[6] for line in lines[1:]] == ["1000.00", "1000.00", "-1000.00"]
    assert lines[1][2] == "'=cmd()"
    assert lines[3][8] == "Goodwill of the clinic"


@pytest.mark.parametrize(
    "day", ["yesterday", "2025-13-01", "2999-01-01", "0001-01-01", "9999-12-31"]
)
def test_a_day_that_is_none_is_told_and_today_is_shown(house, client, day):
    answer = client.get(reverse("cashier"), {"day": day})

    assert answer.status_code == 200
    assert "There is no such day up to now." in text_of(answer)
    assert client.get(reverse("cashier-csv"), {"day": day}).status_code == 200


def test_outstanding_are_those_who_may_pay_and_have_not(house, client):
    owes = make_cleared()
    paid_up = paid(house).quote.visit
    back = paid(house)
    payment.refund(back.pk, reason="x", by=walk.CASHIER, now=NOW)
    make_visit(patient=make_patient(given_name="Early"), state=VisitState.REGISTERED)
    make_cleared(patient=make_patient(site="demo-leeds"))

    outstanding = client.get(reverse("cashier")).content.decode().partition('id="owing"')[2]

    assert owes.patient.number in outstanding
    assert back.quote.visit.patient.number in outstanding
    assert paid_up.patient.number not in outstanding
    assert outstanding.count("PT-") == 2


def test_the_page_asks_the_database_as_often_for_many_as_for_few(
    house, client, django_assert_max_num_queries
):
    for _ in range(13):
        make_cleared()
        paid(house)

    with django_assert_max_num_queries(20):
        client.get(reverse("cashier"))


def test_the_manager_sees_the_day_and_takes_no_payment(house, as_staff):
    row = paid(house)
    manager = as_staff(Role.MANAGER)

    page = manager.get(reverse("cashier"))

    assert row.receipt_number in page.content.decode()
    assert row.quote.visit.patient.family_name not in text_of(page)
    assert manager.get(reverse("money", args=[row.quote.visit_id])).status_code == 403
