"""Her diary after the examination, one thing at a time, and the care card that answers at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.core.aftercare import LAST_DIARY_DAY
from patency.core.protocol.model import Protocol, Stage
from patency.core.visit import FINAL, VisitState
from patency.doors.web.asked import protocol_at
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.diary_words import diary_words
from patency.doors.web.fields import Field, Typed, fields_of, read_fields
from patency.doors.web.her import BEFORE_THE_EXAM
from patency.doors.web.patient.after import around_her, newest_follow_up
from patency.doors.web.patient.diary_pages import (
    NONE_OF_THESE,
    SIGNS,
    TICKED,
    UNKNOWN,
    DayDraft,
    Page,
    drop_day,
    keep_day,
    pages_for,
    read_day,
)
from patency.doors.web.patient.herself import herself
from patency.doors.web.raised import raised_by
from patency.doors.web.reasons import protocol_of, reason_cards
from patency.doors.web.refusals import kindly
from patency.doors.web.words import HER_URGENCIES
from patency.records.models.followup import DiaryEntry, FollowUp
from patency.records.seen_by import Seen, seen_by
from patency.service import aftercare
from patency.service.following import asked_of_her

LONGEST = 4_000
CARE = {"E": "emergency", "U": "urgent", "C": "call", "S": "self-care"}


@require_safe
@she_may(Action.RECORD_DIARY)
def diary(request: ActorRequest) -> HttpResponse:
    """Return her diary: today first, each day with what she told or the way to tell it."""
    seen = seen_by(request.actor, "her own diary", now=request.now)
    follow_up = newest_follow_up(seen)
    if follow_up is None or follow_up.state != "open":
        messages.info(request, _why_closed(seen, follow_up))
        return redirect("mine" if follow_up is None else "my-after")
    number = _today(request, follow_up)
    newest = {row.day: row for row in seen.diary_entries.filter(follow_up=follow_up).order_by("at")}
    days = [
        {
            "number": day,
            "day": follow_up.exam_day + timedelta(days=day),
            "entry": newest.get(day),
            "urgency": HER_URGENCIES[newest[day].urgency][0] if day in newest else "",
            "begun": bool(read_day(request, follow_up.pk, day).seen),
        }
        for day in range(min(number, LAST_DIARY_DAY), -1, -1)
    ]
    context = {"days": days, "number": number, "last": LAST_DIARY_DAY, **around_her(request)}
    return TemplateResponse(request, "patient/diary.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.RECORD_DIARY)
def write(request: ActorRequest) -> HttpResponse:
    """Ask one thing of one day; at the end show what she told, and take it."""
    seen = seen_by(request.actor, "her own diary", now=request.now)
    follow_up = newest_follow_up(seen)
    if follow_up is None or follow_up.state != "open":
        messages.info(request, _why_closed(seen, follow_up))
        return redirect("mine" if follow_up is None else "my-after")
    day = _day_asked(request, follow_up)
    if day is None:
        messages.error(
            request,
            _("Your diary has no such day. It runs from the day of the examination to day 14, and "
              "not beyond today. Choose one of these days."),
        )  # fmt: skip
        return redirect("my-diary")
    protocol = protocol_at(request)
    asked = asked_of_her(request.house, follow_up.site, Stage.AFTERCARE)
    draft = read_day(request, follow_up.pk, day)
    pages = pages_for(protocol, asked, draft.typed, day=day)
    wanted = request.GET.get("page", "")
    page = next((one for one in pages if one.name == wanted), None)
    if wanted == "check":
        return _check(request, follow_up, protocol, pages, draft)
    if page is None:
        return redirect(_at(day, pages[0].name))
    return _one_thing(request, follow_up, protocol, asked, page, pages, draft)


def _one_thing(
    request: ActorRequest,
    follow_up: FollowUp,
    protocol: Protocol,
    asked: frozenset[str],
    page: Page,
    pages: list[Page],
    draft: DayDraft,
) -> HttpResponse:
    posted = posted_of(page, request.POST if request.method == "POST" else draft.typed)
    typed = read_page(request, protocol, page, posted)
    problems = marked(page, typed, posted) if request.method == "POST" else typed
    changes = "check" in request.GET
    if request.method == "POST" and not problems.problems:
        draft.typed.update({name: posted.get(name, "") for name in page.facts})
        draft.seen = [*dict.fromkeys([*draft.seen, page.name])]
        after_it = pages_for(protocol, asked, draft.typed, day=draft.day)
        answer = redirect(_next(page, after_it, draft, changes=changes))
        keep_day(request, answer, follow_up.pk, draft)
        return answer
    place = pages.index(page)
    ticked = {name for name in page.facts if posted.get(name) == "yes"}
    context = {
        "page": page,
        "fields": problems.fields,
        "problems": problems.problems,
        "is_signs": page.name == SIGNS,
        "ticked": ticked,
        "none_ticked": page.name in draft.seen and not ticked,
        "day": follow_up.exam_day + timedelta(days=draft.day),
        "number": draft.day,
        "place": place + 1,
        "of": len(pages) + 1,
        "back": _at(draft.day, "check")
        if changes
        else _at(draft.day, pages[place - 1].name)
        if place
        else reverse("my-diary"),
        **around_her(request),
    }
    status = 400 if request.method == "POST" else 200
    return TemplateResponse(request, "patient/diary_page.html", context, status=status)


def _check(
    request: ActorRequest,
    follow_up: FollowUp,
    protocol: Protocol,
    pages: list[Page],
    draft: DayDraft,
) -> HttpResponse:
    missing = next((page for page in pages if page.name not in draft.seen), None)
    if not draft.seen:
        messages.info(
            request,
            _("Nothing of this day waits to be sent: it was sent already, or it was begun in "
              "another browser. Look below; if the day is not there, write it again."),
        )  # fmt: skip
        return redirect("my-diary")
    if missing is not None:
        return redirect(_at(draft.day, missing.name))
    own_words = request.POST.get("own_words", "")
    names = [name for page in pages for name in page.facts]
    given = {name: draft.typed.get(name, "") for name in names}
    problem, status = "", 200
    if request.method == "POST":
        typed = read_fields(protocol, names, _known(given), request.around.site.time_zone)
        if len(own_words) > LONGEST:
            problem = _(
                "Your own words are {many} characters long. At most {most} can be kept: shorten "
                "them, and tell us the rest by phone."
            ).format(many=len(own_words), most=LONGEST)
            status = 400
        else:
            try:
                kept = aftercare.record_diary(
                    request.house,
                    follow_up.pk,
                    follow_up.exam_day + timedelta(days=draft.day),
                    typed.answers,
                    own_words,
                    by=request.actor,
                    now=request.now,
                )
            except aftercare.AftercareRefused as refusal:
                problem, status = str(kindly(refusal)), 409
            else:
                answer = redirect("my-care-card", kept.entry.pk)
                drop_day(answer, draft.day)
                return answer
    context = {
        "lines": [
            (
                page,
                _at(draft.day, page.name) + "&check=1",
                [
                    (field.label, _said(field, given[field.name]))
                    for field in fields_of(protocol, page.facts)
                ],
            )
            for page in pages
        ],
        "left_open": sum(value in ("", UNKNOWN) for value in given.values()),
        "day": follow_up.exam_day + timedelta(days=draft.day),
        "number": draft.day,
        "own_words": own_words[: 2 * LONGEST],
        "longest": LONGEST,
        "problem": problem,
        "back": _at(draft.day, pages[-1].name),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/diary_check.html", context, status=status)


@require_safe
@she_may(Action.RECORD_DIARY)
def care_card(request: ActorRequest, entry_id: UUID) -> HttpResponse:
    """Return what she is to do after one diary entry, and why."""
    seen = seen_by(request.actor, "her own diary", now=request.now)
    entry: DiaryEntry | None = (
        seen.diary_entries.filter(pk=entry_id).select_related("decision", "follow_up").first()
    )
    if entry is None:
        raise Http404("This entry is not yours.")
    row = entry.decision
    cards = reason_cards(row, protocol_of(request.house, row), [], request.actor) if row else []
    facts = protocol_at(request).facts
    context = {
        "entry": entry,
        "day": entry.follow_up.exam_day + timedelta(days=entry.day),
        "words": HER_URGENCIES[entry.urgency],
        "kind": CARE[entry.urgency],
        "raised": raised_by(request, entry),
        "again": _at(entry.day, "") if entry.follow_up.state == "open" else "",
        "reasons": [card for card in cards if card.say],
        "told": diary_words(facts, entry),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/care_card.html", context)


# ---------------------------------------------------------------- pieces


def _why_closed(seen: Seen, follow_up: FollowUp | None) -> str:
    """Return why there is no diary to write in, as it is with her."""
    if follow_up is not None:
        return _("Your diary is over. If anything worries you, call the clinic.")
    _her, visit = herself(seen)
    if visit is None:
        return _("No visit is open for you, so there is no diary. If you need us, call the clinic.")
    state = VisitState(visit.state)
    if state in BEFORE_THE_EXAM or state is VisitState.ARRIVED:
        return _("Your diary opens on the day of your examination.")
    if state not in FINAL:
        return _("Your diary is not open yet; the clinic opens it before you go home.")
    return _("No visit is open for you, so there is no diary. If you need us, call the clinic.")


def _today(request: ActorRequest, follow_up: FollowUp) -> int:
    day: date = request.around.today
    return (day - follow_up.exam_day).days


def _day_asked(request: ActorRequest, follow_up: FollowUp) -> int | None:
    """Return the day of the diary she writes about; None for one it does not have."""
    asked = request.GET.get("day", "")
    today = _today(request, follow_up)
    if not asked:
        return min(max(today, 0), LAST_DIARY_DAY)
    if not asked.isascii() or not asked.isdigit() or len(asked) > 2:
        return None
    return int(asked) if int(asked) <= min(today, LAST_DIARY_DAY) else None


def _at(day: int, page: str) -> str:
    return f"{reverse('my-diary-write')}?day={day}" + (f"&page={page}" if page else "")


def _next(page: Page, pages: list[Page], draft: DayDraft, *, changes: bool) -> str:
    """Return the page after this one; after a change the next that was never seen, or the check."""
    here = [one.name for one in pages].index(page.name)
    coming = pages[here + 1 :] if not changes else [p for p in pages if p.name not in draft.seen]
    return _at(draft.day, coming[0].name if coming else "check")


def posted_of(page: Page, source: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed on a page; of the list of signs, what is not ticked is a no."""
    if page.name != SIGNS or not hasattr(source, "getlist"):
        return {name: source.get(name, "") for name in page.facts}
    ticked = source.getlist(TICKED)
    if not ticked:
        return dict.fromkeys(page.facts, "")
    if NONE_OF_THESE in ticked:
        return dict.fromkeys(page.facts, "no" if ticked == [NONE_OF_THESE] else "")
    return {name: "yes" if name in ticked else "no" for name in page.facts}


