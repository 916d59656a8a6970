import pytest

from patency.core.consent import TEXT_VERSION
from patency.records.models.booking import Booking
from patency.records.models.ledger import Event
from patency.records.models.paperwork import ApplicationForm, Consent
from patency.records.models.visit import Visit
from patency.service import paperwork, screening
from patency.service.house import House
from tests.make import NOW
from tests.service import walk

pytestmark = pytest.mark.django_db


def sign(house: House, visit_id: object, **wishes: object) -> Consent:
    return paperwork.sign_consent(
        house,
        visit_id,  # type: ignore[arg-type]
        **{"signed_name": "Ann Example", "chaperone": True, **wishes},  # type: ignore[arg-type]
        by=walk.NURSE,
        now=NOW,
    )


def test_she_signs_under_the_rates_of_the_medium_she_wants(house: House) -> None:
    visit = walk.register(house, medium_wanted="water")

    row = sign(house, visit.pk, interpreter_language="fr", operator_sex_wish="female")

    assert row.text_version == TEXT_VERSION
    assert row.rates_shown["pain"]["as_told"].startswith("94 of 100")
    assert "oil-embolism" not in row.rates_shown
    assert (row.chaperone, row.interpreter_language, row.operator_sex_wish) == (
        True,
        "fr",
        "female",
    )


def test_oil_that_she_asked_for_later_shows_the_rates_of_oil(house: House) -> None:
    visit = walk.register(house, medium_wanted="water")
    screening.record_answers(house, visit.pk, {"medium_wanted": "oil"}, by=walk.NURSE, now=NOW)

    assert "oil-embolism" in sign(house, visit.pk).rates_shown


def test_she_signs_once_until_she_withdraws(house: House) -> None:
    visit = walk.register(house)
    sign(house, visit.pk)

    with pytest.raises(paperwork.ConsentStands):
        sign(house, visit.pk)
    paperwork.withdraw_consent(visit.pk, by=walk.NURSE, now=NOW)
    sign(house, visit.pk)

    assert Consent.objects.filter(withdrawn_at__isnull=True).count() == 1
    assert Consent.objects.count() == 2


def test_nothing_signed_cannot_be_withdrawn(house: House) -> None:
    with pytest.raises(paperwork.NothingSigned):
        paperwork.withdraw_consent(walk.register(house).pk, by=walk.NURSE, now=NOW)


def test_an_empty_name_is_no_signature(house: House) -> None:
    visit = walk.register(house)

    with pytest.raises(paperwork.PaperworkRefused, match="signed_name"):
        sign(house, visit.pk, signed_name=" ")


def test_withdrawing_gives_up_the_date(house: House) -> None:
    booking = walk.booked(house)

    paperwork.withdraw_consent(booking.visit_id, by=walk.NURSE, now=NOW)

    assert Booking.objects.get().state == "cancelled"
    assert walk.fresh(booking.visit).state == "cleared"


def test_no_form_before_the_gates_are_passed_and_the_refusal_is_kept(house: House) -> None:
    visit = walk.answered(house)

    with pytest.raises(paperwork.GatesClosed, match="leucorrhoea-test-not-done"):
        paperwork.sign_application(house, visit.pk, by=walk.NURSE, now=NOW)

    assert not ApplicationForm.objects.exists()
    assert Event.objects.filter(kind="application-refused").count() == 1


def test_the_form_is_made_once_all_gates_are_passed(house: House) -> None:
    visit = walk.cleared(house)

    form = paperwork.sign_application(house, visit.pk, by=walk.NURSE, now=NOW)
    again = paperwork.sign_application(house, visit.pk, by=walk.NURSE, now=NOW)

    assert form == again
    assert form.number.startswith("A-20250922-")


def test_consent_is_signed_before_the_examination(house: House) -> None:
    visit = walk.arrived(house).visit
    Visit.objects.filter(pk=visit.pk).update(state="examined")

    with pytest.raises(paperwork.PaperworkRefused, match="before the examination"):
        sign(house, visit.pk)


def test_a_consent_that_no_column_holds_is_refused(house: House) -> None:
    visit = walk.register(house)

    with pytest.raises(
        paperwork.PaperworkRefused, match="interpreter_language: has at most 16 characters"
    ):
        paperwork.sign_consent(
            house,
            visit.pk,
            signed_name="Ann Example",
            chaperone=True,
            interpreter_language="the one her mother speaks",
            by=walk.NURSE,
            now=NOW,
        )
