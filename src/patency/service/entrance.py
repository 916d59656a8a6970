"""How a woman comes in: a one-time code to the phone or address she gave us, and no password."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from patency.core.access import Actor, NotPermitted, Role
from patency.core.contact import EMAIL, is_contact, kind_of, plain_contact
from patency.gateways.not_sent import NotSent
from patency.records.ledger import remember, subject_of
from patency.records.models.entrance import OneTimeCode, SignedIn, Tally
from patency.records.models.followup import Task
from patency.records.models.people import Patient
from patency.service.details import give_a_way_in, proof, women_with
from patency.service.house import House

SIGN_IN, REGISTER = "sign-in", "register"
GOOD_FOR = timedelta(minutes=10)
DIGITS = 6
TRIES = 5
KEPT_FOR = timedelta(days=1)
NOT_SENT = "code-not-sent"
TOLD_WITHIN = timedelta(hours=4)  # our choice: as long as it lasts, nobody gets in by a code


class EntranceRefused(Exception):
    """A code, or a way in by one, that cannot be as it was asked for."""


class NoContact(EntranceRefused):
    """What was typed is neither a phone number nor a mail address."""


class WrongCode(EntranceRefused):
    """The digits are not those that were sent; ``tries_left`` says how often she may try."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(
            f"This is not the code that was sent; {tries_left} tries are left. Look at the newest "
            "message, and type its six digits."
        )
        self.tries_left = tries_left


class CodeOver(EntranceRefused):
    """The code ended: it is old, used, tried too often, or another one was sent after it."""


class WhichWoman(EntranceRefused):
    """More than one woman has this contact; her date of birth says which one she is."""


class NobodyThere(EntranceRefused):
    """Nobody here has this contact, or not with this date of birth."""


def ask_code(
    house: House, purpose: str, typed: str, *, language: str, by: Actor, now: datetime
) -> OneTimeCode:
    """Return the row of a code that is now on its way, if it is asked for someone we know.

    Whether anybody has the contact is found out by the job that sends, so that the answer, and the
    time it takes, are the same. An earlier code for the same contact ends. Raises ``NoContact``.
    """
    if not is_contact(typed):
        raise NoContact(
            "No code was sent: what was typed is neither a phone number of at least eight digits "
            "nor a mail address such as name@example.org. Type it again."
        )
    contact = plain_contact(typed)
    with transaction.atomic():
        OneTimeCode.objects.filter(asked_at__lt=now - KEPT_FOR).delete()
        OneTimeCode.objects.filter(purpose=purpose, contact=contact, ended_at=None).update(
            ended_at=now
        )
        code: OneTimeCode = OneTimeCode.objects.create(
            purpose=purpose,
            contact=contact,
            site=by.site,
            language=language,
            asked_at=now,
            expires_at=now + GOOD_FOR,
            tries_left=TRIES,
        )
        remember(
            kind="code-asked",
            subject=subject_of(code),
            by=by,
            now=now,
            site=by.site,
            fields=["one_time_code"],
        )
    return code


def send_code(
    house: House, code_id: UUID, words: Mapping[str, tuple[str, str]], *, by: Actor, now: datetime
) -> bool:
    """Return whether a code went out. It is made here, sent, and kept as a hash only.

    Sent once: a second run finds it sent. For a sign-in it goes to the contact on record, and
    nowhere where there is none.
    """
    if Role.SYSTEM not in by.roles:
        raise NotPermitted(
            f"{by.name} may not send codes; the worker does, when one was asked for."
        )
    with transaction.atomic():
        code = OneTimeCode.objects.select_for_update().filter(pk=code_id).first()
        if code is None or code.sent_at is not None or code.ended_at is not None:
            return False
        to = _where_to(code)
        if not to:
            return False
        digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        code.code_hash, code.sent_at = _hashed(code, digits), now
        code.expires_at = now + GOOD_FOR
        code.save(update_fields=["code_hash", "sent_at", "expires_at"])
        remember(
            kind="code-sent",
            subject=subject_of(code),
            by=by,
            now=now,
            site=code.site,
            fields=["code_hash"],
        )
    folder = code.language.split("-")[0]
    subject, text = words.get(code.language) or words.get(folder) or words["en"]
    text = text.format(code=digits)
    try:
        if kind_of(to) == EMAIL:
            house.gateways.mail.send(to=to, subject=subject, text=text)
        else:
            house.gateways.sms.send(to=to, text=text)
    except NotSent as failure:
        _note_not_sent(code, str(failure), by=by, now=now)
        return False
    return True


