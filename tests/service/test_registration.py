from datetime import date, timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.core.identifiers import read_identifier
from patency.core.visit import VisitState
from patency.records.models.booking import Booking
from patency.records.models.ledger import Audit, Event
from patency.records.models.money import Refund
from patency.records.models.people import ChannelConsent, Patient
from patency.records.models.visit import Visit
from patency.service import registration
from patency.service.house import House
from tests.make import NOW, TODAY, make_actor
from tests.service import walk

pytestmark = pytest.mark.django_db


def test_a_woman_gets_our_own_number_a_visit_one_event_and_one_audit_row(house: House) -> None:
    visit = walk.register(house, consents={"sms": True, "email": False})

    assert visit.state == "registered"
    assert read_identifier(visit.patient.number) == visit.patient.number
    told = {row.channel: row.given for row in ChannelConsent.objects.all()}
    assert told == {"sms": True, "email": False}
    event = Event.objects.get()
    assert (event.kind, event.subject, event.actor) == (
        "registered",
        f"visit/{visit.pk}",
        "desk-one",
    )
    audit = Audit.objects.get()
    assert (audit.action, audit.patient_id, audit.at) == ("registered", visit.patient_id, NOW)


def test_every_wrong_detail_is_named_at_once_without_its_value(house: House) -> None:
    with pytest.raises(registration.DetailsRefused) as refused:
        walk.register(
            house,
            campus="north",
            language="fr",
            family_name=" ",
            birth_date=TODAY + timedelta(days=1),
            email="",
            phone="12",
            medium_wanted="barium",
            indication="because",
            consents={"pigeon": True, "email": True},
        )

    says = str(refused.value)
    for field in (
        "campus",
        "language",
        "family_name",
        "birth_date",
        "phone",
        "medium_wanted",
        "indication",
        "pigeon",
        "email",
    ):
        assert field in says
    assert "Correct this" in says
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "birth_date", [date(1899, 12, 31), TODAY + timedelta(days=1), date(2024, 5, 17)]
)
def test_a_birth_date_before_1900_in_the_future_or_of_a_child_is_refused(
    house: House, birth_date: date
) -> None:
    with pytest.raises(registration.DetailsRefused, match="birth_date"):
        walk.register(house, birth_date=birth_date)


def test_the_same_woman_is_registered_once(house: House) -> None:
    first = walk.register(house)

    with pytest.raises(registration.AlreadyRegistered, match=f"patient/{first.patient_id}"):
        walk.register(house, family_name="EXAMPLE ")
    assert Patient.objects.count() == 1


@pytest.mark.parametrize("phone", ["+8613800000000", "138-0000 0000", "0086 138 0000 0000"])
def test_a_number_typed_in_another_way_is_the_same_number(house: House, phone: str) -> None:
    walk.register(house)

    with pytest.raises(registration.AlreadyRegistered):
        walk.register(house, phone=phone)


def test_what_no_column_holds_is_refused_by_its_field(house: House) -> None:
    with pytest.raises(
        registration.DetailsRefused,
        match=r"given_name: holds a character that is no text.*phone: has at most 40 characters",
    ):
        walk.register(house, given_name="A\0nn", phone="1" * 41)


def test_a_visit_is_cancelled_for_a_code_and_never_in_words(house: House) -> None:
    visit = walk.register(house)

    with pytest.raises(registration.DetailsRefused, match="no words of your own") as refusal:
        registration.cancel_visit(visit.pk, "Ann has moved away", by=walk.DESK, now=NOW)
    assert "Ann" not in str(refusal.value)
    visit.refresh_from_db()
    assert visit.state == VisitState.REGISTERED


def test_two_women_of_one_name_and_birth_date_are_two_women(house: House) -> None:
    walk.register(house)
    walk.register(house, phone="+86 139 1111 1111")

    assert Patient.objects.count() == 2


