"""How templates write what people are."""

from django import template

from patency.core.access import Role
from patency.doors.web.accounts.roles import ROLE_WORDS

register = template.Library()


@register.filter
def role_words(role: str) -> str:
    """Return what a role is called."""
    return str(ROLE_WORDS[Role(role)])
