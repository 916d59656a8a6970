"""Pieces of every service that rests on the examination: its record, findings, report, facts.

No acts of their own: they open no transaction and write no event; the service that uses them does.
"""

import secrets
from contextlib import suppress
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.crypto import salted_hmac

from patency.core.access import Actor
from patency.core.calendar.legal import YearMissing
from patency.core.exam import REACTIONS, Exam
from patency.core.facts import FactValue
from patency.core.findings.form import from_json, to_json
from patency.core.findings.model import Findings
from patency.core.findings.partly import OfTheDay
from patency.core.identifiers import ALPHABET
from patency.core.language import nearest
from patency.core.protocol.model import Stage
from patency.core.protocol.rulebook import derive
from patency.core.report.compose import compose
from patency.core.report.facts import facts_of_the_findings
from patency.core.report.model import Composed, Contact, Header, Material, Technique
from patency.core.report.words import words_in
from patency.core.site.model import ContrastAgent, Site
from patency.records.facts_on import facts_on, newest_period
from patency.records.models.booking import Booking
from patency.records.models.exam import ExamRecord, Observation
from patency.records.models.followup import Task
from patency.records.models.report import CriticalFinding, Report
from patency.records.models.report import Findings as FindingsRow
from patency.records.models.visit import Decision, TestResult, Visit
from patency.service.chosen import chosen_of
from patency.service.dosed import DOSE_REASON, dose_reason_of
from patency.service.following import number
from patency.service.house import House

WIDE = "dilated-tube-without-antibiotics"
"""Why a task to decide on antibiotics cannot wait: a tube was seen to be wide."""
COPIES = 2  # prints of one pick-up code: our choice
CODE_LENGTH = 12  # of 32 letters: 60 bits
MEANT = str.maketrans({"I": "1", "L": "1", "O": "0"})  # the alphabet of our codes leaves them out


def exam_of(visit: Visit) -> ExamRecord | None:
    """Return the record of the examination, if there was one."""
    return ExamRecord.objects.filter(visit=visit).first()


def of_the_day(visit: Visit) -> OfTheDay | None:
    """Return what the record of the examination says that the findings say too."""
    exam = exam_of(visit)
    if exam is None:
        return None
    images = frozenset(each for each in exam.key_images or () if isinstance(each, int))
    is_wide = Task.objects.filter(visit=visit, why__contains=WIDE).exists()
    return OfTheDay(exam.leak, exam.intravasation_grade, images, is_wide)


def newest_findings(visit: Visit, *, by: datetime | None = None) -> Findings | None:
    """Return what was seen last, or by a moment; None when nothing is recorded, or was erased."""
    rows = FindingsRow.objects.filter(visit=visit, **({"made_at__lte": by} if by else {}))
    row = rows.order_by("-made_at").first()
    if row is None or row.tubes is None or row.cavity is None or row.spill is None:
        return None
    return from_json({"cavity": row.cavity, **row.tubes, **row.spill, "quality": row.quality})


def kept_findings(visit: Visit, findings: Findings, *, by: Actor, now: datetime) -> FindingsRow:
    """Return the row of what was seen; the newest counts, also of two within one moment."""
    raw = to_json(findings)
    newest = FindingsRow.objects.filter(visit=visit).order_by("-made_at").first()
    made_at = now if newest is None else max(now, newest.made_at + timedelta(microseconds=1))
    row: FindingsRow = FindingsRow.objects.create(
        visit=visit,
        tubes={side: raw[side] for side in ("right", "left")},
        cavity=raw["cavity"],
        spill={
            name: value
            for name, value in raw.items()
            if name not in ("right", "left", "cavity", "quality")
        },
        quality=findings.quality.value,
        made_by=by.name,
        made_at=made_at,
    )
    return row


