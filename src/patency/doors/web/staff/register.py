"""Registering a woman at the desk."""

import re
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.doors.web.asked import protocol_at
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import refused
from patency.doors.web.words import capital, in_words, language_name
from patency.records.models.people import CHANNELS, Patient
from patency.records.models.visit import MEDIA, Visit
from patency.records.seen_by import seen_by
from patency.service import registration

YOUNG = 16
NUMBER = re.compile(r"PT-[0-9A-Z]{4}-[0-9A-Z]{4}")
ROW = re.compile(r"patient/([0-9a-f-]{36})")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.REGISTER)
def register(request: ActorRequest) -> HttpResponse:
    """Register a woman who was not known here; a refusal names every field that is wrong."""
    site = request.around.site
    indication = protocol_at(request).facts.types.get("indication")
    context: dict[str, object] = {
        "typed": request.POST,
        "agreed": request.POST.getlist("consents"),
        "campuses": [(one.slug, one.name) for one in site.campuses.values()],
        "languages": [(code, language_name(code)) for code in site.languages],
        "channels": [(code, capital(in_words(code))) for code in CHANNELS],
        "media": [(code, capital(in_words(code))) for code in MEDIA],
        "indications": [
            (code, capital(in_words(code))) for code in (indication.choices if indication else ())
        ],
    }
    status = 200
    if request.method == "POST":
        young = _is_young(request)
        if young and request.POST.get("young") != "yes":
            context["young"] = True
            context["problem"] = _(
                "By this date of birth she is under {age}. Check the year; if it is right, tick "
                "the box below and send it again."
            ).format(age=YOUNG)
            return TemplateResponse(request, "staff/register.html", context, status=400)
        context["young"] = young
        alike = _alike(request)
        if alike and request.POST.get("nobody") != "yes":
            context |= {"alike": alike, "problem": _("She may be known here already.")}
            return TemplateResponse(request, "staff/register.html", context, status=409)
        try:
            visit = _register(request)
        except ValueError:
            context["problem"] = _("Give her date of birth, such as 1993-05-17.")
            status = 400
        except registration.AlreadyRegistered as refusal:
            # Who she is is told by her number, which staff of her own site may see.
            known = _numbered(str(refusal), request)
            context |= {**refused(refusal), "detail": known, "known": _number_in(known)}
            status = 409
        except registration.RegistrationRefused as refusal:
            context |= refused(refusal)
            status = 409
        else:
            messages.success(request, _("She is registered. Her number stands below her name."))
            return redirect("journey", visit.patient_id)
    return TemplateResponse(request, "staff/register.html", context, status=status)


def _is_young(request: ActorRequest) -> bool:
    """Return whether she would be so young that it is rather a slip of the finger."""
    try:
        born = date.fromisoformat(request.POST.get("birth_date", ""))
    except ValueError:
        return False
    today = request.around.today
    birthday_comes = (today.month, today.day) < (born.month, born.day)
    return 0 <= today.year - born.year - birthday_comes < YOUNG


def _alike(request: ActorRequest) -> list[Patient]:
    """Return women of this site who may be she: born that day, with her name or her phone.

    One with the same name and birth date is refused by the service, so she is not asked about.
    """
    posted = request.POST
    try:
        born = date.fromisoformat(posted.get("birth_date", ""))
    except ValueError:
        return []
    family, given = posted.get("family_name", "").strip(), posted.get("given_name", "").strip()
    digits = re.sub(r"\D", "", posted.get("phone", ""))[-8:]
    seen = seen_by(request.actor, "registered already", now=request.now)
    same_day = seen.patients.filter(birth_date=born, erased_at__isnull=True)[:200]
    return [
        row
        for row in same_day
        if (row.family_name, row.given_name) != (family, given)
        and (
            row.family_name.casefold() == family.casefold()
            or (len(digits) == 8 and re.sub(r"\D", "", row.phone).endswith(digits))
        )
    ]


def _number_in(detail: str) -> str:
    found = NUMBER.search(detail)
    return found[0] if found else ""


def _numbered(detail: str, request: ActorRequest) -> str:
    """Return a refusal that names her by her own number instead of by our row."""
    found = ROW.search(detail)
    if found is None:
        return detail
    seen = seen_by(request.actor, "registered already", now=request.now)
    patient = seen.patients.filter(pk=found[1]).first()
    return ROW.sub(patient.number if patient else "another row", detail)


def _register(request: ActorRequest) -> Visit:
    posted = request.POST
    agreed = posted.getlist("consents")
    return registration.register(
        request.house,
        site=request.actor.site,
        campus=posted.get("campus", ""),
        family_name=posted.get("family_name", ""),
        given_name=posted.get("given_name", ""),
        birth_date=date.fromisoformat(posted.get("birth_date", "")),
        phone=posted.get("phone", "").strip(),
        email=posted.get("email", "").strip(),
        language=posted.get("language", ""),
        consents={channel: channel in agreed for channel in CHANNELS},
        medium_wanted=posted.get("medium_wanted", "no_preference"),
        indication=posted.get("indication", ""),
        by=request.actor,
        now=request.now,
    )
