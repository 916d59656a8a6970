"""What the clinic's pages write beside plain words."""

from datetime import datetime

from django import template
from django.utils import timezone

from patency.doors.web.languages import spoken

register = template.Library()


@register.filter
def near(moment: datetime, now: datetime) -> str:
    """Return the time of day of a moment of today; of another day its day too."""
    zone = timezone.get_current_timezone()
    there = moment.astimezone(zone)
    if there.date() == now.astimezone(zone).date():
        return spoken().clock(there)
    return spoken().moment(there)
