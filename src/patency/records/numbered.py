"""The first rows about a woman nobody knew, under a number of our own.

Should chance draw a number that is taken, another is drawn.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from patency.core.identifiers import new_identifier
from patency.records.models.people import ChannelConsent, Patient
from patency.records.models.visit import Visit

TRIES = 5
"""A new number is taken by chance once in ten thousand million; five times in a row, never."""


def first_visit(
    details: Mapping[str, object],
    consents: Mapping[str, bool],
    *,
    medium_wanted: str = "no_preference",
    indication: str = "",
    by: str,
    now: datetime,
) -> Visit:
    """Return the first visit of a new woman, with her row and what she said of each channel."""
    patient = _new_patient(**details, registered_at=now)
    for channel, given in consents.items():
        ChannelConsent.objects.create(patient=patient, channel=channel, given=given, at=now, by=by)
    made: Visit = Visit.objects.create(
        patient=patient,
        campus=patient.campus,
        medium_wanted=medium_wanted,
        indication=indication,
        opened_at=now,
    )
    return made


def _new_patient(**details: object) -> Patient:
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                made: Patient = Patient.objects.create(
                    number=new_identifier(secrets.token_bytes), **details
                )
                return made
        except IntegrityError as error:
            taken = error
    raise taken
