"""One event row and one audit row for every change, one audit row for every read."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from patency.core.access import Actor
from patency.records.models.base import OfPatient
from patency.records.models.ledger import Audit, Event
from patency.records.models.people import Patient

# An id, a code, a state, a day: no spaces and no @, so neither a sentence nor an address fits.
_ID = re.compile(r"[\w.:/+-]{1,80}")


class NotInTransaction(Exception):
    """A change was to be remembered outside the transaction that makes it."""


class NotAnId(ValueError):
    """An event was to carry something else than ids."""


def remember(
    *,
    kind: str,
    subject: str,
    by: Actor,
    now: datetime,
    site: str,
    patient: Patient | UUID | None = None,
    why: str = "",
    fields: Iterable[str] = (),
    payload: Mapping[str, Any] | None = None,
) -> Event:
    """Return the event row of one change, written with its audit row.

    ``kind`` is what happened ("registered"), ``subject`` such as ``subject_of(visit)``, ``fields``
    the names of what changed and never values, ``payload`` ids for the jobs that follow. All rows
    stand or fall together: raises ``NotInTransaction`` outside ``transaction.atomic``.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(
            f"{kind!r} on {subject} was to be remembered outside a transaction; the change, its "
            "event and its audit row stand or fall together. Open transaction.atomic() around all "
            "three."
        )
    event = Event.objects.create(
        kind=kind,
        subject=_id("subject", subject),
        site=site,
        actor=by.name,
        at=now,
        payload={name: _ids(name, value) for name, value in (payload or {}).items()},
    )
    Audit.objects.create(
        at=now,
        actor=by.name,
        actor_role=_roles(by),
        site=site,
        action=kind,
        subject=subject,
        patient_id=_patient_id(patient),
        why=why,
        what=sorted(fields),
    )
    return event


def remember_change(
    row: OfPatient,
    kind: str,
    *,
    by: Actor,
    now: datetime,
    fields: Iterable[str],
    payload: Mapping[str, Any] | None = None,
) -> Event:
    """Return the event row of a change to a row about one woman; site and she come from the row."""
    return remember(
        kind=kind,
        subject=subject_of(row),
        by=by,
        now=now,
        site=row.site,
        patient=row.woman_id,
        fields=fields,
        payload=payload,
    )


def audit_read(
    *, by: Actor, now: datetime, patients: Iterable[UUID | None], why: str, what: Iterable[str]
) -> None:
    """Write that someone read rows of these women; ``None`` stands for a list of no one woman."""
    names = sorted(what)
    Audit.objects.bulk_create(
        Audit(
            at=now,
            actor=by.name,
            actor_role=_roles(by),
            site=by.site,
            action="read",
            subject=f"patient/{patient}" if patient else "list",
            patient_id=patient,
            why=why,
            what=names,
        )
        for patient in patients
    )


def is_code(text: str) -> bool:
    """Return whether a text is an id or a short code, such as ``her-wish``, and no sentence."""
    return _ID.fullmatch(text) is not None


def subject_of(row: models.Model) -> str:
    """Return how events and audit rows name a row, such as ``visit/<uuid>``."""
    return f"{row._meta.model_name}/{row.pk}"


def _roles(by: Actor) -> str:
    return ", ".join(sorted(by.roles))


def _patient_id(patient: Patient | UUID | None) -> UUID | None:
    return patient.pk if isinstance(patient, Patient) else patient


def _ids(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_ids(name, each) for each in value]
    return _id(name, str(value))


def _id(name: str, text: str) -> str:
    if not _ID.fullmatch(text):
        raise NotAnId(
            f"An event's {name} is not an id or a code: it holds {len(text)} characters, of which "
            "some are not letters, digits or one of . : / + - _, or it is empty or longer than 80. "
            "Events carry ids only; who handles one reads the rest from the tables."
        )
    return text
