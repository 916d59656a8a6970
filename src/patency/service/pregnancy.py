"""From a positive test to its outcome: blood samples in pairs, scans, and who must act by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.aftercare import Triage, due_at, triage, unanswered, worse
from patency.core.facts import FactRefused, FactValue
from patency.core.pregnancy import (
    PairRead,
    PregnancyRefused,
    PregnancyState,
    Reading,
    Sample,
    ScanDays,
    move,
    next_sample_at,
    pair_to_read,
    read_pair,
)
from patency.core.protocol.decide import Decision
from patency.core.protocol.model import Stage, Urgency
from patency.records.ledger import remember_change
from patency.records.models.followup import HcgSample, PregnancyEpisode, Task
from patency.records.seen_by import seen_by
from patency.service.expecting import judge_pregnancy
from patency.service.following import (
    asked_of_her,
    check_is_staff,
    clocks_of,
    facts_of_pair,
    follow_up_seen,
    last_period_start,
    limits_of,
    lock_follow_up,
    open_task,
    read_hers,
    scan_days_of,
)
from patency.service.house import House

P = PregnancyState
SCANNED = (P.UNKNOWN_LOCATION, P.INTRAUTERINE, P.ECTOPIC, P.MISCARRIAGE)
OUTCOMES = (P.INTRAUTERINE, P.ECTOPIC, P.MISCARRIAGE, P.LOST)
MOST_IU_PER_L = 10_000_000  # far above any pregnancy: a slip of the finger
TO_DO_AT_THE_END = {
    P.LOST: ("find-her", "pregnancy-contact-lost", Urgency.URGENT),
    P.ECTOPIC: ("pregnancy-ectopic", "pregnancy-outside-the-womb", Urgency.EMERGENCY),
}
AFTER: Mapping[Reading, str] = {
    Reading.TOO_EARLY: "take-second-hcg",
    Reading.LIKELY_INTRAUTERINE: "scan",
    Reading.LIKELY_ENDING: "urine-test",
    Reading.REVIEW: "early-pregnancy-review",
}


class EpisodeRefused(Exception):
    """Something about a pregnancy that cannot be kept as it was told."""


class EpisodeOpen(EpisodeRefused):
    """A positive test is being followed already."""


class EpisodeOver(EpisodeRefused):
    """The pregnancy has its outcome; nothing is added to it."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How a pregnancy stands after what was told, what the protocol says, and who acts by when."""

    episode: PregnancyEpisode
    decision: Decision
    task: Task | None
    triage: Triage | None = None
    scan: ScanDays | None = None
    pair: PairRead | None = None
    next_sample_at: datetime | None = None


def report_positive(
    house: House,
    follow_up_id: UUID,
    *,
    test_on: date,
    answers: Mapping[str, object],
    by: Actor,
    now: datetime,
) -> Followed:
    """Return the pregnancy that begins with a positive test, and the task with its clock.

    ``answers`` are her symptoms; what she does not answer makes it one level more urgent. Someone
    contacts her within 24 hours, sooner with symptoms or a tube that is not healthy.
    """
    access.check(by, Action.FOLLOW_PREGNANCY)
    follow_up = follow_up_seen(follow_up_id, "a positive test", by=by, now=now)
    told = _read(house, follow_up.site, answers)
    if not follow_up.exam_day <= test_on <= house.day_at(follow_up.site, now):
        raise EpisodeRefused(
            f"The test of {test_on} was not kept: it must lie between the examination and today. "
            "Correct the day and send it again."
        )
    with transaction.atomic():
        follow_up = lock_follow_up(follow_up)
        if follow_up.state != "open":
            raise EpisodeRefused(
                f"Follow-up {follow_up.pk} is {follow_up.state}. Open it again with the clinic, "
                "or open a new visit."
            )
        try:
            with transaction.atomic():
                episode = PregnancyEpisode.objects.create(
                    follow_up=follow_up,
                    test_on=test_on,
                    state=P.UNKNOWN_LOCATION.value,
                    opened_at=now,
                )
        except IntegrityError as error:
            raise EpisodeOpen(
                f"Follow-up {follow_up.pk} has a pregnancy that is being followed. Go on with that "
                "one; symptoms go into the diary, or call at once."
            ) from error
        last = last_period_start(follow_up, test_on)
        extra: dict[str, FactValue] = {**told, "pregnancy_test_positive": True}
        if last is not None:
            extra["last_period_start"] = last
        decision = judge_pregnancy(house, episode, extra, by=by, now=now)
        asked = asked_of_her(house, follow_up.site, Stage.PREGNANCY)
        found = triage(
            decision,
            unanswered(decision, asked),
            now=now,
            clocks=clocks_of(house, follow_up.site),
        )
        urgency = worse(found.urgency, Urgency.CALL)
        task = open_task(
            house,
            follow_up.visit,
            "positive-test",
            urgency,
            why=found.why,
            follow_up=follow_up,
            now=now,
        )
        _remember(episode, "pregnancy-reported", by=by, now=now, task=task, urgency=urgency)
    return Followed(episode, decision, task, found, scan=scan_days_of(house, follow_up, last))


