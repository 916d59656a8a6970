"""A message is claimed, sent once, and what is not known to have gone becomes a person's task."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from patency.config.wiring import build_house
from patency.core.access import NotPermitted, Role
from patency.core.messages import BACK_OFF, Words
from patency.gateways.memory import MemoryMail, MemorySms, Text
from patency.gateways.not_sent import NotSent
from patency.records.ledger import remember, subject_of
from patency.records.models.followup import FollowUp, Referral, Task
from patency.records.models.ledger import Audit, Event
from patency.records.models.message import Message
from patency.records.models.people import ChannelConsent, Patient
from patency.records.models.report import Release
from patency.records.models.visit import Visit
from patency.service import messages, pickup
from patency.service.house import House
from patency.service.messages import LAPSED, NO_CHANNEL, NOT_SENT, SENT, UNKNOWN, WAITING
from patency.service.outgoing import NobodyToTell
from tests.make import NOW, SITE, TODAY, make_actor, make_patient, make_slot, make_visit

pytestmark = pytest.mark.django_db

WORKER = make_actor(Role.SYSTEM, name="worker")
NURSE = make_actor(Role.NURSE, name="nurse-one")
WORDS = {
    "appointment-made": {"en": Words("For you", "Sign in."), "zh": Words("给您", "请登录。")},
    "report-code": {"en": Words("For you", "Your code: {code}.")},
    "duty": {"en": Words("A task", "Open the list.")},
    "stop-by-link": {"en": Words("", "Stop: {link}"), "zh": Words("", "停止：{link}")},
    "stop-by-answer": {"en": Words("", "To stop: STOP.")},
}
NIGHT = NOW.replace(hour=15)  # 23:00 in Beijing
MORNING = datetime.fromisoformat("2025-09-23T07:00:00+08:00")  # when the quiet hours end
PHONE, ADDRESS = "+8613800000000", "ann@example.org"


@pytest.fixture
def house() -> House:
    return replace(build_house({"PATENCY_MODE": "test"}), words=WORDS)


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


def tell(house: House, event: Event, *, now: datetime = NOW) -> str:
    return messages.tell_her(house, event.pk, "appointment-made", by=WORKER, now=now)


def go_on(house: House, now: datetime) -> list[str]:
    """Do what the worker does by itself: send what waited for its time."""
    due = messages.messages_due(SITE, by=WORKER, now=now)
    return [messages.send_waiting(house, each, by=WORKER, now=now) for each in due]


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
    [letter] = mail(house).sent
    assert (letter.to, letter.subject) == (ADDRESS, "For you")
    assert letter.text.startswith("Sign in.")
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

    row = Message.objects.get()
    assert (row.about, row.name, row.state) == (f"event/{event.pk}", "appointment-made", SENT)
    claimed, sent = Event.objects.filter(subject=subject_of(row)).order_by("pk")
    assert (claimed.kind, sent.kind) == ("message-claimed", "message-sent")
    assert PHONE[-4:] not in str(list(Message.objects.values()) + list(Event.objects.values()))
    assert sent.payload == {
        "message": "appointment-made",
        "channel": "sms",
        "visit": str(visit.pk),
    }
    assert Audit.objects.filter(patient=visit.patient, action="read").count() == 1


def test_what_surely_did_not_go_is_tried_again_later_and_later_and_then_becomes_a_task(
    house: House,
) -> None:
    visit = make_woman("sms")
    sms(house).refuse = NotSent("The provider cannot be reached.")
    event, now = make_event(visit), NOW

    assert tell(house, event) == WAITING
    for wait in BACK_OFF:
        assert go_on(house, now + wait - timedelta(seconds=1)) == []
        now += wait
        *_, stands = go_on(house, now)

    assert stands == NOT_SENT
    assert Message.objects.get().tries == len(BACK_OFF) + 1
    task = Task.objects.get()
    assert (task.kind, task.urgency, task.visit_id) == ("message-not-sent", "C", visit.pk)
    assert task.why.endswith(", The provider cannot be reached.")
    assert go_on(house, now + timedelta(days=1)) == []


def test_a_message_goes_at_its_second_try_once(house: House) -> None:
    sms(house).refuse = NotSent("The provider cannot be reached.")
    tell(house, make_event(make_woman("sms")))
    sms(house).refuse = None

    later = NOW + BACK_OFF[0]
    assert [go_on(house, later), go_on(house, later)] == [[SENT], []]
    assert len(sms(house).sent) == 1
    assert not Task.objects.exists()


def test_what_is_refused_for_good_goes_by_her_next_channel(house: House) -> None:
    sms(house).refuse = NotSent("No such number.", for_good=True)

    assert tell(house, make_event(make_woman("sms", "email"))) == SENT
    assert len(mail(house).sent) == 1


def test_what_every_channel_refuses_for_good_becomes_a_task_at_once(house: House) -> None:
    for way in (sms(house), mail(house)):
        way.refuse = NotSent("Refused.", for_good=True)

    assert tell(house, make_event(make_woman("sms", "email"))) == NOT_SENT
    assert Task.objects.get().kind == "message-not-sent"


# ---- at night


def test_in_the_quiet_hours_a_message_waits_for_their_end(house: House) -> None:
    event = make_event(make_woman("sms"), now=NIGHT)

    assert tell(house, event, now=NIGHT) == WAITING
    assert Message.objects.get().goes_at == MORNING
    assert go_on(house, MORNING - timedelta(seconds=1)) == []
    assert sms(house).sent == []

    assert go_on(house, MORNING) == [SENT]
    assert len(sms(house).sent) == 1


def test_what_is_over_before_the_quiet_hours_end_goes_at_night(house: House) -> None:
    visit = make_woman("sms")
    soon, later = (make_slot(starts_at=MORNING + timedelta(minutes=each)) for each in (30, 90))
    told = [
        tell(
            house,
            make_event(visit, now=NIGHT, payload={"visit": visit.pk, "slot": slot.pk}),
            now=NIGHT,
        )
        for slot in (soon, later)
    ]

    assert told == [SENT, WAITING]


def test_an_alarm_rings_at_night(house: House) -> None:
    ring = make_event(make_woman(), kind="alarm-due", subject="task/1", now=NIGHT)

    assert messages.call_duty(house, ring.pk, by=WORKER, now=NIGHT) == SENT


def test_what_could_not_go_before_its_moment_is_a_persons_to_tell(house: House) -> None:
    visit = make_woman("sms")
    slot = make_slot(starts_at=NOW + timedelta(minutes=3))
    sms(house).refuse = NotSent("The provider cannot be reached.")
    tell(house, make_event(visit, payload={"visit": visit.pk, "slot": slot.pk}))
    go_on(house, NOW + timedelta(minutes=1))
    sms(house).refuse = None

    assert go_on(house, NOW + timedelta(minutes=6)) == [NOT_SENT]
    assert sms(house).sent == []
    assert "has passed" in Task.objects.get().why


# ---- what staff can do


def test_staff_send_again_what_did_not_reach_her_and_the_task_is_closed(house: House) -> None:
    sms(house).refuse = NotSent("It fell silent.", may_have_gone=True)
    tell(house, make_event(make_woman("sms")))
    sms(house).refuse = None
    row = Message.objects.get()

    messages.send_again(house, row.pk, by=NURSE, now=NOW)

    assert go_on(house, NOW) == [SENT]
    assert Task.objects.get().done_at == NOW
    assert len(sms(house).sent) == 1


def test_what_went_is_not_sent_again(house: House) -> None:
    tell(house, make_event(make_woman("sms")))
    row = Message.objects.get()

    with pytest.raises(messages.NothingToSendAgain, match="is sent"):
        messages.send_again(house, row.pk, by=NURSE, now=NOW)
    with pytest.raises(NotPermitted):
        messages.send_again(house, row.pk, by=make_actor(Role.CASHIER), now=NOW)


def test_what_is_over_is_not_sent_again(house: House) -> None:
    visit = make_woman()
    slot = make_slot(starts_at=NOW + timedelta(hours=1))
    tell(house, make_event(visit, payload={"visit": visit.pk, "slot": slot.pk}))
    row = Message.objects.get()

    with pytest.raises(messages.MomentPassed, match="was over"):
        messages.send_again(house, row.pk, by=NURSE, now=NOW + timedelta(hours=2))


# ---- the way to stop


def test_each_mail_says_where_to_stop_without_a_word_of_her(house: House) -> None:
    visit = make_woman("email", language="zh-hans")

    tell(replace(house, pages="https://clinic.example"), make_event(visit))

    [letter] = mail(house).sent
    row = Message.objects.get()
    assert letter.stop == f"https://clinic.example/channels/{row.stop_key}/"
    assert letter.text == f"请登录。\n\n停止：{letter.stop}"
    for hers in (visit.pk, visit.patient_id, row.pk, visit.patient.number):
        assert str(hers) not in letter.text


def test_a_short_message_says_how_to_stop_where_answers_are_heard(house: House) -> None:
    tell(replace(house, hears_answers=True), make_event(make_woman("sms")))

    assert [each.text for each in sms(house).sent] == ["Sign in. To stop: STOP."]


def test_a_message_that_may_have_gone_is_never_sent_again_by_itself(house: House) -> None:
    event = make_event(make_woman("sms"))
    sms(house).refuse = NotSent("It fell silent.", may_have_gone=True)
    assert tell(house, event) == UNKNOWN
    sms(house).refuse = None

    assert tell(house, event) == UNKNOWN

    assert sms(house).sent == []
    assert Task.objects.get().kind == "message-unknown"


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

    assert tell(house, event) == "sending"  # perhaps it is still at it
    assert go_on(house, NOW + timedelta(minutes=1)) == []
    assert go_on(house, NOW + timedelta(minutes=2)) == [UNKNOWN]
    assert tell(house, event, now=NOW + timedelta(minutes=3)) == UNKNOWN
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

    assert [tell(house, event), tell(house, event)] == [NO_CHANNEL] * 2
    assert Task.objects.get().kind == "message-no-channel"


def test_a_woman_who_was_erased_is_left_in_peace(house: House) -> None:
    visit = make_woman("sms")
    Patient.objects.filter(pk=visit.patient_id).update(erased_at=NOW)

    assert tell(house, make_event(visit)) == LAPSED
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
        messages.tell_her(house, event.pk, "appointment-made", by=other, now=NOW)
    assert sms(house).sent == []


def test_the_duty_contact_is_called_once_for_each_ring(house: House) -> None:
    visit = make_woman()
    rings = [make_event(visit, kind="alarm-due", subject="task/1") for _ in range(2)]

    for ring in (*rings, *rings):
        assert messages.call_duty(house, ring.pk, by=WORKER, now=NOW) == SENT

    assert [each.to for each in sms(house).sent] == [house.site(SITE).duty.phone] * 2


def make_released(*channels: str) -> Visit:
    visit = make_woman(*channels)
    make_event(visit, kind="report-released", subject=subject_of(visit), payload={})
    Release.objects.create(visit=visit, due_at=NOW, released_at=NOW)
    return visit


def test_she_gets_the_code_of_her_report_and_nobody_keeps_it(house: House) -> None:
    visit = make_released("sms")

    for _ in range(2):
        assert messages.tell_code(house, visit.pk, by=WORKER, now=NOW) == SENT

    [told] = sms(house).sent
    code = told.text.removeprefix("Your code: ").removesuffix(".")
    assert len(code) == 12
    assert code not in str(
        list(Event.objects.values()) + list(Audit.objects.values()) + list(Message.objects.values())
    )
    release = Release.objects.get()
    assert release.copies_left == 2
    assert release.code_hash == pickup.code_hash(code)


def test_a_code_that_goes_by_mail_can_be_scanned(house: House) -> None:
    messages.tell_code(house, make_released("email").pk, by=WORKER, now=NOW)

    assert mail(house).sent[0].picture.startswith(b"\x89PNG")


def test_each_try_sends_a_code_of_its_own_and_only_the_one_that_went_counts(house: House) -> None:
    visit = make_released("sms")
    sms(house).refuse = NotSent("The provider cannot be reached.")
    messages.tell_code(house, visit.pk, by=WORKER, now=NOW)
    before = Release.objects.get().code_hash
    sms(house).refuse = None

    go_on(house, NOW + BACK_OFF[0])

    assert Release.objects.get().code_hash != before
    code = sms(house).sent[0].text.removeprefix("Your code: ").removesuffix(".")
    assert Release.objects.get().code_hash == pickup.code_hash(code)


def test_a_code_that_waits_for_the_morning_does_not_end_the_one_the_desk_gave(
    house: House,
) -> None:
    visit = make_released("sms")
    messages.tell_code(house, visit.pk, by=WORKER, now=NIGHT)
    pickup.renew_code(visit.pk, shown="id-card", born=visit.patient.birth_date, by=NURSE, now=NIGHT)
    given = Release.objects.get().code_hash

    assert go_on(house, MORNING) == []
    assert Release.objects.get().code_hash == given


def test_she_is_told_no_code_for_a_report_she_has(house: House) -> None:
    visit = make_released("sms")
    Release.objects.update(picked_up_at=NOW)

    assert messages.tell_code(house, visit.pk, by=WORKER, now=NOW) == LAPSED
    assert sms(house).sent == []


def test_there_is_no_code_for_a_report_that_was_not_released(house: House) -> None:
    with pytest.raises(NobodyToTell, match="was not released"):
        messages.tell_code(house, make_woman("sms").pk, by=WORKER, now=NOW)


def test_a_ring_that_fails_opens_no_task_because_it_is_about_one(house: House) -> None:
    ring = make_event(make_woman(), kind="alarm-due", subject="task/1")
    sms(house).refuse = NotSent("no line")

    assert messages.call_duty(house, ring.pk, by=WORKER, now=NOW) == NOT_SENT
    assert not Task.objects.exists()
