"""The key images a reader chose for a report; a piece."""

from datetime import datetime

from django.db.models import Q

from patency.records.models.report import KeyImage
from patency.records.models.visit import Visit


def chosen_of(visit: Visit, *, by: datetime | None = None) -> list[KeyImage]:
    """Return the key images chosen for a report, in the film's order; ``by`` a moment, those then.

    Those whose image was set apart meanwhile are left out.
    """
    rows = KeyImage.objects.filter(visit=visit, image__visit=visit).select_related("image")
    if by is None:
        rows = rows.filter(removed_at__isnull=True)
    else:
        still = Q(removed_at__isnull=True) | Q(removed_at__gt=by)
        rows = rows.filter(still, chosen_at__lte=by)
    return list(rows.order_by("run", "frame"))
