"""Draft readings: made once by the worker, judged by a named reader, never true by themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from patency.core.access import NotPermitted
from patency.records.models.ledger import Event
from patency.records.models.report import Findings, FindingsDraft
from patency.records.models.suggested import DraftReading, Judgement
from patency.service import imaging, reporting, suggesting
from patency.service.house import House
from tests.service import walk
from tests.service.after import AFTERWARDS, BOTH_OPEN, JOB, RADIOLOGIST
from tests.service.readings import (
    ABSTAINS,
    CANNOT_TELL,
    LATER,
    a_reading,
    an_image,
    found,
)
from tests.service.test_reporting import draft, find, make_examined, sign

pytestmark = pytest.mark.django_db


def judge(house: House, row: DraftReading, about="right", outcome="accepted", value="", **more):
    return suggesting.judge_suggestion(
        house, row.pk, about, outcome, value, **{"by": RADIOLOGIST, "now": LATER, **more}
    )


def without_assist(house: House) -> House:
    site = house.site("demo-west")
    off = replace(site, assist=replace(site.assist, is_on=False))
    return replace(house, sites={**house.sites, "demo-west": off})


def test_the_images_are_read_some_minutes_after_the_last_one_was_filed(house: House):
    an_image(house, make_examined())

    soon = suggesting.ask_for_due(house, "demo-west", by=JOB, now=AFTERWARDS + timedelta(minutes=4))
    assert soon == 0
    assert suggesting.ask_for_due(house, "demo-west", by=JOB, now=LATER) == 1
    assert DraftReading.objects.get().state == "waiting"
    assert Event.objects.filter(kind="reading-asked").count() == 1


def test_the_same_images_are_read_once_and_new_ones_again(house: House):
    visit = make_examined()
    row = a_reading(house, visit)

    assert (row.state, row.reader_version) == ("read", "1.2.3")
    assert suggesting.ask_for_due(house, "demo-west", by=JOB, now=LATER) == 0
    assert suggesting.ask(house, visit.pk, by=RADIOLOGIST, now=LATER).pk == row.pk
    assert suggesting.read_images(house, row.pk, by=JOB, now=LATER).done_at == row.done_at
    assert house.gateways.reader.asked == [1]

    an_image(house, visit, 2, now=LATER + timedelta(seconds=1))
    later = LATER + timedelta(minutes=6)
    assert suggesting.ask_for_due(house, "demo-west", by=JOB, now=later) == 1
    assert DraftReading.objects.count() == 2


def test_a_reading_keeps_its_findings_and_its_pictures_and_makes_no_finding(house: House):
    row = a_reading(house, make_examined())

    assert row.findings["tubes"]["right"]["verdict"] == "passed"
    content = suggesting.picture(house, row.pk, "tubes.png", by=RADIOLOGIST, now=LATER)
    assert content.endswith(b"tubes.png")
    assert not Findings.objects.exists()
    assert not FindingsDraft.objects.exists()


def test_one_that_fails_says_why_and_is_tried_again_when_asked(house: House):
    visit = make_examined()
    an_image(house, visit)
    asked = suggesting.ask(house, visit.pk, by=RADIOLOGIST, now=LATER)

    failed = suggesting.read_images(house, asked.pk, by=JOB, now=LATER)

    assert (failed.state, failed.reason) == ("failed", "reader-failed")
    assert suggesting.ask_for_due(house, "demo-west", by=JOB, now=LATER) == 0
    again = suggesting.ask(house, visit.pk, by=RADIOLOGIST, now=LATER)
    assert (again.pk, again.state) == (failed.pk, "waiting")


def test_images_set_apart_meanwhile_are_not_read_as_hers(house: House):
    visit = make_examined()
    file = an_image(house, visit)
    asked = suggesting.ask(house, visit.pk, by=RADIOLOGIST, now=LATER)
    imaging.set_apart(file.pk, "of another woman", by=RADIOLOGIST, now=LATER)

    row = suggesting.read_images(house, asked.pk, by=JOB, now=LATER)

    assert (row.state, row.reason) == ("failed", "images-changed-meanwhile")
    assert house.gateways.reader.asked == []


def test_one_that_can_tell_nothing_abstains_with_its_reason_and_stands_in_nobodys_way(house: House):
    visit = make_examined()
    row = a_reading(house, visit, ABSTAINS)

    assert (row.state, row.reason) == ("abstained", "not-an-hsg")
    find(house, visit, BOTH_OPEN)
    assert sign(house, draft(house, visit)).status == "signed"


def test_a_reading_of_images_that_are_no_longer_hers_counts_for_nothing(house: House):
    visit = make_examined()
    row = a_reading(house, visit)
    imaging.set_apart(visit.image_files.get().pk, "of another woman", by=RADIOLOGIST, now=LATER)

    with pytest.raises(suggesting.NothingSuggested):
        judge(house, row)
    find(house, visit, BOTH_OPEN)
    assert sign(house, draft(house, visit)).status == "signed"


def test_a_site_that_has_it_off_reads_and_suggests_nothing(house: House):
    visit = make_examined()
    an_image(house, visit)
    off = without_assist(house)

    assert suggesting.ask_for_due(off, "demo-west", by=JOB, now=LATER) == 0
    with pytest.raises(suggesting.AssistOff, match="is off"):
        suggesting.ask(off, visit.pk, by=RADIOLOGIST, now=LATER)


def test_a_visit_without_images_is_not_read(house: House):
    with pytest.raises(suggesting.NothingToRead):
        suggesting.ask(house, make_examined().pk, by=RADIOLOGIST, now=LATER)


def test_accepting_keeps_what_was_suggested_by_which_version_and_fills_what_was_said(house: House):
    kept, fills = judge(house, a_reading(house, make_examined()), stood_before={"right_spill": ""})

    assert (kept.outcome, kept.readers_value, kept.made_by) == (
        "accepted",
        "passed",
        RADIOLOGIST.name,
    )
    assert kept.suggested["reason"] == "spill-beyond-the-tube"
    assert (kept.reader_version, kept.made_at) == ("1.2.3", LATER)
    assert fills == {"right_filled_to": "fimbria"}  # how it spilled no draft tells


def test_correcting_keeps_both_words_and_rejecting_fills_nothing(house: House):
    row = a_reading(house, make_examined())

    corrected, fills = judge(house, row, "left", "corrected", "passed")
    assert (corrected.suggested["value"], corrected.readers_value) == ("not_passed", "passed")
    assert fills == {"left_filled_to": "fimbria"}

    rejected, nothing = judge(house, row, "cavity", "rejected")
    assert (rejected.readers_value, nothing) == (None, {})


@pytest.mark.parametrize(
    ("about", "outcome", "value"),
    [("right", "corrected", ""), ("right", "corrected", "blocked"), ("right", "true", "passed")],
)
def test_a_word_that_is_none_is_refused(house: House, about, outcome, value):
    with pytest.raises(suggesting.NotAValue):
        judge(house, a_reading(house, make_examined()), about, outcome, value)
    assert not Judgement.objects.exists()


def test_without_a_marker_the_reader_says_the_side_once_for_both_tubes(house: House):
    row = a_reading(house, make_examined(), found(sides_known=False))

    with pytest.raises(suggesting.SideNotSaid):
        judge(house, row)
    kept, fills = judge(house, row, is_mirrored=True)
    assert (kept.about, kept.hers, fills) == ("right", "left", {"left_filled_to": "fimbria"})

    other, _ = judge(house, row, "left", now=LATER + timedelta(minutes=1))
    assert other.hers == "right"


def test_only_a_radiologist_makes_a_word_of_it(house: House):
    row = a_reading(house, make_examined())

    for nobody in (walk.NURSE, walk.DOCTOR, JOB):
        with pytest.raises(NotPermitted):
            judge(house, row, by=nobody)


def test_a_report_is_signed_after_each_suggestion_was_judged_and_not_before(house: House):
    visit = make_examined()
    row = a_reading(house, visit, found(left=CANNOT_TELL))
    find(house, visit, BOTH_OPEN)
    report = draft(house, visit)
    for about in ("right", "left", "cavity"):
        judge(house, row, about, "rejected")

    with pytest.raises(reporting.SuggestionsOpen, match="leak"):
        sign(house, report)
    judge(house, row, "leak")

    assert sign(house, report).status == "signed"
