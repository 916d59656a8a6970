"""What stands in the report editor: saved as it is, two texts kept, nothing of it true."""

from datetime import timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.core.visit import VisitState
from patency.records.models.ledger import Audit, Event
from patency.records.models.report import Findings, FindingsDraft
from patency.service import drafting
from patency.service.house import House
from tests.make import make_actor, make_visit
from tests.service import walk
from tests.service.after import AFTERWARDS, BOTH_OPEN, RADIOLOGIST
from tests.service.test_reporting import make_examined

pytestmark = pytest.mark.django_db
OTHER = make_actor(Role.RADIOLOGIST, name="radiologist-two")
LATER = AFTERWARDS + timedelta(minutes=1)


def save(house: House, visit, typed, *, began_from=0, by=RADIOLOGIST, now=AFTERWARDS):
    return drafting.save_draft(house, visit.pk, typed, began_from=began_from, by=by, now=now)


def test_a_draft_is_kept_half_told_and_counts_for_nothing(house: House):
    visit = make_examined()

    saved = save(house, visit, {"shape": "normal", "right_spill": "free"})

    assert (saved.draft.number, saved.draft.typed["shape"], saved.is_new) == (1, "normal", True)
    assert not Findings.objects.exists()
    assert Event.objects.filter(kind="findings-draft-saved").count() == 1
    assert Audit.objects.filter(action="findings-draft-saved").count() == 1


def test_the_same_text_again_makes_no_second_draft(house: House):
    visit = make_examined()
    first = save(house, visit, {"shape": "normal"})

    again = save(house, visit, {"shape": "normal"}, began_from=first.draft.number, now=LATER)

    assert not again.is_new
    assert FindingsDraft.objects.count() == 1


def test_going_on_from_the_newest_draft_replaces_it_in_order(house: House):
    visit = make_examined()
    first = save(house, visit, {"shape": "normal"})

    second = save(house, visit, {"shape": "arcuate"}, began_from=first.draft.number, now=LATER)

    assert (second.draft.number, second.draft.beside, second.other) == (2, False, None)


def test_of_two_tabs_the_second_keeps_both_texts_and_is_told_who_saved_when(house: House):
    visit = make_examined()
    theirs = save(house, visit, {"shape": "normal"}, by=OTHER)

    mine = save(house, visit, {"shape": "arcuate"}, began_from=0, now=LATER)

    assert mine.draft.beside
    assert mine.other == theirs.draft
    assert (mine.other.made_by, mine.other.made_at) == ("radiologist-two", AFTERWARDS)
    assert [row.typed["shape"] for row in FindingsDraft.objects.order_by("number")] == [
        "normal",
        "arcuate",
    ]
    assert Event.objects.filter(kind="findings-draft-kept-beside").count() == 1


def test_a_text_beside_is_not_kept_again_while_it_stays_the_same(house: House):
    visit = make_examined()
    save(house, visit, {"shape": "normal"}, by=OTHER)
    save(house, visit, {"shape": "arcuate"}, now=LATER)

    again = save(house, visit, {"shape": "arcuate"}, now=LATER)

    assert (again.is_new, again.other is not None) == (False, True)
    assert FindingsDraft.objects.count() == 2


def test_there_is_nothing_to_write_before_an_examination_and_nobody_else_writes(house: House):
    with pytest.raises(drafting.NothingToReport, match="after an examination"):
        save(house, make_visit(state=VisitState.ARRIVED), {"shape": "normal"})
    with pytest.raises(NotPermitted):
        save(house, make_examined(), {"shape": "normal"}, by=walk.NURSE)


def test_more_than_a_report_holds_is_refused_with_what_to_do(house: House):
    with pytest.raises(drafting.TooLong, match="Shorten the notes"):
        save(house, make_examined(), {"comment": "x" * 20_001})
    assert not FindingsDraft.objects.exists()


def test_the_preview_reads_in_the_language_of_the_page_and_keeps_nothing(house: House):
    visit = make_examined()

    english, chinese = (
        drafting.preview(house, visit.pk, BOTH_OPEN, language=code, by=RADIOLOGIST, now=AFTERWARDS)
        for code in ("en", "zh-hans")
    )

    assert english is not None and chinese is not None
    assert [each.title for each in english.sections][4] == "Cavity of the womb"
    assert [each.title for each in chinese.sections][4] == "宫腔"
    assert not Findings.objects.exists()
