"""What happened on one woman's journey, in order, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from patency.doors.web.reasons import DecisionCard
from patency.doors.web.templatetags.plain import money
from patency.doors.web.words import capital, in_words
from patency.records.models.ledger import Audit
from patency.records.models.money import Refund

# How the ledger's kinds of change are told; one that is not here is told by its own name.
HAPPENED: Mapping[str, str] = {
    "registered": "Registered",
    "visit-opened": "A new visit was opened",
    "contact-changed": "Contact details changed",
    "channel-consent-given": "Agreed to be reached by a channel",
    "channel-consent-withdrawn": "No longer wants to be reached by a channel",
    "visit-cancelled": "The visit was cancelled",
    "period-began": "A period began",
    "older-period-told": "An older period was told",
    "window-changed": "The end of bleeding was told; the window changed",
    "intervention-told": "Something done elsewhere was told",
    "answered": "Questions were answered",
    "results-recorded": "Test results were recorded",
    "planned": "Tentative days were worked out",
    "booked": "The examination was booked",
    "visit-booked": "The clinic visit was booked",
    "booking-refused": "A date was not given",
    "moved": "The examination was moved",
    "offered": "A place was offered and kept for a while",
    "offer-declined": "An offered place was left",
    "offer-expired": "An offered place was not taken in time",
    "offer-withdrawn": "An offered place was withdrawn",
    "plan-changed": "Tentative days changed",
    "wishes-told": "Wishes for the dates were told",
    "urgency-said": "How urgent a date is was said",
    "no-period-told": "No period had begun yet",
    "bumped": "Came, and there was no room: planned anew",
    "date-confirmed": "The date was judged again and stands",
    "seat-freed": "A date was given up",
    "turned-down": "No date in this cycle; first in the next",
    "quoted": "The price was told",
    "paid": "Payment was taken",
    "refunded": "Money was given back",
    "consent-signed": "Consent was signed",
    "consent-withdrawn": "Consent was withdrawn",
    "application-signed": "The application for the examination was signed",
    "treatment-attested": "What was kept to during the treatment was told",
    "treated": "A treatment was begun",
    "treatment-ended": "The treatment ended",
    "hold-released": "The hold was released",
    "overridden": "A clinician went another way on a rule",
    "arrived": "Arrived for the examination",
    "waits-on-arrival": "Arrived; something was still open",
    "sent-home": "Went home without the examination",
    "missed": "A date passed without her",
    "examined": "The examination was made",
    "observed": "Watched after the examination",
    "she-left": "Left after the observation",
    "antibiotics-given": "Antibiotics were prescribed",
    "antibiotics-not-given": "No antibiotics were needed",
    "report-signed": "The report was signed",
    "report-released": "The report was released",
    "report-picked-up": "The report was picked up",
    "report-amended": "The report was amended",
    "follow-up-opened": "The weeks after began, with a dated plan",
    "diary-recorded": "The diary was written in",
    "dose-taken": "A dose was taken",
    "dose-missed": "A dose was missed",
    "conception-advised": "Advice on trying was given",
    "pregnancy-reported": "A positive pregnancy test was told",
    "hcg-recorded": "hCG in blood was recorded",
    "pregnancy-scanned": "A scan was recorded",
    "pregnancy-closed": "The pregnancy's outcome was recorded",
    "referred": "Referred to another clinic",
    "referral-answered": "The other clinic answered",
    "follow-up-closed": "The weeks after ended",
    "visit-closed": "The visit was closed",
}
# How the clinic works inside, and what a person tells her before a page does.
INSIDE: Mapping[str, str] = {
    "alarm-due": "An alarm rang",
    "application-refused": "The application was not made: a gate is closed",
    "critical-finding-noted": "A critical finding was noted",
    "critical-finding-told": "She was told of a critical finding",
    "findings-recorded": "Findings were recorded",
    "message-sent": "A message was sent",
    "message-not-sent": "A message could not be sent",
    "report-drafted": "The report was drafted",
    "report-amendment-drafted": "An amendment was drafted",
    "report-held": "The report was held back",
    "report-hold-lifted": "The report is no longer held back",
    "silence-noticed": "No word from her; a call was due",
    "task-acknowledged": "Someone took a task",
    "task-done": "A task was closed",
    "pregnancy-contact-lost": "She could not be reached",
    "sign-in-given": "She got a sign-in",
    "exported": "Her record was exported",
    "erased": "Her facts were erased",
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


def timeline(
    changes: Iterable[Audit], decisions: Iterable[DecisionCard], refunds: Iterable[Refund] = ()
) -> list[Happening]:
    """Return everything that happened, oldest first; a change stands before what was decided.

    Money that went back with a date has no line of its own in the ledger, so it gets one here.
    """
    changes = list(changes)
    told = {row.at for row in changes if row.action == "refunded"}
    lines = [
        Happening(row.at, _told(row.action), row.actor, row.action in HAPPENED) for row in changes
    ]
    for refund in refunds:
        if refund.at not in told:
            back = f"{HAPPENED['refunded']}: {money(refund)}"
            lines.append(Happening(refund.at, back, refund.by))
    for card in decisions:
        row = card.row
        lines.append(Happening(row.made_at, f"Decision: {card.stage}", row.made_by, True, card))
    # Both came in their own order, which sorting keeps.
    return sorted(lines, key=lambda line: (line.at, line.decision is not None))


def _told(kind: str) -> str:
    return HAPPENED.get(kind) or INSIDE.get(kind) or capital(in_words(kind))
