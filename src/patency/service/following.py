"""Pieces of every service of the weeks after: tasks with their clocks, the follow-up, her cycle.

No acts of their own: they open no transaction and write no event; the service that uses them does.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from patency.core.access import Actor, NotPermitted
from patency.core.aftercare import (
    Clocks,
    Cycle,
    PlanItem,
    due_at,
    months_later,
    plan,
    usual_cycle_days,
    worse,
)
from patency.core.facts import AskedOf, FactRefused, FactValue
from patency.core.pregnancy import HcgLimits, HcgPair, ScanDays, scan_days
from patency.core.protocol.decide import Decision
from patency.core.protocol.model import Outcome, Stage, Urgency
from patency.records.models.exam import AntibioticChoice, DoseFollowUp, ExamRecord
from patency.records.models.followup import DiaryEntry, FollowUp, Task
from patency.records.models.visit import Period, Visit
from patency.records.seen_by import seen_by
from patency.service.house import House

LOOK_AT_THE_EXAM = "look-at-what-was-done"


def number(parameters: Mapping[str, FactValue], name: str, otherwise: float) -> float:
    """Return a number of the protocol at a site, or our own where it has none of that name."""
    value = parameters.get(name, otherwise)
    return float(value) if isinstance(value, int | float) else otherwise


def clocks_of(house: House, site: str) -> Clocks:
    """Return the triage clocks of a site."""
    values = house.rulebook_at(site).parameters
    ours = Clocks()
    return Clocks(
        urgent_hours=number(values, "triage_urgent_hours", ours.urgent_hours),
        call_hours=number(values, "triage_call_hours", ours.call_hours),
    )


def open_task(
    house: House,
    visit: Visit,
    kind: str,
    urgency: Urgency,
    *,
    why: Iterable[str],
    follow_up: FollowUp | None = None,
    due: datetime | None = None,
    now: datetime,
) -> Task:
    """Return a task that someone must do; ``why`` are rule ids and codes, never her words."""
    clock = due_at(urgency, now, clocks_of(house, visit.site))
    return Task.objects.create(
        site=visit.site,
        patient_id=visit.patient_id,
        visit=visit,
        follow_up=follow_up,
        kind=kind,
        urgency=urgency.value,
        why=", ".join(why),
        opened_at=now,
        due_at=due or clock or now + timedelta(hours=clocks_of(house, visit.site).call_hours),
    )


def task_for_blocks(
    house: House, visit: Visit, decision: Decision, *, answered: Collection[str], now: datetime
) -> Task | None:
    """Return the task to look at what was done although a rule speaks against it, if any does.

    ``answered`` are the rules that somebody has answered already. A clinician calls within a day,
    sooner where a rule asks for it.
    """
    rules = [each.rule for each in decision.reasons if each.rule.outcome is Outcome.BLOCK]
    rules = [rule for rule in rules if rule.id not in answered]
    if not rules:
        return None
    urgency = Urgency.CALL
    for rule in rules:
        urgency = worse(urgency, rule.urgency or Urgency.CALL)
    why = sorted(rule.id for rule in rules)
    return open_task(house, visit, LOOK_AT_THE_EXAM, urgency, why=why, now=now)


def rung_for(house: House, task: Task, urgency: Urgency, *, why: str, now: datetime) -> None:
    """Make an open task more urgent for a new reason; it has a new clock and nobody's name."""
    task.urgency, task.why = urgency.value, why
    task.due_at = due_at(urgency, now, clocks_of(house, task.site)) or task.due_at
    task.acknowledged_at, task.acknowledged_by = None, ""
    task.save(update_fields=["urgency", "why", "due_at", "acknowledged_at", "acknowledged_by"])


def open_tasks(visit: Visit, kind: str) -> list[Task]:
    """Return the tasks of a visit of one kind that nobody has done yet."""
    return list(Task.objects.filter(visit=visit, kind=kind, done_at__isnull=True))


def finish_tasks(visit: Visit, kind: str, note: str, *, by: Actor, now: datetime) -> None:
    """Mark the open tasks of a visit of one kind as done, by what was done just now."""
    for task in open_tasks(visit, kind):
        if task.acknowledged_at is None:
            task.acknowledged_at, task.acknowledged_by = now, by.name
        task.done_at, task.done_note = now, note
        task.save(update_fields=["acknowledged_at", "acknowledged_by", "done_at", "done_note"])


def new_follow_up(house: House, visit: Visit, exam: ExamRecord, *, now: datetime) -> FollowUp:
    """Return the follow-up of an examination, new, with its dated plan."""
    made: FollowUp = FollowUp.objects.create(
        visit=visit,
        patient_id=visit.patient_id,
        exam_day=house.day_at(visit.site, exam.started_at),
        plan=plan_of(house, visit, exam),
        opened_at=now,
    )
    return made


