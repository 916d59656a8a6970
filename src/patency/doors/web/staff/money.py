"""The price she is told, the payment with its receipt, and money that goes back."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action, may
from patency.doors.web.accounts.proof import freshly
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.forms import PageForm
from patency.doors.web.money_words import GROUNDS, METHODS
from patency.doors.web.refusals import refused
from patency.doors.web.staff.report import as_pdf
from patency.doors.web.staff.screening import visit_at
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service import payment


class PayForm(PageForm):
    """How she pays."""

    method = forms.ChoiceField(
        label=gettext_lazy("How she pays"),
        choices=[(each, METHODS[each]) for each in payment.METHODS],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose how she pays."),
            "invalid_choice": gettext_lazy("Choose one of the ways to pay below."),
        },
    )


class RefundForm(PageForm):
    """By which rule money goes back, and why."""

    ground = forms.ChoiceField(
        label=gettext_lazy("By which rule"),
        choices=[(each, GROUNDS[each]) for each in payment.GROUNDS],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose the rule."),
            "invalid_choice": gettext_lazy("Choose one of the rules below."),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, in a few words"),
        help_text=gettext_lazy("It stands beside the refund and in the day's closing."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say why the money goes back.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.TAKE_PAYMENT)
def money(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Tell the price of the site's list, and take the payment of it."""
    visit = visit_at(request, visit_id)
    context = _money_of(request, visit)
    quote, paid = context["quote"], context["paid"]
    if request.method != "POST":
        return TemplateResponse(request, "staff/money.html", {**context, "form": PayForm()})
    by, now = request.actor, request.now
    form = PayForm(request.POST if request.POST.get("what") == "pay" else None)
    try:
        if request.POST.get("what") == "pay" and quote is not None:
            if not form.is_valid():
                return TemplateResponse(
                    request, "staff/money.html", {**context, "form": form}, status=400
                )
            made = payment.record(
                request.house, quote.pk, method=form.cleaned_data["method"], by=by, now=now
            )
            said = _("Paid. The receipt is %(number)s.") % {"number": made.receipt_number}
            messages.success(request, said)
        elif request.POST.get("what") == "pay" and paid is None:
            messages.error(request, _("No price is told that she could pay. Tell it first."))
        else:
            payment.quote(request.house, visit.pk, by=by, now=now)
            messages.success(request, _("The price is told. It stands for 30 days."))
    except payment.PaymentRefused as refusal:
        context |= {"form": PayForm(), **refused(refusal)}
        return TemplateResponse(request, "staff/money.html", context, status=409)
    return redirect("money", visit.pk)


def _money_of(request: ActorRequest, visit: Visit) -> dict[str, Any]:
    seen = seen_by(request.actor, "payment", now=request.now)
    # A price that was paid is used up, also when the money went back.
    open_quotes = seen.quotes.filter(visit=visit, payment__isnull=True)
    payments = list(
        seen.payments.filter(quote__visit=visit).select_related("quote", "refund").order_by("-at")
    )
    return {
        "patient": visit.patient,
        "visit": visit,
        "back": reverse("journey", args=[visit.patient_id]),
        "quote": open_quotes.order_by("-at").first(),
        "payments": payments,
        "paid": next((each for each in payments if not hasattr(each, "refund")), None),
        "has_date": visit.state in ("booked", "arrived"),
        "may_refund": may(request.actor, Action.REFUND),
    }


@require_safe
@staff_may(Action.TAKE_PAYMENT)
def receipt(request: ActorRequest, payment_id: UUID) -> HttpResponse:
    """Return the receipt of a payment as it is printed."""
    values = payment.receipt_values(request.house, payment_id, by=request.actor, now=request.now)
    return as_pdf(request, "receipt", values, f"{values['receipt_number']}.pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.REFUND)
@freshly
def refund(request: ActorRequest, payment_id: UUID) -> HttpResponse:
    """Give a payment back, by a rule and with a reason."""
    rows = seen_by(request.actor, "refund", now=request.now).payments
    row = rows.select_related("quote__visit__patient").get(pk=payment_id)
    visit = row.quote.visit
    form = RefundForm(request.POST if request.method == "POST" else None)
    back = reverse("money", args=[visit.pk])
    if not may(request.actor, Action.TAKE_PAYMENT):
        back = reverse("cashier")
    context: dict[str, object] = {
        "patient": visit.patient,
        "payment": row,
        "form": form,
        "has_date": visit.state in ("booked", "arrived"),
        "back": back,
    }
    if request.method != "POST":
        return TemplateResponse(request, "staff/refund.html", context)
    if not form.is_valid():
        return TemplateResponse(request, "staff/refund.html", context, status=400)
    try:
        payment.refund(
            row.pk,
            ground=form.cleaned_data["ground"],
            reason=form.cleaned_data["reason"],
            by=request.actor,
            now=request.now,
        )
    except payment.PaymentRefused as refusal:
        return TemplateResponse(
            request, "staff/refund.html", context | refused(refusal), status=409
        )
    messages.success(request, _("The money goes back. The receipt says so now."))
    return redirect(back)