def _known(posted: Mapping[str, str]) -> dict[str, str]:
    """Return the answers without those she said she does not know."""
    return {name: "" if value == UNKNOWN else value for name, value in posted.items()}


def read_page(
    request: ActorRequest, protocol: Protocol, page: Page, posted: Mapping[str, str]
) -> Typed:
    zone = request.around.site.time_zone
    typed = read_fields(protocol, page.facts, _known(posted), zone)
    fields = tuple(replace(field, value=posted.get(field.name, "")) for field in typed.fields)
    return Typed(fields, typed.answers)


def marked(page: Page, typed: Typed, posted: Mapping[str, str]) -> Typed:
    """Return the page with what was left open marked; not knowing is an answer she gives."""
    if page.name == SIGNS and not any(posted.values()):
        first, *rest = typed.fields
        why = _("Tick what you have. If you have none of these, tick the last line, and only that.")
        return Typed((replace(first, problem=why), *rest), {})
    fields = tuple(
        replace(field, problem=_("Choose one. If you do not know, choose that."))
        if field.kind == "radio" and not posted.get(field.name) and not field.problem
        else field
        for field in typed.fields
    )
    return Typed(fields, typed.answers)


def _said(field: Field, value: str) -> str:
    """Return an answer as she reads it."""
    if value in ("", UNKNOWN):
        return _("I do not know")
    return replace(field, value=value).shown
