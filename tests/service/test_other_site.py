"""Whoever acts at another site, and another woman, get nothing from any service and change nothing.

Every act of every service is in ``ACTS``; one that is added and not written here fails.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist

from patency import service
from patency.core.access import Actor, NotPermitted, Role
from patency.core.pregnancy import PregnancyState as P
from patency.core.visit import VisitState
from patency.records.models.booking import TurnedDown
from patency.records.models.comparison import Comparison
from patency.records.models.exam import AntibioticChoice, DoseFollowUp, Observation
from patency.records.models.followup import HcgSample, PregnancyEpisode, Referral, Task
from patency.records.models.images import ImageFile
from patency.records.models.ledger import Audit, Event
from patency.records.models.machines import PerformedStep
from patency.records.models.message import Message
from patency.records.models.money import Payment
from patency.records.models.release import Claim, NumberRelease
from patency.records.models.report import CriticalFinding, KeyImage, Release
from patency.records.models.suggested import DraftReading
from patency.records.models.visit import Hold, Period, Treatment
from patency.records.models.waiting import Offer
from patency.service import (
    advice,
    aftercare,
    agreeing,
    approval,
    arrival,
    booking,
    comparison,
    contacts,
    critical,
    cycles,
    dosing,
    drafting,
    drawing,
    erased_files,
    erasure,
    examination,
    giving,
    hearing,
    imaging,
    key_images,
    lining_up,
    lost,
    messages,
    numbers,
    offers,
    papers,
    paperwork,
    payment,
    performed,
    pickup,
    planning,
    pregnancy,
    printing,
    quality,
    referral,
    registering,
    registration,
    release,
    reminders,
    reporting,
    screening,
    sign_ins,
    signed_report,
    silence,
    slots,
    suggesting,
    table,
    tasks,
    told_wrong,
    waiting,
)
from patency.service.examined import code_hash
from patency.service.house import House
from tests.make import (
    NOW,
    SITE,
    TODAY,
    make_booking,
    make_decision,
    make_exam,
    make_follow_up,
    make_patient,
    make_period,
    make_quote,
    make_report,
    make_slot,
    make_test_result,
    make_visit,
)
from tests.service import after
from tests.service.readings import found

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# What is not an act: pieces that services share, and values.
PIECES = frozenset(
    {
        "chosen",
        "crowding",
        "dates",
        "details",
        "examined",
        "expected",
        "expecting",
        "following",
        "house",
        "journey",
        "judging",
        "laboratory",
        "dosed",
        "matched",
        "suggested",
        "measures",
        "moulds",
        "outgoing",
        "places",
        "seats",
        "waits",
        "__init__",
    }
)
# Acts that are about no woman who is there already, or that a worker does for every site at once.
ABOUT_NOBODY = frozenset(
    {
        "registration.register",
        "calendar_feed.my_feed",  # of whoever asks, and of nobody else
        "calendar_feed.open_feed",
        "calendar_feed.end_feed",
        "calendar_feed.holder_of",  # whoever holds the address may
        "fertile_days.want_fertile_days",  # of whoever asks
        "fertile_days.outlook",
        "erasure.would_erase",  # of whoever asks
        "erasure.ask_to_erase",
        "erasure.withdraw_wish",
        "comparison.ask",  # of the site of whoever asks
        "languages.choose_language",  # of whoever asks, and of nobody else
        "registering.register_herself",
        "entrance.ask_code",  # by somebody nobody knows yet
        "entrance.send_code",
        "entrance.use_code",
        "entrance.enter",
        "entrance.clinics_of",
        "entrance.forget_old",
        "limits.count",  # of names, contacts and addresses, as hashes
        "limits.look",
        "limits.forget",
        "browsers.begin",  # one's own browsers
        "browsers.note_seen",
        "browsers.mine",
        "browsers.end_others",
        "browsers.end_this",
        "staffing.staff",  # tests/service/test_staffing.py tries another site
        "staffing.member",
        "staffing.has_second_factor",
        "staffing.change_roles",
        "staffing.take_away",
        "staffing.give_back",
        "staffing.new_password",
        "staffing.forget_second_factor",
        "staffing.note_locked_out",
        "staffing.note_proof",
        "sign_ins.admit_staff",
        "slots.open_slots",
        "release.announce",
        "release.to_announce",
        "release.claim_many",
        "release.public_state",  # anyone may know it, and it names nobody
        "release.claim_state",  # whoever holds the token of a claim may
        "drawing.draws_due",
        "drawing.draw_result",  # published
        "numbers.ticket_key",
        "worklist.state_of_the_house",  # of the machine's own site; what it is shown is below
        "worklist.scheduled",  # of one's own site: test_dicom_worklist.py
        "worklist.note_shown",
        "performed.begin",  # what a machine of the site says; found again by site
        "performed.change",
        "performed.read",
        "stored.find",  # of the machine's own site: test_dicom_retrieve.py
        "stored.vouch",
        "imaging.receive",  # it keeps what it is handed; what it is matched with it sees by site
        # At the machine, tried from another site in test_kiosk.py: a code counts at its site.
        "pickup.check_open",
        "pickup.printer_state",
        "pickup.know_code",
        "pickup.print_at_kiosk",
        "printing.how_it_stands",
        # Whoever holds a mail's link, or answers from her number, may only stop (test_channels.py).
        "channels.of_link",
        "channels.stop_by_link",
        "channels.stop_by_answer",
        "seeding.learn",  # of a demo's invented women, none of whom is there already
        *("seeding.sow", "seeding.make", "seeding.write"),
        *("seeding.work_on_a_copy", "seeding.let_go"),
        "seeding.in_bulk",
        "seeding.open_times",
        "seeding.settle",
        "outbox.waiting",
        "outbox.hand_on",
        "outbox.take_job",
        "outbox.bring_back_lost",
        "outbox.sign_of_life",
        "outbox.state_of_work",
    }
)
# Lists of a site: what is not there to be seen is left out, so they may come back empty.
LISTS = frozenset({"drawing.without_a_number", "tasks.overdue", "referral.overdue"})
CODE = "ABCDEFGHJKMN"


@dataclass(frozen=True)
class Hers:
    """A row of every kind, each about one woman; no journey could have them all at once."""

    patient: UUID
    visit: UUID
    slot: UUID
    test_slot: UUID
    booking: UUID
    missed: UUID
    decision: UUID
    treatment: UUID
    quote: UUID
    payment: UUID
    dose: UUID
    report: UUID
    finding: UUID
    follow_up: UUID
    task: UUID
    episode: UUID
    image: UUID
    key_image: UUID
    step: UUID
    referral: UUID
    number_release: UUID
    claim: UUID
    offer: UUID
    token: str
    event: int
    message: UUID
    page: UUID
    comparison: UUID
    reading: UUID


def make_hers() -> Hers:
    patient = make_patient(phone="+86 138 0000 0000")
    visit = make_visit(patient=patient, state=VisitState.BOOKED, campus="west")
    make_period(patient)
    make_test_result(visit)
    decision = make_decision(visit)
    Hold.objects.create(visit=visit, decision=decision, opened_at=NOW)
    free, test_slot = make_slot(), make_slot(kind="clinic_visit", room="west-test-1")
    to_come = make_booking(visit, make_slot(starts_at=NOW + timedelta(hours=1)))
    past = make_booking(
        make_visit(patient=patient, state=VisitState.CANCELLED),
        make_slot(starts_at=NOW - timedelta(hours=2)),
    )
    exam = make_exam(visit)
    Observation.objects.create(exam=exam, started_at=NOW - timedelta(hours=2), minutes_due=30)
    report = make_report(visit, status="signed")
    follow_up = make_follow_up(visit)
    episode = PregnancyEpisode.objects.create(
        follow_up=follow_up, test_on=TODAY, state="unknown-location", opened_at=NOW
    )
    HcgSample.objects.create(episode=episode, taken_at=NOW - timedelta(days=3), iu_per_l=800)
    choice = AntibioticChoice.objects.create(
        exam=make_exam(make_visit(patient=patient, state=VisitState.CLOSED)),
        give=False,
        policy="targeted",
        allergy_checked=True,
        pregnancy_checked=True,
        prescriber="doctor-one",
        at=NOW,
    )
    Release.objects.create(
        visit=visit,
        due_at=NOW - timedelta(days=1),
        released_at=NOW,
        code_hash=code_hash(CODE),
        copies_left=2,
    )
    Release.objects.create(visit=past.visit, due_at=NOW - timedelta(days=1))
    Event.objects.create(
        kind="report-released", subject=f"visit/{visit.pk}", site=SITE, actor="worker", at=NOW
    )
    numbered = NumberRelease.objects.create(
        site=SITE,
        campus="west",
        day=TODAY + timedelta(days=1),
        policy="draw",
        announced_at=NOW - timedelta(days=1),
        opens_at=NOW - timedelta(hours=1),
        closes_at=NOW + timedelta(hours=20),
        places=1,
        waiting_places=0,
        commitment="0" * 64,
    )
    claim = Claim.objects.create(
        pk=uuid4(),
        release=numbered,
        patient=patient,
        visit=visit,
        received_at=NOW - timedelta(hours=2),
        idempotency_key="key",
        outcome="sold-out",
        draw_place=1,
    )
    kept = make_slot(starts_at=NOW + timedelta(days=1, hours=5))
    offer = Offer.objects.create(
        visit=visit,
        slot=kept,
        booking=make_booking(visit, kept, state="held"),
        replaces=to_come,
        kind="move",
        state="open",
        made_at=NOW,
        expires_at=NOW + timedelta(hours=2),
    )
    TurnedDown.objects.create(
        visit=visit,
        period_start=TODAY,
        reason="no-place",
        at=NOW,
        priority_for_next=True,
        token="NX-7K3M-QX4D",
    )
    image = ImageFile.objects.create(
        sha256="0" * 64,
        size=1,
        arrived_at=NOW,
        arrived_by="nurse-one",
        state="filed",
        site=SITE,
        visit=visit,
        patient=patient,
        filed_at=NOW,
        filed_by="nurse-one",
    )
    return Hers(
        offer=offer.pk,
        token="NX-7K3M-QX4D",
        number_release=numbered.pk,
        claim=claim.pk,
        patient=patient.pk,
        visit=visit.pk,
        slot=free.pk,
        test_slot=test_slot.pk,
        booking=to_come.pk,
        missed=past.pk,
        decision=decision.pk,
        treatment=Treatment.objects.create(
            visit=visit,
            what="metronidazole",
            prescriber="doctor-one",
            started_on=TODAY - timedelta(days=9),
            ended_on=TODAY - timedelta(days=2),
        ).pk,
        quote=make_quote(visit).pk,
        payment=Payment.objects.create(
            quote=make_quote(visit),
            amount_minor=100_000,
            currency="CNY",
            method="card",
            at=NOW,
            receipt_number="R-1",
            taken_by="cashier-one",
        ).pk,
        dose=DoseFollowUp.objects.create(choice=choice, due_on=TODAY).pk,
        report=report.pk,
        finding=CriticalFinding.objects.create(report=report, what="free gas", due_at=NOW).pk,
        follow_up=follow_up.pk,
        task=Task.objects.create(
            patient=patient,
            visit=visit,
            follow_up=follow_up,
            kind="triage",
            urgency="E",
            opened_at=NOW,
            due_at=NOW - timedelta(minutes=1),
        ).pk,
        episode=episode.pk,
        referral=Referral.objects.create(
            follow_up=follow_up,
            to="endocrine",
            made_at=NOW - timedelta(days=30),
            answer_due=TODAY - timedelta(days=16),
        ).pk,
        step=PerformedStep.objects.create(
            site=SITE,
            uid="1.2.3.9",
            station="WESTFLUORO1",
            begun_at=NOW,
            visit=visit,
            patient=patient,
        ).pk,
        image=image.pk,
        key_image=KeyImage.objects.create(
            visit=visit, image=image, run=1, frame=1, chosen_by="doctor-one", chosen_at=NOW
        ).pk,
        event=Event.objects.latest("pk").pk,
        message=Message.objects.create(
            patient=patient,
            visit=visit,
            about="event/1",
            name="message-waiting",
            state="not-sent",
            made_at=NOW,
            settled_at=NOW,
        ).pk,
        comparison=Comparison.objects.create(
            site=SITE,
            old="hsg/as-published",
            new="hsg/2026-1",
            since=TODAY,
            asked_at=NOW,
            asked_by="manager-one",
        ).pk,
        reading=DraftReading.objects.create(
            visit=visit,
            content="0" * 64,
            state="read",
            findings=found().findings,
            asked_by="worker",
            asked_at=NOW,
            done_at=NOW,
        ).pk,
        page=Message.objects.create(
            patient=patient,
            visit=visit,
            about="event/2",
            name="page",
            state="printing",
            report=report,
            printer_job=7,
            claimed_at=NOW,
            made_at=NOW,
        ).pk,
    )


Act = Callable[[House, Hers, Mapping[str, Any]], object]
ACTS: Mapping[str, Act] = {
    "aftercare.open_follow_up": lambda h, r, w: aftercare.open_follow_up(h, r.visit, **w),
    "aftercare.record_diary": lambda h, r, w: aftercare.record_diary(
        h, r.follow_up, TODAY, after.WELL, "words", **w
    ),
    "silence.check_silence": lambda h, r, w: silence.check_silence(
        h, SITE, **{**w, "now": NOW + timedelta(days=9)}
    ),
    "aftercare.conception_advice": lambda h, r, w: aftercare.conception_advice(h, r.follow_up, **w),
    "aftercare.would_advise": lambda h, r, w: aftercare.would_advise(
        h, r.follow_up, language="en", **w
    ),
    "aftercare.close_visit": lambda h, r, w: aftercare.close_visit(r.visit, **w),
    "aftercare.close_follow_up": lambda h, r, w: aftercare.close_follow_up(r.follow_up, **w),
    "told_wrong.take_back_period": lambda h, r, w: told_wrong.take_back_period(
        h, Period.objects.get(patient__visits=r.visit).pk, **w
    ),
    "told_wrong.take_back_bleeding_end": lambda h, r, w: told_wrong.take_back_bleeding_end(
        h, Period.objects.get(patient__visits=r.visit).pk, **w
    ),
    "booking.offer_visits": lambda h, r, w: booking.offer_visits(h, r.visit, **w),
    "approval.approve_day": lambda h, r, w: approval.approve_day(h, r.visit, TODAY, "why", **w),
    "arrival.check_in": lambda h, r, w: arrival.check_in(h, r.booking, answers={}, **w),
    "arrival.would_decide": lambda h, r, w: arrival.would_decide(h, r.booking, answers={}, **w),
    "arrival.bump": lambda h, r, w: arrival.bump(h, r.booking, **w),
    "arrival.mark_missed": lambda h, r, w: arrival.mark_missed(h, r.missed, **w),
    "drawing.draw_numbers": lambda h, r, w: drawing.draw_numbers(r.number_release, **w),
    "drawing.note_not_drawn": lambda h, r, w: drawing.note_not_drawn(r.claim, **w),
    "drawing.without_a_number": lambda h, r, w: drawing.without_a_number(r.number_release, **w),
    "numbers.releases_for": lambda h, r, w: numbers.releases_for(h, r.visit, **w),
    "numbers.issue_ticket": lambda h, r, w: numbers.issue_ticket(h, r.visit, r.number_release, **w),
    "numbers.return_number": lambda h, r, w: numbers.return_number(r.claim, "her-wish", **w),
    "numbers.numbers_to_settle": lambda h, r, w: numbers.numbers_to_settle(SITE, **w),
    "numbers.settle_number": lambda h, r, w: numbers.settle_number(h, r.claim, **w),
    "release.end_releases": lambda h, r, w: release.end_releases(h, SITE, **w),
    "booking.plan": lambda h, r, w: booking.plan(h, r.visit, **w),
    "booking.window": lambda h, r, w: booking.window(h, r.visit, **w),
    "booking.offer_slots": lambda h, r, w: booking.offer_slots(h, r.visit, **w),
    "booking.book": lambda h, r, w: booking.book(h, r.visit, r.slot, **w),
    "booking.book_visit": lambda h, r, w: booking.book_visit(h, r.visit, r.test_slot, **w),
    "booking.move": lambda h, r, w: booking.move(h, r.booking, r.slot, **w),
    "booking.cancel": lambda h, r, w: booking.cancel(r.booking, "her-wish", **w),
    "booking.still_fits": lambda h, r, w: booking.still_fits(h, r.booking, **w),
    "booking.turn_down": lambda h, r, w: booking.turn_down(h, r.visit, "no-slot", **w),
    "offers.offer": lambda h, r, w: offers.offer(h, r.visit, r.slot, **w),
    "offers.accept": lambda h, r, w: offers.accept(h, r.offer, **w),
    "offers.decline": lambda h, r, w: offers.decline(h, r.offer, **w),
    "offers.end_due": lambda h, r, w: offers.end_due(h, SITE, **w),
    "lining_up.line_now": lambda h, r, w: lining_up.line_now(h, SITE, **w),
    "lining_up.keep_line": lambda h, r, w: lining_up.keep_line(h, SITE, **w),
    "lining_up.line_kept": lambda h, r, w: lining_up.line_kept(SITE, **w),
    "planning.plan_night": lambda h, r, w: planning.plan_night(h, SITE, **w),
    "planning.to_offer": lambda h, r, w: planning.to_offer(h, SITE, **w),
    "giving.give": lambda h, r, w: giving.give(
        h, planning.Proposal(visit_id=r.visit, slot_id=r.slot, why=()), **w
    ),
    "planning.is_due": lambda h, r, w: planning.is_due(h, SITE, **w),
    "slots.close_slots": lambda h, r, w: slots.close_slots(h, [r.slot], "broken", **w),
    "slots.stranded": lambda h, r, w: slots.stranded(SITE, **w),
    "waiting.waiting_list": lambda h, r, w: waiting.waiting_list(h, SITE, **w),
    "waiting.record_wishes": lambda h, r, w: waiting.record_wishes(
        h, r.visit, [waiting.Wished("weekday", "mon", "must")], **w
    ),
    "waiting.say_how_urgent": lambda h, r, w: waiting.say_how_urgent(h, r.visit, "soon", **w),
    "waiting.no_period_yet": lambda h, r, w: waiting.no_period_yet(h, r.visit, **w),
    "waiting.refusal_of": lambda h, r, w: waiting.refusal_of(r.token, **w),
    "comparison.work_out": lambda h, r, w: comparison.work_out(
        h,
        r.comparison,
        **w,
    ),
    "drafting.save_draft": lambda h, r, w: drafting.save_draft(
        h, r.visit, {"shape": "normal"}, began_from=0, **w
    ),
    "agreeing.agreement_at": lambda h, r, w: agreeing.agreement_at(h, SITE, **w),
    "signed_report.file_signed": lambda h, r, w: signed_report.file_signed(h, r.report, **w),
    "suggesting.ask": lambda h, r, w: suggesting.ask(h, r.visit, **w),
    "suggesting.ask_for_due": lambda h, r, w: suggesting.ask_for_due(h, SITE, **w),
    "suggesting.read_images": lambda h, r, w: suggesting.read_images(h, r.reading, **w),
    "suggesting.judge_suggestion": lambda h, r, w: suggesting.judge_suggestion(
        h, r.reading, "right", "accepted", **w
    ),
    "suggesting.picture": lambda h, r, w: suggesting.picture(h, r.reading, "tubes.png", **w),
    "drafting.preview": lambda h, r, w: drafting.preview(
        h, r.visit, after.BOTH_OPEN, language="en", **w
    ),
    "key_images.choose_key_image": lambda h, r, w: key_images.choose_key_image(
        r.visit, r.image, run=1, frame=1, **w
    ),
    "key_images.remove_key_image": lambda h, r, w: key_images.remove_key_image(r.key_image, **w),
    "imaging.beside": lambda h, r, w: imaging.beside(r.image, **w),
    "imaging.file_by_hand": lambda h, r, w: imaging.file_by_hand(r.image, r.visit, "hers", **w),
    "dosing.say_why": lambda h, r, w: dosing.say_why(r.visit, "a large woman", **w),
    "performed.beside": lambda h, r, w: performed.beside(r.step, **w),
    "performed.file_by_hand": lambda h, r, w: performed.file_by_hand(r.step, r.visit, "hers", **w),
    "imaging.set_apart": lambda h, r, w: imaging.set_apart(r.image, "not hers", **w),
    "lost.mark_lost": lambda h, r, w: lost.mark_lost(h, r.follow_up, "by phone", calls=3, **w),
    "lost.found_again": lambda h, r, w: lost.found_again(r.follow_up, **w),
    "papers.referral_values": lambda h, r, w: papers.referral_values(h, r.referral, **w),
    "quality.count_month": lambda h, r, w: quality.count_month(h, SITE, TODAY.replace(day=1), **w),
    "quality.months_due": lambda h, r, w: quality.months_due(h, SITE, **w),
    "advice.own_clinic": lambda h, r, w: advice.own_clinic(h, SITE, **w),
    "advice.keep": lambda h, r, w: advice.keep({"site": SITE, "protocol": "hsg/2026-1"}, **w),
    "cycles.report_period": lambda h, r, w: cycles.report_period(h, r.patient, TODAY, **w),
    "cycles.report_bleeding_end": lambda h, r, w: cycles.report_bleeding_end(
        h, r.patient, TODAY, **w
    ),
    "cycles.record_intervention_elsewhere": lambda h, r, w: cycles.record_intervention_elsewhere(
        h, r.patient, kind="biopsy", on=TODAY, where="elsewhere", **w
    ),
    "contacts.check_contacts": lambda h, r, w: contacts.check_contacts(h, SITE, **w),
    "erasure.would_erase_of": lambda h, r, w: erasure.would_erase_of(h, r.patient, **w),
    "erasure.erase": lambda h, r, w: erasure.erase(h, r.patient, **w),
    "erased_files.forget_files": lambda h, r, w: erased_files.forget_files(h, r.event, **w),
    "erasure.keep_until": lambda h, r, w: erasure.keep_until(
        h, r.patient, what="Report", law="a law", ends_on=date(2040, 1, 1), **w
    ),
    "erasure.export": lambda h, r, w: erasure.export(h, r.patient, **w),
    "examination.record": lambda h, r, w: examination.record(
        h, r.visit, after.exam(started_at=NOW, ended_at=NOW), **w
    ),
    "examination.observe": lambda h, r, w: examination.observe(h, r.visit, {"pulse": 70}, **w),
    "examination.let_leave": lambda h, r, w: examination.let_leave(h, r.visit, **w),
    "examination.choose_antibiotics": lambda h, r, w: examination.choose_antibiotics(
        h, r.visit, give=False, allergy_checked=True, pregnancy_checked=True, **w
    ),
    "examination.record_dose": lambda h, r, w: examination.record_dose(r.dose, taken=True, **w),
    "hearing.messages_for": lambda h, r, w: hearing.messages_for(h, r.visit, **w),
    "messages.tell_her": lambda h, r, w: messages.tell_her(h, r.event, "message-waiting", **w),
    "messages.tell_code": lambda h, r, w: messages.tell_code(h, r.visit, **w),
    "messages.call_duty": lambda h, r, w: messages.call_duty(h, r.event, **w),
    "messages.messages_due": lambda h, r, w: messages.messages_due(SITE, **w),
    "messages.send_waiting": lambda h, r, w: messages.send_waiting(h, r.message, **w),
    "messages.send_again": lambda h, r, w: messages.send_again(h, r.message, **w),
    "reminders.remind": lambda h, r, w: reminders.remind(h, SITE, **w),
    "printing.pages_due": lambda h, r, w: printing.pages_due(SITE, **w),
    "printing.pages_waiting": lambda h, r, w: printing.pages_waiting(SITE, **w),
    "printing.follow_page": lambda h, r, w: printing.follow_page(h, r.page, **w),
    "printing.print_page": lambda h, r, w: printing.print_page(h, r.event, b"%PDF", **w),
    "papers.report_values": lambda h, r, w: papers.report_values(h, r.report, **w),
    "papers.plan_values": lambda h, r, w: papers.plan_values(h, r.follow_up, **w),
    "papers.calendar_entries": lambda h, r, w: papers.calendar_entries(h, r.visit, **w),
    "papers.reports_due": lambda h, r, w: papers.reports_due(SITE, **w),
    "paperwork.sign_consent": lambda h, r, w: paperwork.sign_consent(
        h, r.visit, signed_name="Ann Example", chaperone=True, **w
    ),
    "paperwork.withdraw_consent": lambda h, r, w: paperwork.withdraw_consent(r.visit, **w),
    "paperwork.sign_application": lambda h, r, w: paperwork.sign_application(h, r.visit, **w),
    "payment.quote": lambda h, r, w: payment.quote(h, r.visit, **w),
    "payment.record": lambda h, r, w: payment.record(h, r.quote, method="cash", **w),
    "payment.refund": lambda h, r, w: payment.refund(r.payment, reason="kindness", **w),
    "payment.receipt_values": lambda h, r, w: payment.receipt_values(h, r.payment, **w),
    "pickup.print_report": lambda h, r, w: pickup.print_report(h, CODE, **w),
    "pickup.renew_code": lambda h, r, w: pickup.renew_code(
        r.visit, shown="id-card", born=date(1993, 5, 17), **w
    ),
    "pregnancy.report_positive": lambda h, r, w: pregnancy.report_positive(
        h, r.follow_up, test_on=TODAY, answers={}, **w
    ),
    "pregnancy.record_hcg": lambda h, r, w: pregnancy.record_hcg(
        h, r.episode, taken_at=NOW, iu_per_l=1500, **w
    ),
    "pregnancy.record_scan": lambda h, r, w: pregnancy.record_scan(h, r.episode, P.ECTOPIC, **w),
    "pregnancy.close": lambda h, r, w: pregnancy.close(h, r.episode, P.ECTOPIC, **w),
    "referral.refer": lambda h, r, w: referral.refer(h, r.follow_up, "endocrine", ["tsh"], **w),
    "referral.record_answer": lambda h, r, w: referral.record_answer(r.referral, "well", **w),
    "referral.overdue": lambda h, r, w: referral.overdue(h, SITE, **w),
    "registration.open_visit": lambda h, r, w: registration.open_visit(
        h, r.patient, campus="west", **w
    ),
    "registration.change_contact": lambda h, r, w: registration.change_contact(
        h, r.patient, phone="+44 20 0000 0000", **w
    ),
    "registration.consent_to_channel": lambda h, r, w: registration.consent_to_channel(
        r.patient, "post", True, **w
    ),
    "registration.cancel_visit": lambda h, r, w: registration.cancel_visit(r.visit, "x", **w),
    "reporting.record_findings": lambda h, r, w: reporting.record_findings(
        h, r.visit, after.BOTH_OPEN, **w
    ),
    "reporting.draft": lambda h, r, w: reporting.draft(h, r.visit, **w),
    "reporting.amend": lambda h, r, w: reporting.amend(h, r.visit, "a slip", **w),
    "reporting.sign": lambda h, r, w: reporting.sign(h, r.report, **w),
    "critical.note_critical": lambda h, r, w: critical.note_critical(h, r.visit, "gas", **w),
    "critical.tell_critical": lambda h, r, w: critical.tell_critical(r.finding, "herself", **w),
    "reporting.hold_back": lambda h, r, w: reporting.hold_back(r.visit, "wait", **w),
    "reporting.release": lambda h, r, w: reporting.release(h, r.visit, **w),
    "registering.identity_seen": lambda h, r, w: registering.identity_seen(r.patient, **w),
    "screening.record_answers": lambda h, r, w: screening.record_answers(
        h, r.visit, {"severe_illness": False}, **w
    ),
    "screening.record_results": lambda h, r, w: screening.record_results(h, r.visit, **w),
    "screening.treat": lambda h, r, w: screening.treat(
        h, r.visit, what="metronidazole", prescriber="doctor-one", started_on=TODAY, **w
    ),
    "screening.end_treatment": lambda h, r, w: screening.end_treatment(
        h, r.treatment, ended_on=TODAY, **w
    ),
    "screening.attest_treatment": lambda h, r, w: screening.attest_treatment(
        h, r.treatment, no_intercourse=True, no_bath=True, **w
    ),
    "screening.override": lambda h, r, w: screening.override(
        h, r.decision, "temperature-too-high", "measured twice", **w
    ),
    "screening.release": lambda h, r, w: screening.release(h, r.visit, **w),
    "sign_ins.admit_woman": lambda h, r, w: sign_ins.admit_woman(r.patient, name="stranger", **w),
    "tasks.acknowledge": lambda h, r, w: tasks.acknowledge(r.task, **w),
    "tasks.close": lambda h, r, w: tasks.close(r.task, "called her", **w),
    "tasks.climb": lambda h, r, w: tasks.climb(h, SITE, **w),
    "table.write_step": lambda h, r, w: table.write_step(r.visit, "started", **w),
    "table.take_back": lambda h, r, w: table.take_back(r.visit, **w),
    "tasks.overdue": lambda h, r, w: tasks.overdue(SITE, **w),
}
PEOPLE = frozenset(Role) - {Role.PATIENT, Role.SYSTEM}
ELSEWHERE = Actor("stranger", "demo-leeds", PEOPLE)
A_JOB_ELSEWHERE = Actor("worker", "demo-leeds", frozenset({Role.SYSTEM}))


def acts_there_are() -> set[str]:
    found = set()
    for file in sorted(Path(next(iter(service.__path__))).glob("*.py")):
        if file.stem in PIECES:
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                asked = {each.arg for each in node.args.kwonlyargs}
                if {"by", "now"} <= asked:
                    found.add(f"{file.stem}.{node.name}")
    return found


def all_rows() -> dict[str, list[Any]]:
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in apps.get_app_config("records").get_models()
        if model is not Audit
    }


def try_it(name: str, house: House, hers: Hers, by: Actor) -> None:
    before = all_rows()
    try:
        came_back = ACTS[name](house, hers, {"by": by, "now": NOW})
    except (ObjectDoesNotExist, NotPermitted, pickup.CodeNotKnown) as refusal:
        assert len(str(refusal)) > 50, f"no kind sentence: {refusal}"
        assert "matching query" not in str(refusal)
    else:
        assert name in LISTS, f"{name} came back with {came_back!r}"
        assert not came_back
    assert all_rows() == before


def test_every_act_of_every_service_is_tried() -> None:
    assert set(ACTS) | ABOUT_NOBODY == acts_there_are()


@pytest.mark.parametrize("by", [ELSEWHERE, A_JOB_ELSEWHERE], ids=["a person", "a job"])
@pytest.mark.parametrize("name", sorted(ACTS))
def test_nobody_of_another_site_gets_or_changes_anything(
    house: House, name: str, by: Actor
) -> None:
    try_it(name, house, make_hers(), by)


@pytest.mark.parametrize("name", sorted(ACTS))
def test_another_woman_of_the_same_site_gets_or_changes_nothing(house: House, name: str) -> None:
    try_it(name, house, make_hers(), make_patient(given_name="Bea").as_actor())


def test_the_acts_do_reach_her_own_site(house: House) -> None:
    """So that what is refused above is refused for the site, and not because nothing was there."""
    at_home = Actor("someone", SITE, PEOPLE)
    hers, unseen = make_hers(), []
    for name in sorted(ACTS):
        try:
            ACTS[name](house, hers, {"by": at_home, "now": NOW})
        except (ObjectDoesNotExist, NotPermitted, pickup.CodeNotKnown):
            unseen.append(name)
        except Exception as refusal:  # refused for another reason: she was seen
            assert type(refusal).__module__.startswith("patency."), f"{name}: {refusal!r}"
    assert unseen == []
