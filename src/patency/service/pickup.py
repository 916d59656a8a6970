"""She fetches her report with the code she was given: at the desk, or at the machine."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.crypto import constant_time_compare

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.site.kiosk import Kiosk
from patency.gateways.printer import PrinterState, Trouble
from patency.records.ledger import is_code, remember, remember_change, subject_of
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.message import LAPSED, WAITING, Message
from patency.records.models.report import Release, Report
from patency.service import journey
from patency.service.examined import COPIES, code_hash, new_code
from patency.service.house import House
from patency.service.outgoing import printer_task

WRONG_CODE, LOCKED = "kiosk-code-wrong", "pickup-code-locked"
RIGHT_CODE = "kiosk-code-right"
UNLOCKED_WITHIN = timedelta(hours=4)  # our choice: she stands there, or comes back today


class PickupRefused(Exception):
    """A code that fetches nothing."""


class CodeNotKnown(PickupRefused):
    """No report waits under this code; nothing more is said, to whoever types it."""


class NotHer(PickupRefused):
    """Who asks at the desk did not show who she is, or said another date of birth."""


class NothingToPickUp(PickupRefused):
    """Her report is not out yet, so there is no code to renew."""


class NoCopiesLeft(PickupRefused):
    """Every copy of this code was printed."""


class PrinterNotReady(PickupRefused):
    """The printer cannot print now, so no code is spent; staff have a task."""

    def __init__(self, state: PrinterState) -> None:
        super().__init__(state.why)
        self.trouble: Trouble = state.trouble


class NoMachine(PickupRefused):
    """The site has no machine at which reports are fetched."""


class MachineClosed(PickupRefused):
    """The machine prints within its hours only; the message says when it opens."""

    def __init__(self, text: str, opens: datetime | None) -> None:
        super().__init__(text)
        self.opens = opens


class TooManyWrongCodes(PickupRefused):
    """Somebody types one unknown code after the other; the machine waits."""

    def __init__(self, text: str, until: datetime) -> None:
        super().__init__(text)
        self.until = until


class WrongBirthDate(PickupRefused):
    """The birth date is not that of the woman whose code was typed."""

    def __init__(self, text: str, tries_left: int) -> None:
        super().__init__(text)
        self.tries_left = tries_left


class CodeLocked(PickupRefused):
    """Too many wrong birth dates: the code prints nothing until the desk gives a new one."""


@dataclass(frozen=True, slots=True)
class PickedUp:
    """The report that is printed now, and how often it can be printed again."""

    report: Report
    printer: str
    copies_left: int
    event: int
    """The wish to print; its page is followed by it (``printing.how_it_stands``)."""


def printer_state(house: House, *, by: Actor, now: datetime) -> PrinterState:
    """Return whether the printer of the actor's site prints now; where not, staff get a task."""
    if not access.may(by, Action.PICK_UP_AT_KIOSK):
        access.check(by, Action.PICK_UP)
    state = house.gateways.printer.look(house.site(by.site).printer.address)
    if not state.is_ready:
        with transaction.atomic():
            task = printer_task(house, by.site, state, now=now)
            if task is not None:
                remember_change(task, "printer-trouble", by=by, now=now, fields=["task"])
    return state


def check_open(house: House, *, by: Actor, now: datetime) -> Kiosk:
    """Return the machine of the actor's site. Raises ``NoMachine`` or ``MachineClosed``."""
    access.check(by, Action.PICK_UP_AT_KIOSK)
    kiosk = house.site(by.site).kiosk
    if kiosk is None:
        raise NoMachine(
            f"{by.site} has no machine at which reports are fetched; the desk hands them out. "
            f"Write [kiosk] into {by.site}.toml when there is one."
        )
    calendar = house.calendar_of(by.site)
    local = house.local_at(by.site, now)
    if kiosk.closes_at(local, calendar) is None:
        opens = kiosk.opens_next(local, calendar)
        when = f"it opens on {opens:%Y-%m-%d at %H:%M}" if opens else "it does not open this month"
        raise MachineClosed(f"The machine of {by.site} is closed; {when}.", opens)
    return kiosk