def not_followed(house: House, site: str, *, now: datetime) -> list[ExamRecord]:
    """Return the examinations of days gone by whose follow-up nobody has opened."""
    rows = ExamRecord.objects.filter(site=site, visit__follow_up__isnull=True)
    today = house.day_at(site, now)
    return [
        exam
        for exam in rows.select_related("visit").order_by("started_at")
        if house.day_at(site, exam.started_at) < today
    ]


def follow_up_seen(follow_up_id: UUID, why: str, *, by: Actor, now: datetime) -> FollowUp:
    """Return a follow-up this actor may see, the read audited. Raises ``FollowUp.DoesNotExist``."""
    rows = seen_by(by, why, now=now).follow_ups.select_related("visit__patient")
    found = rows.filter(pk=follow_up_id).first()
    if found is None:
        raise FollowUp.DoesNotExist(
            f"There is no follow-up {follow_up_id} at {by.site} that {by.name} may see. "
            "Follow-ups of one's own site are seen, and by a woman her own."
        )
    return found


def lock_follow_up(follow_up: FollowUp) -> FollowUp:
    """Return the follow-up as it stands now, held until the transaction ends."""
    rows = FollowUp.objects.select_for_update(of=("self",)).select_related("visit__patient")
    locked: FollowUp = rows.get(pk=follow_up.pk)
    return locked


def asked_of_her(house: House, site: str, stage: Stage) -> frozenset[str]:
    """Return the questions of a stage that she herself can answer, day by day."""
    book = house.rulebook_at(site)
    catalogue = book.protocol.facts
    used = {name for one in book.plans[stage].rules for name in one.facts}
    asked = used.union(*(book.base_facts.get(name, frozenset()) for name in used))
    return frozenset(
        name
        for name in asked
        if name in catalogue
        and catalogue[name].asked_of is AskedOf.PATIENT
        and not catalogue[name].lasting
    )


def left_open(house: House, entry: DiaryEntry) -> tuple[str, ...]:
    """Return the questions she left open in a diary entry, on which something urgent hangs."""
    row = entry.decision
    if row is None:
        return ()
    book = house.rulebook_at(row.site)
    waits = {
        fact
        for bound in book.plans[Stage.AFTERCARE].rules
        if bound.rule.id in row.unsettled and bound.rule.urgency not in (None, Urgency.SELF_CARE)
        for name in bound.facts
        for fact in (name, *book.base_facts.get(name, ()))
    }
    told = {name for name, value in (entry.entry or {}).items() if value is not None}
    return tuple(sorted(waits & asked_of_her(house, row.site, Stage.AFTERCARE) - told))


def read_hers(
    house: House, site: str, answers: Mapping[str, object], *, where: str
) -> dict[str, FactValue]:
    """Return what she told as facts. Raises ``FactRefused``, also for what is not hers to tell.

    What was seen and measured counts as it was recorded: no diary takes a wide tube back.
    """
    catalogue = house.rulebook_at(site).protocol.facts
    told = catalogue.read(answers, where=where)
    not_hers = sorted(name for name in answers if catalogue[name].asked_of is not AskedOf.PATIENT)
    if not_hers:
        raise FactRefused(
            f"{where}: {', '.join(not_hers)} is not a question she is asked. What staff measure "
            "and the system knows is recorded elsewhere; leave it out."
        )
    return told


def check_is_staff(by: Actor) -> None:
    """Return nothing, or raise ``NotPermitted`` for a woman: this is for staff to record."""
    if by.patient_id is not None:
        raise NotPermitted(
            f"{by.name} may tell of a positive test and of what she feels. What blood and scans "
            "say, and how it ended, staff record; call the clinic."
        )


def facts_of_pair(pair: HcgPair | None) -> dict[str, FactValue]:
    """Return two blood samples as the protocol's facts."""
    if pair is None:
        return {}
    return {
        "hcg_first_iu_l": pair.first.iu_per_l,
        "hcg_first_taken_at": pair.first.taken_at,
        "hcg_second_iu_l": pair.second.iu_per_l,
        "hcg_second_taken_at": pair.second.taken_at,
    }


def limits_of(house: House, site: str) -> HcgLimits:
    """Return the numbers for a pair of samples, as the protocol of a site has them."""
    values = house.rulebook_at(site).parameters
    ours = HcgLimits()
    return HcgLimits(
        hours_apart_min=number(values, "hcg_pair_min_hours", ours.hours_apart_min),
        hours_apart_max=number(values, "hcg_pair_max_hours", ours.hours_apart_max),
        rise_percent=number(values, "hcg_rise_percent", ours.rise_percent),
        fall_percent=number(values, "hcg_fall_percent", ours.fall_percent),
        scan_early_iu_per_l=number(values, "hcg_scan_iu_l", ours.scan_early_iu_per_l),
        retest_days=int(number(values, "hcg_urine_test_days", ours.retest_days)),
    )


