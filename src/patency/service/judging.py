"""A piece of every service that asks the protocol: judge her visit as it stands, keep the decision.

No act of its own: it opens no transaction and writes no event; the service that asks does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from patency.core.access import Actor, OverrideBy, Role
from patency.core.facts import Facts, FactValue
from patency.core.protocol.decide import Decision, Override, Reason, decide
from patency.core.protocol.model import Outcome, Protocol, Stage
from patency.core.protocol.rulebook import rulebook_with
from patency.records.facts_on import facts_from_json, facts_on, facts_to_json, newest_period
from patency.records.models.followup import FollowUp
from patency.records.models.visit import Decision as DecisionRow
from patency.records.models.visit import Override as OverrideRow
from patency.records.models.visit import Visit
from patency.service.house import House

# Before an examination the calendar may refuse; afterwards nothing may keep a triage waiting.
ASKS_THE_CALENDAR = frozenset({Stage.TENTATIVE, Stage.VISIT, Stage.BOOKING, Stage.ARRIVAL})


class FactsErased(Exception):
    """A decision cannot be made again, because the facts it rested on were erased."""


def judge(
    house: House,
    visit: Visit,
    stage: Stage,
    *,
    extra_facts: Facts | None = None,
    follow_up: FollowUp | None = None,
    by: Actor,
    now: datetime,
    language: str | None = None,
) -> tuple[Decision, DecisionRow]:
    """Return what the protocol of her site says today, and the row that keeps it.

    ``extra_facts`` count more than what the tables know. The row keeps the protocol, the site's
    own values, the facts and the words as they were shown, so that it can be replayed.
    """
    book = house.rulebook_at(visit.site)
    facts = facts_now(house, visit, stage, extra=extra_facts, follow_up=follow_up, now=now)
    code = language_of(book.protocol, language or visit.patient.language)
    decision = decide(book, stage, facts, code)
    row = DecisionRow.objects.create(
        visit=visit,
        follow_up=follow_up,
        stage=stage.value,
        protocol=decision.protocol,
        site_parameters=dict(decision.local),
        facts=facts_to_json(facts),
        outcome=decision.verdict,
        may_proceed=decision.may_proceed,
        urgency=decision.urgency.value if decision.urgency else "",
        rule_ids=[reason.rule.id for reason in decision.reasons],
        unsettled=[each.rule.id for each in decision.unsettled],
        questions=list(decision.questions),
        shown={"language": code, "reasons": [as_shown(reason) for reason in decision.reasons]},
        made_at=now,
        made_by=by.name,
    )
    return decision, row


def facts_now(
    house: House,
    visit: Visit,
    stage: Stage,
    *,
    extra: Facts | None = None,
    follow_up: FollowUp | None = None,
    now: datetime,
) -> dict[str, FactValue]:
    """Return what is known of her on the site's day, with what the calendar says of its dates."""
    today = house.day_at(visit.site, now)
    facts: dict[str, FactValue] = {
        **_paper_facts(visit, today),
        **facts_on(visit, today, follow_up=follow_up),
        **_treatment_facts(visit),
        **(extra or {}),
    }
    if stage in ASKS_THE_CALENDAR:
        facts |= _calendar_facts(house, visit.site, facts)
    return facts


def _paper_facts(visit: Visit, today: date) -> dict[str, FactValue]:
    """Return what was written down when she registered, signed or told of her period.

    What she has answered since counts more.
    """
    patient = visit.patient
    facts: dict[str, FactValue] = {
        "medium_wanted": visit.medium_wanted,
        "contact_and_language_known": bool((patient.phone or patient.email) and patient.language),
        "serum_hcg_done": False,
    }
    if visit.indication:
        facts["indication"] = visit.indication
    period = newest_period(visit, today)
    if period is not None:
        facts["period_kind"] = period.kind
        if period.normal is not None:
            facts["last_bleed_normal"] = period.normal
    consent = next((row for row in visit.consents.all() if row.withdrawn_at is None), None)
    if consent is not None and consent.interpreter_language:
        facts["interpreter_needed"] = True
    if consent is not None and not consent.chaperone and not consent.operator_sex_wish:
        # asked for nothing, so nothing is unmet
        facts["chaperone_wish_met"] = True
    return facts


def _treatment_facts(visit: Visit) -> dict[str, FactValue]:
    """Return what the newest treatment means; without one, staff say whether there was any."""
    treatment = max(visit.treatments.all(), key=lambda row: row.started_on, default=None)
    if treatment is None:
        return {}
    ended = treatment.ended_on
    facts: dict[str, FactValue] = {
        "genital_infection_treated": True,
        # An unclear retest is held back by its own rule, until someone has looked at it.
        "retest_passed": ended is not None
        and any(
            row.kind in ("leucorrhoea", "chlamydia") and row.day > ended and row.verdict != "failed"
            for row in visit.test_results.all()
        ),
    }
    kept = (treatment.no_intercourse_attested, treatment.no_bath_attested)
    if None not in kept:
        facts["treatment_rules_kept"] = all(kept)
    return facts


