"""Pieces of every service that meets a pregnancy: whether we know of one, and bleeding in it.

No acts of their own: they open no transaction and write no event; the service that uses them does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from patency.core.access import Actor
from patency.core.aftercare import worse
from patency.core.facts import FactValue
from patency.core.pregnancy import PregnancyState
from patency.core.protocol.decide import Decision
from patency.core.protocol.model import Stage, Urgency
from patency.records.models.followup import DiaryEntry, FollowUp, PregnancyEpisode, Task
from patency.records.models.people import Patient
from patency.records.models.visit import Answer, TestResult, Visit
from patency.service.examined import facts_of_the_exam
from patency.service.following import number, open_task
from patency.service.house import House
from patency.service.judging import judge

P = PregnancyState
PLACE = {
    P.UNKNOWN_LOCATION: "not_known",
    P.INTRAUTERINE: "womb",
    P.ECTOPIC: "outside_the_womb",
    P.MISCARRIAGE: "ended",
    P.LOST: "lost_contact",
}
# Closed so, a pregnancy is over; closed in the womb or lost from sight, it goes on.
OVER = (P.MISCARRIAGE.value, P.ECTOPIC.value)
# Our choice: a pregnancy is nine months, and a test is positive four weeks into it at the soonest.
LONGEST = timedelta(days=280)
# Our choice: bleeding that began sooner before a positive test is not the period before the
# pregnancy: no test is positive within three weeks of a first day.
SOONEST_POSITIVE = timedelta(days=21)

BLEEDING_IN_PREGNANCY = "bleeding-in-pregnancy"
# Positive test with bleeding: clinical triage, the rule positive-test-with-signs (NICE NG126).
# It is at least this soon, whatever a site's protocol says; its other signs are asked on the call.
AT_LEAST = Urgency.URGENT


@dataclass(frozen=True, slots=True)
class Expecting:
    """A pregnancy we know of: since when, by which test, and where it was told."""

    told_at: datetime
    test_on: date
    visit: Visit
    follow_up: FollowUp | None = None
    episode: PregnancyEpisode | None = None


def pregnancy_known(house: House, patient: Patient, *, now: datetime) -> Expecting | None:
    """Return the pregnancy we know of today, or None.

    One that is followed, one that went out of our sight as it went on, or a positive test she
    told of or staff read. It is over by its outcome, by a negative test read since, or by time.
    Her own later "no" in a diary ends nothing: it may say only that she made no test that day.
    """
    today = house.day_at(patient.site, now)
    open_one = (
        PregnancyEpisode.objects.filter(follow_up__patient=patient, closed_at__isnull=True)
        .select_related("follow_up__visit__patient")
        .order_by("-opened_at")
        .first()
    )
    if open_one is not None:
        return _of_episode(open_one)
    told = [one for one in _told(house, patient) if one.test_on >= today - LONGEST]
    newest = max(told, key=lambda one: one.told_at, default=None)
    if newest is None:
        return None
    return None if any(at > newest.told_at for at in _ends(house, patient)) else newest


def is_before(known: Expecting, start: date) -> bool:
    """Return whether bleeding that began on a day can be the period before a pregnancy."""
    return start <= known.test_on - SOONEST_POSITIVE


def judge_pregnancy(
    house: House,
    episode: PregnancyEpisode,
    extra: Mapping[str, FactValue],
    *,
    by: Actor,
    now: datetime,
) -> Decision:
    """Return what the protocol says of a pregnancy as it stands; ``extra`` is told just now."""
    follow_up = episode.follow_up
    facts = {
        **facts_of_the_exam(house, follow_up.visit),
        "pregnancy_place": PLACE[PregnancyState(episode.state)],
        "positive_test_on": episode.test_on,
        **extra,
    }
    decision, _ = judge(
        house,
        follow_up.visit,
        Stage.PREGNANCY,
        extra_facts=facts,
        follow_up=follow_up,
        by=by,
        now=now,
    )
    return decision


def task_for_bleeding(
    house: House, patient: Patient, known: Expecting, *, by: Actor, now: datetime
) -> Task:
    """Return the task for someone to see today a woman who bleeds in a pregnancy.

    Telling it again while nobody has finished with it opens no second one. She named no amount
    and was asked nothing else: she called it a period, and the call asks for the rest.
    """
    visit = known.visit
    bleeds: dict[str, FactValue] = {"pregnancy_test_positive": True, "bleeding_amount": "as_period"}
    if known.episode is not None:
        decision = judge_pregnancy(house, known.episode, bleeds, by=by, now=now)
    else:
        decision, _ = judge(
            house,
            visit,
            Stage.PREGNANCY,
            extra_facts={
                **facts_of_the_exam(house, visit),
                "pregnancy_place": PLACE[P.UNKNOWN_LOCATION],
                **bleeds,
            },
            follow_up=known.follow_up,
            by=by,
            now=now,
        )
    urgency = worse(decision.urgency or AT_LEAST, AT_LEAST)
    there = Task.objects.filter(patient=patient, kind=BLEEDING_IN_PREGNANCY, done_at__isnull=True)
    task: Task
    for task in there:
        if worse(Urgency(task.urgency), urgency) == task.urgency:
            return task
    is_open = known.follow_up is not None and known.follow_up.state == "open"
    return open_task(
        house,
        visit,
        BLEEDING_IN_PREGNANCY,
        urgency,
        why=[BLEEDING_IN_PREGNANCY, *sorted(decision.fired)],
        # A follow-up that is over stays over: the task hangs on her and on the visit.
        follow_up=known.follow_up if is_open else None,
        now=now,
    )


def _of_episode(episode: PregnancyEpisode) -> Expecting:
    follow_up = episode.follow_up
    return Expecting(episode.opened_at, episode.test_on, follow_up.visit, follow_up, episode)


def _told(house: House, patient: Patient) -> Iterator[Expecting]:
    """Yield every word of a pregnancy: closed as going on, in a diary, an answer, or a test."""
    closed = PregnancyEpisode.objects.filter(follow_up__patient=patient, closed_at__isnull=False)
    for episode in closed.exclude(outcome__in=OVER).select_related("follow_up__visit__patient"):
        yield _of_episode(episode)
    diary = DiaryEntry.objects.filter(follow_up__patient=patient)
    for entry in diary.select_related("follow_up__visit__patient"):
        if (entry.entry or {}).get("pregnancy_test_positive") is True:
            follow_up = entry.follow_up
            on = follow_up.exam_day + timedelta(days=entry.day)
            yield Expecting(entry.at, on, follow_up.visit, follow_up)
    answers = Answer.objects.filter(visit__patient=patient, fact="pregnancy_test_positive")
    for answer in answers.select_related("visit__patient", "follow_up"):
        if answer.value is True:
            on = answer.day or house.day_at(patient.site, answer.told_at)
            yield Expecting(answer.told_at, on, answer.visit, answer.follow_up)
    for test, is_positive in _tests(house, patient):
        if is_positive:
            yield Expecting(test.taken_at, test.day, test.visit)


def _ends(house: House, patient: Patient) -> Iterator[datetime]:
    """Yield the moments since which an earlier word of a pregnancy counts no more."""
    over = PregnancyEpisode.objects.filter(follow_up__patient=patient, outcome__in=OVER)
    yield from over.exclude(closed_at=None).values_list("closed_at", flat=True)
    for test, is_positive in _tests(house, patient):
        if not is_positive:
            yield test.taken_at


def _tests(house: House, patient: Patient) -> Iterator[tuple[TestResult, bool]]:
    """Yield the pregnancy tests staff have read, with whether each is positive.

    One that was not done, or has no value, says neither.
    """
    values = house.rulebook_at(patient.site).parameters
    negative_below = number(values, "hcg_negative_below_iu_l", 5)
    rows = TestResult.objects.filter(visit__patient=patient, read_at__isnull=False)
    rows = rows.filter(kind__in=("pregnancy_urine", "hcg_serum"))
    for row in rows.select_related("visit__patient"):
        parts = row.parts or {}
        said, value = parts.get("pregnancy_test_today"), parts.get("serum_hcg_iu_l")
        if said in ("positive", "negative"):
            yield row, said == "positive"
        elif isinstance(value, int | float):
            yield row, value >= negative_below