def last_period_start(follow_up: FollowUp, day: date) -> date | None:
    """Return the start of the period before a day, if she told us of one."""
    rows = Period.objects.filter(patient_id=follow_up.patient_id, start__lte=day)
    return rows.order_by("-start").values_list("start", flat=True).first()


def scan_days_of(house: House, follow_up: FollowUp, last: date | None) -> ScanDays | None:
    """Return the days for a scan, estimated from her last period and her usual cycle."""
    if last is None:
        return None
    starts = Period.objects.filter(patient_id=follow_up.patient_id).values_list("start", flat=True)
    luteal = int(number(house.rulebook_at(follow_up.site).parameters, "luteal_days", 14))
    # Without two periods her cycle is not known, and the earlier days of a scan are the safer.
    return scan_days(last, cycle_days=usual_cycle_days(list(starts)) or 28, luteal_days=luteal)


# ---------------------------------------------------------------- when to try


def waits_of(
    house: House,
    follow_up: FollowUp,
    known: Mapping[str, FactValue],
    last_bled: date | None,
    dose: date | None,
) -> dict[str, date | None]:
    """Return the last day of everything trying waits for; None where nobody knows it is over."""
    choices = house.site(follow_up.site).choices
    rest = timedelta(days=int(choices["abstinence_days_after"].value))
    waits: dict[str, date | None] = {
        "abstinence": follow_up.exam_day + rest,
        "bleeding": last_bled,
    }
    if known.get("infection_cleared") is not True:
        waits["infection"] = None
    if dose is not None:
        waits["antibiotics"] = dose
    months = int(choices["conception_delay_months"].value)
    if months:
        waits["site-preference"] = months_later(follow_up.exam_day, months)
    return waits


def bleeding_told(follow_up: FollowUp) -> tuple[date, bool | None]:
    """Return the last day she said she bled, and whether her newest word is that it stopped."""
    last, dry = follow_up.exam_day, None
    for row in DiaryEntry.objects.filter(follow_up=follow_up).order_by("day", "at"):
        amount = (row.entry or {}).get("bleeding_amount")
        if amount is not None:
            dry = amount == "none"
            if not dry:
                last = follow_up.exam_day + timedelta(days=row.day)
    return last, dry


def last_dose(follow_up: FollowUp) -> date | None:
    """Return the last day of the antibiotics she was given, or None when there were none."""
    doses = DoseFollowUp.objects.filter(choice__exam__visit=follow_up.visit)
    return doses.order_by("-due_on").values_list("due_on", flat=True).first()


def cycle_of(house: House, visit: Visit, known: Mapping[str, FactValue]) -> Cycle | None:
    """Return the cycle of the examination with her usual length, or None where it is unknown."""
    start = known.get("period_start")
    starts = Period.objects.filter(patient_id=visit.patient_id).values_list("start", flat=True)
    usual = usual_cycle_days(list(starts))
    if usual is None:
        shortest, longest = known.get("shortest_cycle_days"), known.get("longest_cycle_days")
        if isinstance(shortest, int) and isinstance(longest, int):
            usual = (shortest + longest) // 2
    if not isinstance(start, date) or usual is None:
        return None
    luteal = number(house.rulebook_at(visit.site).parameters, "luteal_days", 14)
    return Cycle(start, usual, int(luteal))


# ---------------------------------------------------------------- plan and diary


def plan_of(house: House, visit: Visit, exam: ExamRecord) -> list[dict[str, str]]:
    """Return the dated plan after an examination, as it is kept."""
    site, values = house.site(visit.site), house.rulebook_at(visit.site).parameters
    exam_day = house.day_at(visit.site, exam.started_at)
    choice = AntibioticChoice.objects.filter(exam=exam, give=True).first()
    thyroid_days = int(number(values, "tsh_after_oil_days", 28))
    items = plan(
        exam_day,
        abstinence=site.choices["abstinence_days_after"],
        bath=site.choices["bath_days_after"],
        bleeding_days_max=int(number(values, "bleeding_days_after", 7)),
        antibiotic_days=choice.days or 0 if choice else 0,
        thyroid_test_on=exam_day + timedelta(days=thyroid_days) if exam.medium == "oil" else None,
    )
    return [_as_json(item) for item in items]


def _as_json(item: PlanItem) -> dict[str, str]:
    return {
        "what": item.what,
        "first_day": item.first_day.isoformat(),
        "last_day": item.last_day.isoformat(),
        "provenance": item.provenance,
        "standing": item.standing.value if item.standing else "",
    }


def bled_before(follow_up: FollowUp, day: date) -> list[str]:
    """Return how much she bled on the days before, as far as she told, oldest first."""
    newest: dict[int, str] = {}
    for row in DiaryEntry.objects.filter(follow_up=follow_up).order_by("day", "at"):
        amount = (row.entry or {}).get("bleeding_amount")
        if row.day < (day - follow_up.exam_day).days and isinstance(amount, str):
            newest[row.day] = amount
    return [newest[each] for each in sorted(newest)]