def _calendar_facts(house: House, site: str, facts: Facts) -> dict[str, FactValue]:
    openings = house.openings_at(site)
    found: dict[str, FactValue] = {}
    for name, fact, closed in (
        ("exam_date", "exam_day_open", openings.exam),
        ("visit_date", "visit_day_open", openings.visit),
    ):
        day = facts.get(name)
        if isinstance(day, date):
            found[fact] = closed(day) is None
    return found


def overrides_of(house: House, visit: Visit, facts: Facts) -> tuple[Override, ...]:
    """Return the overrides that count for a decision resting on ``facts``.

    An override is good for the cycle it was made in, and only while the rule still allows it to
    the person who made it.
    """
    return tuple(
        Override(row.rule_id, row.reason, row.by_name, row.at)
        for row in override_rows(house, visit, facts.get("period_start"))
    )


def override_rows(house: House, visit: Visit, cycle: FactValue | None) -> list[OverrideRow]:
    """Return the rows of the overrides that count in the cycle that began on a day."""
    protocol = house.rulebook_at(visit.site).protocol
    rows = OverrideRow.objects.filter(decision__visit=visit).select_related("decision")
    return [
        row
        for row in rows.order_by("-at")
        if row.decision.facts is not None
        and facts_from_json(row.decision.facts).get("period_start") == cycle
        and _still_allowed(protocol, row)
    ]


def _still_allowed(protocol: Protocol, row: OverrideRow) -> bool:
    open_to = {rule.id: rule.override for rule in protocol.rules}.get(row.rule_id)
    match open_to:
        case OverrideBy.CLINICIAN:
            return True
        case OverrideBy.CONSULTANT:
            return Role.CONSULTANT.value in row.by_role.split(", ")
        case _:
            return False


def standing(house: House, visit: Visit, decision: Decision) -> tuple[Reason, ...]:
    """Return the reasons that stop her and that nobody has overridden in this cycle."""
    return decision.standing(overrides_of(house, visit, decision.facts))


def seen_to_first(house: House, visit: Visit, *, now: datetime) -> tuple[Reason, ...]:
    """Return what she told at registration that is seen to before a test makes sense.

    Nothing is written. What is only about days is left to the rules of the day.
    """
    facts = facts_now(house, visit, Stage.REGISTRATION, now=now)
    decision = decide(house.rulebook_at(visit.site), Stage.REGISTRATION, facts)
    return tuple(
        reason
        for reason in standing(house, visit, decision)
        if reason.rule.outcome in (Outcome.BLOCK, Outcome.HOLD) and not reason.rule.timing
    )


def may_proceed(house: House, visit: Visit, decision: Decision) -> bool:
    """Return whether nothing stands in the way, this cycle's overrides counted."""
    return decision.may_proceed_after(overrides_of(house, visit, decision.facts))


def language_of(protocol: Protocol, wanted: str) -> str:
    """Return the nearest language the protocol speaks: the wanted one, its family, or English."""
    family = wanted.split("-")[0]
    spoken = (wanted, family, "en", *protocol.words)
    return next(code for code in spoken if code in protocol.words)


def as_shown(reason: Reason) -> dict[str, str]:
    """Return a reason's words as they are kept."""
    return {
        "rule": reason.rule.id,
        "outcome": reason.rule.outcome.value,
        "say": reason.say,
        "why": reason.why,
        "do": reason.do,
        "come_back": reason.come_back,
        "staff": reason.staff,
    }


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision made again from what was kept, and where it came out differently."""

    decision: Decision
    differs: tuple[str, ...]
    """The names of what is not as it was; empty when the decision came out the same."""

    @property
    def same(self) -> bool:
        """Whether the decision came out as it was."""
        return not self.differs


def replay(row: DecisionRow, house: House) -> Replayed:
    """Return the decision made again under its own protocol version from its own facts.

    Raises ``FactsErased`` with the day, and ``NotKnown`` when that version is not here any more.
    """
    if row.facts is None:
        on = f" on {house.day_at(row.site, row.erased_at)}" if row.erased_at else ""
        raise FactsErased(
            f"Decision {row.pk} cannot be made again: its facts were erased{on}. Its outcome, rule "
            "ids and times are kept. Read those; the facts cannot be brought back."
        )
    book = rulebook_with(house.protocol(row.protocol), facts_from_json(row.site_parameters))
    shown = row.shown or {}
    code = language_of(book.protocol, str(shown.get("language", "en")))
    decision = decide(book, Stage(row.stage), facts_from_json(row.facts), code)
    again: Mapping[str, Any] = {
        "outcome": decision.verdict,
        "may_proceed": decision.may_proceed,
        "urgency": decision.urgency.value if decision.urgency else "",
        "rule_ids": [reason.rule.id for reason in decision.reasons],
        "unsettled": [each.rule.id for each in decision.unsettled],
        "questions": list(decision.questions),
        "shown": {"language": code, "reasons": [as_shown(each) for each in decision.reasons]},
    }
    return Replayed(
        decision, tuple(name for name, value in again.items() if getattr(row, name) != value)
    )
