"""The price she is told, and the payment with its receipt."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import refused
from patency.doors.web.staff.screening import visit_at
from patency.records.seen_by import seen_by
from patency.service import payment


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.TAKE_PAYMENT)
def money(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Tell the price of the site's list, and take the payment of it."""
    visit = visit_at(request, visit_id)
    seen = seen_by(request.actor, "payment", now=request.now)
    # A price that was paid is used up, also when the money went back.
    open_quotes = seen.quotes.filter(visit=visit, payment__isnull=True)
    quote = open_quotes.order_by("-at").first()
    back = seen.refunds.filter(payment__quote__visit=visit).select_related("payment")
    context: dict[str, object] = {
        "patient": visit.patient,
        "back": reverse("journey", args=[visit.patient_id]),
        "quote": quote,
        "given_back": back.order_by("-at").first(),
        "paid": seen.payments.filter(quote__visit=visit, refund__isnull=True).first(),
        "methods": payment.METHODS,
    }
    status = 200
    if request.method == "POST":
        try:
            if quote is None and request.POST.get("what") == "pay" and not context["paid"]:
                messages.error(request, "No price is told that she could pay. Tell it first.")
            elif quote is None or request.POST.get("what") == "quote":
                payment.quote(request.house, visit.pk, by=request.actor, now=request.now)
                messages.success(request, "The price is told. It stands for 30 days.")
            else:
                made = payment.record(
                    request.house,
                    quote.pk,
                    method=request.POST.get("method", ""),
                    by=request.actor,
                    now=request.now,
                )
                messages.success(request, f"Paid. The receipt is {made.receipt_number}.")
            return redirect("money", visit.pk)
        except payment.PaymentRefused as refusal:
            context |= refused(refusal)
            status = 409
    return TemplateResponse(request, "staff/money.html", context, status=status)
