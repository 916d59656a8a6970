"""What it costs and what she paid, with receipts; and what she will be asked to sign."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.consent import TEXT_VERSION
from patency.core.language import nearest
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.consent_words import rates_told
from patency.doors.web.patient.herself import hers, herself
from patency.records.seen_by import seen_by
from patency.service import payment

METHODS: Mapping[str, str | Promise] = {
    "cash": _("cash"),
    "card": _("card"),
    "mobile": _("mobile payment"),
    "transfer": _("bank transfer"),
}
ITEMS: Mapping[str, str | Promise] = {
    "hsg": _("Examination of the tubes (hysterosalpingography, HSG)"),
}


@require_safe
@she_may(Action.SEE_PATIENT)
def my_cost(request: ActorRequest) -> HttpResponse:
    """Show the price, what was quoted and paid, and when money comes back."""
    found = hers(request, "her own costs")
    site, today = request.around.site, request.around.today
    back = {row.payment_id: row for row in found.journey.refunds} if found else {}
    quotes = [row for row in found.journey.quotes if row.valid_until >= today] if found else []
    context = {
        "prices": [
            (ITEMS.get(item, item), price)
            for item, price in site.prices.items()
            if price.since <= today
        ],
        "quote": quotes[-1] if quotes else None,
        "payments": [
            (row, METHODS.get(row.method, row.method), back.get(row.pk))
            for row in (found.journey.payments if found else [])
        ],
        "campus": site.campuses.get(found.journey.visit.campus) if found else None,
    }
    return TemplateResponse(request, "patient/cost.html", context)


@require_safe
@she_may(Action.SEE_PATIENT)
def my_receipt(request: ActorRequest, payment_id: UUID) -> HttpResponse:
    """Show a receipt as a page that prints; with ``?as=pdf`` as the document itself."""
    values = payment.receipt_values(request.house, payment_id, by=request.actor, now=request.now)
    if request.GET.get("as") == "pdf":
        spoken = nearest(settings.SPEAKS, get_language() or "en")
        code = spoken.code if spoken else "en"
        paper = request.house.gateways.pdf("receipt", {**values, "language": code})
        answer = HttpResponse(paper, content_type="application/pdf")
        answer["Content-Disposition"] = 'attachment; filename="receipt.pdf"'
        return answer
    rows = seen_by(request.actor, "her own receipt", now=request.now).payments
    row = rows.select_related("quote").get(pk=payment_id)
    context = {
        "values": values,
        "row": row,
        "method": METHODS.get(row.method, row.method),
        "lines": [(ITEMS.get(line["what"], line["what"]), line["amount"])
                  for line in values["lines"]],  # type: ignore[attr-defined]
    }  # fmt: skip
    return TemplateResponse(request, "patient/receipt.html", context)


@require_safe
@she_may(Action.SEE_PATIENT)
def my_consent(request: ActorRequest) -> HttpResponse:
    """Show what she will be asked to sign, with how often each risk happens."""
    seen = seen_by(request.actor, "her own consent", now=request.now)
    _patient, visit = herself(seen)
    consent = None
    if visit is not None:
        rows = seen.consents.filter(visit=visit, withdrawn_at__isnull=True)
        consent = rows.order_by("-signed_at").first()
    medium = visit.medium_wanted if visit is not None else ""
    context = {
        "consent": consent,
        "version": consent.text_version if consent else TEXT_VERSION,
        "medium": medium,
        "rates": rates_told(medium),
        "campus": request.around.site.campuses.get(visit.campus) if visit else None,
    }
    return TemplateResponse(request, "patient/consent.html", context)
