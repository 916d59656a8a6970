"""A message is claimed, sent once, and what is not known to have gone becomes a person's task."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from patency.config.wiring import build_house
from patency.core.access import Role
from patency.gateways.memory import Letter, MemoryMail, MemoryPrinter, MemorySms, PrintJob, Text
from patency.gateways.not_sent import NotSent
from patency.records.ledger import remember, subject_of
from patency.records.models.followup import FollowUp, Referral, Task
from patency.records.models.ledger import Audit, Event
from patency.records.models.people import ChannelConsent, Patient
from patency.records.models.visit import Visit
from patency.service import messages
from patency.service.house import House
from patency.service.messages import NOT_SENT, SENT, UNKNOWN, NobodyToTell, Words
from tests.make import NOW, SITE, TODAY, make_actor, make_patient, make_visit

pytestmark = pytest.mark.django_db

WORKER = make_actor(Role.SYSTEM, name="worker")
WORDS = {"en": Words("For you", "Sign in."), "zh": Words("给您", "请登录。")}
PHONE, ADDRESS = "+8613800000000", "ann@example.org"


@pytest.fixture
def house() -> House:
    return build_house({"PATENCY_MODE": "test"})


def make_woman(*channels: str, **fields: Any) -> Visit:
    patient = make_patient(**{"phone": PHONE, "email": ADDRESS, **fields})
    for channel in channels:
        consent(patient, channel, given=True)
    return make_visit(patient=patient)


def consent(patient: Patient, channel: str, *, given: bool) -> None:
    ChannelConsent.objects.create(
        patient=patient, channel=channel, given=given, at=NOW, by="nurse-one"
    )


def make_event(visit: Visit, **fields: Any) -> Event:
    with transaction.atomic():
        return remember(
            **{
                "kind": "booked",
                "subject": "booking/1",
                "by": make_actor(),
                "now": NOW,
                "site": visit.site,
                "payload": {"visit": visit.pk},
                **fields,
            }
        )


def tell(house: House, event: Event, words: Mapping[str, Words] = WORDS) -> str:
    return messages.tell_her(house, event.pk, "appointment-made", words, by=WORKER, now=NOW)


def sms(house: House) -> MemorySms:
    assert isinstance(house.gateways.sms, MemorySms)
    return house.gateways.sms


def mail(house: House) -> MemoryMail:
    assert isinstance(house.gateways.mail, MemoryMail)
    return house.gateways.mail


def test_she_is_told_by_the_channel_she_consented_to(house: House) -> None:
    assert tell(house, make_event(make_woman("sms"))) == SENT
    assert sms(house).sent == [Text(PHONE, "Sign in.")]
    assert mail(house).sent == []

    assert tell(house, make_event(make_woman("email"))) == SENT
    assert mail(house).sent == [Letter(ADDRESS, "For you", "Sign in.")]
    assert not Task.objects.exists()


def test_the_newest_consent_counts(house: House) -> None:
    visit = make_woman("sms", "email")
    consent(visit.patient, "sms", given=False)

    tell(house, make_event(visit))

    assert sms(house).sent == []
    assert len(mail(house).sent) == 1


def test_she_is_told_in_her_language_or_in_english(house: House) -> None:
    for language in ("zh-hans", "fr"):
        tell(house, make_event(make_woman("sms", language=language)))

    assert [each.text for each in sms(house).sent] == ["请登录。", "Sign in."]


def test_asking_twice_sends_once(house: House) -> None:
    event = make_event(make_woman("sms"))

    assert [tell(house, event), tell(house, event)] == [SENT, SENT]
    assert len(sms(house).sent) == 1


def test_what_was_sent_is_remembered_without_a_number_or_a_word(house: House) -> None:
    visit = make_woman("sms")
    event = make_event(visit)

    tell(house, event)

    claimed, sent = Event.objects.filter(subject=f"event/{event.pk}").order_by("pk")
    assert (claimed.kind, sent.kind) == ("message-claimed", SENT)
    assert sent.payload == {
        "message": "appointment-made",
        "channel": "sms",
        "visit": str(visit.pk),
    }
    assert Audit.objects.filter(patient=visit.patient, action="read").count() == 1


def test_a_message_that_did_not_go_becomes_a_task(house: House) -> None:
    visit = make_woman("sms")
    sms(house).refuse = NotSent("The provider refuses it.")

    assert tell(house, make_event(visit)) == NOT_SENT

    task = Task.objects.get()
    assert (task.kind, task.urgency, task.visit_id) == (NOT_SENT, "C", visit.pk)
    assert task.why == "The provider refuses it."


def test_a_message_that_may_have_gone_is_never_sent_again_by_itself(house: House) -> None:
    event = make_event(make_woman("sms"))
    sms(house).refuse = NotSent("It fell silent.", may_have_gone=True)
    assert tell(house, event) == UNKNOWN
    sms(house).refuse = None

    assert tell(house, event) == UNKNOWN

    assert sms(house).sent == []
    assert Task.objects.get().kind == UNKNOWN


def test_a_worker_that_died_while_sending_leaves_a_task_and_no_second_message(
    house: House,
) -> None:
    event = make_event(make_woman("sms"))

    class Dies(MemorySms):
        def send(self, *, to: str, text: str) -> None:
            raise SystemExit

    dying = replace(house, gateways=replace(house.gateways, sms=Dies()))
    with pytest.raises(SystemExit):
        tell(dying, event)

    assert tell(house, event) == UNKNOWN
    assert tell(house, event) == UNKNOWN
    assert sms(house).sent == []
    assert "nobody can say whether" in Task.objects.get().why


@pytest.mark.parametrize(
    ("channels", "fields"),
    [((), {}), (("phone", "post"), {}), (("sms",), {"phone": ""})],
)
def test_a_woman_without_a_channel_is_told_by_a_person(
    house: House, channels: tuple[str, ...], fields: dict[str, str]
) -> None:
    event = make_event(make_woman(*channels, **fields))

    assert [tell(house, event), tell(house, event)] == ["message-no-channel"] * 2
    assert Task.objects.get().kind == "message-no-channel"


def test_a_woman_who_was_erased_is_left_in_peace(house: House) -> None:
    visit = make_woman("sms")
    Patient.objects.filter(pk=visit.patient_id).update(erased_at=NOW)

    assert tell(house, make_event(visit)) == "message-no-channel"
    assert sms(house).sent == []
    assert not Task.objects.exists()


def test_she_is_found_by_every_id_an_event_carries(house: House) -> None:
    visit = make_woman("sms")
    follow_up = FollowUp.objects.create(
        visit=visit, patient=visit.patient, exam_day=TODAY, opened_at=NOW
    )
    referral = Referral.objects.create(
        follow_up=follow_up, to="gynaecology", made_at=NOW, answer_due=TODAY
    )
    for subject, payload in (
        (subject_of(referral), {"to": "gynaecology"}),
        ("booking/1", {"visit": visit.pk}),
        (subject_of(visit), {}),
        (subject_of(visit.patient), {}),
        (subject_of(follow_up), {}),
        ("task/1", {"follow_up": follow_up.pk}),
        ("task/1", {"patient": visit.patient_id}),
    ):
        assert tell(house, make_event(visit, subject=subject, payload=payload)) == SENT
    assert len(sms(house).sent) == 7


def test_an_event_about_nobody_is_refused_with_what_to_do(house: House) -> None:
    event = make_event(make_woman(), subject="slot/1", payload={})

    with pytest.raises(NobodyToTell, match="names no woman"):
        tell(house, event)


def test_a_worker_of_another_site_cannot_tell_her(house: House) -> None:
    event = make_event(make_woman("sms"))
    other = make_actor(Role.SYSTEM, name="worker", site="demo-leeds")

    with pytest.raises(Event.DoesNotExist, match="at demo-leeds that worker may see"):
        messages.tell_her(house, event.pk, "appointment-made", WORDS, by=other, now=NOW)
    assert sms(house).sent == []


def test_the_duty_contact_is_called_once_for_each_ring(house: House) -> None:
    visit = make_woman()
    rings = [make_event(visit, kind="alarm-due", subject="task/1") for _ in range(2)]

    for ring in (*rings, *rings):
        assert messages.call_duty(house, ring.pk, WORDS, by=WORKER, now=NOW) == SENT

    assert [each.to for each in sms(house).sent] == [house.site(SITE).duty.phone] * 2


CODE = {"en": Words("For you", "Your code: {code}.")}


def test_she_gets_the_code_of_her_report_and_nobody_keeps_it(house: House) -> None:
    visit = make_woman("sms")
    make_event(visit, kind="report-released", subject=subject_of(visit), payload={})

    for _ in range(2):
        assert messages.tell_code(house, visit.pk, "ABCD-EFGH", CODE, by=WORKER, now=NOW) == SENT

    assert [each.text for each in sms(house).sent] == ["Your code: ABCD-EFGH."]
    assert "ABCD" not in str(list(Event.objects.values()) + list(Audit.objects.values()))


def test_there_is_no_code_for_a_report_that_was_not_released(house: House) -> None:
    with pytest.raises(NobodyToTell, match="was not released"):
        messages.tell_code(house, make_woman("sms").pk, "ABCD", CODE, by=WORKER, now=NOW)


def printer(house: House) -> MemoryPrinter:
    assert isinstance(house.gateways.printer, MemoryPrinter)
    return house.gateways.printer


def print_page(house: House, event: Event) -> str:
    return messages.print_page(house, event.pk, b"%PDF", title="Document", by=WORKER, now=NOW)


def test_a_page_is_printed_once_for_one_wish(house: House) -> None:
    event = make_event(make_woman(), kind="report-picked-up")

    assert [print_page(house, event), print_page(house, event)] == [SENT, SENT]
    assert printer(house).printed == [PrintJob(b"%PDF", "Document", 1)]


@pytest.mark.parametrize(("may_have_gone", "outcome"), [(True, UNKNOWN), (False, NOT_SENT)])
def test_a_page_that_did_not_come_becomes_a_task(
    house: House, may_have_gone: bool, outcome: str
) -> None:
    visit = make_woman()
    printer(house).refuse = NotSent("out of paper", may_have_gone=may_have_gone)

    assert print_page(house, make_event(visit, kind="report-picked-up")) == outcome
    assert (Task.objects.get().why, Task.objects.get().patient) == ("out of paper", visit.patient)


def test_a_ring_that_fails_opens_no_task_because_it_is_about_one(house: House) -> None:
    ring = make_event(make_woman(), kind="alarm-due", subject="task/1")
    sms(house).refuse = NotSent("no line")

    assert messages.call_duty(house, ring.pk, WORDS, by=WORKER, now=NOW) == NOT_SENT
    assert not Task.objects.exists()