def record_hcg(
    house: House,
    episode_id: UUID,
    *,
    taken_at: datetime,
    iu_per_l: float,
    answers: Mapping[str, object] | None = None,
    by: Actor,
    now: datetime,
) -> Followed:
    """Return how a pregnancy stands after a blood sample: its pair, or when the next is due.

    Two samples under 48 hours apart are not judged. The worse of the protocol's urgency and of
    the reading wins; the clock of a review runs from the second sample in calendar time.
    """
    access.check(by, Action.FOLLOW_PREGNANCY)
    check_is_staff(by)
    told = _read(house, by.site, answers or {})
    if not 0 <= iu_per_l <= MOST_IU_PER_L:
        raise EpisodeRefused(
            f"The sample was not kept: its value is no hCG. It is 0 to {MOST_IU_PER_L} IU/L; read "
            "it again."
        )
    with transaction.atomic():
        episode = _locked(episode_id, "record hCG", by=by, now=now)
        exam_day = episode.follow_up.exam_day
        if taken_at > now or house.day_at(episode.site, taken_at) < exam_day:
            raise EpisodeRefused(
                f"The sample of {taken_at:%Y-%m-%d %H:%M %Z} was not kept: it was taken between "
                f"the examination on {exam_day} and now. Correct the time it was taken."
            )
        try:
            with transaction.atomic():
                HcgSample.objects.create(
                    episode=episode, taken_at=taken_at, iu_per_l=Decimal(str(iu_per_l))
                )
        except IntegrityError as error:
            raise EpisodeRefused(
                f"pregnancy {episode.pk}: the sample of {taken_at:%Y-%m-%d %H:%M %Z} was not kept: "
                "there is one of that time already. Correct the time."
            ) from error
        samples = [
            Sample(row.taken_at, float(row.iu_per_l))
            for row in HcgSample.objects.filter(episode=episode).order_by("taken_at")
        ]
        limits = limits_of(house, episode.site)
        pair = pair_to_read(samples, limits)
        read = read_pair(pair, limits) if pair else None
        # Her symptoms are those of a woman with a positive test: they outrank the numbers.
        if told:
            told["pregnancy_test_positive"] = True
        decision = judge_pregnancy(house, episode, {**told, **facts_of_pair(pair)}, by=by, now=now)
        kind = AFTER[read.reading if read else Reading.TOO_EARLY]
        due = read.due_by if read else next_sample_at(samples[-1], limits)
        if read and read.reading is Reading.TOO_EARLY:
            due = read.due_from
        next_sample = due
        urgency = worse(decision.urgency or Urgency.CALL, Urgency.CALL)
        # A sign that cannot wait does not wait for the day of the next sample, scan or review.
        clock = due_at(urgency, now, clocks_of(house, episode.site))
        is_review = read is not None and read.reading is Reading.REVIEW
        if (
            clock
            and urgency is not Urgency.CALL
            and (urgency is Urgency.EMERGENCY or not is_review)
        ):
            due = min(due, clock)
        if is_review:
            urgency = worse(urgency, Urgency.URGENT)
        why = sorted(decision.fired) or [kind]
        task = _open(house, episode, kind, urgency, why=why, due=due, now=now)
        _remember(episode, "hcg-recorded", by=by, now=now, task=task, urgency=urgency)
    is_judged = read is not None and read.reading is not Reading.TOO_EARLY
    return Followed(
        episode, decision, task, pair=read, next_sample_at=None if is_judged else next_sample
    )


