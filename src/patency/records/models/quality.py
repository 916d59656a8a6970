"""How well a site did, month by month, as it was counted; figures over many women."""

from django.db import models
from django.db.models import Q

from patency.records.models.base import Row, holds


class QualityMonth(Row):
    """One indicator of one site in one month; counted again while the month may still change."""

    site = models.SlugField(max_length=64)
    month = models.DateField()
    """Its first day."""
    indicator = models.CharField(max_length=64)
    total = models.FloatField()
    of = models.PositiveIntegerField()
    outliers = models.JSONField(default=list)
    """Ids of visits somebody should look at; the first hundred."""
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "month", "indicator"], name="an_indicator_once_a_month"
            ),
            holds(~Q(site=""), "a_months_figure_has_a_site"),
        ]
