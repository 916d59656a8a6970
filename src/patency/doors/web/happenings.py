"""What happened on one woman's journey, in order, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patency.doors.web.languages import Words
from patency.doors.web.reasons import DecisionCard
from patency.doors.web.templatetags.plain import money
from patency.doors.web.words import capital, in_words
from patency.records.models.ledger import Audit
from patency.records.models.money import Refund

# How the ledger's kinds of change are told; one that is not here is told by its own name.
HAPPENED: Mapping[str, Words] = {
    "registered": _("Registered"),
    "registered-herself": _("Registered herself"),
    "identity-checked": _("Her card was looked at"),
    "entered-by-code": _("Came in by a code"),
    "signed-in": _("Signed in"),
    "visit-opened": _("A new visit was opened"),
    "contact-changed": _("Contact details changed"),
    "channel-consent-given": _("Agreed to be reached by a channel"),
    "channel-consent-withdrawn": _("No longer wants to be reached by a channel"),
    "visit-cancelled": _("The visit was cancelled"),
    "period-began": _("A period began"),
    "older-period-told": _("An older period was told"),
    "period-taken-back": _("A period told by mistake was taken back"),
    "window-changed": _("The end of bleeding was told; the window changed"),
    "intervention-told": _("Something done elsewhere was told"),
    "answered": _("Questions were answered"),
    "results-recorded": _("Test results were recorded"),
    "planned": _("Tentative days were worked out"),
    "booked": _("The examination was booked"),
    "visit-booked": _("The clinic visit was booked"),
    "booking-refused": _("A date was not given"),
    "moved": _("The examination was moved"),
    "offered": _("A place was offered and kept for a while"),
    "offer-declined": _("An offered place was left"),
    "offer-expired": _("An offered place was not taken in time"),
    "offer-withdrawn": _("An offered place was withdrawn"),
    "plan-changed": _("Tentative days changed"),
    "wishes-told": _("Wishes for the dates were told"),
    "urgency-said": _("How urgent a date is was said"),
    "no-period-told": _("No period had begun yet"),
    "bumped": _("Came, and there was no room: planned anew"),
    "date-confirmed": _("The date was judged again and stands"),
    "seat-freed": _("A date was given up"),
    "turned-down": _("No date in this cycle; first in the next"),
    "quoted": _("The price was told"),
    "paid": _("Payment was taken"),
    "refunded": _("Money was given back"),
    "consent-signed": _("Consent was signed"),
    "consent-withdrawn": _("Consent was withdrawn"),
    "application-signed": _("The application for the examination was signed"),
    "treatment-attested": _("What was kept to during the treatment was told"),
    "treated": _("A treatment was begun"),
    "treatment-ended": _("The treatment ended"),
    "hold-released": _("The hold was released"),
    "overridden": _("A clinician went another way on a rule"),
    "arrived": _("Arrived for the examination"),
    "arrival-corrected": _("What was taken down at her arrival was put right"),
    "waits-on-arrival": _("Arrived; something was still open"),
    "sent-home": _("Went home without the examination"),
    "missed": _("A date passed without her"),
    "examined": _("The examination was made"),
    "observed": _("Watched after the examination"),
    "she-left": _("Left after the observation"),
    "antibiotics-given": _("Antibiotics were prescribed"),
    "antibiotics-not-given": _("No antibiotics were needed"),
    "report-signed": _("The report was signed"),
    "report-released": _("The report was released"),
    "report-picked-up": _("The report was picked up"),
    "report-amended": _("The report was amended"),
    "follow-up-opened": _("The weeks after began, with a dated plan"),
    "diary-recorded": _("The diary was written in"),
    "dose-taken": _("A dose was taken"),
    "dose-missed": _("A dose was missed"),
    "conception-advised": _("Advice on trying was given"),
    "pregnancy-reported": _("A positive pregnancy test was told"),
    "hcg-recorded": _("hCG in blood was recorded"),
    "pregnancy-scanned": _("A scan was recorded"),
    "pregnancy-closed": _("The pregnancy's outcome was recorded"),
    "referred": _("Referred to another clinic"),
    "referral-answered": _("The other clinic answered"),
    "follow-up-closed": _("The weeks after ended"),
    "visit-closed": _("The visit was closed"),
}
# How the clinic works inside, and what a person tells her before a page does.
INSIDE: Mapping[str, Words] = {
    "day-approved": _("A later day of the cycle was approved"),
    "exam-completed": _("The examination was recorded"),
    "exam-non-diagnostic": _("The examination was recorded: no clear pictures"),
    "exam-abandoned": _("The examination was recorded: stopped early"),
    "alarm-due": _("An alarm rang"),
    "application-refused": _("The application was not made: a gate is closed"),
    "critical-finding-noted": _("A critical finding was noted"),
    "critical-finding-told": _("She was told of a critical finding"),
    "findings-recorded": _("Findings were recorded"),
    "findings-draft-saved": _("A draft of the report was saved"),
    "findings-draft-kept-beside": _("A second draft of the report was kept beside the first"),
    "dose-explained": _("It was said why the dose was above the reference"),
    "image-filed": _("An image was filed"),
    "image-filed-by-hand": _("An image was filed by a person"),
    "image-set-apart": _("An image was taken away from the visit"),
    "image-quarantined": _("An image waits for a person"),
    "step-filed-by-hand": _("A step of a machine was filed by a person"),
    "follow-up-lost": _("Nobody could reach her; written down as lost"),
    "follow-up-found-again": _("She was there again"),
    "message-sent": _("A message was sent"),
    "message-not-sent": _("A message could not be sent"),
    "message-unknown": _("Nobody knows whether a message went"),
    "message-no-channel": _("There was no way to write to her"),
    "message-again": _("A message was to be sent once more"),
    "page-sent": _("Her report was printed"),
    "page-not-sent": _("Her report was not printed"),
    "page-unknown": _("Nobody knows whether her report was printed"),
    "copy-given-back": _("She can print her report once more"),
    "birth-date-wrong": _("At the pick-up machine her date of birth was not right"),
    "pickup-code-locked": _("Her pick-up code was locked"),
    "pickup-code-made": _("A pick-up code was made"),
    "report-drafted": _("The report was drafted"),
    "report-amendment-drafted": _("An amendment was drafted"),
    "report-held": _("The report was held back"),
    "report-hold-lifted": _("The report is no longer held back"),
    "silence-noticed": _("No word from her; a call was due"),
    "task-acknowledged": _("Someone took a task"),
    "task-done": _("A task was closed"),
    "pregnancy-contact-lost": _("She could not be reached"),
    "sign-in-given": _("She got a sign-in"),
    "calendar-opened": _("She made an address for her calendar"),
    "calendar-ended": _("She ended the address of her calendar"),
    "fertile-days-wanted": _("She asked to see her fertile days"),
    "fertile-days-not-wanted": _("She asked not to see her fertile days"),
    "erasure-asked": _("She asked that her record ends"),
    "erasure-wish-withdrawn": _("She took back her wish that her record ends"),
    "contact-to-confirm": _("A campus's address is to be confirmed"),
    "exported": _("Her record was exported"),
    "erased": _("Her facts were erased"),
    "erased-files-gone": _("Her image files were taken from the disk"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline."""

    at: datetime
    what: str
    by: str
    hers: bool = True
    """Whether it is told to her too; how the clinic works inside is not."""
    decision: DecisionCard | None = None


