"""Sent to another clinic, an answer awaited."""

from dataclasses import replace
from datetime import timedelta

import pytest

from patency.core.access import NotPermitted
from patency.records.models.followup import FollowUp, Referral
from patency.records.models.ledger import Event
from patency.service import aftercare, referral
from patency.service.house import House
from tests.make import make_follow_up
from tests.service import walk
from tests.service.after import exam_day_plus, on_day, tell

pytestmark = pytest.mark.django_db


def refer(house: House, follow_up: FollowUp, to: str = "reproductive", **changes: object):
    return referral.refer(
        house,
        follow_up.pk,
        to,
        ["dilated-tube-needs-specialist"],
        by=walk.DOCTOR,
        now=on_day(1),
        **changes,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("to", ["gynaecology", "endocrine", "andrology", "reproductive"])
def test_a_referral_names_its_reason_and_the_day_of_its_answer(house: House, to: str):
    made = refer(house, make_follow_up(), to)

    assert made.answer_due == exam_day_plus(15)
    assert made.why == ["dilated-tube-needs-specialist"]
    assert Event.objects.get(kind="referred").payload["to"] == to


def test_a_referral_to_nowhere_for_nothing_is_refused(house: House):
    follow_up = make_follow_up()

    with pytest.raises(referral.ReferralRefused, match=r"to: .*why: .*answer_days"):
        referral.refer(
            house, follow_up.pk, "a friend", [" "], answer_days=0, by=walk.DOCTOR, now=on_day(1)
        )
    with pytest.raises(referral.ReferralRefused, match="no words of your own") as refusal:
        referral.refer(
            house, follow_up.pk, "endocrine", ["Ann is tired"], by=walk.DOCTOR, now=on_day(1)
        )
    assert "Ann" not in str(refusal.value)
    with pytest.raises(NotPermitted):
        referral.refer(house, follow_up.pk, "endocrine", ["x"], by=walk.NURSE, now=on_day(1))


def test_nobody_is_referred_from_a_closed_follow_up(house: House):
    follow_up = make_follow_up(exam_day=exam_day_plus(0))
    tell(house, follow_up, 1, bleeding_amount="none")
    aftercare.close_follow_up(follow_up.pk, by=walk.NURSE, now=on_day(1))

    with pytest.raises(referral.ReferralRefused, match="is closed"):
        refer(house, follow_up)


def test_an_answer_is_kept_once(house: House):
    made = refer(house, make_follow_up())

    with pytest.raises(referral.ReferralRefused, match="it is empty"):
        referral.record_answer(made.pk, " ", by=walk.DOCTOR, now=on_day(5))
    answered = referral.record_answer(made.pk, "seen, salpingectomy", by=walk.DOCTOR, now=on_day(5))

    assert answered.answered_at == on_day(5)
    with pytest.raises(referral.AlreadyAnswered):
        referral.record_answer(made.pk, "more", by=walk.DOCTOR, now=on_day(6))


def test_late_answers_are_listed(house: House):
    follow_up = make_follow_up()
    late = refer(house, follow_up, answer_days=2)
    refer(house, follow_up, "endocrine")
    referral.record_answer(
        refer(house, follow_up, answer_days=1).pk, "seen", by=walk.DOCTOR, now=on_day(2)
    )

    assert referral.overdue(house, "demo-west", by=walk.NURSE, now=on_day(3)) == ()
    assert referral.overdue(house, "demo-west", by=walk.NURSE, now=on_day(4)) == (late,)


def test_another_sites_referral_does_not_exist(house: House):
    made = refer(house, make_follow_up())
    elsewhere = replace(walk.DOCTOR, site="demo-leeds")

    with pytest.raises(Referral.DoesNotExist):
        referral.record_answer(made.pk, "x", by=elsewhere, now=on_day(1) + timedelta(days=1))
