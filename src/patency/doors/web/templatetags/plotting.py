"""What drawings need of a template: sums of coordinates, and the words of an evidence letter."""

from django import template

from patency.doors.web.words import EVIDENCE

register = template.Library()


@register.filter
def add_to(value: float, more: float) -> float:
    """Return a coordinate moved along."""
    return round(value + float(more), 1)


@register.filter
def evidence(letter: str) -> object:
    """Return how well something is founded, in words."""
    return EVIDENCE.get(letter, letter)