def facts_of_the_exam(house: House, visit: Visit) -> dict[str, FactValue]:
    """Return what the examination and its findings say, as the protocol's facts."""
    exam = exam_of(visit)
    if exam is None:
        return {}
    facts: dict[str, FactValue] = {
        "exam_date": house.day_at(visit.site, exam.started_at),
        "contrast_ml": float(exam.total_ml),
        "live_imaging": exam.live_imaging,
        "contrast_leak": exam.leak,
        "intravasation_grade": exam.intravasation_grade,
        "key_images_taken": len(exam.key_images),
        "exam_diagnostic": exam.outcome == "completed",
        **_as_it_was(exam),
    }
    # The cycle of the examination, not one that has begun since.
    period = newest_period(visit, house.day_at(visit.site, exam.started_at))
    if period is not None:
        facts["period_start"] = period.start
        if period.bleeding_ended is not None:
            facts["bleeding_ended"] = period.bleeding_ended
    choice = getattr(exam, "antibiotic_choice", None)
    if choice is not None:
        facts["antibiotics_given"] = choice.give
    return facts | facts_of_the_findings(newest_findings(visit))


def _as_it_was(exam: ExamRecord) -> dict[str, FactValue]:
    """Return what was written down while it was done; what was not measured is absent."""
    kinds = {each.get("kind") for each in exam.events or ()}
    measured: dict[str, FactValue | None] = {
        "contrast_used": exam.medium or None,
        "exam_pain_score": exam.pain_score,
        "dap_gy_cm2": None if exam.dap_gy_cm2 is None else float(exam.dap_gy_cm2),
        "fluoroscopy_minutes": None if exam.fluoro_seconds is None else exam.fluoro_seconds / 60,
        # Nobody measures the thyroid after oil where there was no oil.
        "tsh_after_oil_done": False if exam.medium == "water" else None,
    }
    return {
        "relief_offered": exam.relief_offered,
        "anaesthesia_given": exam.anaesthesia != "none",
        "exam_reaction": next((each for each in REACTIONS if each in kinds), "none"),
        "dose_reason_given": DOSE_REASON in kinds,
        "wants_to_stop": False,  # it is over
        **{name: value for name, value in measured.items() if value is not None},
    }


def wrong_day(house: House, visit: Visit, exam: Exam) -> list[str]:
    """Return a sentence where an examination is not of the one day on which she arrived."""
    days = {house.day_at(visit.site, moment) for moment in (exam.started_at, exam.ended_at)}
    came = Booking.objects.filter(visit=visit, kind="exam", state="attended").select_related("slot")
    days |= {booking.slot.day for booking in came.order_by("-made_at")[:1]}
    says = "started_at, ended_at: must be of one day, the day on which she arrived"
    return [] if len(days) == 1 else [says]


def kept_record(visit: Visit, exam: Exam, agent: ContrastAgent | None) -> ExamRecord:
    """Return the row of an examination, as it was told."""
    made: ExamRecord = ExamRecord.objects.create(
        visit=visit,
        station=exam.station,
        device=exam.device,
        seal=exam.seal,
        medium=agent.medium if agent else "",
        agent=exam.agent,
        lot=exam.lot,
        iodine_mg_per_ml=agent.iodine_mg_per_ml if agent else None,
        increments=list(exam.increments),
        total_ml=exam.total_ml,
        key_images=sorted(exam.key_images),
        leak=exam.leak,
        intravasation_grade=exam.intravasation_grade,
        events=[{"kind": kind} for kind in exam.events]
        + ([{"kind": DOSE_REASON, "why": exam.dose_reason}] if exam.dose_reason else []),
        pain_score=exam.pain_score,
        relief_offered=exam.relief_offered,
        anaesthesia=exam.anaesthesia,
        stopped_early=exam.stopped_early,
        stop_reason=exam.stop_reason,
        dap_gy_cm2=None if exam.dap_gy_cm2 is None else Decimal(str(exam.dap_gy_cm2)),
        fluoro_seconds=exam.fluoro_seconds,
        operator=exam.operator,
        started_at=exam.started_at,
        ended_at=exam.ended_at,
        live_imaging=exam.live_imaging,
        outcome=exam.outcome,
    )
    return made


