"""One woman's whole record, made by the services: what of it may stand where, and that each act
is kept whole or not at all.

Her name, her number and her words are nowhere else in the world, so they can be looked for.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models

from patency.core.findings.model import Cavity, Shape
from patency.core.matching import Told as Header
from patency.core.matching import accession_of
from patency.core.pregnancy import PregnancyState
from patency.core.visit import VisitState
from patency.gateways.dicomfile import small_file
from patency.records.models.ledger import Audit, Event
from patency.records.models.people import Patient
from patency.records.models.visit import Decision, Visit
from patency.service import (
    aftercare,
    booking,
    critical,
    cycles,
    drafting,
    erasure,
    examination,
    imaging,
    messages,
    offers,
    paperwork,
    payment,
    pickup,
    planning,
    pregnancy,
    referral,
    registration,
    reporting,
    screening,
    silence,
    tasks,
    waiting,
)
from patency.service.house import House
from patency.service.judging import FactsErased, replay
from tests.make import NOW, TODAY
from tests.service import after, walk
from tests.service.after import AFTERWARDS, RADIOGRAPHER, RADIOLOGIST, on_day
from tests.service.walk import CASHIER, DESK, DOCTOR, NURSE

pytestmark = pytest.mark.django_db

NAME, PHONE, WORDS = "Zzyzx", "+86 199 7777 7777", "quoththeraven nevermore"
SECRETS = (NAME, PHONE, PHONE.replace(" ", ""), "quoththeraven", "nevermore")
BY = {
    "desk": {"by": DESK, "now": NOW},
    "nurse": {"by": NURSE, "now": NOW},
    "doctor": {"by": DOCTOR, "now": NOW},
    "cashier": {"by": CASHIER, "now": NOW},
}
DONE = on_day(1, 12)


@dataclass
class Told:
    """What came of each step so far, and what was said by each refusal."""

    house: House
    came: dict[str, Any] = field(default_factory=dict)
    breaks: bool = False
    said: list[str] = field(default_factory=list)

    def step(self, name: str, act: Callable[[], Any]) -> Any:
        if self.breaks:
            self._break(name, act)
        self.came[name] = act()
        return self.came[name]

    def refused(self, act: Callable[[], Any]) -> None:
        before = all_rows()
        with pytest.raises(Exception) as refusal:
            act()
        assert type(refusal.value).__module__.startswith("patency."), repr(refusal.value)
        self.said.append(str(refusal.value))
        kept = {name for name, rows in all_rows().items() if rows != before[name]}
        # A refusal by the protocol is itself remembered: with its decision, and in the hold.
        assert kept <= {"Decision", "Event", "Hold"}, kept

    def _break(self, name: str, act: Callable[[], Any]) -> None:
        before = all_rows()
        with breaking_late(), pytest.raises(IntegrityError, match="the disk is full"):
            act()
        assert all_rows() == before, f"{name} was kept by halves"


@contextmanager
def breaking_late() -> Iterator[None]:
    """Let the database fail where a service writes its event, which is the last thing it does."""

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT") and Event._meta.db_table in sql.split("(")[0]:
            raise IntegrityError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


def all_rows() -> dict[str, list[Any]]:
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in apps.get_app_config("records").get_models()
        if model is not Audit  # who tried to read is kept, whatever came of it
    }


def live_through(house: House, *, breaks: bool = False) -> Told:
    """Return the steps of a journey with a hold, an examination, a report, and a pregnancy."""
    t = Told(house, breaks=breaks)
    before_the_exam(t)
    the_exam_and_its_report(t)
    the_weeks_after(t)
    return t


def before_the_exam(t: Told) -> None:
    house, desk, nurse = t.house, BY["desk"], BY["nurse"]
    details = {"family_name": NAME, "given_name": NAME + "a", "phone": PHONE}
    visit: Visit = t.step("registered", lambda: walk.register(house, **details))
    her, pk = visit.patient_id, visit.pk
    t.refused(lambda: walk.register(house, **details))
    t.step(
        "contact",
        lambda: registration.change_contact(house, her, email=f"{NAME}@example.org", **desk),
    )
    t.step("channel", lambda: registration.consent_to_channel(her, "email", True, **desk))
    t.step("period", lambda: cycles.report_period(house, her, walk.PERIOD_START, **desk))
    t.step(
        "ended",
        lambda: cycles.report_bleeding_end(house, her, walk.BLEEDING_ENDED, normal=True, **desk),
    )
    t.step("answers", lambda: screening.record_answers(house, pk, walk.HEALTHY, **nurse))
    failed = [walk.leucorrhoea(NOW - timedelta(hours=1), leucorrhoea_trichomonas=True)]
    t.step(
        "failed",
        lambda: screening.record_results(
            house, pk, tests=failed, answers=walk.AT_THE_VISIT, **nurse
        ),
    )
    assert t.came["failed"].visit.state == VisitState.ON_HOLD
    decision = t.came["failed"].row.pk
    t.refused(lambda: screening.override(house, decision, "no-such-rule", WORDS, **BY["doctor"]))
    t.refused(lambda: screening.release(house, pk, **nurse))
    t.step(
        "treated",
        lambda: screening.treat(
            house,
            pk,
            what=WORDS,
            prescriber="doctor-one",
            started_on=TODAY - timedelta(days=3),
            **BY["doctor"],
        ),
    )
    t.step("quoted", lambda: payment.quote(house, pk, **BY["cashier"]))
    t.step("cancelled", lambda: registration.cancel_visit(pk, "her-wish", **desk))


def the_exam_and_its_report(t: Told) -> None:
    house, desk, nurse = t.house, BY["desk"], BY["nurse"]
    her = t.came["registered"].patient_id
    visit = t.step(
        "again",
        lambda: registration.open_visit(
            house, her, campus="west", medium_wanted="water", indication="infertility", **desk
        ),
    )
    pk = visit.pk
    t.step("told again", lambda: screening.record_answers(house, pk, walk.HEALTHY, **nurse))
    t.step(
        "passed",
        lambda: screening.record_results(
            house, pk, tests=[walk.leucorrhoea()], answers=walk.AT_THE_VISIT, **nurse
        ),
    )
    t.step(
        "consent",
        lambda: paperwork.sign_consent(
            house, pk, signed_name=NAME, chaperone=True, other_name_seen=True, **nurse
        ),
    )
    quote = t.step("quote", lambda: payment.quote(house, pk, **BY["cashier"]))
    t.step("paid", lambda: payment.record(house, quote.pk, method="card", **BY["cashier"]))
    t.refused(lambda: payment.record(house, quote.pk, method="card", **BY["cashier"]))
    t.step("form", lambda: paperwork.sign_application(house, pk, **nurse))
    slot, other = walk.exam_slots(house)[:2]
    booked = t.step("booked", lambda: booking.book(house, pk, slot.pk, **desk))
    t.refused(lambda: booking.book(house, pk, other.pk, **desk))
    t.step("gave up", lambda: booking.cancel(booked.pk, "her-wish", **desk))
    t.step("turned down", lambda: booking.turn_down(house, pk, "no-slot", **desk))
    t.step(
        "wished",
        lambda: waiting.record_wishes(
            house, pk, [waiting.Wished("weekday", "tue", "rather")], **nurse
        ),
    )
    t.refused(
        lambda: waiting.record_wishes(
            house, pk, [waiting.Wished("weather", "fine", "must")], **nurse
        )
    )
    t.step("urgent", lambda: waiting.say_how_urgent(house, pk, "soon", **BY["doctor"]))
    t.step("planned", lambda: planning.plan_night(house, "demo-west", **desk))
    kept = t.step("offered", lambda: offers.offer(house, pk, slot.pk, **desk))
    t.refused(lambda: offers.offer(house, pk, other.pk, **desk))
    t.step("left it", lambda: offers.decline(house, kept.pk, **desk))
    booked = t.step("booked again", lambda: booking.book(house, pk, slot.pk, **desk))
    moved = t.step("moved", lambda: booking.move(house, booked.pk, other.pk, **desk))
    t.step("fits", lambda: booking.still_fits(house, moved.pk, **desk))
    t.step("arrived", lambda: walk.check_in(house, moved))
    exam = after.exam(
        outcome="non_diagnostic",
        stopped_early=True,
        stop_reason=WORDS,
        dose_reason=WORDS,
        dilated_tube=True,
    )
    t.step(
        "examined",
        lambda: examination.record(house, pk, exam, by=RADIOGRAPHER, now=after.ENDED),
    )
    t.step(
        "observed",
        lambda: examination.observe(house, pk, {"how": "well"}, by=NURSE, now=AFTERWARDS),
    )
    t.refused(lambda: examination.let_leave(house, pk, by=NURSE, now=after.ENDED))
    t.refused(
        lambda: examination.choose_antibiotics(
            house,
            pk,
            give=True,
            drug=WORDS,
            allergy_checked=True,
            pregnancy_checked=True,
            by=DOCTOR,
            now=AFTERWARDS,
        )
    )
    drug = next(iter(house.site("demo-west").formulary))
    choice = t.step(
        "antibiotics",
        lambda: examination.choose_antibiotics(
            house,
            pk,
            give=True,
            drug=drug,
            allergy_checked=True,
            pregnancy_checked=True,
            by=DOCTOR,
            now=AFTERWARDS,
        ),
    )
    t.step("left", lambda: examination.let_leave(house, pk, by=NURSE, now=AFTERWARDS))
    dose = choice.doses.first().pk
    t.step("dose", lambda: examination.record_dose(dose, taken=True, by=NURSE, now=DONE))
    findings = replace(
        after.BOTH_OPEN,
        right=replace(after.OPEN, note=WORDS),
        cavity=Cavity(Shape.NORMAL, note=WORDS),
    )
    me = {"by": RADIOLOGIST, "now": AFTERWARDS}
    typed = {"shape": "normal", "comment": WORDS}
    t.step("typed", lambda: drafting.save_draft(house, pk, typed, began_from=0, **me))
    film = small_file(
        Header(
            number=Visit.objects.get(pk=pk).patient.number,
            name=f"{NAME}^Ann",
            birth_date="19930517",
            accession=accession_of(pk),
        )
    )
    t.step("image", lambda: imaging.receive(house, [("IMG1", BytesIO(film))], **me))
    t.step("findings", lambda: reporting.record_findings(house, pk, findings, **me))
    report = t.step("draft", lambda: reporting.draft(house, pk, **me))
    noted = t.step("critical", lambda: critical.note_critical(house, pk, WORDS, **me))
    t.step("signed", lambda: reporting.sign(house, report.pk, **me))
    t.refused(lambda: reporting.sign(house, report.pk, **me))
    t.step("held", lambda: reporting.hold_back(pk, WORDS, by=DOCTOR, now=AFTERWARDS))
    t.refused(lambda: reporting.release(house, pk, by=DOCTOR, now=DONE))
    t.step("lifted", lambda: reporting.hold_back(pk, "", by=DOCTOR, now=DONE))
    t.refused(lambda: reporting.release(house, pk, by=DOCTOR, now=DONE))
    t.step("told", lambda: critical.tell_critical(noted.pk, WORDS, by=DOCTOR, now=DONE))
    out = t.step("released", lambda: reporting.release(house, pk, by=DOCTOR, now=DONE))
    # Not a step: a message is claimed before it goes, so it is kept in two parts on purpose.
    event = Event.objects.filter(kind="report-released").latest("pk")
    messages.tell_her(house, event.pk, "message-waiting", by=after.JOB, now=DONE)
    t.refused(lambda: pickup.print_report(house, "WRONGWRONG12", by=DESK, now=DONE))
    t.step("printed", lambda: pickup.print_report(house, out.code, by=DESK, now=DONE))
    pickup.print_report(house, out.code, by=DESK, now=DONE)
    t.refused(lambda: pickup.print_report(house, out.code, by=DESK, now=DONE))
    t.step(
        "renewed",
        lambda: pickup.renew_code(pk, shown="id-card", born=date(1993, 5, 17), by=DESK, now=DONE),
    )
    draft = t.step("amending", lambda: reporting.amend(house, pk, WORDS, by=RADIOLOGIST, now=DONE))
    t.step("amended", lambda: reporting.sign(house, draft.pk, by=RADIOLOGIST, now=DONE))


def the_weeks_after(t: Told) -> None:
    house = t.house
    pk = t.came["again"].pk
    follow_up = t.step(
        "follow-up", lambda: aftercare.open_follow_up(house, pk, by=NURSE, now=AFTERWARDS)
    )
    fu = follow_up.pk
    t.step(
        "silence", lambda: silence.check_silence(house, "demo-west", by=after.JOB, now=on_day(2))
    )
    t.step("diary", lambda: after.tell(house, follow_up, 2, WORDS, fainted=True))
    t.refused(lambda: after.tell(house, follow_up, 2, WORDS, temperature_today_c=60))
    t.step("rung", lambda: tasks.climb(house, "demo-west", by=after.JOB, now=on_day(2, 10)))
    task = t.came["diary"].task.pk
    t.step("taken", lambda: tasks.acknowledge(task, by=NURSE, now=on_day(2, 11)))
    t.step("closed", lambda: tasks.close(task, WORDS, by=NURSE, now=on_day(2, 12)))
    t.refused(lambda: tasks.close(task, WORDS, by=NURSE, now=on_day(2, 12)))
    t.step("advice", lambda: aftercare.conception_advice(house, fu, by=NURSE, now=on_day(15)))
    later = on_day(40)
    episode = t.step(
        "positive",
        lambda: pregnancy.report_positive(
            house,
            fu,
            test_on=after.exam_day_plus(40),
            answers=after.NO_SYMPTOMS,
            by=NURSE,
            now=later,
        ),
    ).episode.pk
    for number, value in ((1, 800), (2, 400)):
        at = later + timedelta(days=2 * number)
        t.step(
            f"hcg {number}",
            lambda at=at, value=value: pregnancy.record_hcg(
                house, episode, taken_at=at, iu_per_l=value, by=NURSE, now=at
            ),
        )
    end = {"by": DOCTOR, "now": later + timedelta(days=9)}
    t.step(
        "scan", lambda: pregnancy.record_scan(house, episode, PregnancyState.INTRAUTERINE, **end)
    )
    t.step("born", lambda: pregnancy.close(house, episode, PregnancyState.INTRAUTERINE, **end))
    made = t.step("referred", lambda: referral.refer(house, fu, "endocrine", ["tsh-raised"], **end))
    t.step("answer", lambda: referral.record_answer(made.pk, WORDS, **end))
    t.step("closed visit", lambda: aftercare.close_visit(pk, **end))


def hers(patient: Patient, model: type[models.Model]) -> Any:
    way: str = model.WOMAN or "pk"  # type: ignore[attr-defined]
    return model._default_manager.filter(**{way: patient.pk})


def about_women() -> list[type[models.Model]]:
    return [m for m in apps.get_app_config("records").get_models() if getattr(m, "WOMAN", "")]


def test_each_act_is_kept_whole_or_not_at_all(house: House) -> None:
    live_through(house, breaks=True)


def test_names_numbers_and_words_are_in_her_rows_and_nowhere_else(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    lived = live_through(house)

    everywhere = {
        "event": json.dumps(list(Event.objects.values()), default=str),
        "audit": json.dumps(list(Audit.objects.values()), default=str),
        "refusals": "\n".join(lived.said),
        "log": caplog.text,
    }
    found = {
        place: [secret for secret in SECRETS if secret.lower() in text.lower()]
        for place, text in everywhere.items()
    }
    assert found == {"event": [], "audit": [], "refusals": [], "log": []}


def test_every_table_with_rows_of_hers_is_in_her_export(house: House) -> None:
    live_through(house)
    patient = Patient.objects.get()

    record = erasure.export(house, patient.pk, by=walk.ADMINISTRATOR, now=on_day(60))

    assert json.loads(json.dumps(record)) == record
    for model in about_women():
        there = hers(patient, model).count()
        rows = record[str(model._meta.model_name)]
        assert len(rows) == there - (model is Audit), model.__name__
    assert {row["slot_id"] for row in record["booking"]} == {row["id"] for row in record["slot"]}
    empty = {m.__name__ for m in about_women() if not hers(patient, m).exists()}
    # DataConsent is of those who register themselves: tests/service/test_registering.py
    elsewhere = {
        *("DataConsent", "Claim", "Override", "Refund", "Retention"),
        *("CalendarFeed", "FertileDaysWish", "ErasureWish", "ExamStep"),
        *("DraftReading", "Judgement"),  # tests/service/test_suggesting.py
        *("PerformedStep", "DoseReport"),  # an X-ray machine tells them: tests/doors/test_dicom*
        "KeyImage",  # chosen from her film: tests/service/test_key_images.py
    }
    assert empty <= elsewhere  # so that the others were tried


def test_every_table_that_leads_to_a_woman_says_so() -> None:
    for model in apps.get_app_config("records").get_models():
        leads = any(
            f.related_model is Patient or getattr(f.related_model, "WOMAN", None)
            for f in model._meta.fields
            if isinstance(f, models.ForeignKey)
        )
        assert not leads or hasattr(model, "WOMAN"), model.__name__


def test_after_erasure_only_what_the_law_keeps_has_a_word_of_hers(house: House) -> None:
    live_through(house)
    patient = Patient.objects.get()
    aftercare_of = patient.follow_ups.get()
    type(aftercare_of).objects.filter(pk=aftercare_of.pk).update(
        state="closed", closed_at=on_day(60)
    )

    done = erasure.erase(house, patient.pk, by=walk.ADMINISTRATOR, now=on_day(61))

    speaks = {
        model.__name__
        for model in [Patient, *about_women()]
        for row in hers(patient, model).values()
        if any(secret.lower() in json.dumps(row, default=str).lower() for secret in SECRETS)
    }
    assert speaks <= set(done.locked), speaks - set(done.locked)
    assert all(day > on_day(61).date() for day in done.locked.values())
    with pytest.raises(FactsErased, match=r"facts were erased on 2025-11-23"):
        replay(Decision.objects.filter(visit__patient=patient).latest("made_at"), house)