def know_code(house: House, code: str, *, by: Actor, now: datetime) -> UUID:
    """Return the release a code typed at the machine belongs to; who stands there is asked next.

    Nothing is spent. Raises ``MachineClosed``, ``TooManyWrongCodes``, ``CodeNotKnown``,
    ``CodeLocked`` or ``NoCopiesLeft``.
    """
    kiosk = check_open(house, by=by, now=now)
    _check_may_try(kiosk, by, now)
    release = Release.objects.filter(
        site=by.site, code_hash=code_hash(code), released_at__lte=now
    ).first()
    with transaction.atomic():
        remember(
            kind=RIGHT_CODE if release else WRONG_CODE,
            subject=f"kiosk/{by.name}",
            by=by,
            now=now,
            site=by.site,
            fields=["code"],
        )
    if release is None:
        raise _not_known(by)
    _check_prints(release)
    found: UUID = release.pk
    return found


def print_at_kiosk(
    house: House, release_id: UUID, birth_date: date, *, by: Actor, now: datetime
) -> PickedUp:
    """Return the report that is printed now for a woman who gave her code and her birth date.

    The printer is asked before the code is spent. Raises ``MachineClosed``, ``PrinterNotReady``,
    ``WrongBirthDate``, ``CodeLocked`` or ``NoCopiesLeft``.
    """
    kiosk = check_open(house, by=by, now=now)
    with transaction.atomic():
        release = _locked(release_id, by, now)
        _check_prints(release)
        hers = release.visit.patient.birth_date
        is_hers = hers is not None and constant_time_compare(
            hers.isoformat(), birth_date.isoformat()
        )
        refusal = None if is_hers else _wrong_birth_date(kiosk, release, by=by, now=now)
    if refusal is not None:
        raise refusal
    state = printer_state(house, by=by, now=now)
    if not state.is_ready:
        raise PrinterNotReady(state)
    with transaction.atomic():
        return _spend(house, _locked(release_id, by, now), "code and birth date", by=by, now=now)


def print_report(house: House, code: str, *, by: Actor, now: datetime) -> PickedUp:
    """Return the newest signed report of a code; a job prints it at the site's printer.

    Raises ``CodeNotKnown``, ``CodeLocked``, ``NoCopiesLeft`` or ``PrinterNotReady``.
    """
    access.check(by, Action.PICK_UP)
    release = Release.objects.filter(
        site=by.site, code_hash=code_hash(code), released_at__lte=now
    ).first()
    if release is None or (by.patient_id not in (None, release.visit.patient_id)):
        raise _not_known(by)
    _check_prints(release)
    state = printer_state(house, by=by, now=now)
    if not state.is_ready:
        raise PrinterNotReady(state)
    with transaction.atomic():
        return _spend(house, _locked(release.pk, by, now), "pick-up code", by=by, now=now)


def _spend(house: House, release: Release, why: str, *, by: Actor, now: datetime) -> PickedUp:
    """Return the report of a release, one copy of which is now asked of the printer."""
    _check_prints(release)  # asked again: two may have typed it at one moment
    report = Report.objects.filter(visit=release.visit, status="signed").get()
    release.copies_left -= 1
    release.picked_up_at = release.picked_up_at or now
    release.wrong_birth_dates = 0
    release.save(update_fields=["copies_left", "picked_up_at", "wrong_birth_dates"])
    event = remember(
        kind="report-picked-up",
        subject=subject_of(release.visit),
        by=by,
        now=now,
        site=release.site,
        patient=release.visit.patient_id,
        why=why,
        fields=["release", "report"],
        payload={"report": report.pk, "copies_left": release.copies_left},
    )
    return PickedUp(report, house.site(by.site).printer.name, release.copies_left, event.pk)


def _locked(release_id: UUID, by: Actor, now: datetime) -> Release:
    rows = Release.objects.select_for_update(of=("self",)).select_related("visit__patient")
    release: Release | None = (
        rows.filter(pk=release_id, site=by.site, released_at__lte=now).exclude(code_hash="").first()
    )
    if release is None:
        raise _not_known(by)
    return release


def _check_prints(release: Release) -> None:
    if release.locked_at is not None:
        raise CodeLocked(
            f"The code of release/{release.pk} is locked: the birth date was wrong too often. The "
            "desk gives a new one, after checking who asks."
        )
    if release.copies_left == 0:
        raise NoCopiesLeft(
            f"Every copy of release/{release.pk} was printed. The desk can print more, after "
            "checking who asks."
        )


