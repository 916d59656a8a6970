"""A woman nobody can reach: written down as lost after enough tries, and found again."""

from datetime import timedelta

import pytest

from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.service import aftercare, lost, pregnancy, silence
from patency.service.house import House
from tests.make import SITE
from tests.service import after, walk
from tests.service.after import on_day

pytestmark = pytest.mark.django_db
NURSE = walk.NURSE


def test_she_is_lost_after_three_tries_and_someone_looks_once_more(house: House):
    follow_up = after.make_followed()
    silence.check_silence(house, SITE, by=NURSE, now=on_day(8))

    done = lost.mark_lost(house, follow_up.pk, "by phone", calls=3, by=NURSE, now=on_day(9))

    assert (done.state, done.closed_at) == ("lost", on_day(9))
    assert not Task.objects.filter(kind__startswith="call-day", done_at__isnull=True).exists()
    assert Task.objects.get(kind="look-for-her").due_at == on_day(9) + timedelta(days=7)
    assert Event.objects.get(kind="follow-up-lost").payload["calls"] == 3


@pytest.mark.parametrize(("calls", "tried"), [(2, "by phone"), (3, "  "), (0, "by phone")])
def test_she_is_not_lost_before_she_was_looked_for(house: House, calls, tried):
    follow_up = after.make_followed()

    with pytest.raises(lost.NotTriedEnough, match="at least 3 times"):
        lost.mark_lost(house, follow_up.pk, tried, calls=calls, by=NURSE, now=on_day(9))


def test_a_pregnancy_that_is_followed_is_escalated_first(house: House):
    follow_up = after.make_followed()
    pregnancy.report_positive(
        house, follow_up.pk, test_on=walk.EXAM_DAY, answers={}, by=NURSE, now=on_day(9)
    )

    with pytest.raises(lost.PregnancyOpen, match="duty contact"):
        lost.mark_lost(house, follow_up.pk, "by phone", calls=3, by=NURSE, now=on_day(10))


def test_she_is_found_again_and_followed_as_before(house: House):
    follow_up = after.make_followed()
    lost.mark_lost(house, follow_up.pk, "by phone", calls=4, by=NURSE, now=on_day(9))

    back = lost.found_again(follow_up.pk, by=NURSE, now=on_day(10))

    assert (back.state, back.closed_at) == ("open", None)
    assert Task.objects.get(kind="look-for-her").done_at == on_day(10)


def test_a_word_in_her_diary_brings_her_back_by_itself(house: House):
    follow_up = after.make_followed()
    lost.mark_lost(house, follow_up.pk, "by phone", calls=3, by=NURSE, now=on_day(9))

    told = after.tell(house, follow_up, 10)

    follow_up.refresh_from_db()
    assert follow_up.state == "open"
    assert told.entry.day == 10


def test_only_what_is_lost_is_found_and_only_what_is_open_is_lost(house: House):
    follow_up = after.make_followed()
    after.tell(house, follow_up, 3, bleeding_amount="none", pads_soaked=0)
    aftercare.close_follow_up(follow_up.pk, by=NURSE, now=on_day(9))

    with pytest.raises(lost.LostRefused, match="is closed"):
        lost.mark_lost(house, follow_up.pk, "by phone", calls=3, by=NURSE, now=on_day(10))
    with pytest.raises(lost.LostRefused, match="only one that is lost"):
        lost.found_again(follow_up.pk, by=NURSE, now=on_day(10))