# Saved again and again while a report is written, or steps of a message on its way: in the audit,
# and in no woman's story.
WHILE_WRITING = frozenset({"findings-draft-saved"})
ON_THE_WAY = frozenset(
    {"message-claimed", "message-waits", "message-lapsed", "reminder-due"}
    | {"page-claimed", "page-waits", "page-printing", "page-held-up", "page-goes-on"}
)


def timeline(
    changes: Iterable[Audit], decisions: Iterable[DecisionCard], refunds: Iterable[Refund] = ()
) -> list[Happening]:
    """Return everything that happened, oldest first; a change stands before what was decided.

    Money that went back with a date has no line of its own in the ledger, so it gets one here.
    """
    changes = [row for row in changes if row.action not in WHILE_WRITING | ON_THE_WAY]
    told = {row.at for row in changes if row.action == "refunded"}
    lines = [
        Happening(row.at, _told(row.action), row.actor, row.action in HAPPENED) for row in changes
    ]
    for refund in refunds:
        if refund.at not in told:
            back = gettext("Money was given back: {amount}").format(amount=money(refund))
            lines.append(Happening(refund.at, back, refund.by))
    for card in decisions:
        row = card.row
        lines.append(
            Happening(
                row.made_at,
                gettext("Decision: {stage}").format(stage=card.stage),
                row.made_by,
                True,
                card,
            )
        )
    # Both came in their own order, which sorting keeps.
    return sorted(lines, key=lambda line: (line.at, line.decision is not None))


def _told(kind: str) -> str:
    known = HAPPENED.get(kind) or INSIDE.get(kind)
    return str(known) if known else capital(in_words(kind))
