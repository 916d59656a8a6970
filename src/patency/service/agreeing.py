"""How far draft readings and the readers who saw them agree, tube by tube; never who is right."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.agreement import Agreement, agreement
from patency.core.findings.model import Spill, Tube
from patency.core.suggested import CANNOT_TELL, NOT_PASSED, PASSED, TUBES
from patency.records.models.suggested import READ, DraftReading, Judgement
from patency.records.seen_by import check_own_site, seen_by
from patency.service.examined import newest_findings
from patency.service.house import House

MOST = 2_000
"""Readings that are counted, the newest first."""


@dataclass(frozen=True, slots=True)
class TubeAgreement:
    """Of one tube, right or left of her: every pair of words, and the kappa where both said one."""

    pairs: Mapping[tuple[str, str], int]
    """What the draft said and what the reader signed; one of passed, not_passed, indeterminate."""
    both: Agreement
    """Of the pairs in which neither abstained."""
    draft_abstained: int
    reader_abstained: int
    outcomes: Mapping[str, int]
    """How often the reader accepted, corrected or rejected."""

    @property
    def n(self) -> int:
        """How many tubes were judged and signed."""
        return sum(self.pairs.values())


def agreement_at(
    house: House, site: str, *, by: Actor, now: datetime
) -> Mapping[str, TubeAgreement]:
    """Return the agreement of a site by tube: the draft's word against what was signed.

    Only tubes that a reader judged and signed are counted; an erased one is not.
    """
    access.check(by, Action.SEE_QUALITY)
    check_own_site(by, house.site(site).slug)
    seen = seen_by(by, "agreement with draft readings", now=now)
    newest: dict[tuple[object, str], Judgement] = {}
    readings: dict[object, DraftReading] = {}
    rows = seen.draft_readings.filter(state=READ, findings__isnull=False)
    for reading in rows.select_related("visit").order_by("-done_at")[:MOST]:
        readings[reading.pk] = reading
    for each in seen.judgements.filter(about__in=TUBES).order_by("made_at"):
        if each.reading_id in readings and each.suggested:
            newest[each.reading_id, each.about] = each
    pairs: dict[str, list[tuple[str, str]]] = {side: [] for side in TUBES}
    outcomes: dict[str, Counter[str]] = {side: Counter() for side in TUBES}
    for (reading_id, _), judgement in newest.items():
        word = _signed(readings[reading_id], judgement.hers)
        if word and judgement.suggested is not None:
            pairs[judgement.hers].append((judgement.suggested["value"], word))
            outcomes[judgement.hers][judgement.outcome] += 1
    return {side: _counted(pairs[side], outcomes[side]) for side in TUBES}


def _counted(pairs: list[tuple[str, str]], outcomes: Mapping[str, int]) -> TubeAgreement:
    return TubeAgreement(
        pairs=Counter(pairs),
        both=agreement([each for each in pairs if CANNOT_TELL not in each]),
        draft_abstained=sum(one == CANNOT_TELL for one, _ in pairs),
        reader_abstained=sum(other == CANNOT_TELL for _, other in pairs),
        outcomes=outcomes,
    )


def _signed(reading: DraftReading, side: str) -> str:
    """Return what stands in the newest signed report of a tube, or nothing."""
    report = reading.visit.reports.filter(status="signed").order_by("-version").first()
    if report is None or report.signed_at is None:
        return ""
    findings = newest_findings(reading.visit, by=report.signed_at)
    if findings is None:
        return ""
    return _word(findings.right if side == "right" else findings.left)


def _word(tube: Tube) -> str:
    if tube.spill is Spill.NOT_SEEN:
        return CANNOT_TELL
    return PASSED if tube.is_patent else NOT_PASSED
