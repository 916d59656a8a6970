"""What somebody may not do, in the language of the page: who may, and what it is."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patency.core.access import ALLOWED, Action, NotPermitted, Role
from patency.doors.web.codes import in_words
from patency.doors.web.languages import Words

A = Action
# Each of them after "may not".
ACTIONS: Mapping[Action, Words] = {
    A.REGISTER: _("register"),
    A.RECORD_ANSWERS: _("record answers"),
    A.REPORT_PERIOD: _("report a period"),
    A.RECORD_RESULTS: _("record test results"),
    A.TREAT: _("record a treatment"),
    A.RELEASE_HOLD: _("release a hold"),
    A.OVERRIDE: _("override a rule"),
    A.TAKE_CONSENT: _("take consent"),
    A.TAKE_PAYMENT: _("take a payment"),
    A.REFUND: _("refund a payment"),
    A.OPEN_TIMES: _("open times for booking"),
    A.BOOK: _("book a date"),
    A.RELEASE_NUMBERS: _("release the numbers of a day"),
    A.CLAIM_NUMBER: _("claim a number"),
    A.PLAN: _("plan a site's days and offer its places"),
    A.CHECK_IN: _("check a woman in"),
    A.RECORD_EXAM: _("record an examination"),
    A.DISCHARGE: _("let a woman leave"),
    A.PRESCRIBE: _("decide on antibiotics"),
    A.REPORT: _("write a report"),
    A.SIGN: _("sign a report"),
    A.RELEASE_REPORT: _("release a report"),
    A.READ_REPORT: _("read a report"),
    A.SEE_IMAGES: _("see images"),
    A.FILE_IMAGES: _("file images"),
    A.HEAR_MACHINES: _("take down what an X-ray machine says"),
    A.PICK_UP: _("pick up a report"),
    A.PICK_UP_AT_KIOSK: _("pick up a report at the machine"),
    A.RECORD_DIARY: _("write in the diary"),
    A.ACKNOWLEDGE: _("acknowledge a task"),
    A.FOLLOW_PREGNANCY: _("follow a pregnancy"),
    A.REFER: _("refer to another clinic"),
    A.SEE_PATIENT: _("see a patient's record"),
    A.SEE_TODAY: _("see today's list"),
    A.SEE_AUDIT: _("see the audit"),
    A.ERASE: _("erase a woman's facts"),
    A.EXPORT: _("export a woman's record"),
    A.GIVE_SIGN_IN: _("give a sign-in"),
    A.SEE_MESSAGES: _("see what was sent"),
    A.SEND_MESSAGE: _("send a message again"),
    A.ADVISE: _("see what the clinic's own rules cost"),
    A.SEE_PROTOCOL: _("see the rules and their sources"),
    A.COMPARE_PROTOCOLS: _("compare versions of the protocol"),
    A.SEE_SETTINGS: _("see the site's settings"),
    A.SEE_QUALITY: _("see the quality of the service"),
    A.SEE_DOSES: _("see the doses of the site"),
}


def not_permitted(refusal: NotPermitted) -> str:
    """Return why an act was refused by role; what is no matter of roles is said shortly."""
    if refusal.action is None or refusal.actor is None:
        return gettext("Your role does not let you do this.")
    return gettext("{who} ({roles}) may not {act}; this is for {allowed}.").format(
        who=refusal.actor.name,
        roles=_roles(refusal.actor.roles),
        act=ACTIONS[refusal.action],
        allowed=_roles(ALLOWED[refusal.action]),
    )


def _roles(roles: Iterable[Role]) -> str:
    return ", ".join(in_words(role.value) for role in sorted(roles)) or gettext("no role")
