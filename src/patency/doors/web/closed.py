"""Why the clinic is closed on a day, in the language of the page."""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext

from patency.core.calendar.open_days import WhyClosed
from patency.doors.web.languages import spoken
from patency.service.house import House


def closed_words(house: House, site: str, service: str = "exam") -> Callable[[date], str]:
    """Return what says why a service of a site is closed on a day; nothing where it is open."""
    calendar = house.calendar_of(site)
    at = house.site(site)
    opens = at.open_days(service, calendar)

    def why(day: date) -> str:
        closure = opens.closure(day)
        if closure is None:
            return ""
        if closure.why is WhyClosed.LEGAL_HOLIDAY:
            name = calendar.name_in(spoken().code, closure.name)
            return gettext("legal holiday: {name}").format(name=name)
        if closure.why is WhyClosed.OWN_CLOSURE:
            return gettext("closed: {name}").format(name=at.say(closure.name, spoken().code))
        return gettext("closed on {weekday}s").format(weekday=spoken().weekdays[day.weekday()])

    return why
