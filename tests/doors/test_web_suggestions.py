"""The panel "Draft reading": nothing is filled in before a reader says so, by plain forms."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.doors.jobs.worker import run
from patency.doors.web import house as handed
from patency.records.models.report import Findings, FindingsDraft
from patency.records.models.suggested import DraftReading, Judgement
from tests.service.after import AFTERWARDS, BOTH_OPEN
from tests.service.readings import ABSTAINS, CANNOT_TELL, LATER, a_reading, an_image, found
from tests.service.test_reporting import draft, find, make_examined, sign

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afternoon(clock):
    clock.at = LATER + timedelta(minutes=5)


@pytest.fixture
def radiologist(as_staff):
    return as_staff(Role.RADIOLOGIST, name="radiologist-one")


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def page(client, visit):
    return client.get(reverse("report-editor", args=[visit.pk]))


def judge(client, row, about="right", outcome="accepted", **posted):
    said = {"judge": f"{about} {outcome}", "reading_id": row.pk, **posted}
    return client.post(reverse("report-editor", args=[row.visit_id]), said)


def test_a_draft_is_shown_with_its_evidence_and_nothing_of_it_is_picked(house, radiologist):
    visit = make_examined()
    a_reading(house, visit)

    shown = page(radiologist, visit)

    said = text_of(shown)
    assert "Draft, no finding" in said
    assert "Contrast passed by 31.5 s : contrast spread beyond the end of the tube" in said
    assert "No image from 10.0 to 14.5 s." in said
    assert "tubes.png" in shown.content.decode()
    assert "right_spill" not in shown.context["form"].initial
    assert "shape" not in shown.context["form"].initial


def test_accepting_fills_that_part_only_and_keeps_what_was_typed(house, radiologist):
    visit = make_examined()
    row = a_reading(house, visit)

    answer = judge(radiologist, row, shape="arcuate", began_from="0")

    assert answer.status_code == 302
    typed = FindingsDraft.objects.get().typed
    assert (typed["shape"], typed["right_filled_to"]) == ("arcuate", "fimbria")
    assert "left_filled_to" not in typed
    kept = Judgement.objects.get()
    assert (kept.outcome, kept.made_by) == ("accepted", "radiologist-one")
    assert not Findings.objects.exists()
    again = page(radiologist, visit)
    assert again.context["form"].initial["right_filled_to"] == "fimbria"
    assert "Accepted" in text_of(again)


def test_correcting_needs_the_readers_own_word(house, radiologist):
    row = a_reading(house, make_examined())

    said = text_of(radiologist.get(judge(radiologist, row, outcome="corrected").url))
    assert "Say what you see first" in said
    judge(radiologist, row, outcome="corrected", own_right="not_passed")

    assert Judgement.objects.get().readers_value == "not_passed"


def test_without_a_marker_the_reader_says_the_side(house, radiologist):
    visit = make_examined()
    row = a_reading(house, visit, found(sides_known=False))

    assert "Tube at the left of the picture" in text_of(page(radiologist, visit))
    refused = text_of(radiologist.get(judge(radiologist, row).url))
    assert "No marker told the sides. Say first" in refused
    judge(radiologist, row, at_the_left="left")

    assert Judgement.objects.get().hers == "left"
    assert FindingsDraft.objects.order_by("-number").first().typed["left_filled_to"] == "fimbria"


def test_it_says_plainly_that_it_cannot_tell(house, radiologist):
    visit = make_examined()
    a_reading(house, visit, ABSTAINS)
    assert "It can tell nothing from these images" in text_of(page(radiologist, visit))

    other = make_examined()
    house.gateways.reader.says = found(right=CANNOT_TELL)
    an_image(house, other, 9)
    judge_page = radiologist.post(
        reverse("report-editor", args=[other.pk]), {"judge": "read-images"}
    )
    assert judge_page.status_code == 302
    assert "wait to be read" in text_of(page(radiologist, other))


def test_a_signature_waits_for_the_readers_word(house, radiologist):
    visit = make_examined()
    a_reading(house, visit)
    find(house, visit, BOTH_OPEN)
    report = draft(house, visit)

    answer = radiologist.post(reverse("report-sign", args=[report.pk]), follow=True)

    assert "have not accepted, corrected or rejected yet" in text_of(answer)


def test_a_picture_is_for_those_who_may_see_images_at_her_site(house, as_staff):
    row = a_reading(house, make_examined())
    address = reverse("reading-picture", args=[row.pk, "tubes"])

    shown = as_staff(Role.RADIOGRAPHER).get(address)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert as_staff(Role.CASHIER).get(address).status_code == 403
    elsewhere = as_staff(Role.RADIOLOGIST, site="demo-leeds", name="far-away")
    assert elsewhere.get(address).status_code == 404
    other = reverse("reading-picture", args=[row.pk, "secrets"])
    assert as_staff(Role.RADIOLOGIST).get(other).status_code == 404
    assert DraftReading.objects.count() == 1
    assert row.asked_at > AFTERWARDS


def test_agreement_is_shown_to_the_manager_with_its_numbers_and_as_a_table(house, as_staff):
    visit = make_examined()
    row = a_reading(house, visit)
    reader = as_staff(Role.RADIOLOGIST, name="radiologist-one")
    for about in ("right", "left", "cavity", "leak"):
        judge(reader, row, about, "rejected")
    find(house, visit, BOTH_OPEN)
    sign(house, draft(house, visit), now=LATER)

    manager = as_staff(Role.MANAGER)
    said = text_of(manager.get(reverse("agreement")))
    table = manager.get(reverse("agreement-figures")).content.decode()

    assert "1 tube judged and signed" in said
    assert "never accuracy" in said
    assert "right,passed,passed,1" in table
    assert "left,not_passed,passed,1" in table
    assert as_staff(Role.NURSE).get(reverse("agreement")).status_code == 403


def test_a_site_may_ask_for_the_readers_own_entry_first(house, radiologist):
    visit = make_examined()
    row = a_reading(house, visit)
    site = house.site(visit.site)
    first = replace(site, assist=replace(site.assist, own_entry_first=True))
    handed.provide(lambda: replace(house, sites={**house.sites, visit.site: first}))

    before = text_of(page(radiologist, visit))
    assert "Shown after your own entry" in before
    assert "Contrast passed by" not in before
    radiologist.post(
        reverse("report-typed", args=[visit.pk]), {"right_spill": "none", "began_from": "0"}
    )
    assert "Contrast passed by 31.5 s" in text_of(page(radiologist, visit))
    judge(radiologist, row, right_spill="none", began_from="1")

    assert Judgement.objects.get().stood_before == {"right_spill": "none"}


def test_the_worker_reads_what_was_filed_and_files_what_was_signed(house, clock):
    visit = make_examined()
    an_image(house, visit)
    house.gateways.reader.says = ABSTAINS
    run(house, once=True)
    assert DraftReading.objects.get(visit=visit).state == "abstained"

    find(house, visit, BOTH_OPEN)
    sign(house, draft(house, visit), now=clock.at)
    run(house, once=True)

    assert visit.image_files.get(modality="SR").state == "filed"
    assert DraftReading.objects.count() == 1  # what is signed is no new image
