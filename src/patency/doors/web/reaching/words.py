"""What was sent, in words for the clinic's people."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: Mapping[str, Promise] = {
    "appointment-made": _("Her date was made"),
    "appointment-changed": _("Her date has changed"),
    "appointment-tomorrow": _("Reminder: her date is tomorrow"),
    "day-that-suits": _("Reminder: tomorrow is her planned test day"),
    "diary-waiting": _("We ask for her diary"),
    "place-kept": _("A place is kept for her"),
    "message-waiting": _("Something is to be read on her page"),
    "report-ready": _("Her report is ready"),
    "report-code": _("The code of her report"),
    "one-time-code": _("A code to sign in"),
    "duty": _("An alarm to the duty contact"),
    "page": _("Her report, on paper"),
}
CHANNELS: Mapping[str, Promise] = {
    "": _("no way yet"),
    "sms": _("short message"),
    "email": _("mail"),
    "printer": _("printer"),
}
STATES: Mapping[str, Promise] = {
    "waiting": _("Waits"),
    "sending": _("Goes now"),
    "printing": _("Is printing"),
    "sent": _("Went out"),
    "not-sent": _("Did not go"),
    "unknown": _("Nobody knows"),
    "no-channel": _("No way to her"),
    "lapsed": _("Not needed any more"),
}
TONES: Mapping[str, str] = {
    "waiting": "plain",
    "sending": "plain",
    "printing": "plain",
    "sent": "done",
    "not-sent": "danger",
    "unknown": "danger",
    "no-channel": "look",
    "lapsed": "plain",
}
WHICH: Mapping[str, Promise] = {
    "all": _("All"),
    "trouble": _("Did not reach her"),
    "waiting": _("On their way"),
    "sent": _("Went out"),
}
IN_WHICH: Mapping[str, tuple[str, ...]] = {
    "trouble": ("not-sent", "unknown", "no-channel"),
    "waiting": ("waiting", "sending", "printing"),
    "sent": ("sent",),
}
