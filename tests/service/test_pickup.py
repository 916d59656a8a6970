"""She fetches her report with her code."""

from dataclasses import replace

import pytest

from patency.core.access import NotPermitted
from patency.records.models.ledger import Audit, Event
from patency.records.models.report import Report
from patency.service import pickup, reporting
from patency.service.house import House
from tests.service import after, walk
from tests.service.after import on_day
from tests.service.test_reporting import release, signed

pytestmark = pytest.mark.django_db
DESK = walk.DESK


def test_a_code_prints_the_report_twice_and_not_more(house: House):
    out = release(house, signed(house))

    first = pickup.print_report(house, out.code, by=DESK, now=on_day(1, 10))
    second = pickup.print_report(house, out.code, by=DESK, now=on_day(1, 11))

    assert (first.copies_left, second.copies_left) == (1, 0)
    assert first.printer == "WEST-SELF-SERVICE-1"
    assert first.report.status == "signed"
    out.release.refresh_from_db()
    assert out.release.picked_up_at == on_day(1, 10)
    with pytest.raises(pickup.NoCopiesLeft, match="Every copy"):
        pickup.print_report(house, out.code, by=DESK, now=on_day(1, 12))
    assert Event.objects.filter(kind="report-picked-up").count() == 2
    assert Audit.objects.filter(action="report-picked-up", why="pick-up code").count() == 2


def test_a_code_is_read_with_small_letters_and_dashes_and_easily_mistaken_ones(house: House):
    out = release(house, signed(house))
    typed = "-".join(out.code.lower().replace("0", "o").replace("1", "l"))

    assert pickup.print_report(house, typed, by=DESK, now=on_day(1)).copies_left == 1


def test_a_wrong_code_says_nothing_more(house: House):
    out = release(house, signed(house))

    with pytest.raises(pickup.CodeNotKnown) as refusal:
        pickup.print_report(house, "000000000000", by=DESK, now=on_day(1))
    assert str(out.release.visit_id) not in str(refusal.value)


def test_a_code_counts_at_its_site_for_its_woman_and_to_who_may_pick_up(house: House):
    out = release(house, signed(house))
    other = signed(house).visit.patient.as_actor()
    hers = out.release.visit.patient.as_actor()

    for stranger in (replace(DESK, site="demo-leeds"), other):
        with pytest.raises(pickup.CodeNotKnown):
            pickup.print_report(house, out.code, by=stranger, now=on_day(1))
    with pytest.raises(NotPermitted):
        pickup.print_report(house, out.code, by=walk.CASHIER, now=on_day(1))
    assert pickup.print_report(house, out.code, by=hers, now=on_day(1)).copies_left == 1


def test_after_an_amendment_the_same_code_prints_the_new_version(house: House):
    first = signed(house)
    out = release(house, first)
    reporting.record_findings(
        house,
        first.visit_id,
        replace(after.BOTH_OPEN, leak=True),
        by=after.RADIOLOGIST,
        now=on_day(2),
    )
    second = reporting.amend(
        house, first.visit_id, "leak added", by=after.RADIOLOGIST, now=on_day(2)
    )
    reporting.sign(house, second.pk, by=after.RADIOLOGIST, now=on_day(2))

    printed = pickup.print_report(house, out.code, by=DESK, now=on_day(3)).report

    assert printed == Report.objects.get(version=2)


def test_the_desk_renews_a_code_and_the_old_one_ends(house: House):
    out = release(house, signed(house))
    visit = out.release.visit

    code = pickup.renew_code(visit.pk, by=DESK, now=on_day(1))

    with pytest.raises(pickup.CodeNotKnown):
        pickup.print_report(house, out.code, by=DESK, now=on_day(1))
    assert pickup.print_report(house, code, by=DESK, now=on_day(1)).copies_left == 1
    with pytest.raises(NotPermitted, match="the desk does"):
        pickup.renew_code(visit.pk, by=visit.patient.as_actor(), now=on_day(1))


def test_there_is_no_code_to_renew_before_the_release(house: House):
    report = signed(house)

    with pytest.raises(pickup.NothingToPickUp, match="no report is out yet"):
        pickup.renew_code(report.visit_id, by=DESK, now=on_day(1))
