"""The language of the pages, as the person who reads them chose it."""

from datetime import datetime

from django.db import transaction

from patency.core.access import Actor, NotPermitted
from patency.core.language import nearest
from patency.records.ledger import remember, subject_of
from patency.records.models.people import Patient, StaffMember
from patency.service.house import House


class LanguageUnknown(ValueError):
    """A language was chosen that the pages are not written in."""


def choose_language(house: House, wanted: str, *, by: Actor, now: datetime) -> str:
    """Keep the language a person chose for herself, and return its code.

    A woman's messages and papers follow it too. Raises ``LanguageUnknown``, and ``NotPermitted``
    for whoever is neither a woman nor a member of staff of the site.
    """
    language = nearest(house.languages, wanted)
    if language is None:
        raise LanguageUnknown(
            f"The language {wanted!r} was not kept: the pages are written in "
            f"{', '.join(each.name for each in house.languages.values())}. Choose one of these."
        )
    if by.patient_id is None:
        rows = StaffMember.objects.filter(user__username=by.name, site=by.site)
    else:
        rows = Patient.objects.filter(pk=by.patient_id, site=by.site, erased_at=None)
    with transaction.atomic():
        row = rows.select_for_update(of=("self",)).first()
        if row is None:
            raise NotPermitted(
                f"{by.name} keeps no language at {by.site}: a woman and a member of staff keep "
                "one, each for herself."
            )
        if nearest(house.languages, row.language) == language:
            return language.django  # both spellings of one language say the same
        row.language = language.django
        row.save(update_fields=["language"])
        remember(
            kind="language-chosen",
            subject=subject_of(row),
            by=by,
            now=now,
            site=row.site,
            patient=by.patient_id,
            fields=["language"],
        )
    return language.django
