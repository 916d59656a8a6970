"""The panel "Draft reading" beside the report: what is suggested, and the reader's word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.suggested import TUBES, Suggestion
from patency.core.suggested import VALUES as MAY_SAY
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import kindly
from patency.doors.web.staff.findings_form import typed_in
from patency.doors.web.staff.suggestion_words import (
    AT_SIDE,
    LIMITS,
    OUTCOMES,
    PARTS,
    PICTURES,
    REASONS,
    VALUES,
    said,
)
from patency.records.models.suggested import ACCEPTED, DraftReading, Judgement
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service import drafting, suggesting
from patency.service.suggested import is_of_these_images, judgements_of, suggested_by

WHY = "a draft reading"
BUTTON, ASK = "judge", "read-images"
STRIP = "film-strip.png"
EVIDENCE = {"right": "tubes.png", "left": "tubes.png", "cavity": "cavity-full.png"}
ENTRY = {"cavity": "shape", "leak": "shape", "right": "right_spill", "left": "left_spill"}
"""What a reader picks first, where a site wants that before a suggestion is shown."""
MIRRORED = {"right": False, "left": True}
"""By which of her tubes stands at the left of the picture."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One suggestion as the page shows it."""

    about: str
    name: str
    says: str
    why: str
    abstains: bool
    picture: str
    choices: tuple[tuple[str, str], ...]
    outcome: str = ""
    outcome_words: str = ""
    readers: str = ""
    of_part: str = ""
    judgement: Judgement | None = None
    is_hidden: bool = False


def panel(request: ActorRequest, visit: Visit, text: Mapping[str, object]) -> dict[str, object]:
    """Return what the panel shows; nothing of it is in the form until a reader says so."""
    habits = request.house.site(visit.site).assist
    seen = seen_by(request.actor, WHY, now=request.now)
    row: DraftReading | None = seen.draft_readings.filter(visit=visit).order_by("-asked_at").first()
    context: dict[str, Any] = {"assist_on": habits.is_on, "reading": row}
    if row is None or not habits.is_on:
        return context
    context["reading_why"] = said(row.reason, REASONS)
    context["is_old"] = row.findings is not None and not is_of_these_images(row)
    findings = row.findings
    if not findings or context["is_old"]:
        return context
    judged = judgements_of(row)
    known = bool(findings["sides_known"])
    sides_told = any(side in judged for side in TUBES)
    quality = findings["quality"]
    context |= {
        "suggestions": [
            _shown(
                row,
                each,
                judged.get(each.about),
                known=known,
                is_hidden=habits.own_entry_first
                and each.about not in judged
                and not text.get(ENTRY[each.about]),
            )
            for each in suggested_by(row)
        ],
        "ask_sides": not known and not sides_told and row.state == "read",
        "limits": [said(code, LIMITS) for code in quality["limits"]],
        "gaps": quality["gaps_s"],
        "covered_from": quality["covered_from_s"],
        "covered_to": quality["covered_to_s"],
        "frames": quality["frames"],
        "intravasation": findings["intravasation"]["seen"],
        "cavity": findings["cavity"],
        # Nothing is drawn over the images that the reader is to judge first, or on an unknown side.
        "draft_findings": None
        if habits.own_entry_first or not known
        else _not_set_aside(findings, judged),
        "lengths_at_detector": findings["lengths_at"] == "detector",
        "strip_picture": _address(row, STRIP),
        "pictures": [
            (str(words), _address(row, name))
            for name, words in PICTURES.items()
            if name in row.files
        ],
        "own_entry_first": habits.own_entry_first,
    }
    return context


def _not_set_aside(
    findings: Mapping[str, Any], judged: Mapping[str, Judgement]
) -> Mapping[str, Any]:
    """Return the findings without the tubes of which a reader said that they are otherwise."""
    tubes = {
        side: tube
        for side, tube in findings["tubes"].items()
        if side not in judged or judged[side].outcome == ACCEPTED
    }
    return {**findings, "tubes": tubes}