def record_scan(
    house: House, episode_id: UUID, place: PregnancyState, *, by: Actor, now: datetime
) -> Followed:
    """Return how a pregnancy stands after a scan; one outside the womb is an emergency."""
    access.check(by, Action.FOLLOW_PREGNANCY)
    check_is_staff(by)
    if place not in SCANNED:
        raise EpisodeRefused(
            f"A scan shows one of {', '.join(SCANNED)}, not {place}. Record what was seen."
        )
    with transaction.atomic():
        episode = _locked(episode_id, "record a scan", by=by, now=now)
        if place.value != episode.state:
            episode.state = _moved(episode, place).value
            episode.save(update_fields=["state"])
        decision = judge_pregnancy(house, episode, {}, by=by, now=now)
        urgency = decision.urgency or Urgency.SELF_CARE
        if place is P.ECTOPIC:
            urgency = Urgency.EMERGENCY
        elif place is not P.INTRAUTERINE:
            urgency = worse(urgency, Urgency.CALL)
        task = None
        if urgency is not Urgency.SELF_CARE:
            why = sorted(decision.fired) or [place.value]
            task = _open(house, episode, f"pregnancy-{place.value}", urgency, why=why, now=now)
        _remember(episode, "pregnancy-scanned", by=by, now=now, task=task, urgency=urgency)
    return Followed(episode, decision, task)


def close(
    house: House, episode_id: UUID, outcome: PregnancyState, *, by: Actor, now: datetime
) -> Followed:
    """Return the pregnancy with its outcome. One that is lost from sight is escalated, not ended.

    In the womb: she goes on to antenatal care. Outside the womb, heard of now: an emergency. Lost:
    a task of the same day for the duty contact to climb to, and the follow-up stays open.
    """
    access.check(by, Action.FOLLOW_PREGNANCY)
    check_is_staff(by)
    if outcome not in OUTCOMES:
        raise EpisodeRefused(
            f"{outcome} is no outcome; an outcome is one of {', '.join(OUTCOMES)}. While nobody "
            "knows where the pregnancy is, go on following it."
        )
    with transaction.atomic():
        episode = _locked(episode_id, "close a pregnancy", by=by, now=now)
        is_news = episode.state != outcome.value
        if is_news:
            episode.state = _moved(episode, outcome).value
        episode.closed_at, episode.outcome = now, outcome.value
        episode.save(update_fields=["state", "closed_at", "outcome"])
        decision = judge_pregnancy(house, episode, {}, by=by, now=now)
        task, urgency = None, Urgency.SELF_CARE
        if outcome is P.LOST or (outcome is P.ECTOPIC and is_news):
            kind, why, urgency = TO_DO_AT_THE_END[outcome]
            task = _open(house, episode, kind, urgency, why=[why], now=now)
        _remember(episode, "pregnancy-closed", by=by, now=now, task=task, urgency=urgency)
    return Followed(episode, decision, task)


# ---------------------------------------------------------------- pieces


def _open(
    house: House,
    episode: PregnancyEpisode,
    kind: str,
    urgency: Urgency,
    *,
    why: list[str],
    due: datetime | None = None,
    now: datetime,
) -> Task:
    follow_up = episode.follow_up
    visit = follow_up.visit
    return open_task(house, visit, kind, urgency, why=why, follow_up=follow_up, due=due, now=now)


def _read(house: House, site: str, answers: Mapping[str, object]) -> dict[str, FactValue]:
    try:
        return read_hers(house, site, answers, where="answers")
    except FactRefused as refusal:
        raise EpisodeRefused(f"{refusal} Nothing was kept; send it again.") from refusal


def _moved(episode: PregnancyEpisode, to: PregnancyState) -> PregnancyState:
    try:
        return move(PregnancyState(episode.state), to)
    except PregnancyRefused as refusal:
        raise EpisodeRefused(f"pregnancy {episode.pk}: {refusal}") from refusal


def _locked(episode_id: UUID, why: str, *, by: Actor, now: datetime) -> PregnancyEpisode:
    if seen_by(by, why, now=now).pregnancies.filter(pk=episode_id).first() is None:
        raise PregnancyEpisode.DoesNotExist(
            f"There is no pregnancy {episode_id} at {by.site} that {by.name} may see."
        )
    rows = PregnancyEpisode.objects.select_for_update(of=("self",))
    episode: PregnancyEpisode = rows.select_related("follow_up__visit__patient").get(pk=episode_id)
    if episode.closed_at is not None:
        raise EpisodeOver(
            f"Pregnancy {episode.pk} was closed as {episode.outcome}. A new positive test begins "
            "a new one."
        )
    return episode


def _remember(
    episode: PregnancyEpisode,
    kind: str,
    *,
    by: Actor,
    now: datetime,
    task: Task | None,
    urgency: Urgency,
) -> None:
    remember_change(
        episode,
        kind,
        by=by,
        now=now,
        fields=["pregnancy_episode", "decision", *(["task"] if task else [])],
        payload={
            "episode": episode.pk,
            "state": episode.state,
            "urgency": urgency.value,
            "task": task.pk if task else None,
        },
    )