def _not_known(by: Actor) -> CodeNotKnown:
    return CodeNotKnown(
        f"No report waits at {by.site} under the code that was typed. A code has 12 letters and "
        "digits; read it again, or ask at the desk for a new one."
    )


def _check_may_try(kiosk: Kiosk, by: Actor, now: datetime) -> None:
    """Return nothing, or raise ``TooManyWrongCodes`` while the machine waits."""
    wait = timedelta(minutes=kiosk.wait_minutes)
    tries = Event.objects.filter(
        site=by.site, subject=f"kiosk/{by.name}", kind__in=(WRONG_CODE, RIGHT_CODE)
    ).order_by("-pk")
    last = list(tries.values_list("kind", "at")[: kiosk.wrong_codes])
    if len(last) < kiosk.wrong_codes or any(kind == RIGHT_CODE for kind, _ in last):
        return
    newest, oldest = last[0][1], last[-1][1]
    if newest - oldest <= wait and now < newest + wait:
        raise TooManyWrongCodes(
            f"{kiosk.wrong_codes} unknown codes were typed at {by.name} within "
            f"{kiosk.wait_minutes} minutes, so it waits. Read the code again, or ask at the desk.",
            newest + wait,
        )


def _wrong_birth_date(kiosk: Kiosk, release: Release, *, by: Actor, now: datetime) -> PickupRefused:
    """Return the refusal of a birth date, written down; the last of them locks the code."""
    release.wrong_birth_dates += 1
    left = kiosk.wrong_birth_dates - release.wrong_birth_dates
    if left <= 0:
        release.locked_at = now
        Task.objects.create(
            site=release.site,
            patient_id=release.visit.patient_id,
            visit_id=release.visit_id,
            kind=LOCKED,
            urgency="C",
            why="birth-date-wrong",
            opened_at=now,
            due_at=now + UNLOCKED_WITHIN,
        )
    release.save(update_fields=["wrong_birth_dates", "locked_at"])
    kind = "birth-date-wrong" if left > 0 else LOCKED
    remember_change(release, kind, by=by, now=now, fields=["wrong_birth_dates"])
    if left <= 0:
        return CodeLocked(
            f"release/{release.pk} is locked: the birth date was wrong too often. Staff were told."
        )
    return WrongBirthDate(
        f"The birth date that was typed is not that of release/{release.pk}; {left} tries are "
        "left. Choose year, month and day again.",
        left,
    )


def renew_code(visit_id: UUID, *, shown: str, born: date, by: Actor, now: datetime) -> str:
    """Return a new pick-up code, shown once; the old one ends. For staff who checked who asks.

    ``shown`` is what she showed, as a code; ``born`` the date of birth she said. Raises ``NotHer``
    when that is not hers.
    """
    access.check(by, Action.PICK_UP)
    if by.patient_id is not None:
        raise access.NotPermitted(
            f"{by.name} may not renew a pick-up code; the desk does, after checking who asks."
        )
    visit = journey.visit_seen(visit_id, "renew the pick-up code", by=by, now=now)
    if not is_code(shown) or born != visit.patient.birth_date:
        raise NotHer(
            f"visit/{visit.pk}: no new code was given. It needs what she showed, and the date of "
            "birth she says must be the one that is kept. Ask her again; where it is kept wrongly, "
            "correct it in her record first."
        )
    with transaction.atomic():
        rows = Release.objects.select_for_update(of=("self",))
        release = rows.filter(visit=visit, released_at__lte=now).first()
        if release is None:
            raise NothingToPickUp(
                f"visit/{visit.pk}: no report is out yet, so there is no code to renew. It gets "
                "its code when it is released."
            )
        code = new_code()
        release.code_hash, release.copies_left = code_hash(code), COPIES
        release.wrong_birth_dates, release.locked_at = 0, None
        release.save(update_fields=["code_hash", "copies_left", "wrong_birth_dates", "locked_at"])
        # A code still on its way would end this one.
        Message.objects.filter(visit=visit, name="report-code", state=WAITING).update(
            state=LAPSED, settled_at=now, goes_at=None
        )
        remember_change(
            visit,
            "pickup-code-renewed",
            by=by,
            now=now,
            fields=["release"],
            payload={"release": release.pk, "shown": shown},
        )
    return code
