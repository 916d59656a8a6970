"""The weeks after an examination: the plan, the diary and its triage, when to try, the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.aftercare import (
    DiaryRefused,
    Triage,
    WhenToTry,
    diary_day,
    free_text_urgency,
    implied,
    triage,
    unanswered,
    when_to_try,
)
from patency.core.facts import FactRefused, FactValue
from patency.core.protocol.decide import Decision, decide
from patency.core.protocol.model import Stage, Urgency
from patency.core.site.contested import Choice
from patency.core.visit import VisitState
from patency.records.facts_on import facts_to_json
from patency.records.ledger import remember_change
from patency.records.models.exam import DoseFollowUp, ExamRecord
from patency.records.models.followup import DiaryEntry, FollowUp, Task
from patency.records.models.visit import Visit, lock
from patency.service import journey
from patency.service.examined import exam_of, facts_of_the_exam
from patency.service.following import (
    asked_of_her,
    bled_before,
    bleeding_told,
    clocks_of,
    cycle_of,
    follow_up_seen,
    last_dose,
    lock_follow_up,
    new_follow_up,
    open_task,
    read_hers,
    waits_of,
)
from patency.service.house import House
from patency.service.judging import facts_now, judge, language_of

CONTESTED_HERE = ("abstinence_days_after", "bath_days_after", "conception_delay_months")


class AftercareRefused(Exception):
    """Something in the weeks after an examination that cannot be as it was asked for."""


class NoExamination(AftercareRefused):
    """There is nothing to follow up."""


class EntryRefused(AftercareRefused):
    """A diary entry that cannot be read, or a day the diary does not have."""


class StillOpen(AftercareRefused):
    """A follow-up cannot be closed while someone still has something to do in it."""


# ---------------------------------------------------------------- the plan


def open_follow_up(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> FollowUp:
    """Return the follow-up of an examination, with its dated plan; opening it twice gives it."""
    access.check(by, Action.DISCHARGE)
    visit = journey.visit_seen(visit_id, "open the follow-up", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        exam = exam_of(visit)
        if exam is None:
            raise NoExamination(
                f"visit/{visit.pk} is {visit.state} and has no examination to follow up. Record "
                "the examination first."
            )
        there: FollowUp | None = FollowUp.objects.filter(visit=visit).first()
        if there is not None:
            return there
        return _opened(house, visit, exam, by=by, now=now)


def _opened(house: House, visit: Visit, exam: ExamRecord, *, by: Actor, now: datetime) -> FollowUp:
    found = new_follow_up(house, visit, exam, now=now)
    its: dict[str, object] = {"visit": visit.pk}
    remember_change(found, "follow-up-opened", by=by, now=now, fields=["follow_up"], payload=its)
    return found


# ---------------------------------------------------------------- the diary


@dataclass(frozen=True, slots=True)
class Told:
    """What she told on one day, what the protocol says to it, and who must act by when."""

    entry: DiaryEntry
    decision: Decision
    triage: Triage
    task: Task | None


def record_diary(
    house: House,
    follow_up_id: UUID,
    day: date,
    answers: Mapping[str, object],
    free_text: str = "",
    *,
    by: Actor,
    now: datetime,
) -> Told:
    """Return the diary entry of a day, triaged. Raises ``EntryRefused``.

    The worst trigger wins, and unanswered questions make it one level more urgent. Anything in
    her own words, in any language, opens a task for a nurse and never lowers the urgency. An
    entry never closes a task that an earlier one opened. All clocks run in calendar time.
    """
    access.check(by, Action.RECORD_DIARY)
    follow_up = follow_up_seen(follow_up_id, "write in the diary", by=by, now=now)
    told = _read(house, follow_up, day, answers, now=now)
    free_text = free_text.replace("\0", "")  # no text, and no table takes it
    with transaction.atomic():
        follow_up = lock_follow_up(follow_up)
        is_back = follow_up.state == "lost"
        if is_back:  # nobody could reach her, and here she is
            follow_up.state, follow_up.closed_at = "open", None
            follow_up.save(update_fields=["state", "closed_at"])
        if follow_up.state != "open":
            raise EntryRefused(
                f"Follow-up {follow_up.pk} is {follow_up.state}, so its diary is closed. Call the "
                "clinic; in an emergency, the emergency number."
            )
        visit = follow_up.visit
        number_of_day = diary_day(follow_up.exam_day, day)
        told |= implied(told, day=number_of_day, bleeding_before=bled_before(follow_up, day))
        facts = {
            **facts_of_the_exam(house, visit),
            **told,
            "exam_date": follow_up.exam_day,
            "diary_date": day,
            "free_text_given": bool(free_text.strip()),
        }
        decision, row = judge(
            house, visit, Stage.AFTERCARE, extra_facts=facts, follow_up=follow_up, by=by, now=now
        )
        unknown = unanswered(decision, asked_of_her(house, visit.site, Stage.AFTERCARE))
        found = triage(decision, unknown, now=now, clocks=clocks_of(house, visit.site))
        urgency = free_text_urgency(found.urgency) if free_text.strip() else found.urgency
        entry = DiaryEntry.objects.create(
            follow_up=follow_up,
            day=number_of_day,
            entry=facts_to_json(told),
            free_text=free_text if free_text.strip() else None,
            urgency=urgency.value,
            decision=row,
            at=now,
        )
        task = None
        if urgency is not Urgency.SELF_CARE:
            own_words = ["own-words-to-read"] if free_text.strip() else []
            task = open_task(
                house,
                visit,
                "triage" if found.urgency is not Urgency.SELF_CARE else "read-own-words",
                urgency,
                why=dict.fromkeys([*found.why, *own_words]),
                follow_up=follow_up,
                now=now,
            )
        remember_change(
            follow_up,
            "diary-recorded",
            by=by,
            now=now,
            fields=[
                "diary_entry",
                "decision",
                *(["task"] if task else []),
                *(["follow_up"] if is_back else []),
            ],
            payload={
                "entry": entry.pk,
                "urgency": urgency.value,
                "task": task.pk if task else None,
            },
        )
    return Told(entry, decision, found, task)


def _read(
    house: House, follow_up: FollowUp, day: date, answers: Mapping[str, object], *, now: datetime
) -> dict[str, FactValue]:
    try:
        diary_day(follow_up.exam_day, day)
        read = read_hers(house, follow_up.site, answers, where="diary")
    except (DiaryRefused, FactRefused) as refusal:
        raise EntryRefused(f"{refusal} Nothing was kept; send the entry again.") from refusal
    if day > house.day_at(follow_up.site, now):
        raise EntryRefused(
            f"The diary entry for {day} was not kept: that day has not come yet. Write about today "
            "or a day before it."
        )
    return read


# ---------------------------------------------------------------- when to try


@dataclass(frozen=True, slots=True)
class Advice:
    """From when a couple may try, what the protocol says to it, and the choices it rests on."""

    when: WhenToTry
    decision: Decision
    choices: Mapping[str, Choice]
    """What the site chose where sources disagree; shown wherever the advice is given."""


def conception_advice(
    house: House, follow_up_id: UUID, *, language: str | None = None, by: Actor, now: datetime
) -> Advice:
    """Return dated advice on trying; the fertile days in it are an estimate and say so."""
    access.check(by, Action.RECORD_DIARY)
    follow_up = follow_up_seen(follow_up_id, "advice on trying", by=by, now=now)
    with transaction.atomic():
        facts, dose, last_bled = _known_of_trying(house, follow_up, now=now)
        decision, row = judge(
            house,
            follow_up.visit,
            Stage.CONCEPTION,
            extra_facts=facts,
            follow_up=follow_up,
            by=by,
            now=now,
            language=language,
        )
        remember_change(
            follow_up,
            "conception-advised",
            by=by,
            now=now,
            fields=["decision"],
            payload={"decision": row.pk, "rules": sorted(decision.fired)},
        )
    return _advice(house, follow_up, decision, facts, dose, last_bled, now=now)


def would_advise(
    house: House, follow_up_id: UUID, *, language: str, by: Actor, now: datetime
) -> Advice:
    """Return the advice on trying as it would be given now; nothing is kept by asking."""
    access.check(by, Action.RECORD_DIARY)
    follow_up = follow_up_seen(follow_up_id, "advice on trying", by=by, now=now)
    facts, dose, last_bled = _known_of_trying(house, follow_up, now=now)
    known = facts_now(
        house, follow_up.visit, Stage.CONCEPTION, extra=facts, follow_up=follow_up, now=now
    )
    book = house.rulebook_at(follow_up.site)
    decision = decide(book, Stage.CONCEPTION, known, language_of(book.protocol, language))
    return _advice(house, follow_up, decision, facts, dose, last_bled, now=now)


def _known_of_trying(
    house: House, follow_up: FollowUp, *, now: datetime
) -> tuple[dict[str, FactValue], date | None, date | None]:
    """Return what advice on trying rests on, the last dose, and the last day she bled, if dry."""
    today, visit = house.day_at(follow_up.site, now), follow_up.visit
    facts: dict[str, FactValue] = {
        **facts_of_the_exam(house, visit),
        "exam_date": follow_up.exam_day,
        "advice_date": today,
    }
    last_bled, dry = bleeding_told(follow_up)
    if dry is not None:
        facts["bleeding_today"] = not dry
    dose = last_dose(follow_up)
    if dose is not None and dose < today:
        missed = DoseFollowUp.objects.filter(choice__exam__visit=visit, taken=False).exists()
        facts |= {} if missed else {"antibiotics_finished": True}
    return facts, dose, last_bled if dry else None


def _advice(
    house: House,
    follow_up: FollowUp,
    decision: Decision,
    facts: Mapping[str, FactValue],
    dose: date | None,
    last_bled: date | None,
    *,
    now: datetime,
) -> Advice:
    visit = follow_up.visit
    known = facts_now(house, visit, Stage.CONCEPTION, extra=facts, follow_up=follow_up, now=now)
    when = when_to_try(
        waits_of(house, follow_up, known, last_bled, dose), cycle_of(house, visit, known)
    )
    choices = house.site(follow_up.site).choices
    return Advice(when, decision, {name: choices[name] for name in CONTESTED_HERE})


# ---------------------------------------------------------------- the end


def close_visit(visit_id: UUID, *, by: Actor, now: datetime) -> Visit:
    """Return the visit, closed after its report went out; its follow-up goes on by itself.

    So a repeat examination can begin while she is still followed up after this one.
    """
    access.check(by, Action.DISCHARGE)
    visit = journey.visit_seen(visit_id, "close the visit", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        journey.advance(visit, VisitState.CLOSED, now=now)
        remember_change(visit, "visit-closed", by=by, now=now, fields=["visit"])
    return visit


def close_follow_up(follow_up_id: UUID, *, by: Actor, now: datetime) -> FollowUp:
    """Return the follow-up, closed, and with it the visit. Raises ``StillOpen``.

    She has said that the bleeding has stopped, and nothing is left to do: no task, no pregnancy
    without an outcome, no answer awaited.
    """
    access.check(by, Action.DISCHARGE)
    follow_up = follow_up_seen(follow_up_id, "close the follow-up", by=by, now=now)
    with transaction.atomic():
        follow_up = lock_follow_up(follow_up)
        if follow_up.state == "closed":
            return follow_up
        _, is_dry = bleeding_told(follow_up)
        left = {
            "tasks": follow_up.tasks.filter(done_at__isnull=True).count(),
            "pregnancies": follow_up.pregnancies.filter(closed_at__isnull=True).count(),
            "referrals": follow_up.referrals.filter(answered_at__isnull=True).count(),
        }
        listed = ", ".join(f"{what} ({count})" for what, count in left.items() if count)
        if not is_dry:
            listed = ", ".join(filter(None, [listed, "her word that the bleeding has stopped"]))
        if listed:
            raise StillOpen(
                f"Follow-up {follow_up.pk} was not closed: still open are {listed}. Close each, "
                "with what came of it, first."
            )
        visit = lock(follow_up.visit)
        journey.advance(visit, VisitState.CLOSED, now=now)
        follow_up.state, follow_up.closed_at = "closed", now
        follow_up.save(update_fields=["state", "closed_at"])
        remember_change(
            follow_up,
            "follow-up-closed",
            by=by,
            now=now,
            fields=["follow_up", "visit"],
            payload={"visit": visit.pk},
        )
    return follow_up
