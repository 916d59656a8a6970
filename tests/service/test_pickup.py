"""She fetches her report with her code."""

from dataclasses import replace
from datetime import date

import pytest

from patency.core.access import Actor, NotPermitted
from patency.records.models.ledger import Audit, Event
from patency.records.models.report import Report
from patency.records.models.visit import Visit
from patency.service import pickup, reporting
from patency.service.house import House
from tests.service import after, walk
from tests.service.after import on_day
from tests.service.test_reporting import release, signed

pytestmark = pytest.mark.django_db
DESK = walk.DESK


def renew(
    visit: Visit, *, by: Actor, shown: str = "id-card", born: date = date(1993, 5, 17)
) -> str:
    return pickup.renew_code(visit.pk, shown=shown, born=born, by=by, now=on_day(1))


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

    code = renew(visit, by=DESK)

    with pytest.raises(pickup.CodeNotKnown):
        pickup.print_report(house, out.code, by=DESK, now=on_day(1))
    assert pickup.print_report(house, code, by=DESK, now=on_day(1)).copies_left == 1
    with pytest.raises(NotPermitted, match="the desk does"):
        renew(visit, by=visit.patient.as_actor())


def test_there_is_no_code_to_renew_before_the_release(house: House):
    report = signed(house)

    with pytest.raises(pickup.NothingToPickUp, match="no report is out yet"):
        renew(report.visit, by=DESK)


def test_the_desk_checks_who_asks_before_it_gives_a_new_code(house: House):
    visit = release(house, signed(house)).release.visit

    with pytest.raises(pickup.NotHer, match="Ask her again"):
        renew(visit, by=DESK, born=date(1993, 5, 18))
    with pytest.raises(pickup.NotHer):
        renew(visit, by=DESK, shown="")
    assert renew(visit, by=DESK)
    assert Event.objects.get(kind="pickup-code-renewed").payload["shown"] == "id-card"
