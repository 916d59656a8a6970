"""The radiologist's pages: the list, the editor with its checks, the report, its versions."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.core.visit import VisitState
from patency.records.models.ledger import Audit
from patency.records.models.report import CriticalFinding, Findings, FindingsDraft, Report
from patency.service import reporting
from tests.make import make_visit
from tests.service import after
from tests.service.after import AFTERWARDS, BOTH_OPEN, RADIOLOGIST
from tests.service.test_reporting import draft, find, make_examined, sign, signed

pytestmark = pytest.mark.django_db
TUBE = {"filled_to": "fimbria", "spill": "free", "calibre": "normal"}
WHOLE = {
    "shape": "normal",
    **{f"{side}_{name}": value for side in ("right", "left") for name, value in TUBE.items()},
    "quality": "good",
    "key_images": ["1", "2", "3", "4"],
    "intravasation_grade": "0",
    "diagnostic": "yes",
}


@pytest.fixture(autouse=True)
def _afternoon(clock):
    clock.at = AFTERWARDS + timedelta(hours=3)


@pytest.fixture
def radiologist(as_staff):
    return as_staff(Role.RADIOLOGIST, name="radiologist-one")


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def write(client, visit, **changes):
    typed = {name: value for name, value in {**WHOLE, **changes}.items() if value is not None}
    return client.post(reverse("report-editor", args=[visit.pk]), typed)


def type_in(client, visit, **typed):
    return client.post(reverse("report-typed", args=[visit.pk]), typed)


# ---------------------------------------------------------------- the list


def test_the_list_says_what_was_promised_by_when_the_soonest_first(house, radiologist):
    early = make_examined(
        started_at=after.STARTED - timedelta(days=4), ended_at=after.ENDED - timedelta(days=4)
    )
    make_examined()

    page = text_of(radiologist.get(reverse("reading")))

    assert page.index("1 day late") < page.index("due in 11 hours")
    assert "promised for Monday 22 September" in page
    assert page.index(early.patient.number) < page.index("due in 11 hours")


def test_drafts_and_amendments_stand_apart_from_what_is_to_be_read(house, radiologist):
    to_sign = make_examined()
    find(house, to_sign)
    draft(house, to_sign)
    begun = make_examined()
    type_in(radiologist, begun, shape="normal")
    report = signed(house)
    reporting.amend(house, report.visit_id, "A side.", by=RADIOLOGIST, now=AFTERWARDS)

    page = text_of(radiologist.get(reverse("reading")))

    assert page.index("To be signed") < page.index(to_sign.patient.number)
    assert page.index("Amendments begun") < page.index("A side.")
    assert page.index("not yet reported") < page.index("draft by radiologist-one")


def test_the_list_asks_the_database_as_often_for_thirty_as_for_three(
    house, radiologist, django_assert_max_num_queries
):
    for _ in range(30):
        make_examined()

    with django_assert_max_num_queries(20):
        page = text_of(radiologist.get(reverse("reading")))

    assert page.count("Write the report") == 25
    assert "Page 1 of 2" in page
    assert text_of(radiologist.get(reverse("reading") + "?page=2")).count("Write the report") == 5
    assert radiologist.get(reverse("reading") + "?page=soon").status_code == 200


# ---------------------------------------------------------------- while it is typed


def test_what_is_typed_is_saved_checked_and_put_into_words(house, radiologist):
    visit = make_examined()

    answer = type_in(radiologist, visit, **WHOLE)

    page = text_of(answer)
    assert "Draft saved" in page
    assert "Fits together" in page
    assert "Right tube: open with free spill." in page
    assert FindingsDraft.objects.get().typed["right_spill"] == "free"
    assert 'value="1" hx-swap-oob' in answer.content.decode()


def test_the_draft_text_is_in_the_language_of_the_page_and_in_hers(house, as_staff):
    visit = make_examined()
    visit.patient.language = "en"
    visit.patient.save()
    client = as_staff(Role.RADIOLOGIST)
    client.cookies["language"] = "zh-hans"

    page = text_of(type_in(client, visit, **WHOLE))

    assert "右侧输卵管：通畅，自由溢出。" in page
    assert "Your examination in plain words" in page


def test_blocked_from_the_horn_alone_is_refused_with_the_reason(house, radiologist):
    visit = make_examined()
    horn = {"right_filled_to": "horn", "right_spill": "none", "right_calibre": "not judged"}

    answer = type_in(radiologist, visit, **{**WHOLE, **horn, "right_said": "closed"})
    kept = write(radiologist, visit, **horn, right_said="closed")

    for each in (answer, kept):
        assert "a spasm looks the same" in text_of(each)
    assert kept.status_code == 400
    assert not Findings.objects.exists()


def test_a_missing_side_is_named_with_a_way_to_it(house, radiologist):
    visit = make_examined()

    answer = write(radiologist, visit, left_filled_to=None, left_spill=None, left_calibre=None)

    assert answer.status_code == 400
    assert "Left tube: Nothing is said of it yet." in text_of(answer)
    assert 'href="#id_left_filled_to_0"' in answer.content.decode()
    assert 'id="id_left_filled_to_0"' in answer.content.decode()
    assert re.search(r'name="shape" value="normal"[^>]* checked', answer.content.decode())


def test_every_place_a_check_leads_to_is_on_the_page(house, radiologist):
    from patency.doors.web.staff import findings_words as words

    page = radiologist.get(reverse("report-editor", args=[make_examined().pk])).content.decode()

    for code in words.CHECKS:
        for side in ("", "right"):
            if (code in words.FIELD_OF) or not side:
                name = words.FIELD_OF.get(code, "filled_to" if side else "shape")
                sided = name in ("spill", "calibre", "note", "said", "seen", "filled_to")
                there = f"id_right_{name}" if sided else f"id_{name}"
                there += "" if name in words.WITHOUT_NUMBER else "_0"
                assert f'id="{there}"' in page, code


def test_every_check_of_the_core_has_its_words():
    from patency.core.findings.check import SENTENCES
    from patency.doors.web.staff.findings_words import CHECKS

    assert SENTENCES.keys() <= CHECKS.keys()


def test_two_tabs_are_told_and_both_texts_are_there(house, radiologist, as_staff):
    visit = make_examined()
    other = as_staff(Role.RADIOLOGIST, name="radiologist-two")
    type_in(other, visit, shape="normal", began_from="0")

    answer = type_in(radiologist, visit, shape="arcuate", began_from="0")

    assert "radiologist-two saved another text at 13:00" in text_of(answer)
    both = text_of(radiologist.get(reverse("report-texts", args=[visit.pk])))
    assert "Normal" in both and "Arcuate" in both
    beside = FindingsDraft.objects.get(beside=True)
    editor = radiologist.get(f"{reverse('report-editor', args=[visit.pk])}?draft={beside.pk}")
    assert re.search(r'name="shape" value="arcuate"[^>]* checked', editor.content.decode())


@pytest.mark.parametrize(
    "odd",
    [
        {"shape": "a dragon"},
        {"shape": "normal", "indentation_mm": "twelve"},
        {"shape": "normal", "indentation_mm": "-3", "angle_degrees": "361"},
        {"defects": ["polyp-like", "no such"]},
        {"intravasation_grade": "9"},
        {"key_images": ["7", "x"]},
        {"right_spill": "free\0", "comment": "‮abc"},
        {"cavity_note": "王" * 600},
        {"began_from": "٣", "shape": "normal"},
        {"comment": "x" * 5_000_000},
    ],
)
def test_odd_input_is_answered_with_a_sentence_and_keeps_no_findings(house, radiologist, odd):
    visit = make_examined()

    typed = type_in(radiologist, visit, **odd)
    kept = write(radiologist, visit, **{**odd, "quality": None})

    assert typed.status_code in (200, 400, 413)
    assert kept.status_code in (400, 409, 413)
    assert not Findings.objects.exists()


def test_one_press_fills_in_what_is_normal_without_a_script_too(house, radiologist):
    visit = make_examined()

    answer = radiologist.post(
        reverse("report-editor", args=[visit.pk]), {"quick": "all-normal", "quality": "good"}
    )

    page = answer.content.decode()
    for name, value in (("shape", "normal"), ("right_spill", "free"), ("left_spill", "free")):
        assert re.search(rf'name="{name}" value="{value}"[^>]* checked', page)
    assert not Findings.objects.exists()


def test_the_editor_begins_with_what_the_record_says(house, radiologist):
    visit = make_examined(leak=True, intravasation_grade=2, key_images=[1, 2])

    page = radiologist.get(reverse("report-editor", args=[visit.pk])).content.decode()

    assert re.search(r'name="leak"[^>]* checked', page)
    assert re.search(r'name="intravasation_grade" value="2"[^>]* checked', page)
    assert "There are no images for this visit yet." in page


def test_there_is_no_editor_before_an_examination(house, radiologist):
    page = text_of(
        radiologist.get(reverse("report-editor", args=[make_visit(state=VisitState.ARRIVED).pk]))
    )

    assert "There is no examination to report on" in page


# ---------------------------------------------------------------- kept, signed, amended


def test_from_the_editor_to_the_signature(house, radiologist):
    visit = make_examined()

    kept = write(radiologist, visit, cavity_note="soft outline", comment="See her again.")
    report = Report.objects.get()
    page = text_of(radiologist.get(kept["Location"]))
    done = radiologist.post(reverse("report-sign", args=[report.pk]))

    assert kept["Location"] == reverse("report", args=[report.pk])
    assert "soft outline" in page and "See her again." in page
    assert done["Location"] == reverse("reading")
    report.refresh_from_db()
    assert (report.status, report.signed_by) == ("signed", "radiologist-one")
    visit.refresh_from_db()
    assert visit.state == VisitState.REPORTED


def test_a_report_is_signed_once_and_the_second_press_is_told(house, radiologist):
    report = signed(house)

    answer = radiologist.post(reverse("report-sign", args=[report.pk]), follow=True)

    assert "Someone has signed it already" in text_of(answer)


def test_what_changed_since_the_draft_is_read_again_before_it_is_signed(house, radiologist):
    visit = make_examined()
    find(house, visit)
    report = draft(house, visit)
    find(house, visit, replace(BOTH_OPEN, left=after.AT_THE_HORN))

    answer = radiologist.post(reverse("report-sign", args=[report.pk]), follow=True)

    assert "The findings changed since this was written" in text_of(answer)


def test_an_amendment_needs_its_reason_and_shows_what_it_changed(house, radiologist):
    report = signed(house)
    visit = report.visit

    without = write(radiologist, visit, left_spill="slow")
    kept = write(radiologist, visit, left_spill="slow", reason="The late image was not read.")

    assert without.status_code == 400
    assert "Say why the report is amended" in text_of(without)
    amended = Report.objects.get(version=2)
    assert kept["Location"] == reverse("report", args=[amended.pk])
    compared = text_of(radiologist.get(reverse("report-compare", args=[amended.pk])))
    assert "Gone: Free spill." in compared
    assert "New: Slow spill: open, but not free." in compared
    assert "The late image was not read." in compared
    sign(house, amended)
    page = text_of(radiologist.get(reverse("report", args=[report.pk])))
    assert "Replaced by a later version" in page


def test_a_first_version_has_nothing_to_be_compared_with(house, radiologist):
    report = signed(house)

    assert radiologist.get(reverse("report-compare", args=[report.pk])).status_code == 404


def test_the_paper_is_a_pdf_whose_name_says_nothing_of_her(house, radiologist):
    report = signed(house)

    answer = radiologist.get(reverse("report-paper", args=[report.pk]))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="report.pdf"'
    assert answer.content.startswith(b"%PDF")


# ---------------------------------------------------------------- critical findings


def test_a_critical_finding_is_noted_and_told(house, radiologist, as_staff):
    report = signed(house)

    empty = radiologist.post(reverse("critical", args=[report.visit_id]), {"what": " "})
    radiologist.post(reverse("critical", args=[report.visit_id]), {"what": "A wide tube"})
    finding = CriticalFinding.objects.get()
    doctor = as_staff(Role.GYNAECOLOGIST)
    nobody = doctor.post(reverse("critical-told", args=[finding.pk]), {"told_to": ""}, follow=True)
    told = doctor.post(reverse("critical-told", args=[finding.pk]), {"told_to": "herself"})

    assert empty.status_code == 409
    assert "who heard it and how" in text_of(nobody)
    assert told.status_code == 302
    finding.refresh_from_db()
    assert finding.told_to == "herself"


def test_reading_a_report_is_audited(house, radiologist):
    report = signed(house)

    radiologist.get(reverse("report", args=[report.pk]))

    assert Audit.objects.filter(action="read", why="read a report").exists()
