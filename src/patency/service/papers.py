"""What goes onto paper and into a calendar, as plain values, and which reports are due."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.protocol.words import written
from patency.core.report.words import words_in
from patency.gateways.ics import APPOINTMENT, REMINDER, REVEALING, Appointment, DayNote
from patency.records.models.booking import Slot
from patency.records.models.people import known_as
from patency.records.models.report import CriticalFinding, Release, Report
from patency.records.models.visit import Visit
from patency.records.seen_by import check_own_site, seen_by
from patency.service.house import House

# what of the plan is a day of its own; the rest lasts for weeks
ASKS = frozenset({"check-in", "thyroid-test"})


class NotReleased(Exception):
    """A woman asked for a report that was not released to her."""


def report_values(
    house: House, report_id: UUID, *, read_in: str = "", by: Actor, now: datetime
) -> dict[str, object]:
    """Return one version of a report as plain values, for the document ``report``.

    It is in the language it was signed in, or in ``read_in`` where the same findings were kept in
    that one too. Staff see a draft, marked as one. A woman gets a signed version after its
    release; for anything else raises ``NotReleased``.
    """
    access.check(by, Action.SEE_PATIENT)
    seen = seen_by(by, "the report as a document", now=now)
    rows = seen.reports.select_related("visit__patient")
    report = rows.get(pk=report_id)
    visit = report.visit
    if by.patient_id is not None and not _is_hers_to_read(report):
        raise NotReleased(
            f"report/{report.pk} is not ready for her: it was not released, or it is a draft. It "
            "goes out after a working day; the clinic can say when."
        )
    site = house.site(report.site)
    signed_in = words_in(house.report_words, site.languages[0]).language
    language, hers = signed_in.code, visit.patient.language
    sections, plain = report.sections, report.plain
    if read_in and read_in in ((sections or {}).get("in") or {}):
        language, hers, sections = read_in, read_in, _kept_in(read_in, sections)
        plain = _kept_in(read_in, plain)
    return {
        "language": language,
        "her_language": words_in(house.report_words, hers).language.code,
        **({"signed_in": signed_in.name} if language != signed_in.code else {}),
        **_every(house, visit, language),
        "birth_date": str(visit.patient.birth_date or ""),
        "exam_day": _exam_day(house, visit),
        "version": report.version,
        "status": report.status,
        "signed_by": known_as(report.signed_by, report.site),
        "signed_at": _moment(house, report, language),
        "sections": sections,
        "plain": plain,
        "amendments": [
            {
                "version": each.version,
                "day": house.day_at(each.site, each.signed_at).isoformat(),
                "by": known_as(each.signed_by, each.site),
                "reason": each.reason or "",
            }
            for each in seen.reports.filter(visit=visit, version__lte=report.version)
            .exclude(version=1)
            .order_by("version")
            if each.signed_at is not None
        ],
    }


def plan_values(
    house: House, follow_up_id: UUID, *, read_in: str = "", by: Actor, now: datetime
) -> dict[str, object]:
    """Return the weeks after an examination as plain values, for the document ``plan``.

    It is in her language, or in ``read_in`` another.
    """
    access.check(by, Action.SEE_PATIENT)
    rows = seen_by(by, "the plan as a document", now=now).follow_ups
    follow_up = rows.select_related("visit__patient").get(pk=follow_up_id)
    visit, site = follow_up.visit, house.site(follow_up.site)
    language = words_in(house.report_words, read_in or visit.patient.language).language.code
    return {
        **_every(house, visit, language),
        "language": language,
        "exam_day": follow_up.exam_day.isoformat(),
        "duty_phone": site.duty.phone,
        "duty_role": site.say(site.duty.role, language),
        "items": follow_up.plan,
    }


def referral_values(
    house: House, referral_id: UUID, *, by: Actor, now: datetime
) -> dict[str, object]:
    """Return the letter to another clinic as plain values, for the document ``referral``.

    It says why in the words of the rules, what the examination found, and by when an answer is
    awaited. A partner's results are his own record and stand in no letter about her.
    """
    access.check(by, Action.READ_REPORT)
    seen = seen_by(by, "the referral as a document", now=now)
    row = seen.referrals.select_related("follow_up__visit__patient").get(pk=referral_id)
    visit = row.follow_up.visit
    site = house.site(row.site)
    language = words_in(house.report_words, site.languages[0]).language.code
    report = seen.reports.filter(visit=visit, status="signed").order_by("-version").first()
    return {
        "language": language,
        **_every(house, visit, language),
        "birth_date": str(visit.patient.birth_date or ""),
        "to": row.to,
        "why": list(row.why),
        "exam_day": row.follow_up.exam_day.isoformat(),
        "made_on": house.day_at(row.site, row.made_at).isoformat(),
        "answer_due": row.answer_due.isoformat(),
        "impression": [each["text"] for each in (report.sections or {}).get("impression", ())]
        if report
        else [],
        "signed_by": known_as(report.signed_by, report.site) if report else "",
        "from": known_as(by.name, by.site),
    }


def calendar_entries(
    house: House,
    visit_id: UUID,
    *,
    summary: str = APPOINTMENT,
    note: str = REMINDER,
    with_place: bool = False,
    by: Actor,
    now: datetime,
) -> tuple[Appointment | DayNote, ...]:
    """Return her dates of one visit for a calendar file: appointments, and days we ask for a word.

    They say when and never what for; where only with ``with_place``, and never a place whose name
    tells what for. A date that was given up is there as cancelled, so that a calendar that has it
    takes it away.
    """
    access.check(by, Action.SEE_PATIENT)
    seen = seen_by(by, "the dates as a calendar", now=now)
    visit = seen.visits.get(pk=visit_id)
    zone = ZoneInfo(house.site(visit.site).time_zone)
    bookings = seen.bookings.filter(visit=visit).select_related("slot")
    appointments = tuple(
        Appointment(
            uid=f"{each.pk}@patency",
            starts_at=each.slot.starts_at.astimezone(zone),
            minutes=each.slot.minutes,
            written_at=each.ended_at or each.made_at,
            summary=summary,
            location=_neutral_place(house, visit.site, each.slot) if with_place else "",
            is_cancelled=each.state == "cancelled",
        )
        for each in bookings.order_by("slot__starts_at", "made_at")
    )
    follow_up = seen.follow_ups.filter(visit=visit).first()
    if follow_up is None:
        return appointments
    days = sorted(
        {
            date.fromisoformat(one["first_day"])
            for one in follow_up.plan or ()
            if one["what"] in ASKS
        }
    )
    return (
        *appointments,
        *(DayNote(f"{follow_up.pk}-{day}@patency", day, follow_up.opened_at, note) for day in days),
    )


def _neutral_place(house: House, site: str, slot: Slot) -> str:
    """Return building, floor and room of a place, without what tells what is done there."""
    campus = house.site(site).campuses.get(slot.campus)
    parts = (campus.building, campus.floor, campus.room) if campus is not None else ()
    return ", ".join(part for part in parts if not REVEALING.search(part))


def reports_due(site: str, *, by: Actor, now: datetime) -> tuple[UUID, ...]:
    """Return the visits of a site whose report is due to go out and that nobody holds back."""
    access.check(by, Action.RELEASE_REPORT)
    check_own_site(by, site)
    # The job learns ids only, and nothing of any woman, so no read is audited.
    untold = CriticalFinding.objects.filter(told_at__isnull=True).values("report__visit")
    rows = Release.objects.filter(
        site=site, due_at__lte=now, released_at__isnull=True, held_reason=""
    ).exclude(visit__in=untold)
    return tuple(rows.order_by("due_at", "pk").values_list("visit_id", flat=True))


def _is_hers_to_read(report: Report) -> bool:
    released = Release.objects.filter(visit=report.visit_id, released_at__isnull=False).exists()
    return released and report.status != "draft"


def _kept_in(language: str, kept: Any) -> Any:
    """Return a report's JSON as it was kept in a language beside the signed one."""
    whole = kept or {}
    return {**whole, "sections": (whole.get("in") or {}).get(language) or whole.get("sections")}


def _every(house: House, visit: Visit, language: str) -> dict[str, object]:
    """Return what stands on every document, in its language."""
    site, patient = house.site(visit.site), visit.patient
    values: dict[str, object] = {
        "site": site.say(site.name, language),
        "emergency_number": site.emergency_number,
        "patient_number": patient.number,
        "patient_name": f"{patient.family_name} {patient.given_name}".strip(),
    }
    campus = site.campuses.get(visit.campus)
    if campus is not None:
        place = (campus.name, campus.building, campus.floor, campus.room)
        said = (site.say(part, language) for part in place)
        values |= {"place": ", ".join(said), "phone": campus.phone}
    return values


def _exam_day(house: House, visit: Visit) -> str:
    exam = getattr(visit, "exam_record", None)
    return house.day_at(visit.site, exam.started_at).isoformat() if exam else ""


def _moment(house: House, report: Report, language: str) -> str:
    if report.signed_at is None:
        return ""
    zone = ZoneInfo(house.site(report.site).time_zone)
    return written(report.signed_at.astimezone(zone), house.languages[language])