def use_code(code_id: UUID, typed: str, *, by: Actor, now: datetime) -> OneTimeCode:
    """Return the code, now used. Raises ``WrongCode`` or ``CodeOver``."""
    digits = "".join(filter(str.isdecimal, plain_contact(typed)))
    with transaction.atomic():
        code = OneTimeCode.objects.select_for_update().filter(pk=code_id).first()
        over = code is None or code.ended_at is not None or code.expires_at <= now
        if code is None or over:
            raise _over()
        code.tries_left -= 1
        is_right = constant_time_compare(_hashed(code, digits), code.code_hash)
        if is_right:
            code.used_at = code.ended_at = now
        elif code.tries_left == 0:
            code.ended_at = now
        code.save(update_fields=["tries_left", "used_at", "ended_at"])
        if is_right:
            remember(
                kind="code-used",
                subject=subject_of(code),
                by=by,
                now=now,
                site=code.site,
                fields=["used_at"],
            )
    if is_right:
        used: OneTimeCode = code
        return used
    if code.tries_left == 0:
        raise _over()
    raise WrongCode(code.tries_left)


def enter(
    house: House,
    code_id: UUID,
    *,
    birth_date: date | None = None,
    site: str = "",
    by: Actor,
    now: datetime,
) -> Patient:
    """Return the woman whose contact was proved by a used code, with the sign-in she now has.

    Where several women have that contact, such as two sisters, ``birth_date`` tells which, and for
    one woman at two clinics ``site``. Raises ``WhichWoman``, ``NobodyThere`` or ``CodeOver``.
    """
    with transaction.atomic():
        code = proof(OneTimeCode.objects.select_for_update(), code_id, now)
        if code is None:
            raise _over()
        found = [row for row in women_with(code.contact) if row.site in house.sites]
        if birth_date is not None:
            found = [row for row in found if row.birth_date == birth_date]
        if site:
            found = [row for row in found if row.site == site]
        if not found:
            raise NobodyThere(
                "Nobody here has this number or address with that date of birth. Check the date, "
                "or call the clinic."
            )
        if len(found) > 1:
            raise WhichWoman(
                f"{len(found)} records have this number or address; say the date of birth and the "
                "clinic to open the right one."
            )
        patient: Patient = Patient.objects.select_for_update(of=("self",)).get(pk=found[0].pk)
        code.spent_at = now
        code.save(update_fields=["spent_at"])
        give_a_way_in(patient)
        remember(
            kind="entered-by-code",
            subject=subject_of(patient),
            by=patient.as_actor(),
            now=now,
            site=patient.site,
            patient=patient,
            fields=["user"],
        )
    return patient


def forget_old(*, by: Actor, now: datetime) -> int:
    """Return how many codes of more than a day ago went, with the contacts they were for.

    What was signed in and has ended goes too, and counts whose while has long been over.
    """
    gone: int = OneTimeCode.objects.filter(asked_at__lt=now - KEPT_FOR).delete()[0]
    Tally.objects.filter(ends_at__lt=now - KEPT_FOR).delete()
    SignedIn.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return gone


def clinics_of(code_id: UUID, birth_date: date, *, by: Actor, now: datetime) -> Sequence[str]:
    """Return the sites that know a proved contact with a date of birth, by slug."""
    code = proof(OneTimeCode.objects.all(), code_id, now)
    if code is None:
        raise _over()
    rows = [row for row in women_with(code.contact) if row.birth_date == birth_date]
    return sorted({row.site for row in rows})


def _where_to(code: OneTimeCode) -> str:
    if code.purpose == REGISTER:
        return code.contact
    known = women_with(code.contact)
    return str(getattr(known[0], kind_of(code.contact))) if known else ""


def _note_not_sent(code: OneTimeCode, why: str, *, by: Actor, now: datetime) -> None:
    """Open one task for a site whose codes do not go out; nobody gets in by code until then."""
    with transaction.atomic():
        OneTimeCode.objects.filter(pk=code.pk, ended_at=None).update(ended_at=now)
        is_known = Task.objects.filter(site=code.site, kind=NOT_SENT, done_at=None).exists()
        if not is_known:
            Task.objects.create(
                site=code.site,
                kind=NOT_SENT,
                urgency="C",
                why=why,
                opened_at=now,
                due_at=now + TOLD_WITHIN,
            )
        remember(
            kind=NOT_SENT,
            subject=subject_of(code),
            by=by,
            now=now,
            site=code.site,
            fields=["ended_at", *([] if is_known else ["task"])],
        )


def _over() -> CodeOver:
    return CodeOver(
        "This code is over: it was used, it is older than ten minutes, it was tried five times, or "
        "a newer one was sent. Ask for a new one."
    )


def _hashed(code: OneTimeCode, digits: str) -> str:
    return salted_hmac(
        "patency.one-time-code", f"{code.pk}/{digits}", algorithm="sha256"
    ).hexdigest()