# ---------------------------------------------------------------- the report


def compose_report(house: House, visit: Visit) -> Composed | None:
    """Return the report that the newest findings make, or None when there are none."""
    findings = newest_findings(visit)
    return None if findings is None else composed_with(house, visit, findings)


def composed_with(
    house: House, visit: Visit, findings: Findings, *, language: str = "", plain_in: str = ""
) -> Composed | None:
    """Return the report that findings make, in the site's language and hers, or those asked."""
    exam = exam_of(visit)
    if exam is None:
        return None
    reads = plain_in or visit.patient.language
    site, hers = house.site(visit.site), nearest(house.languages, reads)
    duty = site.say(site.duty.role, hers.code) if hers else site.duty.role
    words = words_in(house.report_words, language or site.languages[0])
    return compose(
        Material(
            _header(house, visit, exam),
            _technique(exam, site, words.language.code),
            findings,
            Contact(duty, site.duty.phone, site.emergency_number),
            tuple((each.run, each.frame) for each in chosen_of(visit)),
        ),
        words,
        words_in(house.report_words, reads),
    )


def _in_every_language(house: House, visit: Visit) -> dict[str, Composed]:
    """Return the same findings in each language we speak, for who reads another than the signer."""
    findings = newest_findings(visit)
    if findings is None:
        return {}
    made = {
        code: composed_with(house, visit, findings, language=code, plain_in=code)
        for code in house.report_words
    }
    return {code: one for code, one in made.items() if one is not None}


def _header(house: House, visit: Visit, exam: ExamRecord) -> Header:
    book = house.rulebook_at(visit.site)
    day = house.day_at(visit.site, exam.started_at)
    period = newest_period(visit, day)
    facts = facts_on(visit, day) | {"exam_date": day}
    derived = derive(book.protocol.derived, facts, book.parameters)
    past_bound = derived.get("days_past_ovulation_bound", 0)
    test = (
        TestResult.objects.filter(visit=visit, kind="pregnancy_urine", day=day)
        .order_by("-taken_at")
        .first()
    )
    read_at = test and test.read_at
    zone = ZoneInfo(house.site(visit.site).time_zone)
    cleared = Decision.objects.filter(visit=visit, stage=Stage.ARRIVAL.value).order_by("-made_at")
    cleared_by = cleared.values_list("protocol", flat=True).first()
    return Header(
        number=str(visit.pk)[:8],  # of this examination; hers stands beside her name
        exam_day=day,
        protocol=cleared_by or book.protocol.version,
        indication=visit.indication,
        period_start=period.start if period else None,
        bleeding_ended=period.bleeding_ended if period else None,
        pregnancy_test=str((test.parts or {}).get("pregnancy_test_today", "")) if test else "",
        pregnancy_test_read_at=f"{read_at.astimezone(zone):%H:%M}" if read_at else "",
        after_ovulation_bound=isinstance(past_bound, int | float) and past_bound > 0,
    )


def _technique(exam: ExamRecord, site: Site, language: str) -> Technique:
    return Technique(
        operator=exam.operator,
        device=site.say(exam.device, language),
        seal=exam.seal,
        medium=exam.medium,
        agent=site.say(exam.agent, language),
        lot=exam.lot,
        iodine_mg_per_ml=exam.iodine_mg_per_ml,
        increments=tuple(float(each) for each in exam.increments),
        total_ml=float(exam.total_ml),
        anaesthesia=exam.anaesthesia,
        pain_score=exam.pain_score,
        relief_offered=exam.relief_offered,
        events=tuple(each["kind"] for each in exam.events if each["kind"] != DOSE_REASON),
        stopped_early=exam.stopped_early,
        stop_reason=exam.stop_reason,
        dap_gy_cm2=None if exam.dap_gy_cm2 is None else float(exam.dap_gy_cm2),
        dap_reference_gy_cm2=site.dose_reference.dap_gy_cm2,
        dap_reason=dose_reason_of(exam),
        fluoro_seconds=exam.fluoro_seconds,
    )


