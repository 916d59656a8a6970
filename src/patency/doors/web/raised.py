"""What an open question did to a diary entry: how it counts, and how it would count without."""

from dataclasses import dataclass

from patency.core.protocol.model import URGENCY_ORDER, Urgency
from patency.doors.web.asked import protocol_at
from patency.doors.web.asking import ActorRequest
from patency.doors.web.languages import Words
from patency.doors.web.reasons import URGENT_TONES
from patency.doors.web.words import HER_URGENCIES, URGENCIES, question
from patency.records.models.followup import DiaryEntry
from patency.service.following import left_open


@dataclass(frozen=True, slots=True)
class Raised:
    """An entry that counts as more urgent than what she told would by itself."""

    entry: DiaryEntry
    told_alone: Words
    """How soon someone must act on what she told, in words to her."""
    counts_as: Words
    for_her: Words
    for_staff: Words
    tone: str
    questions: tuple[str, ...]
    """What she left open, as it was asked."""


def raised_by(request: ActorRequest, entry: DiaryEntry | None) -> Raised | None:
    """Return how an entry was raised above its decision, or None where it was not."""
    row = entry.decision if entry is not None else None
    if entry is None or row is None:
        return None
    alone, counts = (Urgency(code) for code in (row.urgency or "S", entry.urgency))
    if URGENCY_ORDER.index(counts) >= URGENCY_ORDER.index(alone):
        return None
    open_ones = left_open(request.house, entry)
    if not open_ones:
        return None  # her own words made it so, and the page says who reads them
    protocol = protocol_at(request)
    return Raised(
        entry,
        HER_URGENCIES[alone.value][0],
        HER_URGENCIES[counts.value][0],
        HER_URGENCIES[counts.value][1],
        URGENCIES[counts.value][1],
        URGENT_TONES[counts.value],
        tuple(question(protocol, fact) for fact in open_ones),
    )
