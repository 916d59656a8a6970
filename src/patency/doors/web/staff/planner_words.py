"""What the planner says of a woman who waits: why she stands where she stands, and her plan."""

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from patency.core.booking.rank import PriorityRules
from patency.doors.web.words import day_words
from patency.service.crowding import Crowd
from patency.service.waits import Wait

Mark = tuple[str, str]
"""A tone and a word."""
# Where a clinician said that she cannot wait as others can; routine needs no mark.
URGENCIES = {"soon": gettext_lazy("Soon"), "urgent": gettext_lazy("Urgent")}


def marks(wait: Wait, rules: PriorityRules) -> list[Mark]:
    """Return why she stands where she stands, in the order in which it counts."""
    standing = wait.standing
    found = []
    if standing.urgency:
        found.append(("look", str(URGENCIES[wait.urgency])))
    if standing.refused:
        said = ngettext(
            "Refused in %(n)d cycle before", "Refused in %(n)d cycles before", standing.refused
        )
        found.append(("look", said % {"n": standing.refused}))
    found.append(days_left(wait))
    if rules.age_from and standing.age is not None and standing.age >= rules.age_from:
        found.append(("plain", _("%(age)d or older") % {"age": rules.age_from}))
    return found


def days_left(wait: Wait) -> Mark:
    """Return how many of her days are left in this cycle, or why there is none."""
    if wait.is_on_hold:
        return "look", _("On hold")
    days = sorted({pair.exam_day for pair in wait.pairs})
    if len(days) == 1:
        return "look", _("Her last day: %(day)s") % {"day": day_words(days[0])}
    if days:
        return "plain", ngettext("%(n)d day suits", "%(n)d days suit", len(days)) % {"n": len(days)}
    if wait.period_start is None:
        return "plain", _("No period told yet")
    if wait.certainty is None:
        return "look", _("End of bleeding not known")
    if wait.window is None:
        return "look", _("Holidays not announced yet")
    return "plain", _("No day left in this cycle")


def since(wait: Wait, today: date) -> str:
    """Return since when she waits."""
    days = wait.standing.days_waited
    if not days:
        return _("Waits since today")
    said = ngettext("Waits since %(day)s (%(n)d day)", "Waits since %(day)s (%(n)d days)", days)
    return said % {"day": day_words(today - timedelta(days=days)), "n": days}


def plan_words(wait: Wait, today: date) -> str:
    """Return her tentative days in a sentence; nothing where a place is kept for her instead."""
    row = wait.standing_plan(today)
    if row is None or not wait.pairs:
        return ""
    if row.exam_day is None:
        return _("No place as things stand.")
    exam = day_words(row.exam_day)
    if row.test_day and not wait.test_booked:
        return _("Test %(test)s, examination %(exam)s.") % {
            "test": day_words(row.test_day),
            "exam": exam,
        }
    return _("Examination %(exam)s.") % {"exam": exam}


def sent_home(crowd: Crowd) -> str:
    """Return a bump rate in words; a rate below one of 1,000 is not none."""
    if not crowd.standby:
        return _("none of them given")
    rate = crowd.bumps_per_1000
    if rate < 1:
        said = _("%(given)d given: fewer than 1 of 1,000 would be sent home")
        return said % {"given": crowd.standby}
    said = _("%(given)d given: at most %(rate)d of 1,000 would be sent home")
    return said % {"given": crowd.standby, "rate": round(rate)}
