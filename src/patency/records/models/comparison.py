"""What another version of the protocol would have decided differently, as it was worked out."""

from django.db import models
from django.db.models import Q

from patency.records.models.base import Row, holds


class Comparison(Row):
    """One look back at a site's decisions with two versions; its figures are of many women."""

    site = models.SlugField(max_length=64)
    old = models.CharField(max_length=64)
    new = models.CharField(max_length=64)
    since = models.DateField()
    """Decisions from this day of the site on are decided again."""
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    decided = models.PositiveIntegerField(default=0)
    """How many were decided again so far."""
    done_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    """As ``core.protocol.tally.Tally.as_data`` writes it: counts, and ids of decisions."""

    class Meta:
        constraints = [holds(~Q(site=""), "a_comparison_has_a_site")]
        indexes = [models.Index(fields=["site", "-asked_at"], name="newest_comparison")]
