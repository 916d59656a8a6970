"""What the values a clinic set are called on the page of its settings."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CALLED: Mapping[str, Promise] = {
    "announced_hours_before": _("Announced so many hours before"),
    "auto_confirm": _("Numbers are confirmed by themselves"),
    "campus": _("Campus"),
    "classes": _("Classes of urgency"),
    "days_ahead": _("Days ahead"),
    "diary_at": _("Reminder of the diary at"),
    "diary_days": _("Days on which the diary is asked for"),
    "her_hours": _("Hours she stays signed in"),
    "her_idle_minutes": _("Minutes without a touch until she is signed out"),
    "hours": _("Hours"),
    "is_on": _("On"),
    "offer_minutes": _("Minutes a place is kept for her"),
    "on_holidays": _("Also on holidays"),
    "overbook_alpha": _("Share of days on which one may be sent home"),
    "own_entry_first": _("The reader enters findings before seeing the draft"),
    "own_phone_days": _("Days a phone of her own stays signed in"),
    "place": _("Place"),
    "plan_at": _("Planned at"),
    "policy": _("Policy"),
    "proof_minutes": _("Minutes a proof of who she is counts"),
    "quiet_from": _("No messages from"),
    "quiet_until": _("No messages until"),
    "remind_at": _("Reminder at"),
    "sessions_at_most": _("Browsers at once, at most"),
    "share": _("Share given out as numbers"),
    "show_chance": _("Her chance is shown"),
    "staff_hours": _("Hours staff stay signed in"),
    "staff_idle_minutes": _("Minutes without a touch until staff are signed out"),
    "tries_a_minute": _("Tries a minute"),
    "wait_minutes": _("Minutes without a touch until it starts anew"),
    "waiting_places": _("Places on the waiting list"),
    "wrong_birth_dates": _("Wrong dates of birth allowed"),
    "wrong_codes": _("Wrong codes allowed"),
    "weekdays": _("weekdays"),
    "opens": _("opens"),
    "closes": _("closes"),
    "the project's default, chosen by no clinic": _("the project's default, chosen by no clinic"),
    "first_come": _("first come, first served"),
}