def written_draft(
    house: House, visit: Visit, *, reason: str | None, previous: Report | None
) -> Report | None:
    """Return the draft that the newest findings make, kept; None when there are no findings."""
    composed = compose_report(house, visit)
    if composed is None:
        return None
    report: Report | None = Report.objects.filter(visit=visit, status="draft").first()
    if report is None:
        version = 1 if previous is None else previous.version + 1
        report = Report(visit=visit, version=version, previous=previous)
    report.reason = reason
    others = _in_every_language(house, visit)
    report.sections = composed.sections_json() | {
        "in": {code: one.sections_json()["sections"] for code, one in others.items()}
    }
    report.plain = composed.plain_json() | {
        "in": {code: one.plain_json()["sections"] for code, one in others.items()}
    }
    report.save()
    return report


def standing_report(visit: Visit) -> Report | None:
    """Return the signed version that stands, or None before the first signature."""
    return Report.objects.filter(visit=visit, status="signed").order_by("-version").first()


def report_due_at(house: House, visit: Visit) -> datetime:
    """Return from when the report of an examined visit may go out."""
    exam = ExamRecord.objects.get(visit=visit)
    return due_after(house, visit.site, exam.started_at)


def due_after(house: House, slug: str, started_at: datetime) -> datetime:
    """Return the start of the nth working day after an examination, by which its report is due.

    Where the holidays of that year are not known yet, the day after the exam stands in: a report
    is signed all the same, and its release waits for the calendar.
    """
    site = house.site(slug)
    open_days = site.open_days("report", house.calendar_of(slug))
    days = int(site.choices["report_working_days"].value)
    exam_day = house.day_at(slug, started_at)
    try:
        day = open_days.add_working_days(exam_day, days)
    except YearMissing:
        day = exam_day + timedelta(days=1)
    return datetime.combine(day, time(), ZoneInfo(site.time_zone))


def facts_of_the_report(house: House, visit: Visit, *, now: datetime) -> dict[str, FactValue]:
    """Return what the release of a report is decided on."""
    exam = ExamRecord.objects.get(visit=visit)
    open_days = house.site(visit.site).open_days("report", house.calendar_of(visit.site))
    critical = CriticalFinding.objects.filter(report__visit=visit)
    facts: dict[str, FactValue] = {
        **facts_of_the_exam(house, visit),
        "report_signed": standing_report(visit) is not None,
        "critical_finding": critical.exists(),
        "critical_finding_told": not critical.filter(told_at__isnull=True).exists(),
    }
    days = house.day_at(visit.site, exam.started_at), house.day_at(visit.site, now)
    # A year without a notice is unknown, and unknown releases nothing.
    with suppress(YearMissing):
        facts["working_days_since_exam"] = open_days.working_days_between(*days)
    return facts


def new_code() -> str:
    """Return a pick-up code nobody can guess; it is shown once and kept only as its hash."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def code_hash(code: str) -> str:
    """Return what is kept of a pick-up code; letters that are easily mistaken are understood."""
    meant = code.upper().replace("-", "").replace(" ", "").translate(MEANT)
    return salted_hmac("patency.pickup", meant, algorithm="sha256").hexdigest()


# ---------------------------------------------------------------- what follows at once


def minutes_of_observation(house: House, visit: Visit, exam: ExamRecord) -> int:
    """Return how long she is watched: longer after contrast has entered vessels."""
    values = house.rulebook_at(visit.site).parameters
    if exam.intravasation_grade:
        return int(number(values, "observation_minutes_after_intravasation", 60))
    return int(number(values, "observation_minutes", 30))


def may_leave_at(observation: Observation) -> datetime:
    """Return the moment from which she may go."""
    at: datetime = observation.started_at + timedelta(minutes=observation.minutes_due)
    return at