def test_a_desk_registers_at_its_own_site_only(house: House) -> None:
    leeds = make_actor(Role.REGISTRATION, name="desk-leeds", site="demo-leeds")

    with pytest.raises(registration.DetailsRefused, match="not the site of desk-leeds"):
        walk.register(house, by=leeds)


def test_a_cashier_registers_nobody(house: House) -> None:
    with pytest.raises(NotPermitted):
        walk.register(house, by=walk.CASHIER)


def test_a_second_visit_opens_only_when_the_first_is_over(house: House) -> None:
    first = walk.register(house)

    with pytest.raises(registration.VisitStillOpen, match=f"visit/{first.pk}"):
        registration.open_visit(house, first.patient_id, campus="west", by=walk.DESK, now=NOW)
    registration.cancel_visit(first.pk, "her-wish", by=walk.DESK, now=NOW)
    second = registration.open_visit(house, first.patient_id, campus="west", by=walk.DESK, now=NOW)

    assert second.pk != first.pk
    assert second.patient_id == first.patient_id


def test_the_newest_word_on_a_channel_is_added_and_none_is_changed(house: House) -> None:
    visit = walk.register(house, consents={"sms": True})

    registration.consent_to_channel(visit.patient_id, "sms", False, by=walk.DESK, now=NOW)

    assert [row.given for row in ChannelConsent.objects.order_by("id")] == [True, False]


def test_a_channel_without_an_address_cannot_be_agreed_to(house: House) -> None:
    visit = walk.register(house)

    with pytest.raises(registration.DetailsRefused, match="no email is given"):
        registration.consent_to_channel(visit.patient_id, "email", True, by=walk.DESK, now=NOW)


def test_contact_changes_and_the_audit_names_fields_not_values(house: House) -> None:
    visit = walk.register(house)

    patient = registration.change_contact(
        house, visit.patient_id, email="ann@example.org", by=walk.DESK, now=NOW
    )

    assert (patient.email, patient.phone) == ("ann@example.org", "+86 138 0000 0000")
    assert Audit.objects.get(action="contact-changed").what == ["email"]


def test_a_phone_that_messages_go_to_cannot_be_taken_away(house: House) -> None:
    visit = walk.register(house, consents={"sms": True})

    with pytest.raises(registration.DetailsRefused, match="sms was agreed to"):
        registration.change_contact(house, visit.patient_id, phone="", by=walk.DESK, now=NOW)


def test_cancelling_the_visit_frees_her_seat_and_gives_her_money_back(house: House) -> None:
    booking = walk.booked(house)

    visit = registration.cancel_visit(booking.visit_id, "her-wish", by=walk.DESK, now=NOW)

    assert (visit.state, visit.closed_at) == ("cancelled", NOW)
    assert Booking.objects.get(pk=booking.pk).state == "cancelled"
    assert Refund.objects.get().amount_minor == 100_000
    assert Event.objects.last().payload["freed"] == [str(booking.slot_id)]  # type: ignore[union-attr]


def test_another_sites_woman_does_not_exist(house: House) -> None:
    visit = walk.register(house)
    leeds = make_actor(Role.REGISTRATION, name="desk-leeds", site="demo-leeds")

    with pytest.raises(Visit.DoesNotExist, match="at demo-leeds that desk-leeds may see"):
        registration.cancel_visit(visit.pk, "her-wish", by=leeds, now=NOW)
    with pytest.raises(Patient.DoesNotExist):
        registration.change_contact(house, visit.patient_id, phone="", by=leeds, now=NOW)


def test_a_woman_registers_herself_and_learns_no_row_of_another(house: House) -> None:
    first = walk.register(house)
    stranger = make_actor(Role.PATIENT, name="visitor")

    with pytest.raises(registration.AlreadyRegistered) as refused:
        walk.register(house, by=stranger)
    assert str(first.patient_id) not in str(refused.value)
    assert walk.register(house, by=stranger, given_name="Bea").state == "registered"
    with pytest.raises(registration.DetailsRefused, match="acts for herself"):
        walk.register(house, by=first.patient.as_actor(), given_name="Cleo")
