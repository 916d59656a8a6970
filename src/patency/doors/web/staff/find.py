"""Finding a woman by number, name, phone or date of birth; what was typed stands in no address."""

import re
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Replace
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.identifiers import TOKEN, IdentifierRefused, read_identifier
from patency.doors.web.asking import ActorRequest, staff_may
from patency.records.models.booking import TurnedDown
from patency.records.models.people import Patient
from patency.records.seen_by import Seen, seen_by
from patency.service import waiting

ROWS, LONGEST = 25, 120
LEAST_DIGITS = 5
"""Fewer digits than these find half the town."""
DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
PHONE = re.compile(r"\+?[\d\s().-]+")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.SEE_PATIENT)
def find(request: ActorRequest) -> HttpResponse:
    """Return her record where only one fits, else those who do, or the box with what to do."""
    typed = request.POST.get("number", "").strip()[:LONGEST]
    if request.method != "POST" or not typed:
        if request.method == "POST":
            messages.error(request, _("Type her number, name, phone or date of birth."))
        status = 400 if request.method == "POST" else 200
        return TemplateResponse(request, "staff/find.html", {"typed": typed}, status=status)
    if typed.upper().startswith(TOKEN):
        return _by_token(request, typed)
    seen = seen_by(request.actor, "found by number", now=request.now)
    rows, problem = _fitting(seen, typed)
    page = Paginator(rows, ROWS).get_page(request.POST.get("page"))
    found = list(page.object_list)
    if len(found) == 1 and page.paginator.count == 1:
        return redirect("journey", found[0].pk)
    if not found:
        messages.error(request, problem)
    context = {"typed": typed, "page": page, "looked": bool(found)}
    return TemplateResponse(request, "staff/find.html", context, status=200 if found else 404)


def _fitting(seen: Seen, typed: str) -> tuple["QuerySet[Patient]", str]:
    """Return who fits what was typed, and the sentence for when nobody does."""
    patients = seen.patients.filter(erased_at__isnull=True).order_by("family_name", "given_name")
    try:
        number = read_identifier(typed)
    except IdentifierRefused as refusal:
        if typed.upper().startswith("PT"):
            return patients.none(), str(refusal)
    else:
        return seen.patients.filter(number=number).order_by("pk"), _(
            "No woman with the number {number} was found at your site. Check the number on her "
            "card, or register her."
        ).format(number=number)
    day = _day(typed)
    if day is not None:
        return patients.filter(birth_date=day), _(
            "Nobody with this date of birth was found at your site. Check it, or look for her name."
        )
    digits = re.sub(r"\D", "", typed)
    if PHONE.fullmatch(typed):
        if len(digits) < LEAST_DIGITS:
            return patients.none(), _("Type more of the phone number, or her whole date of birth.")
        plain = Replace(Replace(F("phone"), Value(" "), Value("")), Value("-"), Value(""))
        return patients.annotate(plain=plain).filter(plain__contains=digits.lstrip("0")), _(
            "Nobody with this phone number was found at your site. Look for her name or her number."
        )
    return _named(patients, typed), _(
        "Nobody of this name was found at your site. Check how it is written, or look for her "
        "number, phone or date of birth."
    )


def _named(patients: "QuerySet[Patient]", typed: str) -> "QuerySet[Patient]":
    """Return those whose name begins like what was typed, in either order."""
    words = [word for word in re.split(r"[\s,，、·]+", typed) if word]
    fits = Q()
    for word in words:
        fits &= Q(family_name__istartswith=word) | Q(given_name__istartswith=word)
    whole = "".join(words)
    joined = patients.annotate(whole=Concat(F("family_name"), F("given_name")))
    return joined.filter(fits | Q(whole__istartswith=whole))


def _day(typed: str) -> date | None:
    found = DAY.fullmatch(typed.replace(" ", ""))
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _by_token(request: ActorRequest, typed: str) -> HttpResponse:
    """Return the record of the woman who quotes the code of a cycle without a day."""
    try:
        found = waiting.refusal_of(typed, by=request.actor, now=request.now)
    except TurnedDown.DoesNotExist:
        messages.error(
            request,
            _(
                "No woman with this code was found at your site. A code looks like NX-7K3M-QX4D; "
                "type it again from her message, or use her number."
            ),
        )
        return TemplateResponse(request, "staff/find.html", {"typed": typed}, status=404)
    return redirect("journey", found.visit.patient_id)
