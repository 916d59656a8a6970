"""A positive test, blood samples in pairs, scans, and the outcome."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from patency.core.access import NotPermitted
from patency.core.pregnancy import PregnancyState, Reading
from patency.records.models.followup import FollowUp, HcgSample, PregnancyEpisode, Task
from patency.records.models.ledger import Event
from patency.service import pregnancy
from patency.service.house import House
from tests.make import make_period
from tests.service import after, walk
from tests.service.after import NO_SYMPTOMS, exam_day_plus, make_followed, on_day

pytestmark = pytest.mark.django_db
P = PregnancyState
DAY = 40


def report(
    house: House, follow_up: FollowUp | None = None, **changes: object
) -> pregnancy.Followed:
    return pregnancy.report_positive(
        house,
        (follow_up or make_followed()).pk,
        test_on=exam_day_plus(DAY),
        answers={**NO_SYMPTOMS, **changes},
        by=walk.NURSE,
        now=on_day(DAY),
    )


def sample(
    house: House, episode: PregnancyEpisode, value: float, hours: float = 0
) -> pregnancy.Followed:
    at = on_day(DAY) + timedelta(hours=hours)
    return pregnancy.record_hcg(
        house, episode.pk, taken_at=at, iu_per_l=value, by=walk.NURSE, now=at
    )


def pair(house: House, first: float, second: float, hours: float = 48) -> pregnancy.Followed:
    episode = report(house).episode
    sample(house, episode, first)
    return sample(house, episode, second, hours)


def reading(found: pregnancy.Followed) -> Reading:
    assert found.pair is not None
    return found.pair.reading


def due(found: pregnancy.Followed) -> datetime:
    assert found.task is not None
    return found.task.due_at


# ---- a positive test


def test_someone_calls_within_24_hours_of_a_positive_test(house: House):
    found = report(house)

    assert found.episode.state == "unknown-location"
    assert found.task is not None
    assert (found.task.urgency, due(found)) == ("C", on_day(DAY) + timedelta(hours=24))
    assert "positive-test" in found.decision.fired
    assert Event.objects.filter(kind="pregnancy-reported").count() == 1


@pytest.mark.parametrize(
    ("changes", "urgency"),
    [
        ({"pain_score": 2}, "U"),
        ({"bleeding_amount": "spotting"}, "U"),
        ({"shoulder_tip_pain": True}, "E"),
        ({"pain_score": 8}, "E"),
        ({"fainted": True}, "E"),
        ({"shoulder_tip_pain": None}, "U"),  # not answered: one level more urgent
    ],
)
def test_symptoms_and_what_is_not_answered_make_it_more_urgent(
    house: House, changes: dict[str, Any], urgency: str
):
    found = report(house, **changes)

    assert found.task is not None
    assert found.task.urgency == urgency


def test_a_tube_that_is_not_healthy_makes_it_the_same_day(house: House):
    wide = make_followed(replace(after.BOTH_OPEN, right=after.WIDE))

    found = report(house, wide)

    assert found.task is not None
    assert found.task.urgency == "U"
    assert "positive-test-with-signs" in found.decision.fired


def test_the_days_for_a_scan_are_counted_from_her_last_period(house: House):
    follow_up = make_followed()
    make_period(follow_up.patient, start=date(2025, 10, 13), bleeding_ended=None)

    found = report(house, follow_up)

    assert found.scan is not None
    assert found.scan.earliest == date(2025, 10, 13) + timedelta(days=35)


def test_without_any_period_the_days_for_a_scan_are_not_guessed(house: House):
    follow_up = make_followed()
    follow_up.patient.periods.all().delete()

    assert report(house, follow_up).scan is None


@pytest.mark.parametrize("test_on", [exam_day_plus(-1), exam_day_plus(DAY + 1)])
def test_a_test_lies_between_the_examination_and_today(house: House, test_on: date):
    with pytest.raises(pregnancy.EpisodeRefused, match="between the examination and today"):
        pregnancy.report_positive(
            house,
            make_followed().pk,
            test_on=test_on,
            answers={},
            by=walk.NURSE,
            now=on_day(DAY),
        )


def test_one_pregnancy_is_followed_at_a_time_and_answers_are_checked(house: House):
    follow_up = make_followed()
    report(house, follow_up)

    with pytest.raises(pregnancy.EpisodeOpen, match="is being followed"):
        report(house, follow_up)
    with pytest.raises(pregnancy.EpisodeRefused, match="pain_score"):
        report(house, follow_up, pain_score=11)
    FollowUp.objects.filter(pk=follow_up.pk).update(state="closed", closed_at=on_day(DAY))
    with pytest.raises(pregnancy.EpisodeRefused, match="is closed"):
        report(house, follow_up)


# ---- blood samples


def test_a_first_sample_says_when_to_take_the_second(house: House):
    found = sample(house, report(house).episode, 800)

    assert found.pair is None
    assert found.next_sample_at == on_day(DAY) + timedelta(hours=48)
    assert found.task is not None
    assert (found.task.kind, due(found)) == ("take-second-hcg", found.next_sample_at)


def test_800_to_1350_is_likely_in_the_womb_and_scanned_in_7_to_14_days(house: House):
    found = pair(house, 800, 1350)

    assert reading(found) is Reading.LIKELY_INTRAUTERINE
    assert "hcg-rises-well" in found.decision.fired
    assert due(found) == on_day(DAY + 2) + timedelta(days=14)


@pytest.mark.parametrize(("first", "second"), [(1200, 1700), (1000, 1630), (1000, 500)])
def test_what_neither_rises_nor_falls_enough_is_reviewed_within_24_hours(
    house: House, first: float, second: float
):
    found = pair(house, first, second)

    assert reading(found) is Reading.REVIEW
    assert "hcg-needs-review" in found.decision.fired
    assert found.task is not None
    assert found.task.kind == "early-pregnancy-review"
    assert due(found) <= on_day(DAY + 2) + timedelta(hours=24)


def test_900_to_400_means_a_urine_test_in_14_days(house: House):
    found = pair(house, 900, 400)

    assert reading(found) is Reading.LIKELY_ENDING
    assert "hcg-falls-by-half" in found.decision.fired
    assert due(found) == on_day(DAY + 2) + timedelta(days=14)


def test_two_samples_under_48_hours_apart_are_not_judged(house: House):
    found = pair(house, 800, 400, hours=47.5)

    assert reading(found) is Reading.TOO_EARLY
    assert "hcg-pair-too-close" in found.decision.fired
    assert found.next_sample_at == on_day(DAY) + timedelta(hours=48)


def test_a_third_sample_is_judged_with_the_nearest_that_is_far_enough(house: House):
    episode = report(house).episode
    sample(house, episode, 800)
    sample(house, episode, 900, 24)
    found = sample(house, episode, 1350, 48)

    assert reading(found) is Reading.LIKELY_INTRAUTERINE


@pytest.mark.parametrize(
    ("sign", "urgency"),
    [
        ({"shoulder_tip_pain": True}, "E"),
        ({"unable_to_stand": True}, "E"),
        ({"pain_score": 2}, "U"),
    ],
)
def test_a_sign_told_with_a_blood_sample_outranks_a_good_rise(
    house: House, sign: dict[str, object], urgency: str
):
    episode = report(house).episode
    sample(house, episode, 800)
    at = on_day(DAY) + timedelta(hours=48)

    found = pregnancy.record_hcg(
        house,
        episode.pk,
        taken_at=at,
        iu_per_l=1350,
        answers={**NO_SYMPTOMS, **sign},
        by=walk.NURSE,
        now=at,
    )

    assert found.task is not None
    assert found.task.urgency == urgency
    assert due(found) <= at + timedelta(hours=4)


def test_an_emergency_does_not_wait_for_the_review_of_a_slow_rise(house: House):
    episode = report(house).episode
    sample(house, episode, 1200)
    at = on_day(DAY) + timedelta(hours=48)

    found = pregnancy.record_hcg(
        house,
        episode.pk,
        taken_at=at,
        iu_per_l=1700,
        answers={**NO_SYMPTOMS, "dizzy": True},
        by=walk.NURSE,
        now=at,
    )

    assert (found.task and found.task.urgency) == "E"
    assert due(found) == at


def test_a_sample_in_the_future_or_taken_twice_is_refused(house: House):
    episode = report(house).episode
    sample(house, episode, 800)

    with pytest.raises(pregnancy.EpisodeRefused, match="there is one of that time already"):
        sample(house, episode, 900)
    for value in (-1, float("nan"), float("inf"), 1e12):
        with pytest.raises(pregnancy.EpisodeRefused, match="its value is no hCG"):
            sample(house, episode, value, 48)
    for taken_at in (on_day(DAY + 1), on_day(-1)):
        with pytest.raises(pregnancy.EpisodeRefused, match="between the examination on"):
            pregnancy.record_hcg(
                house,
                episode.pk,
                taken_at=taken_at,
                iu_per_l=1,
                by=walk.NURSE,
                now=on_day(DAY),
            )
    assert HcgSample.objects.count() == 1


def test_she_tells_what_she_feels_and_no_more(house: House):
    episode = report(house).episode
    herself = {"by": episode.follow_up.patient.as_actor(), "now": on_day(DAY)}

    for act in (
        lambda: pregnancy.record_scan(house, episode.pk, P.INTRAUTERINE, **herself),
        lambda: pregnancy.close(house, episode.pk, P.MISCARRIAGE, **herself),
        lambda: pregnancy.record_hcg(
            house, episode.pk, taken_at=on_day(DAY), iu_per_l=1, **herself
        ),
    ):
        with pytest.raises(NotPermitted, match="staff record"):
            act()
    with pytest.raises(pregnancy.EpisodeRefused, match="not a question she is asked"):
        report(house, pregnancy_place="womb")


def test_an_ectopic_pregnancy_heard_of_at_its_end_is_an_emergency_too(house: House):
    told_now = pregnancy.close(
        house, report(house).episode.pk, P.ECTOPIC, by=walk.DOCTOR, now=on_day(DAY)
    )
    assert (told_now.task and told_now.task.urgency) == "E"

    known = report(house).episode
    pregnancy.record_scan(house, known.pk, P.ECTOPIC, by=walk.DOCTOR, now=on_day(DAY))
    closed = pregnancy.close(house, known.pk, P.ECTOPIC, by=walk.DOCTOR, now=on_day(DAY))
    assert closed.task is None


# ---- scans and outcome


@pytest.mark.parametrize(
    ("place", "urgency"),
    [(P.ECTOPIC, "E"), (P.MISCARRIAGE, "C"), (P.UNKNOWN_LOCATION, "C"), (P.INTRAUTERINE, None)],
)
def test_a_scan_moves_the_pregnancy_on(house: House, place: PregnancyState, urgency: str | None):
    episode = report(house).episode

    found = pregnancy.record_scan(house, episode.pk, place, by=walk.DOCTOR, now=on_day(DAY + 1))

    assert found.episode.state == place.value
    assert (found.task and found.task.urgency) == urgency


def test_a_scan_does_not_show_that_she_is_lost(house: House):
    episode = report(house).episode

    with pytest.raises(pregnancy.EpisodeRefused, match="A scan shows one of"):
        pregnancy.record_scan(house, episode.pk, P.LOST, by=walk.DOCTOR, now=on_day(DAY))


def test_a_pregnancy_in_the_womb_goes_on_to_antenatal_care(house: House):
    episode = report(house).episode
    now = on_day(DAY + 5)
    pregnancy.record_scan(house, episode.pk, P.INTRAUTERINE, by=walk.DOCTOR, now=now)

    found = pregnancy.close(house, episode.pk, P.INTRAUTERINE, by=walk.DOCTOR, now=now)

    assert (found.episode.outcome, found.episode.closed_at) == ("intrauterine", now)
    assert found.task is None
    with pytest.raises(pregnancy.EpisodeOver, match="closed as intrauterine"):
        pregnancy.record_scan(house, episode.pk, P.ECTOPIC, by=walk.DOCTOR, now=now)


def test_one_that_is_lost_from_sight_is_escalated(house: House):
    episode = report(house).episode

    found = pregnancy.close(house, episode.pk, P.LOST, by=walk.NURSE, now=on_day(DAY + 9))

    assert found.task is not None
    assert (found.task.kind, found.task.urgency) == ("find-her", "U")
    assert "pregnancy-contact-lost" in found.decision.fired
    assert found.episode.follow_up.state == "open"


def test_an_outcome_is_one_of_the_table_and_reached_by_it(house: House):
    episode = report(house).episode

    with pytest.raises(pregnancy.EpisodeRefused, match="is no outcome"):
        pregnancy.close(house, episode.pk, P.UNKNOWN_LOCATION, by=walk.NURSE, now=on_day(DAY))
    pregnancy.record_scan(house, episode.pk, P.ECTOPIC, by=walk.DOCTOR, now=on_day(DAY))
    with pytest.raises(pregnancy.EpisodeRefused, match="this is an outcome"):
        pregnancy.close(house, episode.pk, P.INTRAUTERINE, by=walk.NURSE, now=on_day(DAY))


def test_another_sites_pregnancy_does_not_exist(house: House):
    episode = report(house).episode
    elsewhere = replace(walk.NURSE, site="demo-leeds")

    with pytest.raises(PregnancyEpisode.DoesNotExist):
        pregnancy.close(house, episode.pk, P.LOST, by=elsewhere, now=on_day(DAY))
    assert Task.objects.count() == 1


@pytest.mark.parametrize(("day", "too_soon"), [(9, True), (14, True), (15, False)])
def test_a_test_positive_too_soon_says_she_may_have_been_pregnant_at_the_exam(
    house: House, day: int, too_soon: bool
) -> None:
    followed = pregnancy.report_positive(
        house,
        make_followed().pk,
        test_on=exam_day_plus(day),
        answers=NO_SYMPTOMS,
        by=walk.NURSE,
        now=on_day(day),
    )

    assert ("positive-test-soon-after-exam" in followed.decision.fired) is too_soon
