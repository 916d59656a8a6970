"""What she signs: consent with the rates she was shown, and the form that asks for the exam."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from patency.core import access, consent
from patency.core.access import Action, Actor
from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.records.ledger import remember_change
from patency.records.models.base import unfit
from patency.records.models.paperwork import ApplicationForm, Consent
from patency.records.models.visit import Visit, lock
from patency.service import journey, seats
from patency.service.house import House
from patency.service.judging import facts_now, judge, may_proceed

SEXES = ("", "female", "male")


class PaperworkRefused(Exception):
    """A consent or a form that cannot be as it was asked for."""


class ConsentStands(PaperworkRefused):
    """She has signed already, and has not withdrawn it."""


class WishesNotAsked(PaperworkRefused):
    """Nobody asked her whether she wants a chaperone, or who should examine her."""


class NotHerName(PaperworkRefused):
    """The name that was signed is not the one on her record."""


class NothingSigned(PaperworkRefused):
    """There is no standing consent to withdraw."""


class GatesClosed(PaperworkRefused):
    """The application form is made only when nothing stands in the way."""


def sign_consent(
    house: House,
    visit_id: UUID,
    *,
    signed_name: str,
    chaperone: bool | None,
    interpreter_language: str = "",
    operator_sex_wish: str | None = "",
    other_name_seen: bool = False,
    by: Actor,
    now: datetime,
) -> Consent:
    """Return her written consent, with the rates she was shown for the medium she wants.

    Also keeps whether she wants a chaperone, an interpreter, and the operator's sex. Another name
    than the one on her record is taken only with ``other_name_seen``: whoever took the consent says
    that they saw who she is. Raises ``NotHerName`` and ``ConsentStands``.
    """
    access.check(by, Action.TAKE_CONSENT)
    visit = journey.visit_seen(visit_id, "take consent", by=by, now=now)
    too_long = unfit(Consent, signed_name=signed_name, interpreter_language=interpreter_language)
    if chaperone is None or operator_sex_wish is None:
        raise WishesNotAsked(
            f"The consent of visit/{visit.pk} was not recorded: chaperone and operator_sex_wish "
            "are each to be asked of her, and no is an answer. Ask her, and send it again."
        )
    if not signed_name.strip() or operator_sex_wish not in SEXES or too_long:
        raise PaperworkRefused(
            f"The consent of visit/{visit.pk} was not recorded: signed_name must not be empty, and "
            f"operator_sex_wish is nothing or one of {', '.join(SEXES[1:])}. "
            f"{''.join(f'{each}. ' for each in too_long)}Correct this and send it again."
        )
    patient = visit.patient
    is_hers = consent.is_name_of(signed_name, patient.family_name, patient.given_name)
    if not is_hers and not other_name_seen:
        raise NotHerName(
            f"The consent of visit/{visit.pk} was not recorded: the name signed is not the one on "
            "her record. Check whose record this is; if she signs with another name, say that you "
            "saw who she is, and send it again."
        )
    with transaction.atomic():
        visit = lock(visit)
        if not journey.states(visit, *journey.BEFORE_THE_EXAM):
            raise PaperworkRefused(
                f"visit/{visit.pk} is {visit.state}. Consent is signed before the examination; "
                "open a new visit for another one."
            )
        standing: Consent | None = Consent.objects.filter(
            visit=visit, withdrawn_at__isnull=True
        ).first()
        if standing is not None:
            raise ConsentStands(
                f"consent/{standing.pk} of visit/{visit.pk} stands since "
                f"{standing.signed_at:%Y-%m-%d}. One consent stands at a time; withdraw it before "
                "another is signed."
            )
        wanted = facts_now(house, visit, Stage.VISIT, now=now)["medium_wanted"]
        shown = consent.rates_for(str(wanted))
        row: Consent = Consent.objects.create(
            visit=visit,
            text_version=consent.TEXT_VERSION,
            rates_shown=consent.as_shown(shown),
            chaperone=chaperone,
            interpreter_language=interpreter_language,
            operator_sex_wish=operator_sex_wish,
            signed_at=now,
            signed_name=signed_name.strip(),
        )
        # the log says that another name was signed, never which
        told = {} if is_hers else {"other_name_seen": True}
        _remember(visit, "consent-signed", ["consent"], told, by=by, now=now)
    return row


def withdraw_consent(visit_id: UUID, *, by: Actor, now: datetime) -> Consent:
    """Return the consent she withdrew; a date she has is given up. Raises ``NothingSigned``."""
    access.check(by, Action.TAKE_CONSENT)
    visit = journey.visit_seen(visit_id, "withdraw consent", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        row: Consent | None = Consent.objects.filter(visit=visit, withdrawn_at__isnull=True).first()
        if row is None:
            raise NothingSigned(
                f"visit/{visit.pk} has no consent that stands. Only a standing consent can be "
                "withdrawn; there is nothing to do."
            )
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        freed = seats.free_seats(visit, "consent-withdrawn", kinds=("exam",), now=now)
        if journey.states(visit, VisitState.BOOKED):
            journey.advance(visit, VisitState.CLEARED, now=now)
        told = {"freed": freed} if freed else {}
        _remember(visit, "consent-withdrawn", ["consent"], told, by=by, now=now)
    return row


def sign_application(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> ApplicationForm:
    """Return the application form, made only when every gate of the clinic visit is passed.

    The visit is judged again as it stands now. Signing twice gives the same form. Raises
    ``GatesClosed`` naming what stands in the way.
    """
    access.check(by, Action.TAKE_CONSENT)
    visit = journey.visit_seen(visit_id, "sign the application", by=by, now=now)
    refusal: GatesClosed | None = None
    with transaction.atomic():
        visit = lock(visit)
        form: ApplicationForm | None = ApplicationForm.objects.filter(visit=visit).first()
        if form is not None:
            return form
        today = house.day_at(visit.site, now)
        since = journey.facts_from_the_test(visit, today)
        decision, _ = judge(house, visit, Stage.VISIT, extra_facts=since, by=by, now=now)
        cleared = journey.states(visit, VisitState.CLEARED, VisitState.BOOKED)
        if cleared and may_proceed(house, visit, decision):
            form_id = uuid4()
            form = ApplicationForm.objects.create(
                id=form_id,
                visit=visit,
                number=f"A-{today:%Y%m%d}-{form_id.hex[:8].upper()}",
                signed_at=now,
                signed_by=by.name,
            )
            _remember(visit, "application-signed", ["application_form"], by=by, now=now)
            return form
        refusal = GatesClosed(journey.why_not(house, visit, decision, "The form was not made"))
        _remember(visit, "application-refused", ["decision"], by=by, now=now)
    raise refusal


def _remember(
    visit: Visit,
    kind: str,
    fields: list[str],
    payload: Mapping[str, object] | None = None,
    *,
    by: Actor,
    now: datetime,
) -> None:
    remember_change(visit, kind, by=by, now=now, fields=fields, payload=payload or None)
