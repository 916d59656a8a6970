"""She is sent to another clinic, with a reason, and an answer is awaited."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.records.ledger import is_code, remember_change
from patency.records.models.followup import REFERRED_TO, Referral
from patency.records.seen_by import seen_by
from patency.service.following import follow_up_seen, lock_follow_up
from patency.service.house import House

ANSWER_DAYS = 14  # calendar days until we ask after an answer: our choice


class ReferralRefused(Exception):
    """A referral, or its answer, that cannot be kept as it was said."""


class AlreadyAnswered(ReferralRefused):
    """The answer is in already."""


def refer(
    house: House,
    follow_up_id: UUID,
    to: str,
    why: Iterable[str],
    *,
    by: Actor,
    now: datetime,
    answer_days: int = ANSWER_DAYS,
) -> Referral:
    """Return a referral with the day by which an answer is awaited.

    ``to`` is gynaecology, endocrine, andrology or reproductive; ``why`` are rule ids or codes. A
    partner's results are his own record and never kept here.
    """
    access.check(by, Action.REFER)
    follow_up = follow_up_seen(follow_up_id, "refer", by=by, now=now)
    reasons = [each.strip() for each in why if each.strip()]
    wrong = []
    if to not in REFERRED_TO:
        wrong.append(f"to: must be one of {', '.join(REFERRED_TO)}")
    if not reasons:
        wrong.append("why: give at least one rule id or code")
    if not all(is_code(each) for each in reasons):
        wrong.append("why: a rule id or a code such as tsh-raised, no words of your own")
    if not 1 <= answer_days <= 180:
        wrong.append("answer_days: must be 1 to 180")
    if wrong:
        raise ReferralRefused(
            f"The referral for follow-up {follow_up.pk} was not made: {'; '.join(wrong)}. "
            "Correct this and send it again."
        )
    with transaction.atomic():
        follow_up = lock_follow_up(follow_up)
        if follow_up.state != "open":
            raise ReferralRefused(
                f"Follow-up {follow_up.pk} is {follow_up.state}; referrals are made while it is "
                "open. Open a new visit for her instead."
            )
        referral = Referral.objects.create(
            follow_up=follow_up,
            to=to,
            why=reasons,
            made_at=now,
            answer_due=house.day_at(follow_up.site, now) + timedelta(days=answer_days),
        )
        _remember(referral, "referred", by=by, now=now)
    return referral


def record_answer(referral_id: UUID, answer: str, *, by: Actor, now: datetime) -> Referral:
    """Return the referral with what the other clinic wrote. Raises ``AlreadyAnswered``."""
    access.check(by, Action.REFER)
    if not answer.strip():
        raise ReferralRefused(
            f"The answer to referral {referral_id} was not kept: it is empty. Write what came back."
        )
    seen_by(by, "record an answer", now=now).referrals.get(pk=referral_id)
    with transaction.atomic():
        rows = Referral.objects.select_for_update(of=("self",)).select_related("follow_up")
        referral: Referral = rows.get(pk=referral_id)
        if referral.answered_at is not None:
            raise AlreadyAnswered(
                f"Referral {referral.pk} was answered at {referral.answered_at:%Y-%m-%d %H:%M %Z}. "
                "An answer is kept once; a second one belongs to a new referral."
            )
        referral.answered_at, referral.answer = now, answer
        referral.save(update_fields=["answered_at", "answer"])
        _remember(referral, "referral-answered", by=by, now=now)
    return referral


def overdue(house: House, site: str, *, by: Actor, now: datetime) -> tuple[Referral, ...]:
    """Return the referrals of a site whose answer is late, the longest awaited first."""
    access.check(by, Action.SEE_TODAY)
    rows = seen_by(by, "overdue referrals", now=now).referrals
    return tuple(
        rows.filter(
            site=site, answered_at__isnull=True, answer_due__lt=house.day_at(site, now)
        ).order_by("answer_due", "pk")
    )


def _remember(referral: Referral, kind: str, *, by: Actor, now: datetime) -> None:
    remember_change(
        referral,
        kind,
        by=by,
        now=now,
        fields=["referral"],
        payload={"referral": referral.pk, "to": referral.to},
    )