def _shown(
    row: DraftReading,
    one: Suggestion,
    judgement: Judgement | None,
    *,
    known: bool,
    is_hidden: bool,
) -> Shown:
    words = VALUES[one.about]
    names = PARTS if known or one.about not in TUBES else AT_SIDE
    by = ""
    if one.by_s is not None:
        by = _("by %(seconds)s s") % {"seconds": one.by_s}
    why = said(one.reason, REASONS) if one.about in TUBES else ""
    readers = "" if judgement is None else str(judgement.readers_value or "")
    return Shown(
        about=one.about,
        name=str(names[one.about]),
        says=" ".join(filter(None, [str(words[one.value]), by])),
        why=why,
        abstains=one.abstains,
        picture=_address(row, EVIDENCE.get(one.about, "")),
        choices=tuple((value, str(words[value])) for value in MAY_SAY[one.about]),
        outcome="" if judgement is None else judgement.outcome,
        outcome_words="" if judgement is None else str(OUTCOMES[judgement.outcome]),
        readers=str(words.get(readers, "")),
        of_part="" if judgement is None else str(PARTS[judgement.hers]),
        judgement=judgement,
        is_hidden=is_hidden,
    )


def _address(row: DraftReading, name: str) -> str:
    if name not in (row.files or {}):
        return ""
    return reverse("reading-picture", args=[row.pk, name.removesuffix(".png")])


def said_of_the_draft(request: ActorRequest, visit: Visit) -> HttpResponse:
    """Keep what the reader made of a suggestion, fill in what that says, and save what is typed.

    The buttons are part of the report's form, so nothing that was typed is lost without a script.
    They carry a name and no address of their own: htmx would save to that address while one of
    them has the focus, and a suggestion would be accepted that nobody accepted.
    """
    about, _space, outcome = request.POST.get(BUTTON, "").partition(" ")
    fills: Mapping[str, str] = {}
    try:
        if about == ASK:
            suggesting.ask(request.house, visit.pk, by=request.actor, now=request.now)
        else:
            fills = _judged(request, visit, about, outcome)
    except suggesting.SuggestingRefused as refusal:
        messages.error(request, kindly(refusal))
    _saved(request, visit.pk, fills)
    here = "suggested" if about not in MAY_SAY else f"suggestion-{about}"
    return redirect(reverse("report-editor", args=[visit.pk]) + f"#{here}")


def _judged(request: ActorRequest, visit: Visit, about: str, outcome: str) -> Mapping[str, str]:
    seen = seen_by(request.actor, WHY, now=request.now)
    rows = seen.draft_readings.filter(visit=visit).order_by("-asked_at")
    row = next((each for each in rows if str(each.pk) == request.POST.get("reading_id")), None)
    if row is None:
        raise suggesting.NothingSuggested(f"visit/{visit.pk} has no such draft reading.")
    typed = typed_in(request.POST)
    _judgement, fills = suggesting.judge_suggestion(
        request.house,
        row.pk,
        about,
        outcome,
        request.POST.get(f"own_{about}", ""),
        is_mirrored=MIRRORED.get(request.POST.get("at_the_left", "")),
        stood_before={name: typed[name] for name in _fields(about) if name in typed},
        by=request.actor,
        now=request.now,
    )
    return fills


def _fields(about: str) -> tuple[str, ...]:
    if about in TUBES:
        return tuple(f"{side}_{name}" for side in TUBES for name in ("filled_to", "spill"))
    return ("shape",) if about == "cavity" else ("leak",)


def _saved(request: ActorRequest, visit_id: UUID, fills: Mapping[str, str]) -> None:
    """Save what stands in the editor together with what the reader's word fills in."""
    typed = {
        name: value for name, value in {**typed_in(request.POST), **fills}.items() if value != ""
    }
    began = request.POST.get("began_from", "")
    try:
        drafting.save_draft(
            request.house,
            visit_id,
            typed,
            began_from=int(began) if began.isascii() and began.isdigit() else 0,
            by=request.actor,
            now=request.now,
        )
    except drafting.DraftingRefused as refusal:
        messages.error(request, kindly(refusal))


@require_safe
@staff_may(Action.SEE_IMAGES)
def one_picture(request: ActorRequest, reading_id: UUID, picture: str) -> HttpResponse:
    """Return one picture a reading was decided on."""
    name = f"{picture}.png"
    if name != STRIP and name not in PICTURES:
        raise Http404(_("There is no such picture."))
    row = _reading(request, reading_id)
    try:
        content = suggesting.picture(request.house, row.pk, name, by=request.actor, now=request.now)
    except suggesting.SuggestingRefused as refusal:
        raise Http404(kindly(refusal)) from refusal
    answer = HttpResponse(content, content_type="image/png")
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def _reading(request: ActorRequest, reading_id: UUID) -> DraftReading:
    seen = seen_by(request.actor, WHY, now=request.now)
    row: DraftReading | None = seen.draft_readings.filter(pk=reading_id).first()
    if row is None:
        raise Http404(_("This draft reading was not found at your site."))
    return row
