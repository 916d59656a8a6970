"""How templates write days, moments and codes; the site's time zone is already active."""

from collections.abc import Iterable
from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.money import Money
from patency.core.visit import VisitState
from patency.doors.web import words
from patency.doors.web.image_words import DIFFERS
from patency.doors.web.languages import spoken
from patency.doors.web.money_words import GROUNDS, METHODS
from patency.doors.web.planned import either
from patency.doors.web.referral_words import CLINICS
from patency.records.models.people import Patient

register = template.Library()


@register.simple_tag
def colon() -> str:
    """Return what stands between a name and what is said of it; Chinese has a wide one."""
    return pgettext("between a name and what is said of it", ": ")


@register.filter
def day(value: date | datetime | None) -> str:
    """Return a day with its weekday: "Thursday 2 October", 10月2日（星期四）."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(timezone.get_current_timezone()).date()
    return spoken().day_of_year(value)


@register.filter
def day_and_year(value: date | None) -> str:
    """Return a day with its weekday and its year: "Thursday 2 October 2025"."""
    return spoken().day(value) if value else ""


@register.filter
def short_day(value: date | None) -> str:
    """Return a day where there is little room: "2 Oct", 10月2日."""
    return spoken().short_day(value) if value else ""


@register.filter
def month(value: date | None) -> str:
    """Return the month a day lies in, with its year: "October 2025", 2025年10月."""
    return spoken().month(value) if value else ""


@register.filter
def weekday(value: date | None) -> str:
    """Return the short name of a day's weekday: "Thu", 周四."""
    return spoken().weekdays_short[value.weekday()] if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Return a moment on the site's clock: "Thursday 2 October, 14:05"."""
    if value is None:
        return ""
    return spoken().moment(value.astimezone(timezone.get_current_timezone()))


@register.filter
def moment_and_year(value: datetime | None) -> str:
    """Return a moment on the site's clock with its year: "Thursday 2 October 2025, 14:05"."""
    if value is None:
        return ""
    return full(value.astimezone(timezone.get_current_timezone()))


@register.filter
def full(value: datetime) -> str:
    """Return a moment with its year, as it stands, whatever clock it is of."""
    return spoken().moment(value, with_year=True)


@register.filter
def birth(value: date | None) -> str:
    """Return a date of birth: "17 May 1993"; its weekday tells nothing."""
    return spoken().day_alone(value) if value else ""


@register.filter
def language(value: str) -> str:
    """Return the name of a language."""
    return words.language_name(value)


@register.filter
def clock(value: datetime | None) -> str:
    """Return the time of day of a moment on the site's clock: "14:05"."""
    return spoken().clock(value.astimezone(timezone.get_current_timezone())) if value else ""


@register.filter
def listed(values: Iterable[object] | None) -> str:
    """Return several things in a row: "iodine, latex and shellfish", 碘、乳胶和贝类."""
    return spoken().listed([str(value) for value in values or ()])


@register.filter
def said(value: object) -> str:
    """Return a value of a test as a person reads it: only a yes-no is yes or no."""
    if isinstance(value, bool):
        return spoken().yes if value else spoken().no
    return words.in_words(value) if isinstance(value, str) else str(value)


@register.filter
def name(patient: Patient) -> str:
    """Return her name in the order it is written in: family name first, without a comma in Han."""
    family, given = patient.family_name, patient.given_name
    if not (family or given):
        return gettext("(erased)")
    is_han = all("\u4e00" <= character <= "\u9fff" for character in family + given)
    return family + given if is_han else ", ".join(filter(None, (family, given)))


@register.filter
def tel(number: str) -> str:
    """Return a telephone number as a link dials it: its digits, and the + before them."""
    return "".join(character for character in number if character in "+0123456789")


@register.filter
def may(actor: Actor | None, action: str) -> bool:
    """Return whether an actor may do this; nobody may do nothing."""
    return actor is not None and access.may(actor, Action(action))


@register.filter
def code(value: str) -> str:
    """Return a code of ours as a person reads it, with a capital."""
    return words.capital(words.in_words(str(value)))


@register.filter
def word(value: str) -> str:
    """Return a code of ours as a person reads it inside a sentence."""
    return words.in_words(str(value))


@register.filter
def either_day(days: Iterable[date]) -> str:
    """Return days of which one is enough: "Monday 15 or Tuesday 16 September"."""
    return either([words.day_words(each) for each in days])


@register.filter
def money(row: object) -> str:
    """Return the amount of a quote, payment or refund with its currency."""
    minor = getattr(row, "amount_minor", None)
    currency = getattr(row, "currency", None) or getattr(
        getattr(row, "payment", None), "currency", ""
    )
    return str(Money(minor, currency)) if minor is not None and currency else ""


@register.filter
def method(value: str) -> str:
    """Return how something was paid."""
    return str(METHODS.get(value, value))


@register.filter
def ground(value: str) -> str:
    """Return by which rule money went back; without one it went back by itself."""
    return str(GROUNDS.get(value, "")) or gettext("By itself: the date was given up")


@register.filter
def differs(value: str) -> str:
    """Return what kept an image from being filed by itself."""
    return str(DIFFERS.get(value, value))


@register.filter
def clinic(value: str) -> str:
    """Return the clinic she is referred to."""
    return str(CLINICS.get(value, value))


@register.filter
def state(value: str) -> str:
    """Return the state of a visit as staff read it."""
    return str(words.STATES[VisitState(value)][0])
