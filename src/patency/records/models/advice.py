"""What a site was advised, and when: nothing in it is about a woman."""

from django.db import models
from django.db.models import Q

from patency.records.models.base import Kept, holds


class Advice(Kept):
    """What its own rules cost a site in lost cycles, as it was worked out; the newest counts."""

    id = models.BigAutoField(primary_key=True)
    site = models.SlugField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    protocol = models.CharField(max_length=64)
    result = models.JSONField()
    """As ``core.study.advice.as_data`` writes it: figures over many women, no woman's."""

    class Meta:
        constraints = [holds(~Q(site=""), "advice_has_a_site")]
        indexes = [models.Index(fields=["site", "-id"], name="newest_advice_of_a_site")]
