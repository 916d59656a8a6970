"""Her diary after the examination, and the care card that answers it at once."""

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.core.aftercare import LAST_DIARY_DAY
from patency.core.protocol.model import Stage
from patency.core.visit import FINAL, VisitState
from patency.doors.web.asked import protocol_at, read_all
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.fields import fields_of
from patency.doors.web.her import BEFORE_THE_EXAM
from patency.doors.web.patient.home import herself
from patency.doors.web.reasons import URGENT_TONES, protocol_of, reason_cards
from patency.doors.web.refusals import kindly
from patency.doors.web.words import HER_URGENCIES, day_words
from patency.records.models.followup import DiaryEntry, FollowUp
from patency.records.seen_by import Seen, seen_by
from patency.service import aftercare
from patency.service.following import asked_of_her


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.RECORD_DIARY)
def diary(request: ActorRequest) -> HttpResponse:
    """Take one day of her diary and answer it with a care card."""
    seen = seen_by(request.actor, "her own diary", now=request.now)
    follow_up: FollowUp | None = (
        seen.follow_ups.filter(state="open").select_related("patient").first()
    )
    if follow_up is None:
        messages.info(request, _why_closed(seen))
        return redirect("mine")
    protocol = protocol_at(request)
    asked = asked_of_her(request.house, follow_up.site, Stage.AFTERCARE)
    names = [name for name in protocol.facts.types if name in asked]
    language = follow_up.patient.language
    today = request.around.today
    typed_day = request.POST.get("day", "") or today.isoformat()
    context: dict[str, object] = {
        "days": _days(follow_up, today),
        "day": typed_day,
        "asked_in": language,
        "own_words": request.POST.get("own_words", ""),
        "fields": fields_of(protocol, names, language=language),
    }
    status = 200
    if request.method == "POST":
        typed = read_all(protocol, names, request, language=language)
        context["fields"] = typed.fields
        if typed.problems:
            status = 400
        else:
            try:
                told = aftercare.record_diary(
                    request.house,
                    follow_up.pk,
                    date.fromisoformat(typed_day),
                    typed.answers,
                    request.POST.get("own_words", ""),
                    by=request.actor,
                    now=request.now,
                )
            except ValueError:
                context["problem"], status = "Choose one of the days.", 400
            except aftercare.AftercareRefused as refusal:
                context["problem"], status = kindly(refusal), 409
            else:
                return redirect("my-care-card", told.entry.pk)
    return TemplateResponse(request, "patient/diary.html", context, status=status)


def _why_closed(seen: Seen) -> str:
    """Return why there is no diary to write in, as it is with her."""
    _, visit = herself(seen)
    before = visit is not None and (
        VisitState(visit.state) in BEFORE_THE_EXAM or visit.state == VisitState.ARRIVED.value
    )
    if before:
        return "Your diary opens on the day of your examination."
    if seen.follow_ups.exists():
        return "Your diary is over. If anything worries you, call the clinic."
    if visit is not None and VisitState(visit.state) not in FINAL:
        return "Your diary is not open yet; the clinic opens it before you go home."
    return "No visit is open for you, so there is no diary. If you need us, call the clinic."


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
    context = {
        "entry": entry,
        "day": day_words(entry.follow_up.exam_day + timedelta(days=entry.day)),
        "words": HER_URGENCIES[entry.urgency],
        "tone": URGENT_TONES[entry.urgency],
        "reasons": [card for card in cards if card.say],
    }
    return TemplateResponse(request, "patient/care_card.html", context)


def _days(follow_up: FollowUp, today: date) -> list[tuple[str, str]]:
    """Return the days she may write about, today first."""
    days = [follow_up.exam_day + timedelta(days=number) for number in range(LAST_DIARY_DAY + 1)]
    return [
        (day.isoformat(), f"{day_words(day)} (day {number})")
        for number, day in reversed(list(enumerate(days)))
        if day <= today
    ]
